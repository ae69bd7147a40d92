//! Functions that give NaN or infinity where DataFusion's stop the query.
//!
//! `sqrt(1 - x * x)` of a number that rounding made -1e-17 must not end an analysis of a billion
//! events. C++, numpy and the fused programs of combinations follow IEEE 754, so does this.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Float32Array, Float64Array};
use arrow::compute::kernels::arity::{binary, unary};
use arrow::datatypes::{DataType, Float32Type, Float64Type};
use arrow::error::ArrowError;

/// The function of whole columns, if it is one of those.
///
/// # Errors
/// If the columns differ in length.
pub(super) fn ieee(name: &str, args: &[ArrayRef]) -> Result<Option<ArrayRef>, ArrowError> {
    Ok(Some(match (name, args) {
        ("sqrt", [x]) if x.data_type() == &DataType::Float64 => {
            let roots: Float64Array = unary(x.as_primitive::<Float64Type>(), f64::sqrt);
            Arc::new(roots)
        }
        ("sqrt", [x]) if x.data_type() == &DataType::Float32 => {
            let roots: Float32Array = unary(x.as_primitive::<Float32Type>(), f32::sqrt);
            Arc::new(roots)
        }
        ("power", [x, y]) => {
            let (Some(x), Some(y)) = (
                x.as_primitive_opt::<Float64Type>(),
                y.as_primitive_opt::<Float64Type>(),
            ) else {
                return Ok(None);
            };
            let powers: Float64Array = binary(x, y, f64::powf)?;
            Arc::new(powers)
        }
        _ => return Ok(None),
    }))
}

/// True for functions that [`ieee`] has an answer to.
pub(super) fn is_ieee(name: &str) -> bool {
    matches!(name, "sqrt" | "power")
}
