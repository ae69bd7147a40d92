//! Bytes of pages that were given and are not yet unpacked.

use std::collections::HashMap;
use std::ops::Range;

use bytes::Bytes;

use crate::error::{Result, RootError};

/// The bytes of pages, by their place in the file.
///
/// Pages that are alike may be stored once, so several may lie in one place; its bytes are kept
/// until the last of them is done with.
#[derive(Debug, Default)]
pub(super) struct Fed {
    places: HashMap<u64, Held>,
    missing: Vec<Range<u64>>,
    pub(super) unpacked_bytes: u64,
    pub(super) unpacked_pages: u64,
}

#[derive(Debug)]
struct Held {
    users: usize,
    bytes: Option<Bytes>,
}

impl Fed {
    /// A page in this place will be read.
    pub(super) fn hold(&mut self, at: u64) {
        let held = self.places.entry(at).or_insert(Held {
            users: 0,
            bytes: None,
        });
        held.users += 1;
    }

    /// A page in this place will not be read again.
    pub(super) fn release(&mut self, at: u64) {
        if let Some(held) = self.places.get_mut(&at) {
            held.users -= 1;
            if held.users == 0 {
                self.places.remove(&at);
            }
        }
    }

    /// Gives the bytes from this place on; those that nobody waits for are dropped.
    pub(super) fn feed(&mut self, at: u64, bytes: Bytes) {
        if let Some(held) = self.places.get_mut(&at) {
            held.bytes = Some(bytes);
        }
    }

    /// True if the bytes are there; if not, they are noted as missing.
    pub(super) fn has(&mut self, place: &Range<u64>) -> bool {
        let held = self.places.get(&place.start);
        let is_there = held.is_some_and(|held| held.bytes.is_some());
        if !is_there {
            self.missing.push(place.clone());
        }
        is_there
    }

    /// The bytes of a place.
    ///
    /// # Errors
    ///
    /// [`RootError::Malformed`] if they were not given, [`RootError::Truncated`] if not all.
    pub(super) fn get(&self, place: &Range<u64>) -> Result<Bytes> {
        let held = self.places.get(&place.start);
        let Some(bytes) = held.and_then(|held| held.bytes.as_ref()) else {
            let why = "its bytes were not given";
            return Err(RootError::malformed("page", place.start, why));
        };
        let wanted = place.end.saturating_sub(place.start);
        let length = usize::try_from(wanted).ok();
        match length.filter(|&length| length <= bytes.len()) {
            Some(length) => Ok(bytes.slice(..length)),
            None => Err(RootError::Truncated {
                at: place.start,
                wanted,
                left: bytes.len() as u64,
            }),
        }
    }

    /// What was noted as missing since the last call, ascending, each place once.
    pub(super) fn take_missing(&mut self) -> Vec<Range<u64>> {
        let mut missing = std::mem::take(&mut self.missing);
        missing.sort_unstable_by_key(|place| (place.start, place.end));
        missing.dedup();
        missing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_stay_until_all_pages_in_their_place_are_done_with() {
        let mut fed = Fed::default();
        fed.hold(40);
        fed.hold(40);

        fed.feed(40, Bytes::from_static(b"abcd"));
        fed.release(40);
        assert_eq!(fed.get(&(40..44)).unwrap(), &b"abcd"[..]);
        fed.release(40);

        assert!(fed.get(&(40..44)).is_err());
        assert!(fed.places.is_empty());
    }

    #[test]
    fn too_few_bytes_are_noticed() {
        let mut fed = Fed::default();
        fed.hold(40);
        fed.feed(40, Bytes::from_static(b"abc"));

        let error = fed.get(&(40..44)).unwrap_err();

        assert_eq!(
            error.to_string(),
            "wanted 4 bytes at byte 40, but only 3 are left"
        );
    }
}
