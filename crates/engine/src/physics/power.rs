//! `x ^ y`: power, of numbers and of lists element by element.

use std::sync::{Arc, LazyLock};

use arrow::datatypes::DataType;
use datafusion::common::{DFSchema, Result, plan_err};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{Expr, ExprSchemable, ScalarUDF, cast};

use super::functions::lift_function;
use super::resolve::as_list;
use super::types::{element, innermost, list_of, record};

static POWER: LazyLock<Arc<ScalarUDF>> =
    LazyLock::new(|| Arc::new(lift_function(datafusion::functions::math::power())));

/// `left ^ right` in double precision, as in `DuckDB`.
///
/// # Errors
/// If one of them is neither a number nor a list of numbers.
pub(super) fn raised(left: Expr, right: Expr, schema: &DFSchema) -> Result<Expr> {
    let args = vec![double(left, schema)?, double(right, schema)?];
    let call = ScalarFunction::new_udf(Arc::clone(&POWER), args);
    Ok(Expr::ScalarFunction(call))
}

fn double(of: Expr, schema: &DFSchema) -> Result<Expr> {
    let data_type = of.get_type(schema)?;
    let inner = innermost(&data_type);
    if record(&data_type).is_some() {
        return plan_err!(
            "collections have no operator `^`; apply it to a field, such as Muon.pt ^ 2"
        );
    }
    if !inner.is_numeric() && !inner.is_null() {
        return plan_err!("`^` is power and takes numbers, not {data_type}");
    }
    let of = as_list(of, &data_type);
    let wanted = deep(&data_type);
    if wanted == data_type {
        return Ok(of);
    }
    Ok(cast(of, wanted))
}

/// The type with double precision inside all lists.
fn deep(data_type: &DataType) -> DataType {
    match element(data_type) {
        Some(element) => list_of(deep(element)),
        None => DataType::Float64,
    }
}
