//! Files → partitions of about equal size, cut where it costs nothing.
//!
//! ```text
//! file       ├──────────── a.root ────────────┤├─── b.root ───┤
//! chunks     ├──────┼──────┼──────┼──────┼────┤├──────┼───────┤
//! partitions ├────── 0 ────┤├───── 1 ─────┤├──────── 2 ───────┤
//! ```
//!
//! A cut goes to the border of chunks nearest to the ideal place: the column cache keeps whole
//! chunks, and baskets seldom reach across their borders. If none is near, the cut is not made.

use std::ops::Range;
use std::sync::Arc;

/// What splitting needs to know of a file.
#[derive(Debug)]
pub(crate) struct FileCuts {
    /// Entries to read, from 0 on.
    pub(crate) entries: u64,
    /// Where chunks start, and the end.
    pub(crate) borders: Arc<[u64]>,
    /// Unpacked bytes of the columns to read, of all entries of the tree.
    pub(crate) bytes: u64,
}

/// A run of entries of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) file: usize,
    pub(crate) entries: Range<u64>,
}

/// Splits the entries of all files into at most `partitions` (at least one) groups of runs.
///
/// Every entry is in exactly one run; order is kept. Files without entries are left out.
pub(crate) fn split(files: &[FileCuts], partitions: usize) -> Vec<Vec<Run>> {
    let total: u64 = files.iter().map(|file| file.entries).sum();
    let partition_count = (partitions.max(1) as u64).min(total.max(1));
    let share = total as f64 / partition_count as f64;

    let mut cuts: Vec<u64> = Vec::new();
    for k in 1..partition_count {
        let ideal = mul_div(total, k, partition_count);
        if let Some(cut) = nearest_cut(files, ideal, share)
            && cuts.last().copied().unwrap_or(0) < cut
            && cut < total
        {
            cuts.push(cut);
        }
    }
    cuts.push(total);
    runs_between(files, &cuts)
}

fn mul_div(a: u64, b: u64, c: u64) -> u64 {
    u64::try_from(u128::from(a) * u128::from(b) / u128::from(c)).unwrap_or(u64::MAX)
}

/// The best place for a cut near `ideal`; entries count over all files.
fn nearest_cut(files: &[FileCuts], ideal: u64, share: f64) -> Option<u64> {
    let mut first = 0;
    for file in files {
        if ideal <= first + file.entries {
            let wanted = ideal - first;
            let ends = [0, file.entries];
            let distance = |at: &u64| at.abs_diff(wanted);
            return file
                .borders
                .iter()
                .chain(&ends)
                .copied()
                .filter(|at| *at <= file.entries && distance(at) as f64 <= share / 2.0)
                .min_by_key(distance)
                .map(|at| first + at);
        }
        first += file.entries;
    }
    None
}

/// Runs of the groups that end at `cuts` (ascending, the last is the total).
fn runs_between(files: &[FileCuts], cuts: &[u64]) -> Vec<Vec<Run>> {
    let mut groups = Vec::with_capacity(cuts.len());
    let mut group_start = 0;
    let mut file = 0;
    let mut file_start = 0;
    for &cut in cuts {
        let mut group = Vec::new();
        while file < files.len() {
            let file_end = file_start + files[file].entries;
            let run = group_start.max(file_start)..cut.min(file_end);
            if run.start < run.end {
                let entries = run.start - file_start..run.end - file_start;
                group.push(Run { file, entries });
            }
            if file_end > cut {
                break;
            }
            file_start = file_end;
            file += 1;
        }
        groups.push(group);
        group_start = cut;
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(entries: u64, borders: &[u64]) -> FileCuts {
        FileCuts {
            entries,
            borders: borders.into(),
            bytes: 0,
        }
    }

    fn run(file: usize, entries: Range<u64>) -> Run {
        Run { file, entries }
    }

    /// Every entry once, in order.
    fn check(files: &[FileCuts], groups: &[Vec<Run>]) {
        let all: Vec<(usize, u64)> = groups
            .iter()
            .flatten()
            .flat_map(|r| r.entries.clone().map(move |entry| (r.file, entry)))
            .collect();
        let expected: Vec<(usize, u64)> = files
            .iter()
            .enumerate()
            .flat_map(|(i, f)| (0..f.entries).map(move |e| (i, e)))
            .collect();
        assert_eq!(all, expected);
    }

    #[test]
    fn cuts_fall_on_borders_of_chunks() {
        let files = [file(100, &[0, 30, 60, 90, 100])];

        let groups = split(&files, 2);

        assert_eq!(groups, [[run(0, 0..60)], [run(0, 60..100)]]);
        check(&files, &groups);
    }

    #[test]
    fn a_single_chunk_is_not_cut() {
        let files = [file(100, &[0, 100])];

        assert_eq!(split(&files, 4), [[run(0, 0..100)]]);
    }

    #[test]
    fn many_small_files_are_shared_out_whole() {
        let borders = [0, 10];
        let files: Vec<FileCuts> = (0..7).map(|_| file(10, &borders)).collect();

        let groups = split(&files, 3);

        let sizes: Vec<usize> = groups.iter().map(Vec::len).collect();
        assert_eq!(sizes, [2, 3, 2]);
        check(&files, &groups);
    }

    #[test]
    fn files_without_entries_are_left_out() {
        let files = [file(0, &[0]), file(5, &[0, 5]), file(0, &[0])];

        let groups = split(&files, 4);

        assert_eq!(groups.concat(), [run(1, 0..5)]);
    }

    #[test]
    fn nothing_at_all_is_one_empty_group() {
        assert_eq!(split(&[], 4), [vec![]]);
        assert_eq!(split(&[file(0, &[0])], 4), [vec![]]);
    }

    #[test]
    fn no_entry_is_lost_or_doubled_whatever_the_borders() {
        let odd = [0, 1, 2, 3, 50, 51, 97];
        for partitions in 1..40 {
            let files = [
                file(97, &odd),
                file(61, &[0, 7, 8, 40]),
                file(3, &[0, 3, 900]),
            ];
            let groups = split(&files, partitions);
            assert!(groups.len() <= partitions);
            check(&files, &groups);
        }
    }
}
