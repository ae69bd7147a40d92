//! What is known of a tree or an RNTuple before any basket or page is read.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field};

use crate::decode::Layout;
use crate::error::{Result, RootError};
use crate::rntuple::FieldLayout;
use crate::ttree::raw::RawBasket;

/// Key of an Arrow field's metadata: [`Column::parts`].
pub const PATH_KEY: &str = "hepframe.path";

/// A tree or an RNTuple: its entries, clusters and columns.
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
                    BasketPlace::File(_) | BasketPlace::Pages => 0,
                    BasketPlace::Memory(basket) => basket.0.bytes.len(),
                })
                .sum();
            size_of::<Column>()
                + 2 * column.name.len()
                + column.branch.len()
                + column.cpp_type.len()
                + column.parts.as_ref().map_or(0, String::len)
                + column.baskets.len() * size_of::<Basket>()
                + column.pages_bytes()
                + embedded
        };
        self.cluster_borders.len() * 8 + self.columns.iter().map(of_column).sum::<usize>()
    }
}

/// One column: a branch with its own baskets, or a field with its pages.
#[derive(Debug)]
pub struct Column {
    /// Name in SQL: the path joined with `.`, see `docs/adr/0002-flat-dotted-columns.md`.
    pub name: String,
    /// Names of the branch and those above it, joined with `/`; of a field, joined with `.`.
    pub branch: String,
    /// C++ type, as ROOT names it.
    pub cpp_type: String,
    /// Codec and level it was written with, e.g. `zstd 5`.
    pub codec: String,
    /// Baskets in the order of entries, without gaps; empty ones left out.
    ///
    /// Of a field: where its outermost pages end; what must be fed is told by
    /// [`ColumnReader::pages_wanted`](super::ColumnReader::pages_wanted).
    pub baskets: Vec<Basket>,
    /// Bytes in the file, keys included.
    pub zip_bytes: u64,
    /// Bytes when unpacked, keys included.
    pub tot_bytes: u64,
    /// Something a user should know, e.g. that the name was changed to make it unique.
    pub note: Option<String>,
    /// What this column is a part of, if a field of an RNTuple became several columns: the path
    /// from the top-level field down, with `[]` after the name of a collection, e.g. `Muon[].pt`
    /// or `evt.hits[].e`. Columns of one top-level field together make it up.
    pub parts: Option<String>,
    pub(crate) stored: Result<Stored, RootError>,
    /// Number of the leaf, or of the column of offsets, that counts; columns of one number have
    /// lists of the same lengths.
    pub(crate) counted_by: Option<usize>,
}

/// How the entries of a column are stored.
#[derive(Debug)]
pub(crate) enum Stored {
    /// In the baskets of a branch.
    Branch(StoredBranch),
    /// In the pages of an RNTuple.
    Field(FieldLayout),
}

/// A branch of a `TTree`.
#[derive(Debug)]
pub(crate) struct StoredBranch {
    pub(crate) layout: Layout,
    /// The column that holds the number of values of each entry, where baskets do not say.
    pub(crate) counter: Option<Arc<Column>>,
    pub(crate) root_version: u32,
}

impl Stored {
    fn data_type(&self, text_as_binary: bool) -> DataType {
        match self {
            Self::Branch(branch) => branch.layout.data_type(text_as_binary),
            Self::Field(field) => field.data_type(text_as_binary),
        }
    }

    fn is_nullable(&self) -> bool {
        match self {
            Self::Branch(_) => false,
            Self::Field(field) => field.is_nullable(),
        }
    }
}

impl Column {
    /// The Arrow field; nullable only if the type in C++ is, e.g. `std::optional`.
    ///
    /// Its metadata hold [`parts`](Self::parts) under [`PATH_KEY`].
    ///
    /// # Errors
    ///
    /// [`RootError::Unsupported`] or [`RootError::Malformed`] if the column cannot be read.
    pub fn field(&self) -> Result<Field> {
        let stored = self.stored.as_ref().map_err(Clone::clone)?;
        let field = Field::new(&self.name, stored.data_type(false), stored.is_nullable());
        let path = |path: &String| (PATH_KEY.to_owned(), path.clone());
        Ok(field.with_metadata(self.parts.iter().map(path).collect()))
    }

    /// The Arrow type, if the column can be read.
    #[must_use]
    pub fn data_type(&self) -> Option<DataType> {
        self.stored
            .as_ref()
            .ok()
            .map(|stored| stored.data_type(false))
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

    /// True if this is a field of an RNTuple: its reader says which
    /// [pages](super::ColumnReader::pages_wanted) it lacks, there are no baskets to feed.
    #[must_use]
    pub fn is_in_pages(&self) -> bool {
        matches!(self.stored, Ok(Stored::Field(_)))
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
        let root_version = self.stored_branch()?.root_version;
        let end = crate::ttree::basket::OpenBasket::values_end(head, root_version)?;
        u64::try_from(end).ok()
    }

    /// The column whose values are needed to find this one's entries, where baskets do not say.
    ///
    /// Its baskets over the whole range of each basket of this column must be fed as well,
    /// with [`ColumnReader::feed_counter`](super::ColumnReader::feed_counter).
    #[must_use]
    pub fn counter(&self) -> Option<&Arc<Self>> {
        self.stored_branch()?.counter.as_ref()
    }

    pub(crate) fn stored_branch(&self) -> Option<&StoredBranch> {
        match &self.stored {
            Ok(Stored::Branch(branch)) => Some(branch),
            _ => None,
        }
    }

    /// Memory that the places of a field's pages take.
    fn pages_bytes(&self) -> usize {
        match &self.stored {
            Ok(Stored::Field(field)) => field.memory_bytes(),
            _ => 0,
        }
    }
}

/// One basket, or the entries of one of a field's outermost pages.
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
    /// In pages, one or more for each column of an RNTuple's field; see
    /// [`ColumnReader::pages_wanted`](super::ColumnReader::pages_wanted).
    Pages,
}

/// A basket that was kept in its branch.
#[derive(Debug, Clone)]
pub struct EmbeddedBasket(pub(crate) Arc<RawBasket>);
