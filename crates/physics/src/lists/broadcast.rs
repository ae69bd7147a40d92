//! Lining up lists, per-event columns and constants for element-wise work.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ListArray, UInt32Array};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute;

use super::view::{View, index_of, make_list, same_rows};
use crate::{PhysicsError, Result};

/// One operand of an element-wise function.
#[derive(Debug, Clone, Copy)]
pub enum Operand<'a> {
    /// One list per event.
    List(&'a ListArray),
    /// One value per event, repeated for each element of its list.
    PerEvent(&'a ArrayRef),
    /// An array with one value, the same everywhere; it stays one value.
    Constant(&'a ArrayRef),
}

/// Operands of an element-wise function, lined up.
///
/// # Example
///
/// ```
/// use std::sync::Arc;
/// use arrow::array::{ArrayRef, Float64Array, ListArray};
/// use arrow::compute::kernels::numeric::add;
/// use arrow::datatypes::Float64Type;
/// use hepframe_physics::lists::{Broadcast, Operand};
///
/// let pt = ListArray::from_iter_primitive::<Float64Type, _, _>([
///     Some(vec![Some(30.0), Some(20.0)]),
///     Some(vec![Some(50.0)]),
/// ]);
/// let met: ArrayRef = Arc::new(Float64Array::from(vec![1.0, 2.0]));
///
/// let operands = Broadcast::new(&[Operand::List(&pt), Operand::PerEvent(&met)])?;
/// let sums = add(&operands.children()[0], &operands.children()[1])?;
/// let lists = operands.wrap(sums)?;
///
/// assert_eq!(lists.value(0).as_ref(), &Float64Array::from(vec![31.0, 21.0]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Broadcast {
    shape: View,
    children: Vec<ArrayRef>,
}

impl Broadcast {
    /// Lines up operands, of which at least one is a list.
    ///
    /// A row is null where any of the lists is null. A null in a per-event
    /// column becomes null elements.
    ///
    /// # Errors
    ///
    /// [`PhysicsError::DifferentLengths`] if lists of one event differ in
    /// length, [`PhysicsError::DifferentRows`] if operands differ in rows,
    /// [`PhysicsError::BadCall`] without a list.
    pub fn new(operands: &[Operand<'_>]) -> Result<Self> {
        let views: Vec<(usize, View)> = operands
            .iter()
            .enumerate()
            .filter_map(|(number, operand)| match operand {
                Operand::List(list) => Some((number, View::of(list))),
                Operand::PerEvent(_) | Operand::Constant(_) => None,
            })
            .collect();
        let Some(first) = views.first() else {
            return Err(PhysicsError::bad_call(
                "an element-wise function needs at least one list among its operands",
            ));
        };
        let (first_number, shape) = first;
        let nulls = NullBuffer::union_many(views.iter().map(|(_, view)| view.nulls.as_ref()));
        let mut same_shape = true;
        for other in &views[1..] {
            same_shape &= compare(first, other, nulls.as_ref())?;
        }
        // A list that is null here may have elements there: those go, so that all line up.
        let (offsets, drops) = match (&nulls, same_shape) {
            (Some(nulls), false) => (non_null_offsets(shape, nulls), true),
            _ => (shape.offsets.clone(), false),
        };
        let mut broadcast = Self {
            shape: View {
                offsets,
                values: Arc::clone(&shape.values),
                nulls,
            },
            children: Vec::with_capacity(operands.len()),
        };
        let mut views = views.iter();
        for (number, operand) in operands.iter().enumerate() {
            let child = match operand {
                Operand::List(_) => match views.next() {
                    Some((_, view)) if drops => broadcast.drop_null_rows(view)?,
                    Some((_, view)) => Arc::clone(&view.values),
                    None => return Err(PhysicsError::bad_call("a list operand got lost")),
                },
                Operand::PerEvent(column) => {
                    same_rows(
                        (*first_number, broadcast.shape.rows()),
                        (number, column.len()),
                    )?;
                    broadcast.repeat(column)?
                }
                Operand::Constant(value) => Arc::clone(value),
            };
            broadcast.children.push(child);
        }
        Ok(broadcast)
    }

    /// The elements of each operand, in their order: as many as there are
    /// elements in all lists, or one for a constant.
    #[must_use]
    pub fn children(&self) -> &[ArrayRef] {
        &self.children
    }

    /// Number of elements of all lists.
    #[must_use]
    pub fn elements(&self) -> usize {
        super::position(self.shape.offsets[self.shape.rows()])
    }

    /// Offsets and nulls of the result.
    pub(crate) fn shape(&self) -> &View {
        &self.shape
    }

    /// Repeats the values of a per-event column for each element of its list.
    ///
    /// # Errors
    ///
    /// [`PhysicsError::DifferentRows`] if the column has another number of rows.
    pub fn repeat(&self, column: &ArrayRef) -> Result<ArrayRef> {
        same_rows((0, self.shape.rows()), (1, column.len()))?;
        repeat(&self.shape, column)
    }

    /// Makes lists of element-wise results; shares the offsets.
    ///
    /// # Errors
    ///
    /// [`PhysicsError::Arrow`] if there are not as many values as elements.
    pub fn wrap(&self, values: ArrayRef) -> Result<ListArray> {
        make_list(self.shape.offsets.clone(), values, self.shape.nulls.clone())
    }

    /// The elements of a list operand without those in rows that are null.
    fn drop_null_rows(&self, view: &View) -> Result<ArrayRef> {
        let mut indices = Vec::with_capacity(self.elements());
        for (row, range) in view.ranges().enumerate() {
            if !self.shape.is_null(row) {
                indices.extend(range.map(index_of));
            }
        }
        Ok(compute::take(
            &view.values,
            &UInt32Array::from(indices),
            None,
        )?)
    }
}

/// Repeats per-event values in the shape of lists.
pub(super) fn repeat(shape: &View, column: &ArrayRef) -> Result<ArrayRef> {
    let mut indices = Vec::with_capacity(super::position(shape.offsets[shape.rows()]));
    for (row, range) in shape.ranges().enumerate() {
        indices.extend(std::iter::repeat_n(index_of(row), range.len()));
    }
    Ok(compute::take(column, &UInt32Array::from(indices), None)?)
}

/// Whether two operands have the same lengths everywhere; an error if they
/// differ in a row that is not null.
fn compare(
    (left, left_view): &(usize, View),
    (right, right_view): &(usize, View),
    nulls: Option<&NullBuffer>,
) -> Result<bool> {
    same_rows((*left, left_view.rows()), (*right, right_view.rows()))?;
    if left_view.offsets.ptr_eq(&right_view.offsets) || left_view.offsets == right_view.offsets {
        return Ok(true);
    }
    for row in 0..left_view.rows() {
        let is_null = nulls.is_some_and(|nulls| nulls.is_null(row));
        let (left_len, right_len) = (left_view.len(row), right_view.len(row));
        if left_len != right_len && !is_null {
            let counted = |view: &View, len| if view.is_null(row) { 0 } else { len };
            return Err(PhysicsError::DifferentLengths {
                left: *left,
                right: *right,
                row,
                left_len: counted(left_view, left_len),
                right_len: counted(right_view, right_len),
            });
        }
    }
    Ok(false)
}

/// Offsets of the same lists when those that are null become empty.
fn non_null_offsets(shape: &View, nulls: &NullBuffer) -> OffsetBuffer<i32> {
    let lengths = (0..shape.rows()).map(|row| {
        if nulls.is_null(row) {
            0
        } else {
            shape.len(row)
        }
    });
    OffsetBuffer::from_lengths(lengths)
}
