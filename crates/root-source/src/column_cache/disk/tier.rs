//! The cache on disk as scans see it: ask for a chunk, offer a chunk.
//!
//! It never fails anybody. The first trouble with the disk switches it off, with one warning;
//! queries then go on as without it.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::file::Damage;
use super::folder::Folder;
use super::index::Index;
use super::key::{DiskKey, Owner};
use super::queue::Job;
use super::shared::Shared;
use super::{DiskOptions, DiskUse};
use crate::column_cache::{CachedColumnEntry, Chunk};
use crate::error::SourceError;

/// Chunks in a directory of this process.
#[derive(Debug)]
pub(crate) struct DiskTier {
    shared: Arc<Shared>,
    writer: Option<JoinHandle<()>>,
}

impl DiskTier {
    /// Takes a directory with what it holds, and starts the thread that writes.
    ///
    /// # Errors
    /// [`SourceError::CacheDir`] and [`SourceError::CacheDirInUse`].
    pub(crate) fn open(options: DiskOptions) -> Result<Self, SourceError> {
        let dir = options.dir.display().to_string();
        let failed = |error: io::Error| SourceError::CacheDir {
            dir: dir.clone(),
            why: error.to_string(),
        };
        let folder = Folder::claim(&options.dir)?;
        let mut index = Index::new(options.bytes);
        for file in folder.list().map_err(failed)? {
            index.insert(file.name, file.bytes);
        }
        // The limit may be smaller than last time.
        for name in index.make_room(0).unwrap_or_default() {
            folder.remove(name).map_err(failed)?;
        }
        let shared = Arc::new(Shared::new(options, folder, index));
        let of_writer = Arc::clone(&shared);
        let writer = thread::Builder::new()
            .name("hepframe-cache".to_owned())
            .spawn(move || of_writer.write_all())
            .map_err(failed)?;
        Ok(Self {
            shared,
            writer: Some(writer),
        })
    }

    pub(crate) fn options(&self) -> &DiskOptions {
        &self.shared.options
    }

    /// What is here, and what happened since the start.
    pub(crate) fn usage(&self) -> DiskUse {
        let index = self.shared.index.lock();
        DiskUse {
            bytes: index.taken(),
            chunks: index.len() as u64,
            written: self.shared.written.load(Ordering::Relaxed),
            left_out: self.shared.left_out.load(Ordering::Relaxed),
            trouble: self.shared.trouble.get().cloned(),
        }
    }

    /// The chunk of these entries, if it is here and in order. Must be called in a Tokio runtime.
    pub(crate) async fn read(
        &self,
        column: &Arc<CachedColumnEntry>,
        entries: &Range<u64>,
    ) -> Option<Arc<Chunk>> {
        if self.shared.is_off() {
            return None;
        }
        let key = DiskKey::new(column, entries);
        let name = key.name;
        let length = self.shared.index.lock().use_now(name)?;
        let (shared, column, entries) = (
            Arc::clone(&self.shared),
            Arc::clone(column),
            entries.clone(),
        );
        let read =
            tokio::task::spawn_blocking(move || shared.read(&key, length, &column, &entries));
        match read.await {
            Ok(chunk) => chunk,
            // Arrow may meet lengths that it never expects behind a checksum that is right.
            Err(error) if error.is_panic() => {
                self.shared.discard(name, &Damage::Crash);
                None
            }
            Err(_) => None,
        }
    }

    /// Has a chunk written, if there is time before the memory gives it up.
    pub(crate) fn offer(&self, chunk: &Arc<Chunk>, entries: &Range<u64>) {
        if self.shared.is_off() {
            return;
        }
        let is_taken = self.shared.queue.offer(Job {
            chunk: Arc::downgrade(chunk),
            entries: entries.clone(),
            clears: self.shared.clears.load(Ordering::Acquire),
        });
        if !is_taken {
            self.shared.left_out.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until all that was offered is written or left out, or so long.
    pub(crate) fn finish_writing(&self, limit: Duration) -> bool {
        self.shared.queue.wait_until_empty(limit)
    }

    /// Removes all chunks, and those that are on their way.
    pub(crate) fn clear(&self) {
        let mut index = self.shared.index.lock();
        self.shared.clears.fetch_add(1, Ordering::Release);
        let names = index.remove_all();
        drop(index);
        self.shared.remove(&names);
    }

    /// Bytes of files by column. Asks the disk whose they are where nobody has asked before.
    pub(crate) fn bytes_by_owner(&self) -> BTreeMap<Arc<Owner>, u64> {
        let index = self.shared.index.lock();
        let unknown = index.ownerless();
        let mut known: BTreeMap<Arc<Owner>, u64> = index.bytes_by_owner();
        drop(index);
        for name in unknown {
            let key = self.shared.folder.key(name);
            // A file without one is found out when it is read.
            let Some(owner) = key.as_deref().and_then(Owner::of) else {
                continue;
            };
            let owner = match known.get_key_value(&owner) {
                Some((known, _)) => Arc::clone(known),
                None => Arc::new(owner),
            };
            self.shared.index.lock().set_owner(name, &owner);
            known.entry(owner).or_default();
        }
        self.shared.index.lock().bytes_by_owner()
    }
}

impl Drop for DiskTier {
    /// Waits for the file that is being written, so that the directory is free afterwards.
    fn drop(&mut self) {
        self.shared.queue.close();
        if let Some(writer) = self.writer.take()
            && writer.join().is_err()
        {
            tracing::warn!("the thread that writes the cache on disk has crashed");
        }
    }
}

#[cfg(test)]
mod tests;
