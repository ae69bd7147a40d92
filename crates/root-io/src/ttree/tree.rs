//! What is known of a tree before any basket is read.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field};

use super::raw::RawBasket;
use crate::decode::Layout;
use crate::error::{Result, RootError};

/// A tree: its entries, clusters and columns.
#[derive(Debug)]
pub struct Tree {
    /// Path in the file.
    pub path: String,
    /// Title given by the writer.
    pub title: String,
    /// Number of entries.
    pub entries: u64,
    /// Entries at which clusters start, ascending from 0, and at last the number of entries.
    pub cluster_borders: Vec<u64>,
    /// All columns in the order of the file; no two have the same name.
    pub columns: Vec<Arc<Column>>,
    by_name: HashMap<String, usize>,
}

impl Tree {
    pub(crate) fn new(
        path: String,
        title: String,
        entries: u64,
        cluster_borders: Vec<u64>,
        columns: Vec<Arc<Column>>,
    ) -> Self {
        let by_name = columns
            .iter()
            .enumerate()
            .map(|(i, c)| (c.name.clone(), i))
            .collect();
        Self {
            path,
            title,
            entries,
            cluster_borders,
            columns,
            by_name,
        }
    }

    /// The column of this name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Arc<Column>> {
        self.by_name.get(name).map(|&i| &self.columns[i])
    }

    /// Bytes of memory that this description holds, roughly.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        let of_column = |column: &Arc<Column>| {
            let embedded: usize = column
                .baskets
                .iter()
                .map(|basket| match &basket.place {
                    BasketPlace::File(_) => 0,
                    BasketPlace::Memory(basket) => basket.0.bytes.len(),
                })
                .sum();
            size_of::<Column>()
                + 2 * column.name.len()
                + column.branch.len()
                + column.cpp_type.len()
                + column.baskets.len() * size_of::<Basket>()
                + embedded
        };
        self.cluster_borders.len() * 8 + self.columns.iter().map(of_column).sum::<usize>()
    }
}

/// One column: a branch with its own baskets.
#[derive(Debug)]
pub struct Column {
    /// Name in SQL: the path joined with `.`, see `docs/adr/0002-flat-dotted-columns.md`.
    pub name: String,
    /// Names of the branch and those above it, joined with `/`.
    pub branch: String,
    /// C++ type, as ROOT names it.
    pub cpp_type: String,
    /// Codec and level the branch was written with, e.g. `zstd 5`.
    pub codec: String,
    /// Baskets in the order of entries, without gaps; empty ones left out.
    pub baskets: Vec<Basket>,
    /// Bytes in the file, keys included.
    pub zip_bytes: u64,
    /// Bytes when unpacked, keys included.
    pub tot_bytes: u64,
    /// Something a user should know, e.g. that the name was changed to make it unique.
    pub note: Option<String>,
    pub(crate) layout: Result<Layout, RootError>,
    /// The column that holds the number of values of each entry, where baskets do not say.
    pub(crate) counter: Option<Arc<Column>>,
    /// Number of the leaf that counts; columns of one number have lists of the same lengths.
    pub(crate) counted_by: Option<usize>,
    pub(crate) root_version: u32,
}

impl Column {
    /// The Arrow field, never nullable.
    ///
    /// # Errors
    ///
    /// [`RootError::Unsupported`] or [`RootError::Malformed`] if the column cannot be read.
    pub fn field(&self) -> Result<Field> {
        match &self.layout {
            Ok(layout) => Ok(Field::new(&self.name, layout.data_type(false), false)),
            Err(error) => Err(error.clone()),
        }
    }

    /// The Arrow type, if the column can be read.
    #[must_use]
    pub fn data_type(&self) -> Option<DataType> {
        self.layout
            .as_ref()
            .ok()
            .map(|layout| layout.data_type(false))
    }

    /// Indices of the baskets that hold any of these entries.
    #[must_use]
    pub fn baskets_of(&self, entries: Range<u64>) -> Range<usize> {
        let first = self
            .baskets
            .partition_point(|basket| basket.end_entry <= entries.start);
        let end = self
            .baskets
            .partition_point(|basket| basket.first_entry < entries.end);
        first..end.max(first)
    }

    /// True if both are lists that the same branch counts, so that reading them over the same
    /// entries with one [`SharedOffsets`](super::SharedOffsets) needs one entry table.
    #[must_use]
    pub fn is_counted_like(&self, other: &Self) -> bool {
        self.counted_by.is_some() && self.counted_by == other.counted_by
    }

    /// How many bytes of a basket's record suffice to read its values from the first entry on,
    /// where another column [tells](Self::is_counted_like) their entries; `None` for all.
    ///
    /// `head` is the record's beginning, some hundred bytes.
    #[must_use]
    pub fn values_end(&self, head: &[u8]) -> Option<u64> {
        let end = super::basket::OpenBasket::values_end(head, self.root_version)?;
        u64::try_from(end).ok()
    }

    /// The column whose values are needed to find this one's entries, where baskets do not say.
    ///
    /// Its baskets over the whole range of each basket of this column must be fed as well,
    /// with [`ColumnReader::feed_counter`](super::ColumnReader::feed_counter).
    #[must_use]
    pub fn counter(&self) -> Option<&Arc<Self>> {
        self.counter.as_ref()
    }
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
    /// In the tree's own record; there is nothing to fetch and nothing to feed.
    Memory(EmbeddedBasket),
}

/// A basket that was kept in its branch.
#[derive(Debug, Clone)]
pub struct EmbeddedBasket(pub(crate) Arc<RawBasket>);
