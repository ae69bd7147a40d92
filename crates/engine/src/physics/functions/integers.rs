//! Whole numbers as in C++: the types that they are computed in, and the kernels.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowNativeTypeOp, ArrowPrimitiveType, AsArray, PrimitiveArray,
};
use arrow::buffer::ScalarBuffer;
use arrow::datatypes::{DataType, Int32Type, Int64Type, UInt32Type, UInt64Type};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{ColumnarValue, Operator};

pub(crate) fn is_arithmetic(operator: Operator) -> bool {
    matches!(
        operator,
        Operator::Plus | Operator::Minus | Operator::Multiply | Operator::Divide | Operator::Modulo
    )
}

/// The type of arithmetic with two integers; `None` if one of them is no integer.
///
/// As in C++, except that 32 bits with a sign and 32 without are computed in 64 bits.
pub(crate) fn promoted(left: &DataType, right: &DataType) -> Option<DataType> {
    use DataType::{Int32, Int64, UInt32, UInt64};

    if !left.is_integer() || !right.is_integer() {
        return None;
    }
    let either = |of: &DataType| left == of || right == of;
    let is_unsigned = |of: &DataType| of.is_unsigned_integer();
    Some(if either(&UInt64) {
        UInt64
    } else if either(&Int64) {
        Int64
    } else if !either(&UInt32) {
        Int32
    } else if is_unsigned(left) && is_unsigned(right) {
        UInt32
    } else {
        Int64
    })
}

/// What an operand of this type becomes before it is computed with in `wanted`.
///
/// Of 64 bits those with a sign stay: no cast takes a negative number to an unsigned one.
pub(super) fn operand_type(own: &DataType, wanted: &DataType) -> DataType {
    match wanted {
        DataType::UInt64 if own.is_signed_integer() => DataType::Int64,
        _ => wanted.clone(),
    }
}

/// Operands of arithmetic in one type: numbers of 64 bits with a sign beside those without are
/// taken by their bits, as in C++.
pub(super) fn without_signs(
    left: &ColumnarValue,
    right: &ColumnarValue,
) -> (ColumnarValue, ColumnarValue) {
    match (left.data_type(), right.data_type()) {
        (DataType::UInt64, DataType::Int64) => (left.clone(), bits(right)),
        (DataType::Int64, DataType::UInt64) => (bits(left), right.clone()),
        _ => (left.clone(), right.clone()),
    }
}

fn bits(of: &ColumnarValue) -> ColumnarValue {
    match of {
        ColumnarValue::Array(array) => match array.as_primitive_opt::<Int64Type>() {
            Some(numbers) => {
                let bits = ScalarBuffer::from(numbers.values().inner().clone());
                let bits = PrimitiveArray::<UInt64Type>::new(bits, numbers.nulls().cloned());
                ColumnarValue::Array(Arc::new(bits))
            }
            None => of.clone(),
        },
        ColumnarValue::Scalar(ScalarValue::Int64(number)) => {
            ColumnarValue::Scalar(ScalarValue::UInt64(number.map(i64::cast_unsigned)))
        }
        ColumnarValue::Scalar(_) => of.clone(),
    }
}

/// `left / right` or `left % right`, null where `right` is 0; `None` for other operators and for
/// what is no integer.
///
/// # Errors
/// If a literal cannot be repeated.
pub(super) fn divided(
    operator: Operator,
    left: &ColumnarValue,
    right: &ColumnarValue,
    rows: usize,
) -> Result<Option<ArrayRef>> {
    fn of_type<T: ArrowPrimitiveType>(
        operator: Operator,
        left: &dyn Array,
        right: &dyn Array,
    ) -> ArrayRef {
        let (left, right) = (left.as_primitive::<T>(), right.as_primitive::<T>());
        let quotients: PrimitiveArray<T> = left
            .iter()
            .zip(right)
            .map(|pair| match pair {
                (Some(x), Some(y)) if !y.is_zero() => Some(match operator {
                    Operator::Divide => x.div_wrapping(y),
                    _ => x.mod_wrapping(y),
                }),
                _ => None,
            })
            .collect();
        Arc::new(quotients)
    }

    if !matches!(operator, Operator::Divide | Operator::Modulo) || !left.data_type().is_integer() {
        return Ok(None);
    }
    let (left, right) = (left.to_array(rows)?, right.to_array(rows)?);
    Ok(match left.data_type() {
        DataType::Int32 => Some(of_type::<Int32Type>(operator, &left, &right)),
        DataType::Int64 => Some(of_type::<Int64Type>(operator, &left, &right)),
        DataType::UInt32 => Some(of_type::<UInt32Type>(operator, &left, &right)),
        DataType::UInt64 => Some(of_type::<UInt64Type>(operator, &left, &right)),
        _ => None,
    })
}
