//! An entry range → steps: pieces whose columns, unpacked, fit in a given number of bytes.
//!
//! Steps end at cluster borders, where all baskets end together. A cluster that is too large is
//! cut where baskets of its largest column end. Small clusters share a step.

use std::ops::Range;

use super::columns::ScanColumn;

/// Bounds the batches of a step whose columns take no bytes (none at all, or all null).
const MOST_STEP_ENTRIES: u64 = 16 << 20;

/// The size of a step or chunk, twice as large if it is of an RNTuple: a page that reaches across
/// their border is unpacked for both, and ROOT makes pages of 256 Ki numbers of four bytes.
pub(crate) fn room_for_pages(size: u64, in_pages: bool) -> u64 {
    size.saturating_mul(if in_pages { 2 } else { 1 })
}

/// Where and how large steps may be.
#[derive(Debug)]
pub(crate) struct StepSize<'a> {
    /// Where clusters start, ascending.
    pub(crate) cluster_borders: &'a [u64],
    /// Where baskets of the largest column start, ascending.
    pub(crate) basket_borders: &'a [u64],
    /// Entries that fit in a step.
    pub(crate) most_entries: u64,
}

/// What a partition works on at a time.
#[derive(Debug)]
pub(super) enum Step {
    /// Entries that are not whole chunks, or of a scan without a column cache.
    Part(Range<u64>),
    /// Whole chunks.
    Chunks(Vec<Range<u64>>),
}

impl Step {
    pub(super) fn entries(&self) -> u64 {
        match self {
            Self::Part(part) => part.end - part.start,
            Self::Chunks(chunks) => chunks.iter().map(|chunk| chunk.end - chunk.start).sum(),
        }
    }
}

/// Small chunks share a step of at most so many entries.
pub(super) fn together(chunks: Vec<Range<u64>>, most_entries: u64) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for chunk in chunks {
        let entries = chunk.end - chunk.start;
        match steps.last_mut() {
            Some(step) if step.entries() + entries <= most_entries => {
                if let Step::Chunks(chunks) = step {
                    chunks.push(chunk);
                }
            }
            _ => steps.push(Step::Chunks(vec![chunk])),
        }
    }
    steps
}

/// Cuts `entries` into steps; every entry is in exactly one.
pub(crate) fn cut(entries: Range<u64>, size: &StepSize<'_>) -> Vec<Range<u64>> {
    let most = size.most_entries.max(1);
    let mut steps = Vec::new();
    let mut start = entries.start;
    while start < entries.end {
        let end = if entries.end - start <= most {
            entries.end
        } else {
            last_border(size.cluster_borders, start, start + most)
                .or_else(|| last_border(size.basket_borders, start, start + most))
                // A basket that is too large is unpacked in one go all the same.
                .or_else(|| next_border(size.basket_borders, start + most))
                .unwrap_or(entries.end)
                .min(entries.end)
        };
        steps.push(start..end);
        start = end;
    }
    steps
}

/// The last border after `start` and up to `end`.
fn last_border(borders: &[u64], start: u64, end: u64) -> Option<u64> {
    let after = borders.partition_point(|&border| border <= end);
    borders[..after]
        .last()
        .copied()
        .filter(|&border| border > start)
}

fn next_border(borders: &[u64], after: u64) -> Option<u64> {
    borders
        .get(borders.partition_point(|&border| border <= after))
        .copied()
}

/// Clusters that begin in the range or, for a range that begins inside one, none for that one:
/// so the parts of a cluster count it once.
pub(crate) fn clusters_in(cluster_borders: &[u64], entries: &Range<u64>) -> usize {
    let from = cluster_borders.partition_point(|&border| border < entries.start);
    let to = cluster_borders.partition_point(|&border| border < entries.end);
    to.saturating_sub(from)
}

/// Entries whose columns unpack to about `step_bytes`, judged by the average of the whole tree.
pub(crate) fn entries_in(step_bytes: u64, columns: &[&ScanColumn], tree_entries: u64) -> u64 {
    let all_bytes: u64 = columns
        .iter()
        .filter_map(|column| column.column())
        .map(|column| column.tot_bytes)
        .sum();
    let entries = u128::from(step_bytes) * u128::from(tree_entries) / u128::from(all_bytes.max(1));
    u64::try_from(entries)
        .unwrap_or(u64::MAX)
        .clamp(1, MOST_STEP_ENTRIES)
}

/// Where baskets of the largest of these columns start.
pub(crate) fn borders_of_largest(columns: &[&ScanColumn]) -> Vec<u64> {
    columns
        .iter()
        .filter_map(|column| column.column())
        .max_by_key(|column| column.tot_bytes)
        .map(|column| {
            column
                .baskets
                .iter()
                .map(|basket| basket.first_entry)
                .collect()
        })
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(entries: Range<u64>, clusters: &[u64], baskets: &[u64], most: u64) -> Vec<Range<u64>> {
        let size = StepSize {
            cluster_borders: clusters,
            basket_borders: baskets,
            most_entries: most,
        };
        cut(entries, &size)
    }

    #[test]
    fn small_clusters_share_a_step() {
        assert_eq!(
            steps(0..50, &[0, 10, 20, 30, 40, 50], &[], 25),
            [0..20, 20..40, 40..50]
        );
    }

    #[test]
    fn a_large_cluster_is_cut_where_baskets_end() {
        assert_eq!(
            steps(0..100, &[0, 100], &[0, 15, 30, 45, 90], 40),
            [0..30, 30..45, 45..90, 90..100]
        );
    }

    #[test]
    fn a_large_basket_is_a_step_of_its_own() {
        assert_eq!(steps(0..100, &[0, 100], &[0, 80], 10), [0..80, 80..100]);
    }

    #[test]
    fn a_range_that_begins_inside_a_cluster_ends_at_the_next_border() {
        assert_eq!(
            steps(7..30, &[0, 10, 20, 30], &[], 10),
            [7..10, 10..20, 20..30]
        );
    }

    #[test]
    fn no_entries_are_no_steps() {
        assert!(steps(5..5, &[0, 10], &[], 10).is_empty());
    }

    #[test]
    fn parts_of_a_cluster_count_it_once() {
        let borders = [0, 10, 20];

        assert_eq!(clusters_in(&borders, &(0..20)), 2);
        assert_eq!(
            clusters_in(&borders, &(0..7)) + clusters_in(&borders, &(7..20)),
            2
        );
    }
}
