//! Combinations of the elements of one list.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array, ListArray, UInt32Builder};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::compute;

use super::{MAX_MEMBERS, members};
use crate::lists::{View, count_as_offset, index_of, make_list, position, same_rows};
use crate::{PhysicsError, Result};

/// Offsets of lists with one element per combination of `n`.
///
/// # Errors
///
/// [`PhysicsError::TooManyElements`] if all combinations of a batch are more
/// than list offsets can count, [`PhysicsError::BadCall`] unless `1 <= n <= 8`.
pub fn combination_offsets(list: &ListArray, n: usize) -> Result<OffsetBuffer<i32>> {
    offsets_of(&View::of(list), n)
}

/// Member `k` of all combinations of `n` elements.
///
/// # Errors
///
/// As [`combination_offsets`], and [`PhysicsError::BadCall`] unless `k < n`.
pub fn member(list: &ListArray, n: usize, k: usize) -> Result<ListArray> {
    let view = View::of(list);
    let (offsets, indices) = member_indices(&view, n, k)?;
    view.gather(offsets, indices, view.nulls.clone())
}

/// The position in its list of member `k` of all combinations of `n`
/// elements, as 64-bit integers.
///
/// # Errors
///
/// As [`member`].
pub fn member_index(list: &ListArray, n: usize, k: usize) -> Result<ListArray> {
    let view = View::of(list);
    let (offsets, indices) = member_indices(&view, n, k)?;
    let mut positions = Vec::with_capacity(indices.len());
    for (row, range) in view.ranges().enumerate() {
        let start = i64::from(index_of(range.start));
        let made = position(offsets[row])..position(offsets[row + 1]);
        positions.extend(indices[made].iter().map(|index| i64::from(*index) - start));
    }
    make_list(
        offsets,
        Arc::new(Int64Array::from(positions)),
        view.nulls.clone(),
    )
}

/// Member `k` of one combination of `n` elements per event: the one of that
/// rank. Null where the rank is null or there is no such combination.
///
/// # Errors
///
/// [`PhysicsError::BadCall`] unless `k < n <= 8`,
/// [`PhysicsError::DifferentRows`] if there are not as many ranks as lists.
pub fn member_at(list: &ListArray, n: usize, k: usize, rank: &Int64Array) -> Result<ArrayRef> {
    check_member(n, k)?;
    let view = View::of(list);
    same_rows((0, view.rows()), (1, rank.len()))?;
    let mut indices = UInt32Builder::with_capacity(view.rows());
    for (row, range) in view.ranges().enumerate() {
        let wanted = (rank.is_valid(row) && !view.is_null(row))
            .then(|| u64::try_from(rank.value(row)).ok())
            .flatten();
        let found = wanted.and_then(|wanted| unrank(range.len(), n, wanted));
        indices.append_option(found.map(|found| index_of(range.start + found[k])));
    }
    Ok(compute::take(&view.values, &indices.finish(), None)?)
}

/// Offsets and flat places of member `k` of all combinations of `n`.
fn member_indices(view: &View, n: usize, k: usize) -> Result<(OffsetBuffer<i32>, Vec<u32>)> {
    check_member(n, k)?;
    let offsets = offsets_of(view, n)?;
    let mut indices = Vec::with_capacity(position(offsets[view.rows()]));
    for (row, range) in view.ranges().enumerate() {
        if !view.is_null(row) {
            members::append(&mut indices, range.start, range.len(), n, k);
        }
    }
    Ok((offsets, indices))
}

fn offsets_of(view: &View, n: usize) -> Result<OffsetBuffer<i32>> {
    check_size(n)?;
    let mut offsets = Vec::with_capacity(view.offsets.len());
    let mut end = 0_u64;
    offsets.push(0);
    for row in 0..view.rows() {
        if !view.is_null(row) {
            end = end.saturating_add(choose(view.len(row), n));
        }
        offsets.push(count_as_offset(end, || format!("all combinations of {n}"))?);
    }
    Ok(OffsetBuffer::new(ScalarBuffer::from(offsets)))
}

/// Refuses numbers of members that the kernels do not know.
fn check_size(n: usize) -> Result<()> {
    if (1..=MAX_MEMBERS).contains(&n) {
        return Ok(());
    }
    Err(PhysicsError::bad_call(format!(
        "combinations have 1 to {MAX_MEMBERS} members, not {n}"
    )))
}

fn check_member(n: usize, k: usize) -> Result<()> {
    check_size(n)?;
    if k < n {
        return Ok(());
    }
    Err(PhysicsError::bad_call(format!(
        "combinations of {n} have members 0 to {}, not {k}",
        n - 1
    )))
}

/// Number of combinations of `n` out of `len`; the largest number if it is larger.
fn choose(len: usize, n: usize) -> u64 {
    if len < n {
        return 0;
    }
    let mut count = 1_u128;
    for taken in 0..n {
        // Never a fraction: what is divided is a product of `taken + 1` consecutive numbers.
        count = count * (len - taken) as u128 / (taken + 1) as u128;
    }
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// Members of the combination of that rank; nothing if there are not so many.
fn unrank(len: usize, n: usize, rank: u64) -> Option<[usize; MAX_MEMBERS]> {
    if rank >= choose(len, n) {
        return None;
    }
    let mut members = [0; MAX_MEMBERS];
    let mut left = rank;
    let mut next = 0;
    for (slot, member) in members.iter_mut().enumerate().take(n) {
        loop {
            let with_next = choose(len - next - 1, n - slot - 1);
            if left < with_next {
                break;
            }
            left -= with_next;
            next += 1;
        }
        *member = next;
        next += 1;
    }
    Some(members)
}
