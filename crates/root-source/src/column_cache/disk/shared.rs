//! Index and files of the cache on disk, kept in step by all who read and the one who writes.

use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

use super::DiskOptions;
use super::file::{Damage, decode, encode};
use super::folder::Folder;
use super::index::Index;
use super::key::{DiskKey, Name};
use super::queue::{Job, Queue};
use crate::column_cache::{CachedColumnEntry, Chunk};

/// What scans, the writer and reading tasks share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) options: DiskOptions,
    pub(super) folder: Folder,
    pub(super) index: Mutex<Index>,
    pub(super) queue: Queue,
    /// How often it was cleared; changes while the index is locked.
    pub(super) clears: AtomicU64,
    pub(super) written: AtomicU64,
    pub(super) left_out: AtomicU64,
    pub(super) trouble: OnceLock<String>,
}

impl Shared {
    pub(super) fn new(options: DiskOptions, folder: Folder, index: Index) -> Self {
        Self {
            options,
            folder,
            index: Mutex::new(index),
            queue: Queue::default(),
            clears: AtomicU64::new(0),
            written: AtomicU64::new(0),
            left_out: AtomicU64::new(0),
            trouble: OnceLock::new(),
        }
    }

    pub(super) fn is_off(&self) -> bool {
        self.trouble.get().is_some()
    }

    pub(super) fn read(
        &self,
        key: &DiskKey,
        length: u64,
        column: &Arc<CachedColumnEntry>,
        entries: &Range<u64>,
    ) -> Option<Arc<Chunk>> {
        let file = match self.folder.read(key.name, length) {
            Ok(Some(file)) => file,
            Ok(None) => {
                self.index.lock().remove(key.name);
                // The writer may have put it back meanwhile: no file stays that nobody counts.
                self.remove(&[key.name]);
                return None;
            }
            Err(error) => {
                self.switch_off("read", &error);
                return None;
            }
        };
        match file.and_then(|file| decode(&file, key, column, entries)) {
            Ok(chunk) => {
                let chunk = Arc::new(chunk);
                let in_memory = Arc::downgrade(&chunk);
                self.index.lock().is_in_memory(key.name, in_memory);
                Some(chunk)
            }
            Err(damage) => {
                self.discard(key.name, &damage);
                None
            }
        }
    }

    /// Writes what is offered until the tier is dropped.
    pub(super) fn write_all(&self) {
        while let Some(job) = self.queue.next() {
            match job.chunk.upgrade() {
                Some(chunk) if !self.is_off() => self.write(&chunk, &job),
                _ => {
                    self.left_out.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    }

    fn write(&self, chunk: &Arc<Chunk>, job: &Job) {
        let key = DiskKey::new(&chunk.column, &job.entries);
        if self.index.lock().contains(key.name) {
            return;
        }
        let leave_out = || self.left_out.fetch_add(1, Ordering::Relaxed);
        let bytes = match encode(&key, chunk) {
            Ok(bytes) => bytes,
            Err(error) => {
                tracing::debug!(column = chunk.column.column.name, %error, "a chunk cannot be written to the cache on disk");
                leave_out();
                return;
            }
        };
        let length = bytes.len() as u64;
        let gone = self.index.lock().make_room(length);
        let Some(gone) = gone else {
            leave_out();
            return;
        };
        let written = self.remove(&gone) && self.write_file(key.name, &bytes);
        let mut index = self.index.lock();
        index.release(length);
        if !written {
            leave_out();
            return;
        }
        // Cleared meanwhile: it must not come back.
        if self.clears.load(Ordering::Acquire) == job.clears {
            index.insert(key.name, length);
            index.is_in_memory(key.name, Arc::downgrade(chunk));
            self.written.fetch_add(1, Ordering::Relaxed);
        } else {
            drop(index);
            self.remove(&[key.name]);
        }
    }

    fn write_file(&self, name: Name, bytes: &[u8]) -> bool {
        let written = self.folder.write(name, bytes);
        written
            .map_err(|error| self.switch_off("written", &error))
            .is_ok()
    }

    /// Removes files that the index has forgotten; false if that failed.
    pub(super) fn remove(&self, names: &[Name]) -> bool {
        let removed = names.iter().try_for_each(|name| self.folder.remove(*name));
        removed
            .map_err(|error| self.switch_off("cleared", &error))
            .is_ok()
    }

    /// Removes a file that is not what it should be.
    pub(super) fn discard(&self, name: Name, damage: &Damage) {
        tracing::debug!(file = %self.folder.path(name).display(), %damage, "removing a file of the cache on disk");
        self.index.lock().remove(name);
        self.remove(&[name]);
    }

    /// From now on, nothing is read or written.
    fn switch_off(&self, what: &str, error: &io::Error) {
        let dir = self.options.dir.display();
        let trouble = format!("the cache on disk in `{dir}` cannot be {what}: {error}");
        if self.trouble.set(trouble).is_ok() {
            tracing::warn!(dir = %dir, %error, "the cache on disk cannot be {what}; going on without it");
        }
    }
}
