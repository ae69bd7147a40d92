//! The smallest and the largest elements of lists, and where they are.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, BooleanBufferBuilder, Int64Array, ListArray,
    PrimitiveArray,
};
use arrow::buffer::NullBuffer;

use super::number::{Number, NumberKernel, dispatch};
use super::view::{View, as_i64};
use crate::Result;

/// The smallest element of each list, of the same type: null if there is none.
///
/// NaN and null are skipped; a list of nothing but NaN gives NaN.
///
/// # Errors
///
/// [`PhysicsError::WrongType`](crate::PhysicsError::WrongType) if the elements are no numbers.
pub fn min(list: &ListArray) -> Result<ArrayRef> {
    let view = View::of(list);
    dispatch("min", &view.values, Extreme::<false> { view: &view })
}

/// The largest element of each list, of the same type: null if there is none.
///
/// NaN and null are skipped; a list of nothing but NaN gives NaN.
///
/// # Errors
///
/// [`PhysicsError::WrongType`](crate::PhysicsError::WrongType) if the elements are no numbers.
pub fn max(list: &ListArray) -> Result<ArrayRef> {
    let view = View::of(list);
    dispatch("max", &view.values, Extreme::<true> { view: &view })
}

/// The position of the smallest element of each list, the first of equals.
///
/// NaN and null are skipped; null if nothing is left.
///
/// # Errors
///
/// [`PhysicsError::WrongType`](crate::PhysicsError::WrongType) if the elements are no numbers.
pub fn argmin(list: &ListArray) -> Result<Int64Array> {
    let view = View::of(list);
    dispatch("argmin", &view.values, Place::<false> { view: &view })
}

/// The position of the largest element of each list, the first of equals.
///
/// NaN and null are skipped; null if nothing is left.
///
/// # Errors
///
/// [`PhysicsError::WrongType`](crate::PhysicsError::WrongType) if the elements are no numbers.
pub fn argmax(list: &ListArray) -> Result<Int64Array> {
    let view = View::of(list);
    dispatch("argmax", &view.values, Place::<true> { view: &view })
}

/// Whether `new` beats `best`. Never true if one of them is NaN.
#[inline]
fn beats<const LARGEST: bool, N: Number>(new: N, best: N) -> bool {
    if LARGEST { new > best } else { new < best }
}

/// Where the best number of a range is; nothing if it holds only NaN and null.
#[inline]
fn best_place<const LARGEST: bool, T>(
    values: &PrimitiveArray<T>,
    range: std::ops::Range<usize>,
) -> Option<usize>
where
    T: ArrowPrimitiveType<Native: Number>,
{
    let numbers = values.values();
    if values.null_count() == 0 {
        let start = range.start;
        return best_of::<LARGEST, _>(&numbers[range]).map(|place| start + place);
    }
    let mut best: Option<(usize, T::Native)> = None;
    for at in range {
        let new = numbers[at];
        let wins = match best {
            Some((_, best)) => beats::<LARGEST, _>(new, best),
            None => !new.is_nan(),
        };
        if wins && values.is_valid(at) {
            best = Some((at, new));
        }
    }
    best.map(|(at, _)| at)
}

/// Where the best of some numbers is, if not all are NaN.
#[inline]
fn best_of<const LARGEST: bool, N: Number>(numbers: &[N]) -> Option<usize> {
    let mut place = numbers.iter().position(|number| !number.is_nan())?;
    let mut best = numbers[place];
    for (at, &new) in numbers.iter().enumerate().skip(place + 1) {
        // Selections, not a branch that is hard to foresee.
        let wins = beats::<LARGEST, _>(new, best);
        best = if wins { new } else { best };
        place = if wins { at } else { place };
    }
    Some(place)
}

struct Extreme<'a, const LARGEST: bool> {
    view: &'a View,
}

impl<const LARGEST: bool> NumberKernel for Extreme<'_, LARGEST> {
    type Output = ArrayRef;

    fn run<T>(self, values: &PrimitiveArray<T>) -> Result<ArrayRef>
    where
        T: ArrowPrimitiveType<Native: Number>,
    {
        let mut extremes = Vec::with_capacity(self.view.rows());
        let mut has_one = BooleanBufferBuilder::new(self.view.rows());
        for range in self.view.ranges() {
            // Without a number the first NaN stands for all of them.
            let place = best_place::<LARGEST, T>(values, range.clone())
                .or_else(|| range.into_iter().find(|&at| values.is_valid(at)));
            extremes.push(place.map_or_else(T::Native::default, |at| values.value(at)));
            has_one.append(place.is_some());
        }
        let has_one = NullBuffer::new(has_one.finish());
        let nulls = NullBuffer::union(self.view.nulls.as_ref(), Some(&has_one));
        Ok(Arc::new(PrimitiveArray::<T>::new(extremes.into(), nulls)))
    }
}

struct Place<'a, const LARGEST: bool> {
    view: &'a View,
}

impl<const LARGEST: bool> NumberKernel for Place<'_, LARGEST> {
    type Output = Int64Array;

    fn run<T>(self, values: &PrimitiveArray<T>) -> Result<Int64Array>
    where
        T: ArrowPrimitiveType<Native: Number>,
    {
        let mut places = Vec::with_capacity(self.view.rows());
        let mut has_one = BooleanBufferBuilder::new(self.view.rows());
        for range in self.view.ranges() {
            let start = range.start;
            let place = best_place::<LARGEST, T>(values, range);
            places.push(place.map_or(0, |at| as_i64(at - start)));
            has_one.append(place.is_some());
        }
        let has_one = NullBuffer::new(has_one.finish());
        let nulls = NullBuffer::union(self.view.nulls.as_ref(), Some(&has_one));
        Ok(Int64Array::new(places.into(), nulls))
    }
}
