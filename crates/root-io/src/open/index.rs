//! What a file holds, once it is listed.

use std::sync::Arc;

use super::key::ObjectKey;
use crate::error::{Result, RootError};
use crate::streamer::Registry;

/// What is in a file: its keys and its class descriptions.
#[derive(Debug, Clone)]
pub struct FileIndex {
    /// UUID in the header, as hexadecimal digits.
    pub uuid: String,
    /// Version of the ROOT that wrote the file, e.g. 63206 for 6.32/06.
    pub root_version: u32,
    /// Every key that was listed, directories left out.
    pub objects: Vec<ObjectKey>,
    /// True if the file was never closed and its records were found one by one.
    pub recovered: bool,
    pub(crate) file_bytes: u64,
    /// Bytes the file had when its header was written.
    pub(super) whole_bytes: u64,
    pub(crate) classes: Arc<Registry>,
}

impl FileIndex {
    /// The tree of this name (`dir/tree` or `dir/tree;cycle`); `None` means the only one there is.
    ///
    /// # Errors
    ///
    /// [`RootError::NoSuchTree`] and [`RootError::WhichTree`], both with the names there are;
    /// [`RootError::CutOff`] if it may be in a part of the file that is not there.
    pub fn find_tree(&self, name: Option<&str>) -> Result<&ObjectKey> {
        let trees = self.trees();
        let there_are = || trees.iter().map(|key| key.path.clone()).collect::<Vec<_>>();
        let Some(name) = name else {
            return match trees[..] {
                [only] => Ok(only),
                [] => Err(self.blamed(RootError::WhichTree { there_are: vec![] })),
                _ => Err(RootError::WhichTree {
                    there_are: there_are(),
                }),
            };
        };
        let (path, cycle) = split_cycle(name.trim_start_matches('/'));
        let found = match cycle {
            None => trees.iter().copied().find(|key| key.path == path),
            Some(cycle) => self
                .all_trees()
                .find(|key| key.path == path && key.cycle == cycle),
        };
        found.ok_or_else(|| {
            self.blamed(RootError::NoSuchTree {
                wanted: name.to_owned(),
                there_are: match cycle {
                    None => there_are(),
                    Some(_) => self.all_trees().map(ObjectKey::spelled).collect(),
                },
            })
        })
    }

    /// The error, or that the file is cut off: then that is why.
    pub(super) fn blamed(&self, error: RootError) -> RootError {
        blamed(error, self.file_bytes, self.whole_bytes)
    }

    /// All trees and ntuples in the order of the file, of each path the highest cycle.
    #[must_use]
    pub fn trees(&self) -> Vec<&ObjectKey> {
        let mut trees: Vec<&ObjectKey> = Vec::new();
        let mut place = std::collections::HashMap::new();
        for key in self.all_trees() {
            match place.get(key.path.as_str()) {
                None => {
                    place.insert(key.path.as_str(), trees.len());
                    trees.push(key);
                }
                Some(&i) => {
                    if trees[i].cycle < key.cycle {
                        trees[i] = key;
                    }
                }
            }
        }
        trees
    }

    fn all_trees(&self) -> impl Iterator<Item = &ObjectKey> {
        self.objects
            .iter()
            .filter(|key| key.is_ttree() || key.is_rntuple())
    }
}

/// See [`FileIndex::blamed`].
pub(super) fn blamed(error: RootError, there: u64, whole: u64) -> RootError {
    if whole > there {
        return RootError::CutOff { there, whole };
    }
    error
}

/// `name;3` as name and cycle; what follows a `;` without being a number belongs to the name.
pub(super) fn split_cycle(name: &str) -> (&str, Option<u16>) {
    match name.rsplit_once(';') {
        Some((path, cycle)) => match cycle.parse() {
            Ok(cycle) => (path, Some(cycle)),
            Err(_) => (name, None),
        },
        None => (name, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cycle_is_a_number_behind_a_semicolon() {
        assert_eq!(split_cycle("dir/tree;2"), ("dir/tree", Some(2)));
        assert_eq!(split_cycle("odd;name"), ("odd;name", None));
    }
}
