//! Parts of lists: masks, subscripts and slices.

use arrow::array::{Array, ArrayRef, BooleanArray, Int64Array, ListArray};
use arrow::array::{AsArray, UInt32Array, UInt32Builder};
use arrow::buffer::{BooleanBuffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::compute;
use arrow::datatypes::{DataType, Int64Type};

use super::Operand;
use super::broadcast::Broadcast;
use super::view::{View, as_i64, count_as_offset, index_of, make_list, same_rows};
use crate::{PhysicsError, Result};

/// A position in lists: the same everywhere or one per event.
///
/// Counts from 0, from the end if negative.
#[derive(Debug, Clone, Copy)]
pub enum Position<'a> {
    /// The same in every event.
    Constant(i64),
    /// One per event.
    PerEvent(&'a Int64Array),
}

impl Position<'_> {
    /// The position in one event; nothing if it is null.
    fn get(&self, row: usize) -> Option<i64> {
        match self {
            Self::Constant(value) => Some(*value),
            Self::PerEvent(values) => values.is_valid(row).then(|| values.value(row)),
        }
    }

    fn check_rows(&self, operand: usize, rows: usize) -> Result<()> {
        match self {
            Self::Constant(_) => Ok(()),
            Self::PerEvent(values) => same_rows((0, rows), (operand, values.len())),
        }
    }

    fn nulls(&self) -> Option<&NullBuffer> {
        match self {
            Self::Constant(_) => None,
            Self::PerEvent(values) => values.nulls(),
        }
    }
}

/// Keeps the elements where the mask is true; null in the mask counts as false.
///
/// # Errors
///
/// [`PhysicsError::DifferentLengths`] if list and mask differ in length,
/// [`PhysicsError::WrongType`] if the mask does not hold booleans.
pub fn mask(list: &ListArray, mask: &ListArray) -> Result<ListArray> {
    let operands = Broadcast::new(&[Operand::List(list), Operand::List(mask)])?;
    let [values, flags] = operands.children() else {
        return Err(PhysicsError::bad_call("a mask needs a list and a mask"));
    };
    let Some(flags) = flags.as_boolean_opt() else {
        return Err(PhysicsError::WrongType {
            kernel: "mask",
            found: flags.data_type().clone(),
            wanted: "a list of booleans as its mask",
        });
    };
    let kept = match flags.nulls() {
        Some(nulls) => flags.values() & nulls.inner(),
        None => flags.values().clone(),
    };
    let shape = operands.shape();
    let mut offsets = Vec::with_capacity(shape.offsets.len());
    let mut end = 0_i32;
    offsets.push(end);
    for range in shape.ranges() {
        end += range.map(|at| i32::from(kept.value(at))).sum::<i32>();
        offsets.push(end);
    }
    let values = compute::filter(values, &BooleanArray::new(kept, None))?;
    make_list(
        OffsetBuffer::new(ScalarBuffer::from(offsets)),
        values,
        shape.nulls.clone(),
    )
}

/// One element of each list; null out of range.
///
/// # Errors
///
/// [`PhysicsError::DifferentRows`] if there are not as many positions as lists.
pub fn at(list: &ListArray, at: Position<'_>) -> Result<ArrayRef> {
    let view = View::of(list);
    at.check_rows(1, view.rows())?;
    let (indices, in_range) = match at {
        Position::Constant(wanted) => find(&view, |_| wanted),
        Position::PerEvent(wanted) => find(&view, |row| wanted.values()[row]),
    };
    let nulls = NullBuffer::union_many([view.nulls.as_ref(), at.nulls(), Some(&in_range)]);
    let indices = UInt32Array::new(indices.into(), nulls);
    Ok(compute::take(&view.values, &indices, None)?)
}

/// Where the wanted element of each list is, and which lists have it.
fn find(view: &View, wanted: impl Fn(usize) -> i64) -> (Vec<u32>, NullBuffer) {
    let mut indices = Vec::with_capacity(view.rows());
    let in_range = BooleanBuffer::collect_bool(view.rows(), |row| {
        let range = view.range(row);
        let (wanted, len) = (wanted(row), as_i64(range.len()));
        // No branches: which lists are long enough is hard to foresee.
        let place = wanted.wrapping_add(if wanted < 0 { len } else { 0 });
        let is_there = (place >= 0) & (place < len);
        let place = usize::try_from(place).unwrap_or(0);
        indices.push(if is_there {
            index_of(range.start + place)
        } else {
            0
        });
        is_there
    });
    (indices, NullBuffer::new(in_range))
}

/// The first element of each list; null if it is empty.
///
/// # Errors
///
/// [`PhysicsError::Arrow`] for element types that Arrow cannot pick from.
pub fn first(list: &ListArray) -> Result<ArrayRef> {
    at(list, Position::Constant(0))
}

/// The elements at the positions that `indices` lists, in that order; null
/// where a position is null or out of range.
///
/// # Errors
///
/// [`PhysicsError::DifferentRows`] if the two differ in rows,
/// [`PhysicsError::WrongType`] if `indices` does not hold integers.
pub fn take(list: &ListArray, indices: &ListArray) -> Result<ListArray> {
    let (view, wanted) = (View::of(list), View::of(indices));
    same_rows((0, view.rows()), (1, wanted.rows()))?;
    if !wanted.values.data_type().is_integer() {
        return Err(PhysicsError::WrongType {
            kernel: "take",
            found: wanted.values.data_type().clone(),
            wanted: "a list of integers as positions",
        });
    }
    let numbers = compute::cast(&wanted.values, &DataType::Int64)?;
    let numbers = numbers.as_primitive::<Int64Type>();
    let mut found = UInt32Builder::with_capacity(numbers.len());
    for (row, (from, to)) in view.ranges().zip(wanted.ranges()).enumerate() {
        let len = if view.is_null(row) { 0 } else { from.len() };
        for at in to {
            let place = numbers
                .is_valid(at)
                .then(|| numbers.value(at))
                .and_then(|number| resolve(number, len));
            found.append_option(place.map(|place| index_of(from.start + place)));
        }
    }
    let values = compute::take(&view.values, &found.finish(), None)?;
    let nulls = NullBuffer::union(view.nulls.as_ref(), wanted.nulls.as_ref());
    make_list(wanted.offsets, values, nulls)
}

/// The elements from `start` up to, but without, `stop`, as Python slices:
/// from the first and to the end if absent, cut to what there is.
///
/// A null position gives a null list.
///
/// # Errors
///
/// [`PhysicsError::DifferentRows`] if there are not as many positions as lists.
pub fn slice(
    list: &ListArray,
    start: Option<Position<'_>>,
    stop: Option<Position<'_>>,
) -> Result<ListArray> {
    let view = View::of(list);
    let start = start.unwrap_or(Position::Constant(0));
    let stop = stop.unwrap_or(Position::Constant(i64::MAX));
    start.check_rows(1, view.rows())?;
    stop.check_rows(2, view.rows())?;
    let mut indices = Vec::with_capacity(view.elements());
    let mut offsets = Vec::with_capacity(view.offsets.len());
    offsets.push(0);
    for (row, range) in view.ranges().enumerate() {
        let ends = start.get(row).zip(stop.get(row));
        if let Some((from, to)) = ends.filter(|_| !view.is_null(row)) {
            let from = clamp(from, range.len());
            let to = clamp(to, range.len()).max(from);
            indices.extend((range.start + from..range.start + to).map(index_of));
        }
        offsets.push(count_as_offset(indices.len() as u64, || "a slice".into())?);
    }
    let nulls = NullBuffer::union_many([view.nulls.as_ref(), start.nulls(), stop.nulls()]);
    view.gather(
        OffsetBuffer::new(ScalarBuffer::from(offsets)),
        indices,
        nulls,
    )
}

/// A position from 0 to `len - 1`, or nothing.
#[inline]
fn resolve(wanted: i64, len: usize) -> Option<usize> {
    let from_start = if wanted < 0 {
        wanted.checked_add(as_i64(len))?
    } else {
        wanted
    };
    usize::try_from(from_start).ok().filter(|&at| at < len)
}

/// An end of a slice, moved into the list.
#[inline]
fn clamp(wanted: i64, len: usize) -> usize {
    let from_start = if wanted < 0 {
        wanted.saturating_add(as_i64(len)).max(0)
    } else {
        wanted
    };
    usize::try_from(from_start).map_or(len, |at| at.min(len))
}
