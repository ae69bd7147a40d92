//! Chunks by key, within a number of bytes.
//!
//! ```text
//! budget   ├── pinned ──┤├──────────── evictable ────────────┤├ being read ┤├ process ┤
//!            own map       `quick_cache`, shrunk by what is pinned   semaphore
//! ```
//!
//! `quick_cache` evicts (CLOCK-Pro: one pass over a large table does not drive out what is used
//! again and again), weighs by bytes and lets one task fill a key while others wait. It would
//! keep more than its capacity if pinned values were in it, so those are in a map of our own.
//!
//! Whoever fills several keys must claim them in ascending order, and hold whatever else it
//! needs before the first: then two queries never wait for each other.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::RwLock;
use quick_cache::sync::{Cache, DefaultLifecycle, PlaceholderGuard};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::chunk::{Chunk, ChunkKey};
use crate::error::SourceError;

/// Of the budget, one part in so many is for chunks that are being read: their baskets as they
/// come and as they are unpacked, and batches on their way.
const READING_SHARE: u64 = 8;
/// Reading takes about this much at least, so of a small budget it gets up to a quarter.
const LEAST_READING_BYTES: u64 = 64 << 20;
/// A service takes about this much besides, its program included (`benches/cluster.py --only
/// memory`): of a small budget that counts, so it comes out of it, up to three sixteenths.
const PROCESS_BYTES: u64 = 48 << 20;
/// Permits of the semaphore count this many bytes.
const PERMIT_BYTES: u64 = 4 << 10;
/// Of what can be kept, at most so many percent can be pinned: the rest keeps unpinned columns
/// from being read at every use.
const MOST_PINNED_PERCENT: u64 = 90;
/// The capacity for evictable chunks changes in steps of so much of the budget, as `quick_cache`
/// forgets a little of its history at each change.
const CAPACITY_STEPS: u64 = 64;
/// `quick_cache` remembers half as many keys that it evicted, to know them when they come back.
const EXPECTED_CHUNKS: usize = 128 << 10;

type Evictable = Cache<ChunkKey, Arc<Chunk>, ByBytes>;
type Guard<'a> = PlaceholderGuard<
    'a,
    ChunkKey,
    Arc<Chunk>,
    ByBytes,
    DefaultHashBuilder,
    DefaultLifecycle<ChunkKey, Arc<Chunk>>,
>;

#[derive(Debug, Clone)]
struct ByBytes;

impl Weighter<ChunkKey, Arc<Chunk>> for ByBytes {
    fn weight(&self, _key: &ChunkKey, chunk: &Arc<Chunk>) -> u64 {
        chunk.charge()
    }
}

/// Chunks within a budget.
pub(crate) struct Store {
    budget: u64,
    /// Of the budget, for pinned and evictable chunks.
    keepable: u64,
    evictable: Evictable,
    pinned: RwLock<Pinned>,
    reading: Semaphore,
    reading_bytes: u64,
    reading_permits: u32,
}

#[derive(Default)]
struct Pinned {
    chunks: HashMap<ChunkKey, Arc<Chunk>>,
    charge: u64,
    /// What the capacity for evictable chunks was lowered by.
    reserved: u64,
}

/// What asking for a chunk gives.
pub(crate) enum Asked<'a> {
    /// It is here.
    Found(Arc<Chunk>),
    /// The asker must make it; others who want it wait until the claim is filled or dropped.
    Missing(Claim<'a>),
}

/// The right to fill a key.
pub(crate) struct Claim<'a> {
    store: &'a Store,
    guard: Guard<'a>,
    key: ChunkKey,
}

impl Store {
    pub(crate) fn new(budget: u64) -> Self {
        let reading = (budget / READING_SHARE).max(LEAST_READING_BYTES.min(budget / 4));
        let keepable = budget - reading - PROCESS_BYTES.min(budget / 16 * 3);
        let options = OptionsBuilder::new()
            // One shard: chunks are large and few, and a budget cut into shards would refuse
            // chunks that fit the whole.
            .shards(1)
            .estimated_items_capacity(EXPECTED_CHUNKS)
            .weight_capacity(keepable)
            .build();
        let evictable = match options {
            Ok(options) => Cache::with_options(
                options,
                ByBytes,
                DefaultHashBuilder::default(),
                DefaultLifecycle::default(),
            ),
            // The builder fails only if one of the two settings is missing.
            Err(_) => Cache::with_weighter(EXPECTED_CHUNKS, keepable, ByBytes),
        };
        let reading_permits =
            u32::try_from((reading / PERMIT_BYTES).max(1)).unwrap_or(u32::MAX >> 4);
        Self {
            budget,
            keepable,
            evictable,
            pinned: RwLock::default(),
            reading: Semaphore::new(reading_permits as usize),
            reading_bytes: reading,
            reading_permits,
        }
    }

    /// What all chunks here take of the budget.
    pub(crate) fn charge(&self) -> u64 {
        self.pinned.read().charge + self.evictable.weight()
    }

    /// Bytes of the arrays of all chunks.
    pub(crate) fn bytes(&self) -> u64 {
        self.chunks().iter().map(|(_, chunk, _)| chunk.bytes).sum()
    }

    /// Bytes that may be pinned.
    pub(crate) fn most_pinned_bytes(&self) -> u64 {
        self.keepable / 100 * MOST_PINNED_PERCENT
    }

    /// Bytes that reading may take.
    pub(crate) fn reading_bytes(&self) -> u64 {
        self.reading_bytes
    }

    /// The chunk, if it is here.
    pub(crate) fn get(&self, key: &ChunkKey) -> Option<Arc<Chunk>> {
        let pinned = self.pinned.read().chunks.get(key).cloned();
        pinned.or_else(|| self.evictable.get(key))
    }

    /// The chunk or the right to make it; waits while someone else makes it.
    pub(crate) async fn ask(&self, key: ChunkKey) -> Asked<'_> {
        if let Some(pinned) = self.pinned.read().chunks.get(&key) {
            return Asked::Found(Arc::clone(pinned));
        }
        match self.evictable.get_value_or_guard_async(&key).await {
            Ok(chunk) => Asked::Found(chunk),
            // It may have been made and pinned while we waited.
            Err(guard) => match self.pinned.read().chunks.get(&key) {
                Some(pinned) => Asked::Found(Arc::clone(pinned)),
                None => Asked::Missing(Claim {
                    store: self,
                    guard,
                    key,
                }),
            },
        }
    }

    /// Waits until chunks of about so many bytes may be read. One that is larger than the whole
    /// share is read when nothing else is.
    pub(crate) async fn permit_reading(&self, bytes: u64) -> Option<SemaphorePermit<'_>> {
        let wanted = u32::try_from(bytes / PERMIT_BYTES).unwrap_or(u32::MAX);
        // The semaphore is never closed.
        self.reading
            .acquire_many(wanted.clamp(1, self.reading_permits))
            .await
            .ok()
    }

    /// Keeps a chunk until it is unpinned.
    pub(crate) fn pin(&self, key: ChunkKey, chunk: &Arc<Chunk>) -> Result<(), SourceError> {
        let mut pinned = self.pinned.write();
        if pinned.chunks.contains_key(&key) {
            return Ok(());
        }
        let charge = pinned.charge + chunk.charge();
        if charge > self.most_pinned_bytes() {
            return Err(SourceError::PinsTooLarge {
                wanted: charge,
                most: self.most_pinned_bytes(),
                budget: self.budget,
            });
        }
        // First room, then the chunk: the budget holds at every moment.
        self.evictable.remove(&key);
        self.reserve(&mut pinned, charge);
        pinned.charge = charge;
        pinned.chunks.insert(key, Arc::clone(chunk));
        Ok(())
    }

    /// Lets these pinned chunks be evicted like any other; gives their bytes.
    pub(crate) fn unpin(&self, is_meant: impl Fn(&Chunk) -> bool) -> u64 {
        let mut pinned = self.pinned.write();
        let freed: Vec<(ChunkKey, Arc<Chunk>)> = pinned
            .chunks
            .extract_if(|_, chunk| is_meant(chunk))
            .collect();
        let freed_bytes = freed.iter().map(|(_, chunk)| chunk.bytes).sum::<u64>();
        pinned.charge -= freed.iter().map(|(_, chunk)| chunk.charge()).sum::<u64>();
        let charge = pinned.charge;
        self.reserve(&mut pinned, charge);
        for (key, chunk) in freed {
            self.evictable.insert(key, chunk);
        }
        freed_bytes
    }

    /// Drops chunks, pinned or not.
    pub(crate) fn drop_all(&self) {
        let mut pinned = self.pinned.write();
        pinned.chunks.clear();
        pinned.charge = 0;
        self.reserve(&mut pinned, 0);
        // Keys that are being filled stay claimed.
        self.evictable.retain(|_, _| false);
    }

    /// All chunks, and whether they are pinned.
    pub(crate) fn chunks(&self) -> Vec<(ChunkKey, Arc<Chunk>, bool)> {
        let pinned = self.pinned.read();
        let kept = pinned
            .chunks
            .iter()
            .map(|(key, chunk)| (*key, Arc::clone(chunk), true));
        let evictable = self
            .evictable
            .iter()
            .map(|(key, chunk)| (key, chunk, false));
        kept.chain(evictable).collect()
    }

    /// Lowers the capacity for evictable chunks to what pinned ones leave.
    fn reserve(&self, pinned: &mut Pinned, charge: u64) {
        let step = (self.keepable / CAPACITY_STEPS).max(1);
        let reserved = charge
            .div_ceil(step)
            .saturating_mul(step)
            .min(self.keepable);
        if reserved != pinned.reserved {
            pinned.reserved = reserved;
            self.evictable.set_capacity(self.keepable - reserved);
        }
    }
}

impl Claim<'_> {
    /// Keeps the chunk if there is room for it, and gives it to those who wait.
    pub(crate) fn fill(self, chunk: &Arc<Chunk>) {
        // A chunk that is not kept is still handed out.
        drop(self.guard.insert(Arc::clone(chunk)));
    }

    /// Keeps the chunk until it is unpinned.
    pub(crate) fn fill_pinned(self, chunk: &Arc<Chunk>) -> Result<(), SourceError> {
        self.store.pin(self.key, chunk)
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("budget", &self.budget)
            .field("charge", &self.charge())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
