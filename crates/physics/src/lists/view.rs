//! A list array as the kernels see it: offsets from 0, exactly its own elements.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ListArray, UInt32Array};
use arrow::buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::compute;
use arrow::datatypes::{DataType, Field};

use crate::{PhysicsError, Result};

/// The type of lists that the kernels make: nullable elements called `item`.
#[must_use]
pub fn list_type(value_type: DataType) -> DataType {
    DataType::List(Arc::new(Field::new_list_field(value_type, true)))
}

/// The offsets, elements and nulls of a list array, whatever it is a slice of.
#[derive(Debug, Clone)]
pub(crate) struct View {
    /// `rows + 1` offsets, the first of them 0.
    pub(crate) offsets: OffsetBuffer<i32>,
    /// As many elements as the last offset says.
    pub(crate) values: ArrayRef,
    /// Which lists are null.
    pub(crate) nulls: Option<NullBuffer>,
}

impl View {
    /// Looks at a list array. Copies the offsets only if they do not start at 0.
    pub(crate) fn of(list: &ListArray) -> Self {
        let offsets = list.offsets();
        let (start, end) = (offsets[0], offsets[offsets.len() - 1]);
        let values = if position(start) == 0 && position(end) == list.values().len() {
            Arc::clone(list.values())
        } else {
            list.values()
                .slice(position(start), position(end) - position(start))
        };
        let offsets = if start == 0 {
            offsets.clone()
        } else {
            let shifted: ScalarBuffer<i32> = offsets.iter().map(|offset| offset - start).collect();
            OffsetBuffer::new(shifted)
        };
        Self {
            offsets,
            values,
            nulls: list.nulls().cloned(),
        }
    }

    /// Number of lists.
    pub(crate) fn rows(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Number of elements of all lists.
    pub(crate) fn elements(&self) -> usize {
        self.values.len()
    }

    /// Where the elements of one list are.
    #[inline]
    pub(crate) fn range(&self, row: usize) -> Range<usize> {
        position(self.offsets[row])..position(self.offsets[row + 1])
    }

    /// Number of elements of one list.
    #[inline]
    pub(crate) fn len(&self, row: usize) -> usize {
        self.range(row).len()
    }

    /// Whether one list is null.
    #[inline]
    pub(crate) fn is_null(&self, row: usize) -> bool {
        self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row))
    }

    /// The ranges of all lists, in order.
    pub(crate) fn ranges(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        self.offsets
            .windows(2)
            .map(|pair| position(pair[0])..position(pair[1]))
    }

    /// Lists of the same shape with other elements.
    pub(crate) fn wrap(&self, values: ArrayRef) -> Result<ListArray> {
        make_list(self.offsets.clone(), values, self.nulls.clone())
    }

    /// Lists of another shape made of the elements at `indices`.
    pub(crate) fn gather(
        &self,
        offsets: OffsetBuffer<i32>,
        indices: Vec<u32>,
        nulls: Option<NullBuffer>,
    ) -> Result<ListArray> {
        let values = compute::take(&self.values, &UInt32Array::from(indices), None)?;
        make_list(offsets, values, nulls)
    }
}

/// Lists with nullable elements.
pub(crate) fn make_list(
    offsets: OffsetBuffer<i32>,
    values: ArrayRef,
    nulls: Option<NullBuffer>,
) -> Result<ListArray> {
    let field = Arc::new(Field::new_list_field(values.data_type().clone(), true));
    Ok(ListArray::try_new(field, offsets, values, nulls)?)
}

/// An offset of a list as a position.
#[inline]
#[expect(
    clippy::cast_sign_loss,
    reason = "Arrow checks that list offsets are not negative"
)]
pub(crate) const fn position(offset: i32) -> usize {
    offset as usize
}

/// A position in the elements as an index of arrow's `take`.
#[inline]
#[expect(
    clippy::cast_possible_truncation,
    reason = "elements are counted by 32-bit list offsets"
)]
pub(crate) const fn index_of(position: usize) -> u32 {
    position as u32
}

/// The position that an index of arrow's `take` means.
#[inline]
pub(crate) const fn place(index: u32) -> usize {
    index as usize
}

/// A position in a list as a number for the user.
#[inline]
#[expect(
    clippy::cast_possible_wrap,
    reason = "elements are counted by 32-bit list offsets"
)]
pub(crate) const fn as_i64(position: usize) -> i64 {
    position as i64
}

/// A number of elements as a list offset, if it fits.
pub(crate) fn count_as_offset(count: u64, what: impl FnOnce() -> String) -> Result<i32> {
    i32::try_from(count).map_err(|_| PhysicsError::TooManyElements {
        what: what(),
        count,
    })
}

/// Refuses operands with different numbers of events.
pub(crate) fn same_rows(left: (usize, usize), right: (usize, usize)) -> Result<()> {
    if left.1 == right.1 {
        return Ok(());
    }
    Err(PhysicsError::DifferentRows {
        left: left.0,
        right: right.0,
        left_rows: left.1,
        right_rows: right.1,
    })
}
