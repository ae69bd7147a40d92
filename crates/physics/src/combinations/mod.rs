//! Pairs, triples and cross products of the elements of lists.
//!
//! A *combination* of `n` of the elements of a list has members
//! `i < j < ...`; combinations are in lexicographic order: (0,1), (0,2),
//! (1,2). A *cross product* takes one element of each of several lists; the
//! last list is the fastest. The *rank* of a combination or a product is its
//! position in that order, from 0, within its event.
//!
//! Members of the same combinations or products have the same shape, so
//! element-wise functions work on them. [`member_at`] and [`cross_member_at`]
//! find the members of one rank without making the others.
//!
//! A null list has no combinations, and its result is null.

mod cross;
mod matching;
mod members;
mod unordered;

pub use cross::{
    cross_member, cross_member_at, cross_member_index, cross_member_index_at, cross_offsets,
};
pub use matching::{any_within, nearest};
pub(crate) use members::step;
pub use unordered::{combination_offsets, member, member_at, member_index, member_index_at};

/// The largest number of members of a combination or product.
pub const MAX_MEMBERS: usize = 8;

/// A rank as counted from the start; `wanted` counts from the end if negative. Nothing if there
/// are not so many.
fn counted(wanted: i64, count: impl FnOnce() -> u64) -> Option<u64> {
    match u64::try_from(wanted) {
        Ok(rank) => Some(rank),
        Err(_) => count().checked_sub(wanted.unsigned_abs()),
    }
}
