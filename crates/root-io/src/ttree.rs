//! STUB of the API.
use std::ops::Range;
use std::sync::Arc;
use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Field};
use bytes::Bytes;
use crate::{Result, RootError};

/// A tree: its entries, clusters and columns.
#[derive(Debug)]
pub struct Tree {
    /// Path in the file.
    pub path: String,
    /// Title.
    pub title: String,
    /// Number of entries.
    pub entries: u64,
    /// Entry numbers where clusters start, ascending, first 0, then `entries` (absent if 0 entries: `[0]`).
    pub cluster_borders: Vec<u64>,
    /// All columns, in the file's order; names are unique.
    pub columns: Vec<Arc<Column>>,
}

impl Tree {
    /// Column by name (hashed).
    pub fn column(&self, _name: &str) -> Option<&Arc<Column>> { unimplemented!() }
    /// Approximate bytes of memory this description holds.
    pub fn memory_bytes(&self) -> usize { unimplemented!() }
}

/// One column: a branch, or a leaf of one.
#[derive(Debug)]
pub struct Column {
    /// SQL name.
    pub name: String,
    /// Path of the branch, segments joined with `/`, as ROOT prints it.
    pub branch: String,
    /// C++ type.
    pub cpp_type: String,
    /// Codec and level of the branch, e.g. `zstd 5`.
    pub codec: String,
    /// Baskets in entry order, without gaps; empty ones left out.
    pub baskets: Vec<Basket>,
    /// Bytes on disk, keys included (`fZipBytes`).
    pub zip_bytes: u64,
    /// Bytes unpacked (`fTotBytes`).
    pub tot_bytes: u64,
    /// Something the user should know, e.g. that the name was changed to make it unique.
    pub note: Option<String>,
}

impl Column {
    /// Arrow field (never nullable), or why the column cannot be read (`Unsupported` with file-less place).
    pub fn field(&self) -> Result<Field, RootError> { unimplemented!() }
    /// Arrow type if supported.
    pub fn data_type(&self) -> Option<&DataType> { unimplemented!() }
    /// Indices of the baskets that hold any of these entries.
    pub fn baskets_of(&self, _entries: Range<u64>) -> Range<usize> { unimplemented!() }
}

/// One basket.
#[derive(Debug, Clone)]
pub struct Basket {
    /// First entry.
    pub first_entry: u64,
    /// One past the last entry.
    pub end_entry: u64,
    /// Where its bytes are.
    pub place: BasketPlace,
}

/// Where the bytes of a basket are.
#[derive(Debug, Clone)]
pub enum BasketPlace {
    /// In the file, key included.
    File(Range<u64>),
    /// Inside the tree's own record (embedded or recovered); nothing to fetch, nothing to feed.
    Memory(Bytes),
}

/// Decodes one column, batch by batch.
#[derive(Debug)]
pub struct ColumnReader {}

impl ColumnReader {
    /// A reader with no bytes yet. `read_text_as_binary`: a Utf8 column comes as Binary.
    pub fn new(_column: Arc<Column>, _text_as_binary: bool) -> Self { unimplemented!() }
    /// Gives it the bytes of a `BasketPlace::File` basket.
    pub fn feed(&mut self, _basket: usize, _bytes: Bytes) { unimplemented!() }
    /// Arrow array of these entries, compact (lists own their child). Calls must ascend;
    /// entries may be skipped. Baskets wholly before `entries` are forgotten.
    ///
    /// # Errors
    /// Malformed bytes; `NotUtf8`; a basket that was not fed. Place: branch and basket.
    pub fn read(&mut self, _entries: Range<u64>) -> Result<ArrayRef> { unimplemented!() }
    /// Unpacked bytes so far.
    pub fn unpacked_bytes(&self) -> u64 { unimplemented!() }
    /// Baskets unpacked so far.
    pub fn unpacked_baskets(&self) -> u64 { unimplemented!() }
}
