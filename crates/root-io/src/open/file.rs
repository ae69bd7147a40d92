//! Finding out what is in a file.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use bytes::Bytes;

use super::Step;
use super::directory::{Directory, directory_of};
use super::fetched::{Fetched, Halt};
use super::header::{HEADER_BYTES, Header};
use super::index::{FileIndex, blamed, split_cycle};
use super::key::{KeyHeader, ObjectKey, unpacked_payload};
use super::recover::Recovery;
use crate::cursor::Cursor;
use crate::error::{Result, RootError};
use crate::streamer::Registry;

/// Most directories listed; a file with more is taken for a malicious one.
const MAX_DIRECTORIES: usize = 1_000_000;

/// How much of a file to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Want {
    /// Only what leads to this tree (`dir/tree;cycle`); everything if it is not there.
    Tree(String),
    /// All directories.
    Everything,
}

/// Finds out what is in a file, asking for bytes as it goes.
#[derive(Debug)]
pub struct FileOpener {
    fetched: Fetched,
    want: Want,
    header: Option<Header>,
    classes: Option<Arc<Registry>>,
    listing: Option<Listing>,
}

#[derive(Debug, Default)]
struct Listing {
    to_list: VecDeque<(String, Directory)>,
    /// Directories off the way to the wanted tree.
    put_off: VecDeque<ObjectKey>,
    /// Directories on the way, their records not read yet.
    to_enter: VecDeque<ObjectKey>,
    seen: HashSet<u64>,
    objects: Vec<ObjectKey>,
    recovery: Option<Recovery>,
    recovered: bool,
    /// Record of the class descriptions of an unclosed file, whose header does not tell.
    class_list: Option<ObjectKey>,
    top_at: u64,
}

impl FileOpener {
    /// An opener of a file of `file_bytes` bytes, none of which it has yet.
    #[must_use]
    pub fn new(file_bytes: u64, want: Want) -> Self {
        let fetched = Fetched::new(file_bytes);
        Self {
            fetched,
            want,
            header: None,
            classes: None,
            listing: None,
        }
    }

    /// Adds bytes that start at byte `at` of the file; more than was asked for is welcome.
    pub fn feed(&mut self, at: u64, bytes: Bytes) {
        self.fetched.insert(at, bytes);
    }

    /// Goes on until bytes are missing or all is known.
    ///
    /// # Errors
    ///
    /// If the file is no ROOT file, is cut off or malformed.
    pub fn step(&mut self) -> Result<Step<FileIndex>> {
        let file_bytes = self.fetched.file_bytes();
        if file_bytes == 0 {
            return Err(RootError::Empty);
        }
        Halt::step(self.advance()).map_err(|error| {
            let whole = self.header.as_ref().map_or(0, |header| header.end);
            blamed(error, file_bytes, whole)
        })
    }

    fn advance(&mut self) -> Result<FileIndex, Halt> {
        let header = match &self.header {
            Some(header) => header.clone(),
            None => {
                let bytes = self.fetched.get_up_to(0, HEADER_BYTES)?;
                self.header.insert(Header::parse(&bytes)?).clone()
            }
        };
        if self.listing.is_none() {
            self.listing = Some(self.first_listing(&header)?);
        }
        if let Some(listing) = &mut self.listing {
            listing.run(&self.fetched, &self.want)?;
        }
        let classes = self.read_classes(&header)?;
        let listing = self.listing.take().unwrap_or_default();
        Ok(FileIndex {
            uuid: header.uuid,
            root_version: header.root_version,
            objects: listing.objects,
            recovered: listing.recovered,
            file_bytes: self.fetched.file_bytes(),
            whole_bytes: header.end,
            classes,
        })
    }

    fn first_listing(&self, header: &Header) -> Result<Listing, Halt> {
        let top = Directory::read(&self.fetched, header.begin + header.name_bytes)?;
        let closed = top.has_keys() && header.end <= self.fetched.file_bytes();
        let (to_list, recovery) = if closed {
            (VecDeque::from([(String::new(), top.clone())]), None)
        } else {
            (VecDeque::new(), Some(Recovery::new(header.begin)))
        };
        Ok(Listing {
            to_list,
            put_off: VecDeque::new(),
            to_enter: VecDeque::new(),
            seen: HashSet::from([top.at]),
            objects: Vec::new(),
            recovered: !closed,
            recovery,
            class_list: None,
            top_at: top.at,
        })
    }

    fn read_classes(&mut self, header: &Header) -> Result<Arc<Registry>, Halt> {
        if let Some(classes) = &self.classes {
            return Ok(Arc::clone(classes));
        }
        let found = self
            .listing
            .as_ref()
            .and_then(|listing| listing.class_list.as_ref());
        let (at, bytes) = match found {
            Some(key) => (key.at, key.record_bytes),
            None => (header.info_at, header.info_bytes),
        };
        let registry = if at == 0 || bytes == 0 {
            Registry::builtin()
        } else {
            let record = self.fetched.get(at, bytes)?;
            let key = KeyHeader::parse(&mut Cursor::new(&record, at))?;
            let parts = key.split(&record)?;
            Registry::parse(&unpacked_payload(&record, &key)?, parts.key_bytes)?
        };
        Ok(Arc::clone(self.classes.insert(Arc::new(registry))))
    }
}

impl Listing {
    /// Lists until the wanted tree is found.
    fn run(&mut self, fetched: &Fetched, want: &Want) -> Result<(), Halt> {
        if let Some(recovery) = &mut self.recovery {
            let recovered = recovery.run(fetched, self.top_at)?;
            for key in recovered.objects {
                self.file(key, want);
            }
            self.recovery = None;
            self.class_list = recovered.class_list;
        }
        loop {
            if let Some((path, directory)) = self.to_list.front() {
                let keys = directory.keys(fetched, path)?;
                self.to_list.pop_front();
                for key in keys {
                    self.file(key, want);
                }
            } else if let Some(key) = self.to_enter.front() {
                let directory = directory_of(fetched, key)?;
                let path = key.path.clone();
                self.to_enter.pop_front();
                // A directory that was listed before closes a circle.
                if self.seen.insert(directory.at) && directory.has_keys() {
                    if self.seen.len() > MAX_DIRECTORIES {
                        let why = format!("more than {MAX_DIRECTORIES} directories");
                        return Err(RootError::malformed("file", directory.at, why).into());
                    }
                    self.to_list.push_back((path, directory));
                }
            } else if self.put_off.is_empty() || self.is_found(want) {
                return Ok(());
            } else {
                self.to_enter.append(&mut self.put_off);
            }
        }
    }

    fn file(&mut self, key: ObjectKey, want: &Want) {
        if !key.is_directory() {
            self.objects.push(key);
        } else if leads_to(&key.path, want) {
            self.to_enter.push_back(key);
        } else {
            self.put_off.push_back(key);
        }
    }

    fn is_found(&self, want: &Want) -> bool {
        match want {
            Want::Everything => false,
            Want::Tree(name) => {
                let (path, _) = split_cycle(name.trim_start_matches('/'));
                self.objects.iter().any(|key| key.path == path)
            }
        }
    }
}

fn leads_to(directory: &str, want: &Want) -> bool {
    match want {
        Want::Everything => true,
        Want::Tree(name) => name
            .trim_start_matches('/')
            .strip_prefix(directory)
            .is_some_and(|rest| rest.starts_with('/')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_directories_on_the_way_are_entered_first() {
        let want = Want::Tree("/a/b/tree".to_owned());

        assert!(leads_to("a", &want) && leads_to("a/b", &want));
        assert!(!leads_to("ab", &want) && !leads_to("b", &want));
    }
}
