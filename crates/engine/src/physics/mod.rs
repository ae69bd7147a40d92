//! Physics on events: lists, collections, combinations, four-vectors, histograms.
//!
//! ```text
//! SQL ─pre-pass─▶ planner ─┐
//! frame expressions ───────┼─▶ resolve: types decide ─▶ plan with our functions
//! plans of others ─rewrite─┘        │
//!                            take_apart: collections become flat columns
//!                                   │
//!                            DataFusion's rules, then fuse: combinations become one function
//!                                   │
//!                            functions: Arrow arrays ─▶ kernels of hepframe_physics
//! ```
//!
//! | file | does |
//! |---|---|
//! | `types` | what a type means: list, collection, four-vector |
//! | `resolve` | what operators and words mean for it |
//! | `planner`, `rewrite` | the doors to `resolve` |
//! | `power` | `x ^ 2` |
//! | `refused` | operands that an operator cannot have |
//! | `integers` | arithmetic with whole numbers |
//! | `aggregated` | arguments of aggregates over events |
//! | `nan` | comparisons of numbers that may be NaN |
//! | `functions` | our functions for DataFusion |
//! | `take_apart` | collections to flat columns |
//! | `fuse` | reductions over combinations to one function |
//! | `histogram` | `h1`, `h2`, `h3`, `profile` |
//! | `hidden` | keeps collections out of `SELECT *` |
//! | `reference` | the page of all words |
//! | `setup` | puts all of it into a session |

mod aggregated;
mod functions;
mod fuse;
mod hidden;
mod histogram;
mod integers;
mod nan;
mod planner;
mod power;
mod reference;
mod refused;
mod resolve;
mod rewrite;
mod setup;
mod take_apart;
mod types;

pub(crate) use functions::{
    Op, Spelling, call, op_of_word, spelled_operator, spelling_of, with_nulls_below,
};
pub(crate) use hidden::with_shown_columns;
pub(crate) use histogram::{
    HISTOGRAM_AT, HISTOGRAMS, aggregate_of, book, histogram_call, specs_of,
};
pub(crate) use nan::without_nan;
pub(crate) use planner::TAG;
pub use reference::physics_reference;
pub(crate) use resolve::resolve;
pub(crate) use setup::with_physics;
pub(crate) use types::{is_list, record};
