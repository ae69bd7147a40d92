//! Offsets at the borders of what was read.
//!
//! Columns of one collection share its offsets. To find its items, each of them needs the offsets
//! at the borders of what is read, and no others once one of them has built the lists. So whoever
//! decodes a page leaves these here, and the others can leave it packed.

use std::collections::HashMap;
use std::sync::Mutex;

/// A few batches' worth for each of the threads that read a file.
const MOST: usize = 4096;

/// Offsets by cluster and element.
#[derive(Debug, Default)]
pub(crate) struct KnownOffsets(Mutex<HashMap<(usize, u64), u64>>);

impl KnownOffsets {
    /// The offset of an element, if somebody has left it here.
    pub(super) fn get(&self, cluster: usize, element: u64) -> Option<u64> {
        let known = self.0.lock().ok()?;
        known.get(&(cluster, element)).copied()
    }

    /// Leaves an offset for others.
    pub(super) fn put(&self, cluster: usize, element: u64, offset: u64) {
        if let Ok(mut known) = self.0.lock() {
            if known.len() >= MOST {
                known.clear();
            }
            known.insert((cluster, element), offset);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_so_many_are_kept() {
        let known = KnownOffsets::default();

        (0..10_000).for_each(|element| known.put(1, element, 2 * element));

        assert_eq!(known.get(1, 9999), Some(19_998));
        assert_eq!(known.get(0, 9999), None);
        assert!(
            (0..10_000)
                .filter_map(|element| known.get(1, element))
                .count()
                <= MOST
        );
    }
}
