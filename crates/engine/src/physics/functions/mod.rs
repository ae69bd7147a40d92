//! The functions of physics as DataFusion knows them.
//!
//! | file | holds |
//! |---|---|
//! | `op` | what there is |
//! | `arity` | how many arguments they take |
//! | `arguments` | what is known of arguments then |
//! | `returns` | the types that come out |
//! | `function` | one of them as a scalar function |
//! | `lift` | operators and DataFusion's own functions, element by element |
//! | `lifted` | which those are, and calls of them |
//! | `types` | their types on lists |
//! | `spelling` | how the operands of such a call are written |
//! | `ieee` | functions that give NaN where DataFusion's stop |
//! | `integers` | whole numbers as in C++ |
//! | `operate` | operators on elements |
//! | `call` | arguments of a batch for kernels |
//! | `field` | fields of structs |
//! | `evaluate` | arguments to kernels of `hepframe_physics` |
//! | `told` | errors of kernels, in the words of the query |
//! | `catalog` | names and documentation |

mod arguments;
mod arity;
mod call;
mod catalog;
mod evaluate;
mod field;
mod function;
mod ieee;
mod integers;
mod lift;
mod lifted;
mod op;
mod operate;
mod returns;
mod spelling;
mod told;
mod types;

pub(crate) use arguments::short_number;
pub(crate) use catalog::{catalog, op_of_word};
pub(crate) use field::with_nulls_below;
pub(crate) use function::{call, functions, op_of};
pub(crate) use integers::{is_arithmetic, promoted};
pub(crate) use lift::{LiftKind, kind_of, spelling_of, type_of};
pub(crate) use lifted::{
    LIFTED, is_lifted, lift_function, lift_operator, lift_unary, lifted_operators, spelled_operator,
};
pub(crate) use op::{MEMBERS, Op, formula_of};
pub(crate) use returns::field_type;
pub(crate) use spelling::Spelling;
