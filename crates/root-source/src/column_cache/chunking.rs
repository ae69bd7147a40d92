//! A tree → chunks: the runs of entries that the cache keeps columns by.
//!
//! Chunks follow from the tree and the options alone, never from a query: all queries share
//! them. They end where clusters end; a cluster that is too large is cut where baskets of the
//! tree's largest column end.

use crate::metadata_cache::CachedTree;
use crate::options::ScanOptions;
use crate::scan::{StepSize, cut, room_for_pages};

/// Unpacked bytes of a chunk of the tree's largest column, about: the most that one cached value
/// takes, and that a query for a single row reads of a column.
const MOST_COLUMN_BYTES: u64 = 16 << 20;

/// Where chunks start, ascending from 0, and at last the number of entries.
pub(crate) fn chunk_borders(cached: &CachedTree, options: &ScanOptions) -> Vec<u64> {
    let tree = &cached.tree;
    let largest = cached.largest_column();
    let fitting = largest.map_or(u64::MAX, |column| {
        let entries = u128::from(MOST_COLUMN_BYTES) * u128::from(tree.entries)
            / u128::from(column.tot_bytes.max(1));
        u64::try_from(entries).unwrap_or(u64::MAX)
    });
    let baskets: Vec<u64> = largest
        .map(|column| {
            column
                .baskets
                .iter()
                .map(|basket| basket.first_entry)
                .collect()
        })
        .unwrap_or_default();
    let in_pages = largest.is_some_and(|column| column.is_in_pages());
    let wanted = room_for_pages(options.chunk_entries, in_pages);
    let size = StepSize {
        cluster_borders: &tree.cluster_borders,
        basket_borders: &baskets,
        most_entries: wanted.min(fitting).max(1),
    };
    let mut borders = vec![0];
    borders.extend(cut(0..tree.entries, &size).iter().map(|chunk| chunk.end));
    borders
}
