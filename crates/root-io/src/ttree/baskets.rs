//! Where the baskets of a branch are.

use std::sync::Arc;

use super::raw::RawBranch;
use crate::error::{Result, RootError};
use crate::object::{Object, ObjectReader};
use crate::tree::{Basket, BasketPlace, EmbeddedBasket};

/// Bytes of a branch, packed and unpacked, keys included.
///
/// A tree that was saved only once and never after its branches were has no totals. Then the
/// baskets tell: unpacked they have at least the bytes they have as they are stored.
pub(super) fn bytes_of(branch: &RawBranch, baskets: &[Basket]) -> (u64, u64) {
    let said = |bytes: i64| u64::try_from(bytes).unwrap_or(0);
    let stored = baskets.iter().map(|basket| match &basket.place {
        BasketPlace::File(range) => range.end - range.start,
        BasketPlace::Memory(basket) => basket.0.bytes.len() as u64,
        BasketPlace::Pages => 0,
    });
    let stored = stored.fold(0, u64::saturating_add);
    let packed = match said(branch.zip_bytes) {
        0 => stored,
        packed => packed,
    };
    match said(branch.tot_bytes) {
        0 => (packed, packed),
        unpacked => (packed, unpacked),
    }
}

/// The baskets of a branch in the order of entries, without gaps and empty ones.
///
/// # Errors
///
/// If entries are out of order, or bytes lie outside the file.
pub(super) fn baskets_of(
    branch: &RawBranch,
    reader: &mut ObjectReader<'_>,
    file_bytes: u64,
) -> Result<Vec<Basket>> {
    let finished = usize::try_from(branch.write_basket).unwrap_or(0);
    let known = branch.basket_entry.len();
    let mut baskets: Vec<Basket> = Vec::new();
    // The one being filled comes after the finished ones; it is kept in the branch.
    for i in 0..=finished.min(known.saturating_sub(1)) {
        let first = branch.basket_entry.get(i).copied().unwrap_or(0);
        let end = match branch.basket_entry.get(i + 1) {
            Some(&next) if i < finished => next,
            _ => branch.entry_number.max(branch.entries),
        };
        let seek = branch.basket_seek.get(i).copied().unwrap_or(0);
        let bytes = branch.basket_bytes.get(i).copied().unwrap_or(0);
        let embedded = branch.baskets.get(i).copied().flatten();
        let malformed = |why: String| RootError::malformed("table of baskets", 0, why);
        let (Ok(first_entry), Ok(end_entry)) = (u64::try_from(first), u64::try_from(end)) else {
            return Err(malformed(format!(
                "basket {i} holds entries {first} to {end}"
            )));
        };
        if first_entry > end_entry && i < finished {
            return Err(malformed(format!(
                "basket {i} holds entries {first} to {end}"
            )));
        }
        if first_entry >= end_entry {
            continue;
        }
        let place = if seek > 0 && bytes > 0 {
            let (start, len) = (seek.unsigned_abs(), bytes.unsigned_abs());
            match start.checked_add(len) {
                Some(stop) if stop <= file_bytes => BasketPlace::File(start..stop),
                _ => {
                    let why =
                        format!("basket {i} at byte {seek} with {bytes} bytes is not in the file");
                    return Err(malformed(why));
                }
            }
        } else if let Some(id) = embedded
            && let Object::Basket(basket) = reader.take(id)
        {
            BasketPlace::Memory(EmbeddedBasket(Arc::new(basket)))
        } else {
            return Err(malformed(format!(
                "basket {i} with entries {first} to {end} is nowhere"
            )));
        };
        let expected = baskets
            .last()
            .map_or(first_entry, |basket| basket.end_entry);
        if first_entry != expected {
            return Err(malformed(format!(
                "basket {i} starts at entry {first_entry} instead of {expected}"
            )));
        }
        baskets.push(Basket {
            first_entry,
            end_entry,
            place,
        });
    }
    Ok(baskets)
}
