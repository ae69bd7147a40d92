//! Operands that an operator cannot have, told in words that help.

use arrow::datatypes::DataType;
use datafusion::common::{DFSchema, Result, plan_err};
use datafusion::logical_expr::{Expr, ExprSchemable};

use super::types::{innermost, is_list};

/// `NOT x` of a number.
pub(super) fn no_condition<T>(of: &Expr, data_type: &DataType) -> Result<T> {
    let of = shown(of);
    plan_err!(
        "NOT takes a condition, and `{of}` is {data_type}; compare it with something, such as \
         NOT {of} > 0"
    )
}

/// An aggregate of lists.
pub(super) fn no_list<T>(name: &str) -> Result<T> {
    if matches!(name, "sum" | "min" | "max" | "mean" | "avg") {
        return plan_err!(
            "{name}() with DISTINCT, FILTER or OVER is over events and takes one number of each, not \
             a list; reduce the list first: {name}({name}(..)) FILTER (..), or make a row of each \
             element with unnest(..)"
        );
    }
    plan_err!(
        "{name}() is over events and takes one number of each, not a list; reduce the list first, \
         such as {name}(max(..)), or make a row of each element with unnest(..)"
    )
}

/// Refuses `left || right` of conditions, where C++ has OR. It binds more strongly here than
/// conditions do: `a > 30 || b < 2` has `30 || b` in it.
pub(super) fn joins_texts_or_lists(left: &Expr, right: &Expr, schema: &DFSchema) -> Result<()> {
    let (Ok(left), Ok(right)) = (left.get_type(schema), right.get_type(schema)) else {
        return Ok(());
    };
    let is_condition = |of: &DataType| *innermost(of) == DataType::Boolean;
    let is_text = |of: &DataType| of.is_string() || of.is_null();
    let are_lists = is_list(&left) && is_list(&right);
    let fit = are_lists || is_text(&left) || is_text(&right);
    if !fit || is_condition(&left) || is_condition(&right) {
        return plan_err!(
            "`||` joins texts or lists, and here are {left} and {right}; for one condition or the \
             other write OR"
        );
    }
    Ok(())
}

/// A column by its name alone: that of its table may be a long path.
fn shown(of: &Expr) -> String {
    match of {
        Expr::Column(column) => column.name.clone(),
        other => other.to_string(),
    }
}
