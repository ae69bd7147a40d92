//! STUB of the API.
use std::ops::Range;
use bytes::Bytes;
use crate::{Result, Tree};

/// What an opener needs next.
///
/// Openers never read. They ask for a range, the caller fetches it (from disk,
/// HTTP, XRootD or a test array), calls `feed` and steps again.
#[derive(Debug)]
#[must_use]
pub enum Step<T> {
    /// Fetch these bytes, feed them back and step again. The range lies inside the file.
    NeedBytes(Range<u64>),
    /// Finished.
    Done(T),
}

/// How much of the file to list.
#[derive(Debug, Clone)]
pub enum Want {
    /// Only what is needed to find this tree (`dir/tree;cycle`); everything if it is not there.
    Tree(String),
    /// All directories.
    Everything,
}

/// Key of one object in the file.
#[derive(Debug, Clone)]
pub struct ObjectKey {
    /// Directory path and name, joined with `/`.
    pub path: String,
    /// C++ class.
    pub class: String,
    /// Cycle number.
    pub cycle: u16,
}

impl ObjectKey {
    /// `path;cycle`
    pub fn spelled(&self) -> String { format!("{};{}", self.path, self.cycle) }
    /// TTree, TNtuple, TNtupleD...
    pub fn is_ttree(&self) -> bool { unimplemented!() }
    /// ROOT::RNTuple
    pub fn is_rntuple(&self) -> bool { unimplemented!() }
}

/// What is in a file: its keys and its class descriptions.
#[derive(Debug, Clone)]
pub struct FileIndex {
    /// UUID in the header, as hexadecimal.
    pub uuid: String,
    /// Version of the ROOT that wrote the file, e.g. 63206.
    pub root_version: u32,
    /// Every key listed.
    pub objects: Vec<ObjectKey>,
}

impl FileIndex {
    /// The tree asked for; `None` means the only one there is (the highest cycle).
    ///
    /// # Errors
    /// `NoSuchTree`, `WhichTree`, with the names there are.
    pub fn find_tree(&self, _name: Option<&str>) -> Result<&ObjectKey> { unimplemented!() }
    /// All trees (highest cycles only), TTree and RNTuple.
    pub fn trees(&self) -> Vec<&ObjectKey> { unimplemented!() }
}

/// Finds out what is in a file.
#[derive(Debug)]
pub struct FileOpener {}

impl FileOpener {
    /// `file_bytes` is the length of the file.
    pub fn new(_file_bytes: u64, _want: Want) -> Self { unimplemented!() }
    /// Goes on until bytes are missing or all is known.
    pub fn step(&mut self) -> Result<Step<FileIndex>> { unimplemented!() }
    /// Adds fetched bytes that start at byte `at` of the file; may be more than was asked for.
    pub fn feed(&mut self, _at: u64, _bytes: Bytes) { unimplemented!() }
}

/// Reads the description of one tree.
#[derive(Debug)]
pub struct TreeOpener {}

impl TreeOpener {
    /// `key` comes from `file`.
    ///
    /// # Errors
    /// `Unsupported` if the key is no TTree.
    pub fn new(_file: &FileIndex, _key: &ObjectKey) -> Result<Self> { unimplemented!() }
    /// Goes on until bytes are missing or all is known.
    pub fn step(&mut self) -> Result<Step<Tree>> { unimplemented!() }
    /// As [`FileOpener::feed`].
    pub fn feed(&mut self, _at: u64, _bytes: Bytes) { unimplemented!() }
}
