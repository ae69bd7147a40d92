//! Which process reads which part of a file, so that each finds its columns in its own memory.
//!
//! ```text
//! chunks     ├──0──┼──1──┼──2──┼──3──┼──4──┼──5──┤   cut by the file's metadata alone
//! homes         a     a     b     a     b     b      chosen by whoever plans for many processes
//! partitions ├─────0─────┤     ├──0──┤               a: one slot, so one partition
//!                        ├──1──┤     ├─────1─────┤   b: likewise
//! ```
//!
//! A planner of a cluster puts [`Placement`] into its session's configuration
//! (`SessionConfig::with_extension`). Scans planned there group chunks by home; without it they
//! are cut as [`split`](crate::split) does. Where a partition belongs can be read from the plan:
//! every range of it starts with a chunk, and [`chunk_key`] of that start names the chunk.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::split::Run;

/// A piece of a file that always has the same borders, whatever the query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk {
    /// What it is known by, see [`chunk_key`].
    pub key: u64,
    /// How much work it is, in entries.
    pub weight: u64,
}

/// What all processes call the chunk that starts at `first_entry` of a file.
///
/// `store` is the URL of the object store, `path` the file's path in it.
#[must_use]
pub fn chunk_key(store: &str, path: &str, first_entry: u64) -> u64 {
    // FNV-1a, then a finalizer (of MurmurHash3): the same on every machine and in every version.
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let parts = [
        store.as_bytes(),
        &[0],
        path.as_bytes(),
        &[0],
        &first_entry.to_le_bytes(),
    ];
    for byte in parts.into_iter().flatten() {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

/// Where chunks are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// The home of each chunk, an index of `slots`.
    pub homes: Vec<usize>,
    /// How many partitions each home works on at a time.
    pub slots: Vec<usize>,
}

/// Knows the processes that read, and what each has read before.
pub trait Homes: fmt::Debug + Send + Sync {
    /// Chooses a home for each chunk; the same one again while nothing has changed.
    fn settle(&self, chunks: &[Chunk]) -> Settled;
}

/// Extension of a session's configuration: scans planned in it are cut by home.
#[derive(Debug, Clone)]
pub struct Placement(pub Arc<dyn Homes>);

/// A chunk and where it is in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlacedRun {
    pub(crate) chunk: Chunk,
    pub(crate) run: Run,
}

/// Groups runs by home, and cuts each home's into at most as many groups as it has slots.
///
/// `worthwhile` is how many partitions the whole table is worth. Every run is in exactly one
/// group; neighbours of one group become one run.
pub(crate) fn group_by_home(
    runs: &[PlacedRun],
    settled: &Settled,
    worthwhile: usize,
) -> Vec<Vec<Run>> {
    let total: u64 = runs.iter().map(|placed| placed.chunk.weight).sum();
    let mut groups = Vec::new();
    for (home, slots) in settled.slots.iter().enumerate() {
        let own: Vec<&PlacedRun> = runs
            .iter()
            .zip(&settled.homes)
            .filter(|(_, of)| **of == home)
            .map(|(placed, _)| placed)
            .collect();
        let weight: u64 = own.iter().map(|placed| placed.chunk.weight).sum();
        let share = u128::from(weight) * worthwhile as u128 / u128::from(total.max(1));
        let parts = usize::try_from(share)
            .unwrap_or(usize::MAX)
            .clamp(1, (*slots).max(1));
        groups.extend(cut(&own, weight, parts));
    }
    // A home that is not in `slots` would lose its runs.
    let lost = runs
        .iter()
        .zip(&settled.homes)
        .filter(|(_, home)| **home >= settled.slots.len());
    let lost: Vec<&PlacedRun> = lost.map(|(placed, _)| placed).collect();
    groups.extend(cut(
        &lost,
        lost.iter().map(|placed| placed.chunk.weight).sum(),
        1,
    ));
    groups
}

/// Cuts runs into at most `parts` groups of about equal weight, none empty.
fn cut(runs: &[&PlacedRun], weight: u64, parts: usize) -> Vec<Vec<Run>> {
    let mut groups: Vec<Vec<Run>> = Vec::new();
    let mut before: u64 = 0;
    let mut last_part = None;
    for placed in runs {
        // The part that the middle of this run falls into.
        let middle = u128::from(before) + u128::from(placed.chunk.weight / 2);
        let part = middle * parts as u128 / u128::from(weight.max(1));
        if last_part != Some(part) {
            groups.push(Vec::new());
            last_part = Some(part);
        }
        if let Some(group) = groups.last_mut() {
            push_merged(group, &placed.run);
        }
        before += placed.chunk.weight;
    }
    groups
}

fn push_merged(group: &mut Vec<Run>, run: &Run) {
    match group.last_mut() {
        Some(last) if last.file == run.file && last.entries.end == run.entries.start => {
            last.entries.end = run.entries.end;
        }
        _ => group.push(run.clone()),
    }
}

/// The runs of one file between `borders` (ascending), from entry 0 to `entries`.
pub(crate) fn runs_of(file: usize, entries: u64, borders: &[u64]) -> Vec<Run> {
    let mut ranges: Vec<Range<u64>> = Vec::with_capacity(borders.len());
    let mut start = 0;
    for &border in borders.iter().chain(&[entries]) {
        let end = border.min(entries);
        if start < end {
            ranges.push(start..end);
            start = end;
        }
    }
    ranges
        .into_iter()
        .map(|entries| Run { file, entries })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(file: usize, borders: &[u64]) -> Vec<PlacedRun> {
        let entries = borders.last().copied().unwrap_or(0);
        runs_of(file, entries, borders)
            .into_iter()
            .map(|run| {
                let weight = run.entries.end - run.entries.start;
                let key = chunk_key("file:///", &file.to_string(), run.entries.start);
                PlacedRun {
                    chunk: Chunk { key, weight },
                    run,
                }
            })
            .collect()
    }

    fn run(file: usize, entries: Range<u64>) -> Run {
        Run { file, entries }
    }

    #[test]
    fn a_partition_holds_chunks_of_one_home_and_neighbours_become_one_run() {
        let runs = placed(0, &[0, 10, 20, 30, 40, 50, 60]);
        let settled = Settled {
            homes: vec![0, 0, 1, 0, 1, 1],
            slots: vec![1, 1],
        };

        let groups = group_by_home(&runs, &settled, 8);

        assert_eq!(
            groups,
            [
                vec![run(0, 0..20), run(0, 30..40)],
                vec![run(0, 20..30), run(0, 40..60)]
            ]
        );
    }

    #[test]
    fn a_home_with_many_slots_gets_many_partitions_of_about_equal_weight() {
        let runs = placed(0, &[0, 10, 20, 30, 40, 50, 60, 70, 80]);
        let settled = Settled {
            homes: vec![0; 8],
            slots: vec![4],
        };

        let groups = group_by_home(&runs, &settled, 100);

        assert_eq!(
            groups,
            [
                [run(0, 0..20)],
                [run(0, 20..40)],
                [run(0, 40..60)],
                [run(0, 60..80)]
            ]
        );
    }

    #[test]
    fn a_small_table_is_not_cut_more_than_it_is_worth() {
        let runs = placed(0, &[0, 10, 20, 30, 40]);
        let settled = Settled {
            homes: vec![0, 0, 1, 1],
            slots: vec![4, 4],
        };

        assert_eq!(group_by_home(&runs, &settled, 2).len(), 2);
    }

    #[test]
    fn every_entry_comes_once_whatever_the_homes() {
        let mut runs = placed(0, &[0, 7, 9, 40, 41]);
        runs.extend(placed(1, &[5, 300]));
        runs.extend(placed(2, &[]));
        for seed in 0..64_usize {
            let homes = (0..runs.len())
                .map(|i| (i * 7 + seed * (i + 3)) % 4)
                .collect();
            let settled = Settled {
                homes,
                slots: vec![2, 1 + seed % 5, 0],
            };

            let groups = group_by_home(&runs, &settled, 1 + seed % 9);

            let mut all: Vec<(usize, u64)> = groups
                .iter()
                .flatten()
                .flat_map(|r| r.entries.clone().map(move |entry| (r.file, entry)))
                .collect();
            all.sort_unstable();
            let expected: Vec<(usize, u64)> = (0..41)
                .map(|e| (0, e))
                .chain((0..300).map(|e| (1, e)))
                .collect();
            assert_eq!(all, expected);
            assert!(groups.iter().all(|group| !group.is_empty()));
        }
    }

    #[test]
    fn keys_tell_stores_paths_and_entries_apart() {
        let keys = [
            chunk_key("file:///", "a", 0),
            chunk_key("file:///", "a", 1),
            chunk_key("file:///", "b", 0),
            chunk_key("file:///a", "", 0),
        ];

        let distinct: std::collections::HashSet<u64> = keys.into_iter().collect();

        assert_eq!(distinct.len(), keys.len());
    }
}
