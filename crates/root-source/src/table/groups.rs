//! The files of a table, cut into groups for a scan.

use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::FileGroup;

use super::RootTable;
use crate::column_cache::chunk_borders;
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
        let mut left = limit.map_or(u64::MAX, |limit| limit as u64);
        let mut bytes: u64 = 0;
        let cuts: Vec<FileCuts> = self
            .files
            .iter()
            .map(|file| {
                let tree = &file.opened.tree;
                let entries = tree.entries.min(left);
                left -= entries;
                let stored = columns.iter().filter_map(|name| tree.column(name));
                if entries > 0 {
                    bytes += stored.map(|column| column.tot_bytes).sum::<u64>();
                }
                FileCuts {
                    entries,
                    borders: chunk_borders(&file.opened, &self.options),
                }
            })
            .collect();
        let worthwhile = bytes.div_ceil(self.options.partition_bytes.max(1));
        let partitions = usize::try_from(worthwhile)
            .unwrap_or(usize::MAX)
            .min(target_partitions);
        let entries: u64 = cuts.iter().map(|file| file.entries).sum();
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
        (
            groups
                .into_iter()
                .map(|runs| self.file_group(&runs))
                .collect(),
            entries,
        )
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

    fn file_group(&self, runs: &[Run]) -> FileGroup {
        let file = |run: &Run| {
            let start = i64::try_from(run.entries.start).unwrap_or(i64::MAX);
            let end = i64::try_from(run.entries.end).unwrap_or(i64::MAX);
            PartitionedFile::new_from_meta(self.files[run.file].meta.clone()).with_range(start, end)
        };
        FileGroup::new(runs.iter().map(file).collect())
    }
}
