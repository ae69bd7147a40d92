//! Comparisons of numbers as in C++: nothing is less or more than NaN.
//!
//! DataFusion puts NaN above all numbers, and NaN with a sign below them: that of `0 / 0` and
//! `sqrt(-1)` on x86. So `x > 1` would be true for one and `x < 1` for the other. A column beside a
//! constant keeps its comparison, by which files are pruned, and gets a second condition; all else
//! is compared by a function of ours, so that it is computed once.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::functions::expr_fn::isnan;
use datafusion::logical_expr::binary::BinaryTypeCoercer;
use datafusion::logical_expr::expr::Cast;
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::logical_expr::{Expr, ExprSchemable, Operator, binary_expr};
use datafusion::optimizer::simplify_expressions::ExprSimplifier;

use super::functions::lift_operator;

/// `left operator right`, if it compares numbers of which one may be NaN.
///
/// # Errors
/// None that is known; operands that do not fit are found when the call is typed.
pub(super) fn compared(
    left: &Expr,
    operator: Operator,
    right: &Expr,
    schema: &DFSchema,
) -> Result<Option<Expr>> {
    if !has_nan(left, operator, right, schema) {
        return Ok(None);
    }
    let guarded = |column: &Expr| {
        let usual = binary_expr(left.clone(), operator, right.clone());
        Some(usual.and(!isnan(column.clone())))
    };
    Ok(match (constant(left), constant(right)) {
        (Constant::Null, _) | (_, Constant::Null) => None,
        (Constant::Number, Constant::Number) => None,
        // A whole number beside a constant is never NaN.
        (Constant::No, Constant::Number) if is_whole(left, schema) => None,
        (Constant::Number, Constant::No) if is_whole(right, schema) => None,
        (Constant::No, Constant::Number) if let Some(column) = column(left, schema) => {
            guarded(column)
        }
        (Constant::Number, Constant::No) if let Some(column) = column(right, schema) => {
            guarded(column)
        }
        _ => Some(lift_operator(operator, left.clone(), right.clone())?),
    })
}

/// Whether the operands are compared as floating-point numbers, and less or more is asked.
fn has_nan(left: &Expr, operator: Operator, right: &Expr, schema: &DFSchema) -> bool {
    let is_order = matches!(
        operator,
        Operator::Lt | Operator::LtEq | Operator::Gt | Operator::GtEq
    );
    let (true, Ok(left), Ok(right)) = (is_order, left.get_type(schema), right.get_type(schema))
    else {
        return false;
    };
    BinaryTypeCoercer::new(&left, &operator, &right)
        .get_input_types()
        .is_ok_and(|(left, right)| left.is_floating() && right.is_floating())
}

/// What is known of an operand before the query runs.
enum Constant {
    /// It is not the same for all rows, or cannot be told yet, or is NaN.
    No,
    Null,
    Number,
}

fn constant(expr: &Expr) -> Constant {
    let folded = match expr {
        Expr::Literal(value, _) => Some(value.clone()),
        _ => folded(expr),
    };
    match folded {
        None => Constant::No,
        Some(value) if value.is_null() => Constant::Null,
        Some(ScalarValue::Float16(Some(number))) if number.is_nan() => Constant::No,
        Some(ScalarValue::Float32(Some(number))) if number.is_nan() => Constant::No,
        Some(ScalarValue::Float64(Some(number))) if number.is_nan() => Constant::No,
        Some(_) => Constant::Number,
    }
}

/// The value of an expression without columns, such as `pi() / 2`.
fn folded(expr: &Expr) -> Option<ScalarValue> {
    if expr.any_column_refs() {
        return None;
    }
    let schema = Arc::new(DFSchema::empty());
    let context = SimplifyContext::builder()
        .with_schema(Arc::clone(&schema))
        .build();
    let simplifier = ExprSimplifier::new(context);
    let coerced = simplifier.coerce(expr.clone(), &schema).ok()?;
    match simplifier.simplify(coerced).ok()? {
        Expr::Literal(value, _) => Some(value),
        _ => None,
    }
}

/// Whether an operand is an integer, or one that was converted.
fn is_whole(expr: &Expr, schema: &DFSchema) -> bool {
    match expr {
        _ if expr.get_type(schema).is_ok_and(|of| of.is_integer()) => true,
        Expr::Cast(Cast { expr, .. }) => is_whole(expr, schema),
        _ => false,
    }
}

/// The column of floating-point numbers that an operand is; DataFusion prunes by casts of it too.
fn column<'a>(expr: &'a Expr, schema: &DFSchema) -> Option<&'a Expr> {
    if !expr.get_type(schema).is_ok_and(|of| of.is_floating()) {
        return None;
    }
    match expr {
        Expr::Column(_) => Some(expr),
        Expr::Cast(Cast { expr, .. }) => column(expr, schema),
        _ => None,
    }
}

/// All comparisons of an expression that was built in code.
///
/// # Errors
/// As [`compared`].
pub(crate) fn without_nan(expr: Expr, schema: &DFSchema) -> Result<Expr> {
    expr.transform_up(|part| {
        let Expr::BinaryExpr(binary) = &part else {
            return Ok(Transformed::no(part));
        };
        Ok(
            match compared(&binary.left, binary.op, &binary.right, schema)? {
                Some(compared) => Transformed::yes(compared),
                None => Transformed::no(part),
            },
        )
    })
    .data()
}
