//! Whole chunks of entries, through the column cache.
//!
//! ```text
//! look up ── all here ──────────────────────────────────▶ batches, on the polling task
//!    └────── something missing ─▶ read and decode that ─▶ batches, on a task of its own
//! ```
//!
//! With a filter, its columns come first and are judged; the others are looked up or read where
//! anything survived, then whole, for the next query.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::common::Result;

use super::batches::{ChunkBatches, Judgement, LoadedChunk};
use super::columns::ScanColumn;
use super::filtered::FileFilter;
use super::step::{FileScan, Pause};
use crate::column_cache::{
    CachedColumnEntry, Chunk, ChunkKey, ColumnCache, ColumnIdentity, FileIdentity, FilterColumn,
    learn, may_match,
};
use crate::metrics::add;

/// What the cache knows of the columns of one file of a scan.
#[derive(Debug)]
pub(crate) struct FileCache {
    pub(crate) cache: Arc<ColumnCache>,
    /// Where chunks start, and at last the number of entries.
    pub(crate) borders: Vec<u64>,
    /// The filter's columns; absent where the file lacks one.
    pub(crate) of_filter: Vec<Option<Arc<CachedColumnEntry>>>,
    /// Projected columns; absent where the file lacks one, or the filter has it.
    pub(crate) projected: Vec<Option<Arc<CachedColumnEntry>>>,
    /// Columns to pin.
    pub(crate) pin: PinnedColumns,
}

/// Columns that a scan keeps in the cache, whatever it hands out.
#[derive(Debug, Default)]
pub(crate) struct PinnedColumns {
    pub(crate) columns: Vec<ScanColumn>,
    pub(crate) entries: Vec<Option<Arc<CachedColumnEntry>>>,
}

/// For each column its values in a chunk, if it has any there.
pub(crate) type ChunkColumns = Vec<Option<Arc<Chunk>>>;

/// Columns to get out of the cache or the file.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) columns: &'a [ScanColumn],
    pub(super) entries: &'a [Option<Arc<CachedColumnEntry>>],
    pub(super) keep: Keep,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Keep {
    /// Until something else needs the room.
    IfRoom,
    Pinned,
}

/// Entries before the first whole chunk, the whole chunks, and entries after the last.
type Pieces = (Range<u64>, Vec<Range<u64>>, Range<u64>);

impl FileCache {
    /// Looks up the columns of a scan of this file.
    pub(crate) fn new(
        cache: Arc<ColumnCache>,
        file: FileIdentity,
        borders: Vec<u64>,
        batch_rows: u64,
        columns: &[ScanColumn],
        filter: Option<&FileFilter>,
        pinned: Vec<ScanColumn>,
    ) -> Self {
        let identity = |column: &ScanColumn| {
            Some(ColumnIdentity {
                name: column.column()?.name.clone(),
                data_type: column.decoded_type()?.clone(),
                batch_rows,
            })
        };
        let of_filter = filter.map_or(&[][..], |filter| &filter.columns);
        let unless_shared = |(i, column): (usize, &ScanColumn)| {
            let is_shared = filter.is_some_and(|filter| filter.shared[i].is_some());
            if is_shared { None } else { identity(column) }
        };
        let projected = columns.iter().enumerate().map(unless_shared);
        let wanted = of_filter.iter().map(identity).chain(projected);
        let wanted = wanted.chain(pinned.iter().map(identity));
        let mut entries = cache.directory.entries(file, wanted);
        let pinned_entries = entries.split_off(of_filter.len() + columns.len());
        let projected = entries.split_off(of_filter.len());
        Self {
            cache,
            borders,
            of_filter: entries,
            projected,
            pin: PinnedColumns {
                columns: pinned,
                entries: pinned_entries,
            },
        }
    }

    /// Finds the chunks that lie wholly within a range of entries.
    pub(crate) fn whole_chunks(&self, entries: &Range<u64>) -> Pieces {
        let borders = &self.borders;
        let first = borders.partition_point(|&border| border < entries.start);
        let after = borders.partition_point(|&border| border <= entries.end);
        let inside = borders.get(first..after).unwrap_or_default();
        let (Some(&start), Some(&end)) = (inside.first(), inside.last()) else {
            return (entries.clone(), Vec::new(), entries.end..entries.end);
        };
        let chunks = inside.windows(2).map(|pair| pair[0]..pair[1]).collect();
        (entries.start..start, chunks, end..entries.end)
    }

    fn of_filter<'a>(&'a self, filter: &'a FileFilter) -> Wanted<'a> {
        Wanted {
            columns: &filter.columns,
            entries: &self.of_filter,
            keep: Keep::IfRoom,
        }
    }

    fn projected<'a>(&'a self, scan: &'a FileScan) -> Wanted<'a> {
        Wanted {
            columns: &scan.columns,
            entries: &self.projected,
            keep: Keep::IfRoom,
        }
    }

    fn pinned(&self) -> Wanted<'_> {
        Wanted {
            columns: &self.pin.columns,
            entries: &self.pin.entries,
            keep: Keep::Pinned,
        }
    }
}

impl FileScan {
    /// Leaves out chunks that cannot match the filter, by what was learned about them.
    pub(crate) fn prune(&self, cached: &FileCache, chunks: Vec<Range<u64>>) -> Vec<Range<u64>> {
        let Some(filter) = &self.filter else {
            return chunks;
        };
        let columns: Vec<FilterColumn> = cached
            .of_filter
            .iter()
            .map(|entry| match entry {
                Some(entry) => FilterColumn::Stored(Arc::clone(entry)),
                None => FilterColumn::Missing,
            })
            .collect();
        let predicate = &filter.filter.predicate;
        let may_match = may_match(predicate, &filter.filter.schema, &columns, &chunks);
        let mut left = Vec::with_capacity(chunks.len());
        for (chunk, may_match) in chunks.into_iter().zip(may_match) {
            if may_match {
                left.push(chunk);
            } else {
                let entries = chunk.end - chunk.start;
                self.metrics.chunks_pruned.add(1);
                add(&self.metrics.rows_pruned, entries);
                add(&self.metrics.entries_done, entries);
            }
        }
        left
    }

    /// The batches of these chunks if all their columns are in the cache; what was found if not.
    pub(crate) fn serve(
        self: &Arc<Self>,
        cached: &FileCache,
        chunks: &[Range<u64>],
    ) -> std::result::Result<ChunkBatches, FoundChunks> {
        let found = FoundChunks {
            of_filter: match &self.filter {
                Some(filter) => self.look_up(cached, cached.of_filter(filter), chunks),
                None => vec![ChunkColumns::new(); chunks.len()],
            },
            projected: self.look_up(cached, cached.projected(self), chunks),
        };
        let is_whole = |columns: &[ChunkColumns], entries: &[Option<_>]| {
            columns.iter().all(|columns| {
                let mut pairs = columns.iter().zip(entries);
                pairs.all(|(chunk, entry)| chunk.is_some() || entry.is_none())
            })
        };
        let nothing_to_pin = cached.pin.columns.is_empty();
        let is_whole = nothing_to_pin
            && is_whole(&found.of_filter, &cached.of_filter)
            && is_whole(&found.projected, &cached.projected);
        if !is_whole {
            return Err(found);
        }
        self.count_found(&found);
        let loaded = found
            .of_filter
            .into_iter()
            .zip(found.projected)
            .zip(chunks)
            .map(|((of_filter, projected), chunk)| LoadedChunk {
                entries: chunk.clone(),
                within: chunk.clone(),
                judgement: match &self.filter {
                    Some(_) => Judgement::Due(of_filter),
                    None => Judgement::AllSurvive,
                },
                projected,
            })
            .collect();
        Ok(ChunkBatches::new(Arc::clone(self), loaded))
    }

    /// The batches of a part of a chunk, if its columns are in the cache.
    pub(crate) fn serve_part(
        self: &Arc<Self>,
        cached: &FileCache,
        part: &Range<u64>,
    ) -> Option<ChunkBatches> {
        let after = cached
            .borders
            .partition_point(|&border| border <= part.start);
        let start = *cached.borders.get(after.checked_sub(1)?)?;
        let end = *cached.borders.get(after)?;
        if part.end > end {
            return None;
        }
        let mut batches = self
            .serve(cached, std::slice::from_ref(&(start..end)))
            .ok()?;
        batches.narrow_to(part);
        Some(batches)
    }

    /// Reads and decodes what is missing of these chunks, and gives their batches.
    pub(crate) async fn run_chunks(
        self: Arc<Self>,
        chunks: Vec<Range<u64>>,
        mut found: FoundChunks,
    ) -> Result<Vec<RecordBatch>> {
        let Some(cached) = &self.cached_columns else {
            return Ok(Vec::new());
        };
        if !cached.pin.columns.is_empty() {
            let mut pinned = self.look_up(cached, cached.pinned(), &chunks);
            self.load(cached, cached.pinned(), &chunks, &mut pinned)
                .await?;
        }
        let loaded = match &self.filter {
            None => {
                let wanted = cached.projected(&self);
                self.load(cached, wanted, &chunks, &mut found.projected)
                    .await?;
                chunks
                    .iter()
                    .zip(found.projected)
                    .map(|(chunk, projected)| LoadedChunk {
                        entries: chunk.clone(),
                        within: chunk.clone(),
                        judgement: Judgement::AllSurvive,
                        projected,
                    })
                    .collect()
            }
            Some(filter) => self.load_survivors(cached, filter, &chunks, found).await?,
        };
        let mut pause = Pause::new();
        let mut batches = Vec::new();
        for batch in ChunkBatches::new(Arc::clone(&self), loaded) {
            batches.push(batch?);
            pause.if_due().await;
        }
        Ok(batches)
    }

    /// Loads and judges the filter's columns, then loads the others where anything survived.
    async fn load_survivors(
        &self,
        cached: &FileCache,
        filter: &FileFilter,
        chunks: &[Range<u64>],
        mut found: FoundChunks,
    ) -> Result<Vec<LoadedChunk>> {
        let wanted = cached.of_filter(filter);
        self.load(cached, wanted, chunks, &mut found.of_filter)
            .await?;

        let mut surviving = Vec::new();
        let mut projected = Vec::new();
        let mut judgements = Vec::new();
        let mut pause = Pause::new();
        let columns = found.of_filter.iter().zip(found.projected);
        for (chunk, (of_filter, of_chunk)) in chunks.iter().zip(columns) {
            self.learn(of_filter, chunk);
            let mut judged = Vec::new();
            for (i, entries) in self.batch_ranges(chunk.clone()).enumerate() {
                judged.push(self.judge_cached(filter, of_filter, i, &entries, &entries)?);
                pause.if_due().await;
            }
            if judged.iter().any(Option::is_some) {
                surviving.push(chunk.clone());
                projected.push(of_chunk);
                judgements.push(judged);
            } else {
                self.count_chunk(chunk);
            }
        }
        let wanted = cached.projected(self);
        self.load(cached, wanted, &surviving, &mut projected)
            .await?;
        let loaded = surviving.into_iter().zip(projected).zip(judgements);
        Ok(loaded
            .map(|((chunk, projected), judged)| LoadedChunk {
                entries: chunk.clone(),
                within: chunk,
                judgement: Judgement::Done(judged),
                projected,
            })
            .collect())
    }

    /// What filters can know about a chunk from now on.
    pub(super) fn learn(&self, of_filter: &ChunkColumns, chunk: &Range<u64>) {
        for column in of_filter.iter().flatten() {
            learn(&column.column, chunk, &column.batches);
        }
    }

    fn look_up(
        &self,
        cached: &FileCache,
        wanted: Wanted<'_>,
        chunks: &[Range<u64>],
    ) -> Vec<ChunkColumns> {
        let store = &cached.cache.store;
        let find = |chunk: &Range<u64>| {
            let get = |entry: &Option<Arc<CachedColumnEntry>>| {
                entry
                    .as_ref()
                    .and_then(|entry| store.get(&key(entry, chunk)))
            };
            wanted.entries.iter().map(get).collect()
        };
        chunks.iter().map(find).collect()
    }

    fn count_found(&self, found: &FoundChunks) {
        let all = found.of_filter.iter().chain(&found.projected);
        for chunk in all.flat_map(|columns| columns.iter().flatten()) {
            self.count_hit(chunk);
        }
    }

    /// Counts a chunk whose entries are all handed out or dropped.
    pub(super) fn count_chunk(&self, entries: &Range<u64>) {
        let borders = &self.cached.tree.cluster_borders;
        self.metrics
            .clusters
            .add(super::steps::clusters_in(borders, entries));
        add(&self.metrics.entries_done, entries.end - entries.start);
    }
}

/// What a look into the cache found, for each chunk.
#[derive(Debug)]
pub(crate) struct FoundChunks {
    of_filter: Vec<ChunkColumns>,
    projected: Vec<ChunkColumns>,
}

pub(super) fn key(entry: &CachedColumnEntry, chunk: &Range<u64>) -> ChunkKey {
    ChunkKey {
        column: entry.number,
        start: chunk.start,
        end: chunk.end,
    }
}
