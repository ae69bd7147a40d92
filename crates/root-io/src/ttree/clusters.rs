//! Cluster borders: entries at which all branches start a new basket.

use super::raw::RawTree;
use crate::tree::Column;

/// Most clusters of a tree; smaller ones are joined so that a file cannot ask for endless memory.
const MAX_CLUSTERS: u64 = 1_000_000;

/// Entries at which clusters start, ascending from 0, and at last `entries`.
///
/// The tree tells the size of its clusters, except where it was written without flushing;
/// there the baskets of the column that has the fewest take their place.
///
/// Source: ROOT `TTree::TClusterIterator`.
pub(crate) fn cluster_borders(
    tree: &RawTree,
    entries: u64,
    columns: &[std::sync::Arc<Column>],
) -> Vec<u64> {
    let mut borders = vec![0];
    let mut start = 0;
    for (&end, &size) in tree.cluster_ends.iter().zip(&tree.cluster_sizes) {
        // The end of a range is its last entry.
        let end = u64::try_from(end)
            .map_or(0, |end| end.saturating_add(1))
            .min(entries);
        push_range(&mut borders, start, end, size);
        start = end.max(start);
    }
    if start < entries {
        match tree.auto_flush {
            size if size > 0 => push_range(&mut borders, start, entries, size),
            _ => push_basket_borders(&mut borders, start, entries, columns),
        }
    }
    if borders.last() != Some(&entries) {
        borders.push(entries);
    }
    borders.dedup();
    borders
}

fn push_range(borders: &mut Vec<u64>, start: u64, end: u64, size: i64) {
    if start >= end {
        return;
    }
    let smallest = (end - start).div_ceil(MAX_CLUSTERS).max(1);
    let size = u64::try_from(size)
        .ok()
        .filter(|&size| size > 0)
        .unwrap_or(end - start);
    let size = size.saturating_mul(smallest.div_ceil(size));
    let mut next = start.saturating_add(size);
    while next < end {
        borders.push(next);
        next = next.saturating_add(size);
    }
    borders.push(end);
}

/// Borders of the column with the fewest baskets: other columns' baskets are cut at most once each.
fn push_basket_borders(
    borders: &mut Vec<u64>,
    start: u64,
    end: u64,
    columns: &[std::sync::Arc<Column>],
) {
    let with_baskets = columns.iter().filter(|column| !column.baskets.is_empty());
    let Some(column) = with_baskets.min_by_key(|column| column.baskets.len()) else {
        return;
    };
    let inside = column
        .baskets
        .iter()
        .map(|b| b.end_entry)
        .filter(|e| (start + 1..end).contains(e));
    borders.extend(inside);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(auto_flush: i64, ends: &[i64], sizes: &[i64]) -> RawTree {
        RawTree {
            auto_flush,
            cluster_ends: ends.to_vec(),
            cluster_sizes: sizes.to_vec(),
            ..RawTree::default()
        }
    }

    #[test]
    fn the_last_cluster_may_be_shorter() {
        assert_eq!(
            cluster_borders(&tree(100, &[], &[]), 250, &[]),
            [0, 100, 200, 250]
        );
    }

    #[test]
    fn ranges_have_their_own_sizes() {
        assert_eq!(
            cluster_borders(&tree(30, &[99], &[50]), 150, &[]),
            [0, 50, 100, 130, 150]
        );
    }

    #[test]
    fn an_absurd_number_of_clusters_is_joined() {
        let borders = cluster_borders(&tree(1, &[], &[]), 1 << 40, &[]);

        assert!(borders.len() <= 1_000_001);
    }

    #[test]
    fn an_empty_tree_has_no_clusters() {
        assert_eq!(cluster_borders(&tree(100, &[], &[]), 0, &[]), [0]);
    }
}
