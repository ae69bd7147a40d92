//! Partitions in the order of the files, each still read where its columns are kept.
//!
//! ```text
//! chunks      ├──0──┼──1──┼──2──┼──3──┼──4──┼──5──┤
//! homes          a     a     b     a     b     b
//! by home     ├─────0─────┤     ├──0──┤               two partitions, their rows out of order
//!                         ├──1──┤     ├─────1─────┤
//! in order    ├─────0─────┼──1──┼──2──┼─────3─────┤   four, one after the other
//! ```

use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfig};

/// Which file of its table a part of a scan is of. Known where the scan is planned; it does not
/// travel.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FileNumber(pub(crate) usize);

/// The scan with partitions that follow each other in the order of the files.
///
/// A partition ends where the next entries were in another one, so those cut by home stay with
/// one home each. More than `most` of them are put together with their neighbours. `None` if the
/// scan does not know the order of its files.
#[must_use]
pub fn in_file_order(scan: &FileScanConfig, most: usize) -> Option<FileScanConfig> {
    let file_groups = reordered(&scan.file_groups, most)?;
    let mut scan = scan.clone();
    scan.file_groups = file_groups;
    // Partitions must not take files from each other.
    scan.preserve_order = true;
    Some(scan)
}

/// Runs of entries, ascending, that were in one partition.
#[derive(Default)]
struct Piece {
    files: Vec<PartitionedFile>,
    entries: u64,
}

fn reordered(groups: &[FileGroup], most: usize) -> Option<Vec<FileGroup>> {
    let mut runs = Vec::new();
    for (group, files) in groups.iter().enumerate() {
        for file in files.files() {
            let number = file.extension::<FileNumber>()?.0;
            let range = file.range.as_ref()?;
            runs.push(((number, range.start), group, file));
        }
    }
    runs.sort_by_key(|(place, ..)| *place);
    let mut pieces: Vec<Piece> = Vec::new();
    let mut last_group = None;
    for (_, group, file) in runs {
        if last_group != Some(group) {
            pieces.push(Piece::default());
            last_group = Some(group);
        }
        if let Some(piece) = pieces.last_mut() {
            piece.entries += entries_of(file);
            piece.files.push(file.clone());
        }
    }
    let mut ordered: Vec<FileGroup> = put_together(pieces, most)
        .into_iter()
        .map(FileGroup::new)
        .collect();
    if ordered.is_empty() {
        // A scan without entries has a partition all the same.
        ordered.push(FileGroup::default());
    }
    Some(ordered)
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
            .with_extension(FileNumber(file))
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
