//! Comparisons of numbers as in C++: nothing is less or more than NaN.
//!
//! DataFusion puts NaN above all numbers, so that `x > 1` would be true for it. A column keeps its
//! comparison, by which files are pruned, and gets a second condition; what is computed is compared
//! by a function of ours, so that it is computed once.

use arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::common::{DFSchema, Result};
use datafusion::functions::expr_fn::isnan;
use datafusion::logical_expr::expr::Cast;
use datafusion::logical_expr::{Expr, ExprSchemable, Operator, binary_expr};

use super::functions::lift_operator;

/// `left operator right`, if DataFusion's comparison might find NaN above a number.
///
/// # Errors
/// None that is known; operands that do not fit are found when the call is typed.
pub(super) fn compared(
    left: &Expr,
    operator: Operator,
    right: &Expr,
    schema: &DFSchema,
) -> Result<Option<Expr>> {
    let greater = match operator {
        Operator::Gt | Operator::GtEq => left,
        Operator::Lt | Operator::LtEq => right,
        _ => return Ok(None),
    };
    let (Ok(left_type), Ok(right_type)) = (left.get_type(schema), right.get_type(schema)) else {
        return Ok(None);
    };
    let greater_type = if matches!(operator, Operator::Gt | Operator::GtEq) {
        &left_type
    } else {
        &right_type
    };
    let is_number = |data_type: &DataType| data_type.is_floating() || data_type.is_integer();
    if !greater_type.is_floating() || !is_number(&left_type) || !is_number(&right_type) {
        return Ok(None);
    }
    let bare = without_casts(greater);
    match bare {
        Expr::Literal(..) => Ok(None),
        _ if bare.get_type(schema)?.is_integer() => Ok(None),
        Expr::Column(_) => {
            let is_float = bare.get_type(schema)?.is_floating();
            let number = if is_float { bare } else { greater };
            let usual = binary_expr(left.clone(), operator, right.clone());
            Ok(Some(usual.and(!isnan(number.clone()))))
        }
        _ => lift_operator(operator, left.clone(), right.clone()).map(Some),
    }
}

/// DataFusion prunes by casts of a column too.
fn without_casts(expr: &Expr) -> &Expr {
    match expr {
        Expr::Cast(Cast { expr, .. }) => without_casts(expr),
        other => other,
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
