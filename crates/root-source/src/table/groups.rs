//! The files of a table, cut into groups for a scan.

use std::ops::Range;
use std::sync::Arc;

use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::FileGroup;

use super::RootTable;
use crate::column_cache::chunk_borders;
use crate::file_order::FilePart;
use crate::placement::{Chunk, PlacedRun, Placement, chunk_key, group_by_home, runs_of};
use crate::split::{FileCuts, Run, split};

impl RootTable {
    /// Groups of files for a scan of these columns, and how many entries they hold.
    pub(super) fn file_groups(
        &self,
        columns: &[String],
        target_partitions: usize,
        limit: Option<usize>,
        placement: Option<&Placement>,
    ) -> (Vec<FileGroup>, u64) {
        // The first rows of some entries are not those of the table.
        let limit = limit.filter(|_| self.options.entries.is_none());
        let mut left = limit.map_or(u64::MAX, |limit| limit as u64);
        let cuts: Vec<FileCuts> = self
            .files
            .iter()
            .map(|file| {
                let tree = &file.opened.tree;
                let entries = tree.entries.min(left);
                left -= entries;
                let stored = columns.iter().filter_map(|name| tree.column(name));
                let bytes = if entries > 0 {
                    stored.map(|column| column.tot_bytes).sum()
                } else {
                    0
                };
                FileCuts {
                    entries,
                    borders: chunk_borders(&file.opened, &self.options).into(),
                    bytes,
                }
            })
            .collect();
        let bytes: u64 = cuts.iter().map(|file| file.bytes).sum();
        let worthwhile = bytes.div_ceil(self.options.partition_bytes.max(1));
        let partitions = usize::try_from(worthwhile)
            .unwrap_or(usize::MAX)
            .min(target_partitions);
        let entries = cuts.iter().map(|file| file.entries).sum();
        let entries = self.options.count_of(entries);
        let groups = match placement {
            // Small tables too: a query on few of their columns must not go elsewhere than one
            // on many.
            Some(placement) if limit.is_none() && entries > 0 => {
                let runs = self.placed_runs(&cuts);
                let chunks: Vec<Chunk> = runs.iter().map(|placed| placed.chunk).collect();
                let worthwhile = usize::try_from(worthwhile).unwrap_or(usize::MAX);
                group_by_home(&runs, &placement.0.settle(&chunks), worthwhile)
            }
            _ => split(&cuts, if limit.is_some() { 1 } else { partitions }),
        };
        let groups = match &self.options.entries {
            Some(wanted) => self.among(groups, wanted),
            None => groups,
        };
        (
            groups
                .into_iter()
                .map(|runs| self.file_group(&runs, &cuts))
                .collect(),
            entries,
        )
    }

    /// What groups hold of these entries of the table; one group is left even if it is empty.
    fn among(&self, groups: Vec<Vec<Run>>, wanted: &Range<u64>) -> Vec<Vec<Run>> {
        let entries_of = |file: usize| self.files[file].opened.tree.entries;
        let clipped = |run: Run| {
            let first: u64 = (0..run.file).map(entries_of).sum();
            let start = wanted.start.saturating_sub(first).max(run.entries.start);
            let end = wanted.end.saturating_sub(first).min(run.entries.end);
            (start < end).then_some(Run {
                file: run.file,
                entries: start..end,
            })
        };
        let mut groups: Vec<Vec<Run>> = groups
            .into_iter()
            .map(|runs| runs.into_iter().filter_map(clipped).collect::<Vec<_>>())
            .filter(|runs| !runs.is_empty())
            .collect();
        if groups.is_empty() {
            groups.push(Vec::new());
        }
        groups
    }

    /// All chunks of all files, in order.
    fn placed_runs(&self, cuts: &[FileCuts]) -> Vec<PlacedRun> {
        let mut placed = Vec::new();
        for (file, cut) in cuts.iter().enumerate() {
            let path = self.files[file].meta.location.as_ref();
            for run in runs_of(file, cut.entries, &cut.borders) {
                let chunk = Chunk {
                    key: chunk_key(self.store.as_str(), path, run.entries.start),
                    weight: run.entries.end - run.entries.start,
                };
                placed.push(PlacedRun { chunk, run });
            }
        }
        placed
    }

    fn file_group(&self, runs: &[Run], cuts: &[FileCuts]) -> FileGroup {
        let file = |run: &Run| {
            let start = i64::try_from(run.entries.start).unwrap_or(i64::MAX);
            let end = i64::try_from(run.entries.end).unwrap_or(i64::MAX);
            let file = &self.files[run.file];
            let cuts = &cuts[run.file];
            let bytes_per_entry = cuts.bytes / file.opened.tree.entries.max(1);
            let part = FilePart {
                number: run.file,
                borders: Arc::clone(&cuts.borders),
                bytes: bytes_per_entry * (run.entries.end - run.entries.start),
            };
            PartitionedFile::new_from_meta(file.meta.clone())
                .with_range(start, end)
                .with_extension(part)
        };
        FileGroup::new(runs.iter().map(file).collect())
    }
}
