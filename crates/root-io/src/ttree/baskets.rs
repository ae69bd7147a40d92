//! Where the baskets of a branch are.

use std::sync::Arc;

use super::raw::RawBranch;
use crate::error::{Result, RootError};
use crate::object::{Object, ObjectReader};
use crate::tree::{Basket, BasketPlace, EmbeddedBasket};

/// Bytes of a branch, packed and unpacked, keys included.
///
/// A branch whose baskets were never written to the file by themselves, or that was copied without
/// its totals, says 0. Then its baskets tell: those in the file have at least as many bytes when
/// unpacked, and those inside the tree their share of its record.
pub(super) fn bytes_of(branch: &RawBranch, baskets: &[Basket], record: TreeRecord) -> (u64, u64) {
    let (mut packed, mut unpacked) = (0_u64, 0_u64);
    for basket in baskets {
        let (on_disk, in_memory) = match &basket.place {
            BasketPlace::File(range) => (range.end - range.start, range.end - range.start),
            BasketPlace::Memory(basket) => {
                let bytes = basket.0.bytes.len() as u64;
                (record.share_of(bytes), bytes)
            }
            BasketPlace::Pages => (0, 0),
        };
        packed = packed.saturating_add(on_disk);
        unpacked = unpacked.saturating_add(in_memory);
    }
    let said = |bytes: i64, otherwise: u64| match u64::try_from(bytes) {
        Ok(0) | Err(_) => otherwise,
        Ok(said) => said,
    };
    let packed = said(branch.zip_bytes, packed);
    (packed, said(branch.tot_bytes, unpacked.max(packed)))
}

/// How much of a tree's record there is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TreeRecord {
    pub(crate) packed_bytes: u64,
    pub(crate) unpacked_bytes: u64,
}

impl TreeRecord {
    /// What `bytes` of the unpacked record take in the file, if all of it packs equally well.
    fn share_of(self, bytes: u64) -> u64 {
        let share = u128::from(bytes) * u128::from(self.packed_bytes)
            / u128::from(self.unpacked_bytes.max(1));
        u64::try_from(share).unwrap_or(bytes).min(bytes)
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

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: TreeRecord = TreeRecord {
        packed_bytes: 100,
        unpacked_bytes: 400,
    };

    #[test]
    fn a_branch_without_totals_has_the_bytes_of_its_baskets() {
        let baskets = [10..30, 50..60].map(|bytes| Basket {
            first_entry: 0,
            end_entry: 1,
            place: BasketPlace::File(bytes),
        });
        let with_totals = RawBranch {
            zip_bytes: 31,
            tot_bytes: 64,
            ..RawBranch::default()
        };

        assert_eq!(bytes_of(&RawBranch::default(), &baskets, RECORD), (30, 30));
        assert_eq!(bytes_of(&with_totals, &baskets, RECORD), (31, 64));
    }

    #[test]
    fn a_basket_inside_the_tree_takes_its_share_of_the_record() {
        assert_eq!(RECORD.share_of(40), 10);
    }
}
