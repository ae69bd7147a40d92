//! Lists of other shapes: lengths, positions, reversal, concatenation, repetition.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array, ListArray};
use arrow::buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::compute;

use super::broadcast::repeat;
use super::view::{View, as_i64, count_as_offset, index_of, same_rows};
use crate::{PhysicsError, Result};

/// The number of elements of each list, null ones included; null for a null list.
#[must_use]
pub fn len(list: &ListArray) -> Int64Array {
    let lengths: ScalarBuffer<i64> = list
        .offsets()
        .windows(2)
        .map(|pair| i64::from(pair[1] - pair[0]))
        .collect();
    Int64Array::new(lengths, list.nulls().cloned())
}

/// The position of each element in its list, from 0, as 64-bit integers.
///
/// # Errors
///
/// Only [`PhysicsError::Arrow`], which would be a bug.
pub fn index(list: &ListArray) -> Result<ListArray> {
    let view = View::of(list);
    let mut positions = Vec::with_capacity(view.elements());
    for range in view.ranges() {
        positions.extend(0..as_i64(range.len()));
    }
    view.wrap(Arc::new(Int64Array::from(positions)))
}

/// The elements of each list, the last first.
///
/// # Errors
///
/// [`PhysicsError::Arrow`] for element types that Arrow cannot pick from.
pub fn reverse(list: &ListArray) -> Result<ListArray> {
    let view = View::of(list);
    let mut indices = Vec::with_capacity(view.elements());
    for range in view.ranges() {
        indices.extend(range.rev().map(index_of));
    }
    view.gather(view.offsets.clone(), indices, view.nulls.clone())
}

/// The elements of the lists of each event, one list after the other.
///
/// Null where any of the lists is null.
///
/// # Errors
///
/// [`PhysicsError::BadCall`] without a list or if their types differ,
/// [`PhysicsError::DifferentRows`] if they differ in rows,
/// [`PhysicsError::TooManyElements`] if all elements together are too many.
pub fn concat(lists: &[&ListArray]) -> Result<ListArray> {
    let views: Vec<View> = lists.iter().map(|list| View::of(list)).collect();
    let Some(first) = views.first() else {
        return Err(PhysicsError::bad_call("concat needs at least one list"));
    };
    for (number, view) in views.iter().enumerate() {
        same_rows((0, first.rows()), (number, view.rows()))?;
        if view.values.data_type() != first.values.data_type() {
            return Err(PhysicsError::bad_call(format!(
                "concat needs lists of one type; operand 0 has {}, operand {number} has {}; cast one of them",
                first.values.data_type(),
                view.values.data_type()
            )));
        }
    }
    let total: u64 = views.iter().map(|view| view.elements() as u64).sum();
    count_as_offset(total, || "concat".into())?;
    let nulls = NullBuffer::union_many(views.iter().map(|view| view.nulls.as_ref()));

    let mut starts = Vec::with_capacity(views.len());
    let mut next_start = 0;
    for view in &views {
        starts.push(next_start);
        next_start += view.elements();
    }
    let mut indices = Vec::with_capacity(next_start);
    let mut offsets = Vec::with_capacity(first.offsets.len());
    offsets.push(0);
    for row in 0..first.rows() {
        if nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row)) {
            for (view, start) in views.iter().zip(&starts) {
                indices.extend(view.range(row).map(|at| index_of(start + at)));
            }
        }
        offsets.push(count_as_offset(indices.len() as u64, || "concat".into())?);
    }
    let children: Vec<&dyn Array> = views.iter().map(|view| view.values.as_ref()).collect();
    let together = View {
        offsets: first.offsets.clone(),
        values: compute::concat(&children)?,
        nulls: None,
    };
    together.gather(
        OffsetBuffer::new(ScalarBuffer::from(offsets)),
        indices,
        nulls,
    )
}

/// Lists of the shape of `like` whose elements all are the value of their event.
///
/// # Errors
///
/// [`PhysicsError::DifferentRows`] if there are not as many values as lists.
pub fn repeat_values(values: &ArrayRef, like: &ListArray) -> Result<ListArray> {
    let view = View::of(like);
    same_rows((0, values.len()), (1, view.rows()))?;
    view.wrap(repeat(&view, values)?)
}
