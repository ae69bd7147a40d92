//! Columns of chunks that are not in the cache: read once, by whoever asks first.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use datafusion::common::Result;
use hepframe_root_io::SharedOffsets;

use super::cached::{ChunkColumns, FileCache, Keep, Wanted, key};
use super::columns::{OpenColumn, ScanColumn};
use super::feed::Feed;
use super::step::{FileScan, Pause};
use crate::column_cache::{Asked, Chunk, Claim, DiskTier};
use crate::metrics::add;

impl FileScan {
    /// Fills what is missing of `found`: from others who are reading it, or from the file.
    pub(super) async fn load(
        &self,
        cached: &FileCache,
        wanted: Wanted<'_>,
        chunks: &[Range<u64>],
        found: &mut [ChunkColumns],
    ) -> Result<()> {
        let store = &cached.cache.store;
        let mut missing = Vec::new();
        for (i, (columns, chunk)) in found.iter().zip(chunks).enumerate() {
            for (column, (here, entry)) in columns.iter().zip(wanted.entries).enumerate() {
                match (here, entry) {
                    (Some(here), Some(entry)) => {
                        self.count_hit(here);
                        if wanted.keep == Keep::Pinned {
                            store.pin(key(entry, chunk), here)?;
                        }
                    }
                    (None, Some(entry)) => missing.push((key(entry, chunk), i, column)),
                    (_, None) => {}
                }
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        let bytes = missing.iter().map(|(_, i, column)| {
            let stored = wanted.columns[*column].column();
            stored.map_or(0, |column| self.cached.bytes_to_read(column, &chunks[*i]))
        });
        let permit = store.permit_reading(bytes.sum()).await;
        // In ascending order, so that two queries never wait for each other.
        missing.sort_unstable_by_key(|(key, ..)| *key);
        let mut claims = Vec::new();
        for (key, i, column) in missing {
            match store.ask(key).await {
                Asked::Found(chunk) => {
                    self.count_hit(&chunk);
                    if wanted.keep == Keep::Pinned {
                        store.pin(key, &chunk)?;
                    }
                    found[i][column] = Some(chunk);
                }
                Asked::Missing(claim) => claims.push(Claimed { i, column, claim }),
            }
        }
        let disk = cached.cache.disk.as_ref();
        if let Some(disk) = disk {
            claims = self
                .take_from_disk(disk, wanted, chunks, claims, found)
                .await?;
        }
        self.read_claimed(wanted, chunks, claims, found, disk)
            .await?;
        drop(permit);
        Ok(())
    }

    /// Hands out what the cache has on disk of what was claimed; gives the other claims.
    async fn take_from_disk<'a>(
        &self,
        disk: &DiskTier,
        wanted: Wanted<'_>,
        chunks: &[Range<u64>],
        claims: Vec<Claimed<'a>>,
        found: &mut [ChunkColumns],
    ) -> Result<Vec<Claimed<'a>>> {
        let mut left = Vec::new();
        for claimed in claims {
            let Claimed { i, column, .. } = claimed;
            let timer = self.metrics.time_waiting.timer();
            let chunk = match &wanted.entries[column] {
                Some(entry) => disk.read(entry, &chunks[i]).await,
                None => None,
            };
            timer.done();
            match chunk {
                Some(chunk) => {
                    self.count_disk_hit(&chunk);
                    wanted.keep.fill(claimed.claim, &chunk)?;
                    found[i][column] = Some(chunk);
                }
                None => left.push(claimed),
            }
        }
        Ok(left)
    }

    /// Reads, decodes and hands out what was claimed.
    async fn read_claimed(
        &self,
        wanted: Wanted<'_>,
        chunks: &[Range<u64>],
        mut claims: Vec<Claimed<'_>>,
        found: &mut [ChunkColumns],
        disk: Option<&DiskTier>,
    ) -> Result<()> {
        if claims.is_empty() {
            return Ok(());
        }
        // Column after column: a basket is then still in the processor's cache when it is decoded.
        claims.sort_unstable_by_key(|claimed| (claimed.column, claimed.i));
        let mut columns: Vec<OpenColumn<'_>> =
            wanted.columns.iter().map(ScanColumn::open).collect();
        let entries = entries_of(&claims, chunks, columns.len());
        let dense = are_the_same(&entries);
        let local = self.reader.local_file().await?;
        let mut feed = Feed::new(self, local, &columns, &entries, dense)?;

        let place = self.place();
        // Columns of one counter share offsets, batch by batch of each chunk.
        let mut shared: Vec<Vec<SharedOffsets>> = chunks.iter().map(|_| Vec::new()).collect();
        let mut pause = Pause::new();
        for Claimed { i, column, claim } in claims {
            let shared = &mut shared[i];
            let mut batches = Vec::new();
            for (batch, entries) in self.batch_ranges(chunks[i].clone()).enumerate() {
                feed.up_to(&entries, column, &mut columns).await?;
                let timer = self.metrics.time_decoding.timer();
                if shared.len() <= batch {
                    shared.push(SharedOffsets::default());
                }
                let array = columns[column].decode(entries, &mut shared[batch], &place)?;
                batches.push(array);
                timer.done();
                pause.if_due().await;
            }
            let Some(entry) = &wanted.entries[column] else {
                continue;
            };
            entry.misses.fetch_add(1, Ordering::Relaxed);
            let chunk = Arc::new(Chunk::new(Arc::clone(entry), batches));
            wanted.keep.fill(claim, &chunk)?;
            if let Some(disk) = disk {
                disk.offer(&chunk, &chunks[i]);
            }
            found[i][column] = Some(chunk);
        }
        self.count_unpacked(&columns);
        Ok(())
    }

    pub(super) fn count_hit(&self, chunk: &Chunk) {
        chunk.column.hits.fetch_add(1, Ordering::Relaxed);
        add(&self.metrics.bytes_from_cache, chunk.bytes);
        self.count_from_cache(chunk);
    }

    fn count_disk_hit(&self, chunk: &Chunk) {
        chunk.column.disk_hits.fetch_add(1, Ordering::Relaxed);
        add(&self.metrics.bytes_from_disk, chunk.bytes);
        self.count_from_cache(chunk);
    }

    fn count_from_cache(&self, chunk: &Chunk) {
        if self
            .columns_seen
            .is_first_from_cache(&chunk.column.column.name)
        {
            self.metrics.columns_from_cache.add(1);
        }
    }
}

impl Keep {
    /// Gives a chunk to those who wait for it, and keeps it.
    fn fill(self, claim: Claim<'_>, chunk: &Arc<Chunk>) -> Result<()> {
        match self {
            Self::IfRoom => claim.fill(chunk),
            Self::Pinned => claim.fill_pinned(chunk)?,
        }
        Ok(())
    }
}

/// A chunk of a column that this scan must read.
struct Claimed<'a> {
    /// Which of the chunks.
    i: usize,
    column: usize,
    claim: Claim<'a>,
}

/// The entries of the chunks that are claimed, by column, neighbours joined; `claims` are in the
/// order of columns and chunks.
fn entries_of(
    claims: &[Claimed<'_>],
    chunks: &[Range<u64>],
    columns: usize,
) -> Vec<Vec<Range<u64>>> {
    let mut of_columns: Vec<Vec<Range<u64>>> = vec![Vec::new(); columns];
    for claimed in claims {
        let (all, chunk) = (&mut of_columns[claimed.column], &chunks[claimed.i]);
        match all.last_mut() {
            Some(last) if last.end == chunk.start => last.end = chunk.end,
            _ => all.push(chunk.clone()),
        }
    }
    of_columns
}

/// True if all columns that are read are read over the same entries, without gaps.
fn are_the_same(entries: &[Vec<Range<u64>>]) -> bool {
    let mut read = entries.iter().filter(|parts| !parts.is_empty());
    let first = read.next();
    first.is_none_or(|first| first.len() == 1 && read.all(|other| other == first))
}
