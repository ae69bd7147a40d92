//! Cross products of the elements of several lists.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array, Int64Builder, ListArray};
use arrow::buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};

use super::{MAX_MEMBERS, counted};
use crate::lists::{
    self as list_kernels, Position, View, count_as_offset, index_of, make_list, position, same_rows,
};
use crate::{PhysicsError, Result};

/// Offsets of lists with one element per product.
///
/// # Errors
///
/// [`PhysicsError::TooManyElements`] if all products of a batch are more than
/// list offsets can count, [`PhysicsError::DifferentRows`] if the lists differ
/// in rows, [`PhysicsError::BadCall`] unless there are 1 to 8 lists.
pub fn cross_offsets(lists: &[&ListArray]) -> Result<OffsetBuffer<i32>> {
    Products::new(lists)?.offsets()
}

/// The element of list `k` in all products.
///
/// # Errors
///
/// As [`cross_offsets`], and [`PhysicsError::BadCall`] if there is no list `k`.
pub fn cross_member(lists: &[&ListArray], k: usize) -> Result<ListArray> {
    let products = Products::new(lists)?;
    let view = products.view(k)?;
    let (offsets, indices) = products.indices(k)?;
    view.gather(offsets, indices, products.nulls.clone())
}

/// The position of the element of list `k` in all products, as 64-bit integers.
///
/// # Errors
///
/// As [`cross_member`].
pub fn cross_member_index(lists: &[&ListArray], k: usize) -> Result<ListArray> {
    let products = Products::new(lists)?;
    let view = products.view(k)?;
    let (offsets, indices) = products.indices(k)?;
    let mut positions = Vec::with_capacity(indices.len());
    for (row, range) in view.ranges().enumerate() {
        let start = i64::from(index_of(range.start));
        let made = position(offsets[row])..position(offsets[row + 1]);
        positions.extend(indices[made].iter().map(|index| i64::from(*index) - start));
    }
    make_list(
        offsets,
        Arc::new(Int64Array::from(positions)),
        products.nulls.clone(),
    )
}

/// The element of list `k` in one product per event: the one of that rank,
/// counted from the end if negative. Null where the rank is null or there is no such product.
///
/// # Errors
///
/// As [`cross_member`], and [`PhysicsError::DifferentRows`] if there are not
/// as many ranks as lists.
pub fn cross_member_at(lists: &[&ListArray], k: usize, rank: &Int64Array) -> Result<ArrayRef> {
    let position = cross_member_index_at(lists, k, rank)?;
    list_kernels::at(lists[k], Position::PerEvent(&position))
}

/// The position in list `k` of its element in one product per event: the one
/// of that rank. Null where the rank is null or there is no such product.
///
/// # Errors
///
/// As [`cross_member_at`].
pub fn cross_member_index_at(
    lists: &[&ListArray],
    k: usize,
    rank: &Int64Array,
) -> Result<Int64Array> {
    let products = Products::new(lists)?;
    let view = products.view(k)?;
    same_rows((0, view.rows()), (lists.len(), rank.len()))?;
    let mut found = Int64Builder::with_capacity(view.rows());
    for row in 0..view.rows() {
        let wanted = (rank.is_valid(row) && !products.is_null(row))
            .then(|| counted(rank.value(row), || products.count(row)))
            .flatten()
            .filter(|&wanted| wanted < products.count(row));
        found.append_option(wanted.and_then(|wanted| {
            let place = wanted / products.inner(row, k) % view.len(row) as u64;
            i64::try_from(place).ok()
        }));
    }
    Ok(found.finish())
}

/// The lists of a cross product.
struct Products {
    views: Vec<View>,
    nulls: Option<NullBuffer>,
}

impl Products {
    fn new(lists: &[&ListArray]) -> Result<Self> {
        if !(1..=MAX_MEMBERS).contains(&lists.len()) {
            return Err(PhysicsError::bad_call(format!(
                "a cross product has 1 to {MAX_MEMBERS} lists, not {}",
                lists.len()
            )));
        }
        let views: Vec<View> = lists.iter().map(|list| View::of(list)).collect();
        for (number, view) in views.iter().enumerate() {
            same_rows((0, views[0].rows()), (number, view.rows()))?;
        }
        let nulls = NullBuffer::union_many(views.iter().map(|view| view.nulls.as_ref()));
        Ok(Self { views, nulls })
    }

    fn view(&self, k: usize) -> Result<&View> {
        self.views.get(k).ok_or_else(|| {
            PhysicsError::bad_call(format!(
                "a cross product of {} lists has members 0 to {}, not {k}",
                self.views.len(),
                self.views.len() - 1
            ))
        })
    }

    fn is_null(&self, row: usize) -> bool {
        self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row))
    }

    /// Number of products of the lists after `k`: how long its element stays the same.
    fn inner(&self, row: usize, k: usize) -> u64 {
        product(self.views[k + 1..].iter().map(|view| view.len(row)))
    }

    fn count(&self, row: usize) -> u64 {
        product(self.views.iter().map(|view| view.len(row)))
    }

    fn offsets(&self) -> Result<OffsetBuffer<i32>> {
        let rows = self.views[0].rows();
        let mut offsets = Vec::with_capacity(rows + 1);
        let mut end = 0_u64;
        offsets.push(0);
        for row in 0..rows {
            if !self.is_null(row) {
                end = end.saturating_add(self.count(row));
            }
            offsets.push(count_as_offset(end, || {
                format!("the cross product of {} lists", self.views.len())
            })?);
        }
        Ok(OffsetBuffer::new(ScalarBuffer::from(offsets)))
    }

    /// Offsets and flat places of the elements of list `k` in all products.
    fn indices(&self, k: usize) -> Result<(OffsetBuffer<i32>, Vec<u32>)> {
        let offsets = self.offsets()?;
        let mut indices = Vec::with_capacity(position(offsets[self.views[0].rows()]));
        for (row, range) in self.views[k].ranges().enumerate() {
            if self.is_null(row) || offsets[row] == offsets[row + 1] {
                continue;
            }
            let outer = product(self.views[..k].iter().map(|view| view.len(row)));
            let inner = usize::try_from(self.inner(row, k)).unwrap_or(usize::MAX);
            for _ in 0..outer {
                for at in range.clone() {
                    indices.extend(std::iter::repeat_n(index_of(at), inner));
                }
            }
        }
        Ok((offsets, indices))
    }
}

/// Product of lengths; the largest number if it is larger.
fn product(lengths: impl Iterator<Item = usize>) -> u64 {
    let product = lengths.fold(1_u128, |product, len| product.saturating_mul(len as u128));
    u64::try_from(product).unwrap_or(u64::MAX)
}
