//! Operators on the elements of lists.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, Datum, PrimitiveArray,
};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use arrow::compute::kernels::{boolean, cmp, numeric};
use arrow::datatypes::{DataType, Float16Type, Float32Type, Float64Type};
use arrow::record_batch::RecordBatch;
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::{ColumnarValue, Operator};
use datafusion::physical_expr::expressions::{binary, col};

use super::integers::{divided, without_signs};

/// An operator on arrays or single values.
pub(super) fn operate(
    operator: Operator,
    left: &ColumnarValue,
    right: &ColumnarValue,
    rows: usize,
) -> Result<ArrayRef> {
    if matches!(operator, Operator::And | Operator::Or) {
        let (left, right) = (left.to_array(rows)?, right.to_array(rows)?);
        let (left, right) = (left.as_boolean(), right.as_boolean());
        return Ok(Arc::new(match operator {
            Operator::And => boolean::and_kleene(left, right)?,
            _ => boolean::or_kleene(left, right)?,
        }));
    }
    if is_bitwise(operator) {
        return bitwise(operator, left, right, rows);
    }
    let (left, right) = without_signs(left, right);
    if let Some(divided) = divided(operator, &left, &right, rows)? {
        return Ok(divided);
    }
    let (left, right) = (datum(&left)?, datum(&right)?);
    let (left, right) = (left.as_ref(), right.as_ref());
    if let Some(compared) = compare_floats(operator, left, right) {
        return Ok(Arc::new(compared));
    }
    Ok(match operator {
        Operator::Gt => Arc::new(cmp::gt(left, right)?),
        Operator::Lt => Arc::new(cmp::lt(left, right)?),
        Operator::GtEq => Arc::new(cmp::gt_eq(left, right)?),
        Operator::LtEq => Arc::new(cmp::lt_eq(left, right)?),
        Operator::Eq => Arc::new(cmp::eq(left, right)?),
        Operator::NotEq => Arc::new(cmp::neq(left, right)?),
        Operator::Plus => numeric::add_wrapping(left, right)?,
        Operator::Minus => numeric::sub_wrapping(left, right)?,
        Operator::Multiply => numeric::mul_wrapping(left, right)?,
        Operator::Divide => numeric::div(left, right)?,
        Operator::Modulo => numeric::rem(left, right)?,
        other => return internal_err!("{other} is not done on lists"),
    })
}

/// True for operators on the bits of integers.
fn is_bitwise(operator: Operator) -> bool {
    matches!(
        operator,
        Operator::BitwiseAnd
            | Operator::BitwiseOr
            | Operator::BitwiseShiftLeft
            | Operator::BitwiseShiftRight
    )
}

/// As `DataFusion` does it with numbers.
fn bitwise(
    operator: Operator,
    left: &ColumnarValue,
    right: &ColumnarValue,
    rows: usize,
) -> Result<ArrayRef> {
    let names = ["left", "right"];
    let arrays = [left.to_array(rows)?, right.to_array(rows)?];
    let batch = RecordBatch::try_from_iter(names.into_iter().zip(arrays))?;
    let schema = batch.schema();
    let [left, right] = names.map(|name| col(name, &schema));
    binary(left?, operator, right?, &schema)?
        .evaluate(&batch)?
        .into_array(rows)
}

fn datum(value: &ColumnarValue) -> Result<Box<dyn Datum>> {
    Ok(match value {
        ColumnarValue::Array(array) => Box::new(Arc::clone(array)),
        ColumnarValue::Scalar(scalar) => Box::new(scalar.to_scalar()?),
    })
}

/// Comparisons of floating-point numbers as C++ does them: nothing is less or more than NaN, and
/// -0 is 0. (Arrow's kernels put NaN after all numbers and -0 before 0.)
fn compare_floats(operator: Operator, left: &dyn Datum, right: &dyn Datum) -> Option<BooleanArray> {
    fn pairs<T: ArrowPrimitiveType>(
        left: (&dyn Array, bool),
        right: (&dyn Array, bool),
        is: impl Fn(T::Native, T::Native) -> bool,
    ) -> Option<BooleanArray> {
        let (x, y) = (
            left.0.as_primitive_opt::<T>()?,
            right.0.as_primitive_opt::<T>()?,
        );
        let nulls = |of: &PrimitiveArray<T>, is_single: bool, rows: usize| match of.nulls() {
            Some(nulls) if is_single && nulls.is_null(0) => Some(NullBuffer::new_null(rows)),
            Some(_) | None if is_single => None,
            nulls => nulls.cloned(),
        };
        let rows = if left.1 { y.len() } else { x.len() };
        let nulls = NullBuffer::union(
            nulls(x, left.1, rows).as_ref(),
            nulls(y, right.1, rows).as_ref(),
        );
        let (xs, ys) = (x.values(), y.values());
        let values = match (left.1, right.1) {
            (false, true) => {
                let y = *ys.first()?;
                BooleanBuffer::collect_bool(rows, |row| is(xs[row], y))
            }
            (true, false) => {
                let x = *xs.first()?;
                BooleanBuffer::collect_bool(rows, |row| is(x, ys[row]))
            }
            _ if xs.len() == ys.len() => {
                BooleanBuffer::collect_bool(rows, |row| is(xs[row], ys[row]))
            }
            _ => return None,
        };
        Some(BooleanArray::new(values, nulls))
    }
    fn of_type<T: ArrowPrimitiveType>(
        operator: Operator,
        left: (&dyn Array, bool),
        right: (&dyn Array, bool),
    ) -> Option<BooleanArray>
    where
        T::Native: PartialOrd,
    {
        match operator {
            Operator::Gt => pairs::<T>(left, right, |x, y| x > y),
            Operator::Lt => pairs::<T>(left, right, |x, y| x < y),
            Operator::GtEq => pairs::<T>(left, right, |x, y| x >= y),
            Operator::LtEq => pairs::<T>(left, right, |x, y| x <= y),
            Operator::Eq => pairs::<T>(left, right, |x, y| x == y),
            Operator::NotEq => pairs::<T>(left, right, |x, y| x != y),
            _ => None,
        }
    }

    let (left, right) = (left.get(), right.get());
    match left.0.data_type() {
        DataType::Float16 => of_type::<Float16Type>(operator, left, right),
        DataType::Float32 => of_type::<Float32Type>(operator, left, right),
        DataType::Float64 => of_type::<Float64Type>(operator, left, right),
        _ => None,
    }
}
