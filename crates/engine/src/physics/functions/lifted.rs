//! Which operators and functions take lists, and calls of them.

use std::sync::Arc;

use datafusion::common::{Result, internal_err, plan_err};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{Expr, Operator, ScalarUDF};

use super::lift::{Lift, LiftKind};
use super::spelling::Spelling;

/// DataFusion's functions that take lists in our sessions.
pub(crate) const LIFTED: [&str; 38] = [
    "abs",
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cbrt",
    "ceil",
    "cos",
    "cosh",
    "cot",
    "degrees",
    "exp",
    "factorial",
    "floor",
    "greatest",
    "isnan",
    "iszero",
    "least",
    "ln",
    "log",
    "log10",
    "log2",
    "nanvl",
    "nullif",
    "power",
    "radians",
    "round",
    "signum",
    "sin",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
    "trunc",
    "gcd",
];

/// Operators under private names, because plans on the wire carry names.
const OPERATORS: [(Operator, &str); 17] = [
    (Operator::Gt, "hep_gt"),
    (Operator::Lt, "hep_lt"),
    (Operator::GtEq, "hep_ge"),
    (Operator::LtEq, "hep_le"),
    (Operator::Eq, "hep_eq"),
    (Operator::NotEq, "hep_ne"),
    (Operator::Plus, "hep_add"),
    (Operator::Minus, "hep_subtract"),
    (Operator::Multiply, "hep_multiply"),
    (Operator::Divide, "hep_divide"),
    (Operator::Modulo, "hep_modulo"),
    (Operator::And, "hep_and"),
    (Operator::Or, "hep_or"),
    (Operator::BitwiseAnd, "hep_bits_and"),
    (Operator::BitwiseOr, "hep_bits_or"),
    (Operator::BitwiseShiftLeft, "hep_shift_left"),
    (Operator::BitwiseShiftRight, "hep_shift_right"),
];

fn operators() -> impl Iterator<Item = (LiftKind, &'static str)> {
    OPERATORS
        .into_iter()
        .map(|(operator, name)| (LiftKind::Operator(operator), name))
        .chain([
            (LiftKind::Not, "hep_not"),
            (LiftKind::Negative, "hep_negative"),
        ])
}

/// All operators as functions, to be registered.
pub(crate) fn lifted_operators() -> impl Iterator<Item = Arc<ScalarUDF>> {
    operators().map(|(kind, name)| Arc::new(ScalarUDF::from(Lift::new(name, kind))))
}

/// The operator of that private name, of a call that is written so.
///
/// # Errors
/// If there is none.
pub(crate) fn spelled_operator(name: &str, spelling: Spelling) -> Result<Arc<ScalarUDF>> {
    match operators().find(|(_, known)| *known == name) {
        Some((kind, name)) => Ok(Arc::new(ScalarUDF::from(
            Lift::new(name, kind).spelled(spelling),
        ))),
        None => internal_err!("lists have no operator under the name {name}"),
    }
}

/// True for operators that work element by element.
pub(crate) fn is_lifted(operator: Operator) -> bool {
    OPERATORS.iter().any(|(known, _)| *known == operator)
}

/// `left operator right`, element by element.
///
/// # Errors
/// If lists have no such operator.
pub(crate) fn lift_operator(operator: Operator, left: Expr, right: Expr) -> Result<Expr> {
    lift(&LiftKind::Operator(operator), vec![left, right])
}

/// `NOT` or `-`, element by element.
///
/// # Errors
/// If `kind` is no operator.
pub(crate) fn lift_unary(kind: &LiftKind, of: Expr) -> Result<Expr> {
    lift(kind, vec![of])
}

fn lift(kind: &LiftKind, args: Vec<Expr>) -> Result<Expr> {
    let name = operators().find(|(known, _)| known == kind);
    match (name, kind) {
        (Some((kind, name)), _) => {
            let function = Lift::new(name, kind).spelled(Spelling::of(&args));
            Ok(Expr::ScalarFunction(ScalarFunction::new_udf(
                Arc::new(ScalarUDF::from(function)),
                args,
            )))
        }
        (None, LiftKind::Operator(operator)) => {
            plan_err!("lists have no operator {operator}; see docs/physics.md for those there are")
        }
        (None, _) => internal_err!("{kind:?} is no operator"),
    }
}

/// A function of DataFusion that takes lists too, under the same name.
pub(crate) fn lift_function(function: Arc<ScalarUDF>) -> ScalarUDF {
    let name = function.name().to_owned();
    ScalarUDF::from(Lift::new(&name, LiftKind::Function(function)))
}
