//! Lists for the tests: made from vectors, with the habits of real arrays.

use std::sync::Arc;

use arrow::array::{Array, AsArray, BooleanArray, ListArray};
use arrow::array::{ArrayRef, ArrowPrimitiveType, Float64Array, PrimitiveArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::Field;

/// Lists of plain values; the first and the last list are cut off again, so
/// that offsets start somewhere and the child is longer than its lists.
pub(crate) fn lists<T>(rows: &[Vec<T::Native>]) -> ListArray
where
    T: ArrowPrimitiveType,
{
    let junk = vec![T::Native::default(); 3];
    let all = std::iter::once(&junk).chain(rows).chain([&junk]);
    let values: Vec<T::Native> = all.clone().flatten().copied().collect();
    make(
        all.map(Vec::len).collect(),
        Arc::new(PrimitiveArray::<T>::new(values.into(), None)),
    )
    .slice(1, rows.len())
}

/// Lists of booleans, sliced like [`lists`].
pub(crate) fn flags(rows: &[Vec<bool>]) -> ListArray {
    let junk = vec![true; 2];
    let all = std::iter::once(&junk).chain(rows).chain([&junk]);
    let values: Vec<bool> = all.clone().flatten().copied().collect();
    make(
        all.map(Vec::len).collect(),
        Arc::new(BooleanArray::from(values)),
    )
    .slice(1, rows.len())
}

/// Lists in which the given rows are null, though they have elements.
pub(crate) fn with_null_rows(list: &ListArray, null_rows: &[usize]) -> ListArray {
    let valid: Vec<bool> = (0..list.len())
        .map(|row| !null_rows.contains(&row))
        .collect();
    let field = Arc::new(Field::new_list_field(list.value_type(), true));
    ListArray::new(
        field,
        list.offsets().clone(),
        Arc::clone(list.values()),
        Some(NullBuffer::from(valid)),
    )
}

fn make(lengths: Vec<usize>, values: ArrayRef) -> ListArray {
    let field = Arc::new(Field::new_list_field(values.data_type().clone(), true));
    ListArray::new(field, OffsetBuffer::from_lengths(lengths), values, None)
}

/// The lists as vectors; null lists and elements as `None`.
pub(crate) fn rows<T: ArrowPrimitiveType>(list: &ListArray) -> Vec<Option<Vec<Option<T::Native>>>> {
    list.iter()
        .map(|row| row.map(|row| row.as_primitive::<T>().iter().collect()))
        .collect()
}

/// The lists as vectors, where nothing is null.
pub(crate) fn plain_rows<T: ArrowPrimitiveType>(list: &ListArray) -> Vec<Vec<T::Native>> {
    rows::<T>(list)
        .into_iter()
        .map(|row| row.unwrap().into_iter().map(Option::unwrap).collect())
        .collect()
}

/// Values of a per-event array of doubles, bit by bit.
pub(crate) fn bits(array: &Float64Array) -> Vec<Option<u64>> {
    array.iter().map(|value| value.map(f64::to_bits)).collect()
}
