//! Reductions of lists of booleans, and counts of any lists.

use arrow::array::{Array, AsArray, BooleanArray, Int64Array, ListArray};
use arrow::buffer::{BooleanBuffer, ScalarBuffer};
use arrow::datatypes::DataType;

use super::view::{View, as_i64};
use crate::{PhysicsError, Result};

/// Whether any element of each list is true: false if it is empty.
///
/// # Errors
///
/// [`PhysicsError::WrongType`] if the elements are no booleans.
pub fn any(list: &ListArray) -> Result<BooleanArray> {
    let view = View::of(list);
    let (flags, _) = split("any", &view)?;
    let found = view
        .ranges()
        .map(|range| range.into_iter().any(|at| flags.value(at)))
        .collect();
    Ok(BooleanArray::new(found, view.nulls.clone()))
}

/// Whether all elements of each list are true: true if it is empty.
///
/// # Errors
///
/// [`PhysicsError::WrongType`] if the elements are no booleans.
pub fn all(list: &ListArray) -> Result<BooleanArray> {
    let view = View::of(list);
    let (_, not_false) = split("all", &view)?;
    let found = view
        .ranges()
        .map(|range| range.into_iter().all(|at| not_false.value(at)))
        .collect();
    Ok(BooleanArray::new(found, view.nulls.clone()))
}

/// How many elements of each list count: the true ones of booleans, of
/// anything else those that are not null.
///
/// # Errors
///
/// Only [`PhysicsError::WrongType`], which would be a bug.
pub fn count(list: &ListArray) -> Result<Int64Array> {
    let view = View::of(list);
    if view.values.data_type() == &DataType::Boolean {
        return count_true(&view);
    }
    Ok(match view.values.logical_nulls() {
        None => super::len(list),
        Some(nulls) => count_set(&view, nulls.inner()),
    })
}

/// The number of true elements of each list.
pub(super) fn count_true(view: &View) -> Result<Int64Array> {
    let (flags, _) = split("count", view)?;
    Ok(count_set(view, &flags))
}

fn count_set(view: &View, flags: &BooleanBuffer) -> Int64Array {
    let counts: ScalarBuffer<i64> = view
        .ranges()
        .map(|range| as_i64(range.filter(|&at| flags.value(at)).count()))
        .collect();
    Int64Array::new(counts, view.nulls.clone())
}

/// Elements that are true, and elements that are not false; null is neither true nor false.
fn split(kernel: &'static str, view: &View) -> Result<(BooleanBuffer, BooleanBuffer)> {
    let Some(flags) = view.values.as_boolean_opt() else {
        return Err(PhysicsError::WrongType {
            kernel,
            found: view.values.data_type().clone(),
            wanted: "lists of booleans",
        });
    };
    let values = flags.values();
    Ok(match flags.nulls() {
        None => (values.clone(), values.clone()),
        Some(nulls) => (values & nulls.inner(), values | &!nulls.inner()),
    })
}
