//! Orders of the elements of lists: stable, NaN behind all numbers, null last.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::{
    Array, ArrowPrimitiveType, Int64Array, ListArray, PrimitiveArray, make_comparator,
};
use arrow::buffer::OffsetBuffer;
use arrow::compute::SortOptions;

use super::number::{Number, NumberKernel, dispatch, is_number};
use super::view::{View, index_of, place};
use crate::Result;

/// Which elements come first. NaN and null come last in both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The smallest first.
    Ascending,
    /// The largest first.
    Descending,
}

impl Order {
    #[inline]
    fn apply(self, ordering: Ordering) -> Ordering {
        match self {
            Self::Ascending => ordering,
            Self::Descending => ordering.reverse(),
        }
    }
}

/// The elements of each list in order.
///
/// # Errors
///
/// [`PhysicsError::Arrow`](crate::PhysicsError::Arrow) for element types without an order.
pub fn sort(list: &ListArray, order: Order) -> Result<ListArray> {
    let view = View::of(list);
    let indices = permutation(&view, order)?;
    view.gather(view.offsets.clone(), indices, view.nulls.clone())
}

/// The positions of the elements of each list in their order, as 64-bit integers.
///
/// `take(x, &argsort(key, order)?)` sorts `x` by `key`.
///
/// # Errors
///
/// [`PhysicsError::Arrow`](crate::PhysicsError::Arrow) for element types without an order.
pub fn argsort(list: &ListArray, order: Order) -> Result<ListArray> {
    let view = View::of(list);
    let mut indices = permutation(&view, order)?.into_iter();
    let mut positions = Vec::with_capacity(view.elements());
    for range in view.ranges() {
        let start = i64::from(index_of(range.start));
        positions.extend(
            indices
                .by_ref()
                .take(range.len())
                .map(|index| i64::from(index) - start),
        );
    }
    view.wrap(Arc::new(Int64Array::from(positions)))
}

/// The `k` largest elements of each list, the largest first.
///
/// # Errors
///
/// [`PhysicsError::Arrow`](crate::PhysicsError::Arrow) for element types without an order.
pub fn top_k(list: &ListArray, k: usize) -> Result<ListArray> {
    let view = View::of(list);
    let sorted = permutation(&view, Order::Descending)?;
    let mut indices = Vec::with_capacity(view.rows().saturating_mul(k).min(view.elements()));
    let mut lengths = Vec::with_capacity(view.rows());
    for range in view.ranges() {
        let kept = range.len().min(k);
        indices.extend_from_slice(&sorted[range.start..range.start + kept]);
        lengths.push(kept);
    }
    view.gather(
        OffsetBuffer::from_lengths(lengths),
        indices,
        view.nulls.clone(),
    )
}

/// Places in the flat elements, in order within each list.
fn permutation(view: &View, order: Order) -> Result<Vec<u32>> {
    if is_number(view.values.data_type()) {
        return dispatch("sort", &view.values, SortNumbers { view, order });
    }
    let options = SortOptions::new(order == Order::Descending, false);
    let compare = make_comparator(&view.values, &view.values, options)?;
    Ok(sort_lists(view, |a, b| compare(place(a), place(b))))
}

/// Sorts the places of each list by a comparison of two places.
fn sort_lists(view: &View, mut compare: impl FnMut(u32, u32) -> Ordering) -> Vec<u32> {
    let mut places: Vec<u32> = (0..index_of(view.elements())).collect();
    for range in view.ranges() {
        places[range].sort_by(|&a, &b| compare(a, b));
    }
    places
}

struct SortNumbers<'a> {
    view: &'a View,
    order: Order,
}

impl NumberKernel for SortNumbers<'_> {
    type Output = Vec<u32>;

    fn run<T>(self, values: &PrimitiveArray<T>) -> Result<Vec<u32>>
    where
        T: ArrowPrimitiveType<Native: Number>,
    {
        let numbers = values.values();
        let by_value = |a: u32, b: u32| {
            let (a, b) = (numbers[place(a)], numbers[place(b)]);
            match a.partial_cmp(&b) {
                Some(ordering) => self.order.apply(ordering),
                None => a.is_nan().cmp(&b.is_nan()),
            }
        };
        Ok(match values.nulls() {
            None => sort_lists(self.view, by_value),
            Some(nulls) => sort_lists(self.view, |a, b| {
                let (a_null, b_null) = (nulls.is_null(place(a)), nulls.is_null(place(b)));
                match (a_null, b_null) {
                    (false, false) => by_value(a, b),
                    _ => a_null.cmp(&b_null),
                }
            }),
        })
    }
}
