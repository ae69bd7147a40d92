//! List offsets that columns of one counter share.
//!
//! `Muon_pt[nMuon]` and `Muon_eta[nMuon]` have the same number of values in every entry, yet each
//! repeats an entry table. One of them is turned into offsets; the others take these, after a
//! check that their values take just as many bytes. Fields of an RNTuple's collection share its
//! column of offsets.

use std::collections::HashMap;
use std::ops::Range;

use arrow::buffer::OffsetBuffer;

/// Offsets of one batch, by counter.
///
/// One of these serves all columns of a tree that are read over the same ranges of entries.
#[derive(Debug, Default)]
pub struct SharedOffsets {
    entries: Range<u64>,
    of_counter: HashMap<usize, OffsetBuffer<i32>>,
}

impl SharedOffsets {
    /// The offsets of these entries, if a column of this counter was read before.
    pub(crate) fn get(&self, counter: usize, entries: &Range<u64>) -> Option<&OffsetBuffer<i32>> {
        if self.entries == *entries {
            self.of_counter.get(&counter)
        } else {
            None
        }
    }

    /// Keeps the offsets of these entries, and forgets those of others.
    pub(crate) fn put(&mut self, counter: usize, entries: &Range<u64>, of: OffsetBuffer<i32>) {
        if self.entries != *entries {
            self.of_counter.clear();
            self.entries = entries.clone();
        }
        self.of_counter.insert(counter, of);
    }
}
