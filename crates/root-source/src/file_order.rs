//! Partitions in the order of the files: small ones in one process, on a cluster such that each is
//! still read where its columns are kept.
//!
//! ```text
//! chunks         ├──0──┼──1──┼──2──┼──3──┼──4──┼──5──┤
//! planned        ├────────0────────┼────────1────────┤   one partition for each thread
//! in small parts ├──0──┼──1──┼──2──┼──3──┼──4──┼──5──┤   a few run at a time, in order
//!
//! homes             a     a     b     a     b     b
//! by home        ├─────0─────┤     ├──0──┤               two partitions, their rows out of order
//!                            ├──1──┤     ├─────1─────┤
//! in order       ├─────0─────┼──1──┼──2──┼─────3─────┤   four, one after the other
//! ```
//!
//! Parts are small in one process because whoever takes rows in order takes all of a partition
//! before those of the next, which may not run ahead far: with a part for each thread, all but one
//! thread would stop.

use std::sync::Arc;

use datafusion::datasource::listing::{FileRange, PartitionedFile};
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfig};

use crate::fetch::is_local;

/// Unpacked bytes of a small part of local files, read and handed on while it is in the processors'
/// caches.
const LOCAL_PART_BYTES: u64 = 2 << 20;

/// Unpacked bytes of a small part of remote files: enough to ask for much at a time.
const REMOTE_PART_BYTES: u64 = 16 << 20;

/// What is known of a part of a file where its scan is planned; it does not travel.
#[derive(Debug, Clone)]
pub(crate) struct FilePart {
    /// Which file of its table this is.
    pub(crate) number: usize,
    /// Entries where the file may be cut, ascending.
    pub(crate) borders: Arc<[u64]>,
    /// About how many bytes the columns to read unpack to.
    pub(crate) bytes: u64,
}

/// The scan with partitions that follow each other in the order of the files.
///
/// A partition ends where the next entries were in another one, so those cut by home stay with
/// one home each. More than `most` of them are put together with their neighbours. `None` if the
/// scan does not know the order of its files.
#[must_use]
pub fn in_file_order(scan: &FileScanConfig, most: usize) -> Option<FileScanConfig> {
    let runs = runs_in_order(&scan.file_groups)?;
    Some(with_groups(scan, grouped(by_partition(runs), most)))
}

/// The scan with partitions of a few megabytes, or one chunk if that is more, which follow each
/// other in the order of the files. One partition stays one. `None` as for [`in_file_order`].
#[must_use]
pub fn in_small_parts(scan: &FileScanConfig) -> Option<FileScanConfig> {
    let runs = runs_in_order(&scan.file_groups)?;
    let groups = if scan.file_groups.len() > 1 {
        let part_bytes = if is_local(&scan.object_store_url) {
            LOCAL_PART_BYTES
        } else {
            REMOTE_PART_BYTES
        };
        small_parts(runs, part_bytes, scan.file_groups.len())
    } else {
        scan.file_groups.clone()
    };
    Some(with_groups(scan, groups))
}

fn with_groups(scan: &FileScanConfig, file_groups: Vec<FileGroup>) -> FileScanConfig {
    let mut scan = scan.clone();
    scan.file_groups = file_groups;
    // Partitions must not take files from each other.
    scan.preserve_order = true;
    scan
}

/// A run of entries of a file.
struct OrderedRun<'a> {
    /// The partition that it was in.
    group: usize,
    part: &'a FilePart,
    range: FileRange,
    file: &'a PartitionedFile,
}

/// Runs of entries, ascending, that were in one partition.
#[derive(Default)]
struct Piece {
    files: Vec<PartitionedFile>,
    entries: u64,
}

/// All runs of a scan, ascending.
fn runs_in_order(groups: &[FileGroup]) -> Option<Vec<OrderedRun<'_>>> {
    let mut runs = Vec::new();
    for (group, files) in groups.iter().enumerate() {
        for file in files.files() {
            runs.push(OrderedRun {
                group,
                part: file.extension::<FilePart>()?,
                range: file.range.clone()?,
                file,
            });
        }
    }
    runs.sort_by_key(|run| (run.part.number, run.range.start));
    Some(runs)
}

/// Neighbours that were in one partition, together.
fn by_partition(runs: Vec<OrderedRun<'_>>) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut last_group = None;
    for run in runs {
        if last_group != Some(run.group) {
            pieces.push(Piece::default());
            last_group = Some(run.group);
        }
        if let Some(piece) = pieces.last_mut() {
            piece.entries += entries_of(run.file);
            piece.files.push(run.file.clone());
        }
    }
    pieces
}

/// Partitions of about so many bytes, if that is at least `fewest`, cut at borders only.
fn small_parts(runs: Vec<OrderedRun<'_>>, part_bytes: u64, fewest: usize) -> Vec<FileGroup> {
    let bytes: u64 = runs.iter().map(|run| run.part.bytes).sum();
    let most = usize::try_from(bytes.div_ceil(part_bytes)).unwrap_or(usize::MAX);
    let most = most.max(fewest);
    let mut pieces = Vec::new();
    for run in runs {
        let mut start = run.range.start;
        let borders = run.part.borders.iter();
        let inside = borders
            .filter_map(|border| i64::try_from(*border).ok())
            .filter(|border| run.range.start < *border && *border < run.range.end);
        for end in inside.chain([run.range.end]) {
            let file = run.file.clone().with_range(start, end);
            pieces.push(Piece {
                entries: entries_of(&file),
                files: vec![file],
            });
            start = end;
        }
    }
    grouped(pieces, most)
}

/// Partitions of these pieces, at most `most`.
fn grouped(pieces: Vec<Piece>, most: usize) -> Vec<FileGroup> {
    let mut ordered: Vec<FileGroup> = put_together(pieces, most)
        .into_iter()
        .map(FileGroup::new)
        .collect();
    if ordered.is_empty() {
        // A scan without entries has a partition all the same.
        ordered.push(FileGroup::default());
    }
    ordered
}

fn entries_of(file: &PartitionedFile) -> u64 {
    let range = file.range.as_ref();
    range.map_or(0, |range| {
        u64::try_from(range.end - range.start).unwrap_or(0)
    })
}

/// The files of at most `most` groups of about equal size; of each piece by itself if they are
/// no more.
fn put_together(pieces: Vec<Piece>, most: usize) -> Vec<Vec<PartitionedFile>> {
    let most = most.max(1);
    if pieces.len() <= most {
        return pieces.into_iter().map(|piece| piece.files).collect();
    }
    let total: u64 = pieces.iter().map(|piece| piece.entries).sum();
    let mut groups: Vec<Vec<PartitionedFile>> = Vec::new();
    let mut last_part = None;
    let mut before = 0;
    for piece in pieces {
        // The part that the middle of this piece falls into.
        let middle = u128::from(before) + u128::from(piece.entries / 2);
        let part = middle * most as u128 / u128::from(total.max(1));
        if last_part != Some(part) {
            groups.push(Vec::new());
            last_part = Some(part);
        }
        if let Some(group) = groups.last_mut() {
            group.extend(piece.files);
        }
        before += piece.entries;
    }
    groups
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use super::*;

    /// A run of a file, as scans have them.
    fn run(file: usize, entries: Range<i64>) -> PartitionedFile {
        PartitionedFile::new(format!("{file}.root"), 1)
            .with_range(entries.start, entries.end)
            .with_extension(FilePart {
                number: file,
                borders: (0..=100).step_by(10).collect(),
                bytes: 100,
            })
    }

    fn reordered(groups: &[FileGroup], most: usize) -> Option<Vec<FileGroup>> {
        runs_in_order(groups).map(|runs| grouped(by_partition(runs), most))
    }

    fn places(groups: &[FileGroup]) -> Vec<Vec<(String, Range<i64>)>> {
        let place = |file: &PartitionedFile| {
            let range = file.range.as_ref().unwrap();
            (file.path().to_string(), range.start..range.end)
        };
        let of_group = |group: &FileGroup| group.files().iter().map(place).collect();
        groups.iter().map(of_group).collect()
    }

    fn at(file: usize, entries: Range<i64>) -> (String, Range<i64>) {
        (format!("{file}.root"), entries)
    }

    #[test]
    fn a_partition_ends_where_the_home_changes() {
        let by_home = [
            FileGroup::new(vec![run(0, 0..20), run(0, 30..40), run(1, 0..5)]),
            FileGroup::new(vec![run(0, 20..30), run(1, 5..9)]),
        ];

        let ordered = reordered(&by_home, 10).unwrap();

        assert_eq!(
            places(&ordered),
            [
                vec![at(0, 0..20)],
                vec![at(0, 20..30)],
                vec![at(0, 30..40), at(1, 0..5)],
                vec![at(1, 5..9)],
            ]
        );
    }

    #[test]
    fn files_follow_each_other_by_number_not_by_name() {
        let by_home = [
            FileGroup::new(vec![run(10, 0..5)]),
            FileGroup::new(vec![run(9, 0..5)]),
        ];

        let ordered = reordered(&by_home, 10).unwrap();

        assert_eq!(places(&ordered), [[at(9, 0..5)], [at(10, 0..5)]]);
    }

    #[test]
    fn too_many_pieces_are_put_together_with_their_neighbours() {
        let even = (0..50).step_by(2).map(|file| run(file, 0..10)).collect();
        let odd = (1..50).step_by(2).map(|file| run(file, 0..10)).collect();

        let ordered = reordered(&[FileGroup::new(even), FileGroup::new(odd)], 5).unwrap();

        let sizes: Vec<usize> = ordered.iter().map(FileGroup::len).collect();
        assert_eq!(sizes, [10; 5]);
        let files: Vec<_> = places(&ordered).concat();
        assert_eq!(
            files,
            (0..50).map(|file| at(file, 0..10)).collect::<Vec<_>>()
        );
    }

    #[test]
    fn small_parts_are_cut_at_borders() {
        let by_thread = [
            FileGroup::new(vec![run(0, 0..40)]),
            FileGroup::new(vec![run(0, 40..65), run(1, 0..5)]),
        ];

        // 300 bytes and 70 entries.
        let parts = small_parts(runs_in_order(&by_thread).unwrap(), 100, 2);

        assert_eq!(
            places(&parts),
            [
                vec![at(0, 0..10), at(0, 10..20)],
                vec![at(0, 20..30), at(0, 30..40), at(0, 40..50)],
                vec![at(0, 50..60), at(0, 60..65), at(1, 0..5)],
            ]
        );
    }

    #[test]
    fn one_partition_stays_one() {
        let whole = [FileGroup::new(vec![run(0, 0..5), run(1, 0..5)])];

        assert_eq!(reordered(&whole, 10).unwrap().len(), 1);
        assert_eq!(reordered(&[FileGroup::default()], 10).unwrap().len(), 1);
    }

    #[test]
    fn files_of_others_have_no_number_and_stay_as_they_are() {
        let parquet = FileGroup::new(vec![PartitionedFile::new("a.parquet", 1)]);

        assert!(reordered(&[parquet], 10).is_none());
    }
}
