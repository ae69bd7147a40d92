//! Combinations of the elements of one list.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanBufferBuilder, Int64Array, ListArray};
use arrow::buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};

use super::{MAX_MEMBERS, counted, members};
use crate::lists::{
    self, Position, View, as_i64, count_as_offset, index_of, make_list, position, same_rows,
};
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
/// rank, counted from the end if negative. Null where the rank is null or there
/// is no such combination.
///
/// For several fields of the same member, find its position once with
/// [`member_index_at`] and then pick with [`lists::at`](crate::lists::at).
///
/// # Errors
///
/// [`PhysicsError::BadCall`] unless `k < n <= 8`,
/// [`PhysicsError::DifferentRows`] if there are not as many ranks as lists.
pub fn member_at(list: &ListArray, n: usize, k: usize, rank: &Int64Array) -> Result<ArrayRef> {
    let position = member_index_at(list, n, k, rank)?;
    lists::at(list, Position::PerEvent(&position))
}

/// The position in its list of member `k` of one combination of `n` elements
/// per event: the one of that rank. Null where the rank is null or there is
/// no such combination.
///
/// # Errors
///
/// As [`member_at`].
pub fn member_index_at(
    list: &ListArray,
    n: usize,
    k: usize,
    rank: &Int64Array,
) -> Result<Int64Array> {
    check_member(n, k)?;
    let view = View::of(list);
    same_rows((0, view.rows()), (1, rank.len()))?;
    let mut places = Vec::with_capacity(view.rows());
    let mut is_there = BooleanBufferBuilder::new(view.rows());
    for (range, &rank) in view.ranges().zip(rank.values()) {
        let rank = counted(rank, || choose(range.len(), n));
        let members = rank.and_then(|rank| unrank(range.len(), n, rank));
        places.push(members.map_or(0, |members| as_i64(members[k])));
        is_there.append(members.is_some());
    }
    let is_there = NullBuffer::new(is_there.finish());
    let nulls = NullBuffer::union_many([view.nulls.as_ref(), rank.nulls(), Some(&is_there)]);
    Ok(Int64Array::new(places.into(), nulls))
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
#[inline]
fn choose(len: usize, n: usize) -> u64 {
    /// Up to here the product of three lengths fits into 64 bits.
    const SHORT: u64 = 1 << 21;
    let short = len as u64;
    match n {
        _ if len < n => 0,
        0 => 1,
        1 => short,
        2 if short < SHORT => short * (short - 1) / 2,
        3 if short < SHORT => short * (short - 1) * (short - 2) / 6,
        _ => choose_any(len, n),
    }
}

fn choose_any(len: usize, n: usize) -> u64 {
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
    for (slot, member) in members[..n - 1].iter_mut().enumerate() {
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
    members[n - 1] = next + usize::try_from(left).ok()?;
    Some(members)
}
