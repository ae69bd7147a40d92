//! Files that were never closed: finding their records one after the other.

use super::fetched::{Fetched, Halt};
use super::key::{KeyHeader, ObjectKey};
use crate::cursor::Cursor;

/// Bytes fetched to read one key; names longer than this are not trees.
const KEY_BYTES: u64 = 1024;

/// Walks from record to record, as ROOT's `TFile::Recover` does.
#[derive(Debug)]
pub(super) struct Recovery {
    next: u64,
    found: Vec<ObjectKey>,
    class_list: Option<ObjectKey>,
}

/// What a walk over the whole file found.
pub(super) struct Recovered {
    pub(super) objects: Vec<ObjectKey>,
    /// The record of class descriptions.
    pub(super) class_list: Option<ObjectKey>,
}

impl Recovery {
    pub(super) fn new(begin: u64) -> Self {
        Self {
            next: begin,
            found: Vec::new(),
            class_list: None,
        }
    }

    /// Goes on to the end of the file; keeps its place when bytes are missing.
    pub(super) fn run(&mut self, fetched: &Fetched, top: u64) -> Result<Recovered, Halt> {
        while self.next < fetched.file_bytes() {
            let bytes = fetched.get_up_to(self.next, KEY_BYTES)?;
            let mut cursor = Cursor::new(&bytes, self.next);
            // What cannot be read as a key is where the writer stopped.
            let Ok(key) = KeyHeader::parse(&mut cursor) else {
                break;
            };
            let step = u64::from(key.record_bytes.unsigned_abs());
            if step == 0 {
                break;
            }
            let is_record = key.record_bytes > 0 && key.at == self.next;
            let complete = self.next + step <= fetched.file_bytes();
            self.next += step;
            if !is_record || !complete || key.class == "TBasket" {
                continue;
            }
            let (parent, is_class_list) = (key.parent_at, key.name == "StreamerInfo");
            let object = key.object("")?;
            if is_class_list {
                self.class_list = Some(object);
            } else if parent == top && !object.class.is_empty() {
                self.found.push(object);
            }
        }
        Ok(Recovered {
            objects: std::mem::take(&mut self.found),
            class_list: self.class_list.take(),
        })
    }
}
