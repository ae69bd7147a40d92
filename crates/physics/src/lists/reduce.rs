//! Sums and means of lists.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, BooleanBufferBuilder, Float64Array, ListArray,
    PrimitiveArray,
};
use arrow::buffer::NullBuffer;
use arrow::compute;
use arrow::datatypes::DataType;

use super::number::{Number, NumberKernel, dispatch};
use super::reduce_bool::count_true;
use super::view::View;
use crate::{PhysicsError, Result};

/// The sum of each list: 0 if it is empty.
///
/// Floats are added in their order, in double precision, from 0. Signed and
/// small integers give 64-bit integers, `uint64` gives `uint64`, booleans
/// the number of true ones.
///
/// # Errors
///
/// [`PhysicsError::SumOverflow`] if a sum of integers does not fit,
/// [`PhysicsError::WrongType`] for other elements.
pub fn sum(list: &ListArray) -> Result<ArrayRef> {
    let view = View::of(list);
    if view.values.data_type() == &DataType::Boolean {
        return Ok(Arc::new(count_true(&view)?));
    }
    dispatch("sum", &view.values, Sum { view: &view })
}

/// The mean of each list in double precision: null if it is empty.
///
/// # Errors
///
/// [`PhysicsError::WrongType`] if the elements are no numbers or booleans.
pub fn mean(list: &ListArray) -> Result<Float64Array> {
    let mut view = View::of(list);
    if view.values.data_type() == &DataType::Boolean {
        view.values = compute::cast(&view.values, &DataType::UInt8)?;
    }
    dispatch("mean", &view.values, Mean { view: &view })
}

struct Sum<'a> {
    view: &'a View,
}

impl NumberKernel for Sum<'_> {
    type Output = ArrayRef;

    fn run<T>(self, values: &PrimitiveArray<T>) -> Result<ArrayRef>
    where
        T: ArrowPrimitiveType<Native: Number>,
    {
        let numbers = values.values();
        let mut sums = Vec::with_capacity(self.view.rows());
        for (row, range) in self.view.ranges().enumerate() {
            let zero = <<T::Native as Number>::Total as ArrowPrimitiveType>::Native::default();
            let total = match values.nulls() {
                None => numbers[range]
                    .iter()
                    .try_fold(zero, |total, number| number.add_to(total)),
                Some(nulls) => range
                    .filter(|&at| nulls.is_valid(at))
                    .try_fold(zero, |total, at| numbers[at].add_to(total)),
            };
            match total {
                Some(total) => sums.push(total),
                None if self.view.is_null(row) => sums.push(zero),
                None => return Err(PhysicsError::SumOverflow { row }),
            }
        }
        Ok(Arc::new(
            PrimitiveArray::<<T::Native as Number>::Total>::new(
                sums.into(),
                self.view.nulls.clone(),
            ),
        ))
    }
}

struct Mean<'a> {
    view: &'a View,
}

impl NumberKernel for Mean<'_> {
    type Output = Float64Array;

    #[expect(
        clippy::cast_precision_loss,
        reason = "a list has less than 2^31 elements"
    )]
    fn run<T>(self, values: &PrimitiveArray<T>) -> Result<Float64Array>
    where
        T: ArrowPrimitiveType<Native: Number>,
    {
        let numbers = values.values();
        let mut means = Vec::with_capacity(self.view.rows());
        let mut has_mean = BooleanBufferBuilder::new(self.view.rows());
        for range in self.view.ranges() {
            let (mut total, mut count) = (0.0, 0_usize);
            for at in range {
                if values.is_valid(at) {
                    total += numbers[at].to_f64();
                    count += 1;
                }
            }
            means.push(total / count as f64);
            has_mean.append(count > 0);
        }
        let has_mean = NullBuffer::new(has_mean.finish());
        let nulls = NullBuffer::union(self.view.nulls.as_ref(), Some(&has_mean));
        Ok(Float64Array::new(means.into(), nulls))
    }
}
