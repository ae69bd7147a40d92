//! How the values of a field are made of columns of elements.
//!
//! ```text
//! std::vector<float>    List   ─ offsets: Index64 ┌ 2 2 5 …┐   where each entry's items end
//!                         └ Number ─ Real32       └ 41. 27. 8. 30. 12. …┘
//! ```
//!
//! Offsets count within their cluster: in each cluster they begin at 0 again. So everything here
//! counts elements within a cluster.

use std::ops::Range;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, UnionFields, UnionMode};

use super::elements::Encoding;
use super::known_offsets::KnownOffsets;
use crate::decode::list_item;

/// How a field's values are stored, and so which Arrow type they have.
#[derive(Debug, Clone)]
pub(crate) enum FieldLayout {
    /// One element each; `data_type` is a number or `Boolean`, as the type in C++ says.
    Number {
        column: Arc<PhysicalColumn>,
        data_type: DataType,
    },
    /// `std::string`: offsets and bytes.
    Text {
        offsets: Arc<PhysicalColumn>,
        bytes: Arc<PhysicalColumn>,
    },
    /// `std::vector` and the like: offsets and items.
    List {
        offsets: Arc<PhysicalColumn>,
        item: Box<Self>,
    },
    /// `std::array`, `T[n]`, `std::bitset`: `length` items each, without offsets.
    Array { length: u32, item: Box<Self> },
    /// The number of items that `offsets` tell: `RNTupleCardinality`; `data_type` is `UInt32` or
    /// `UInt64`.
    Cardinality {
        offsets: Arc<PhysicalColumn>,
        data_type: DataType,
    },
    /// A class, `std::pair`, `std::tuple`: all members have as many values.
    Record { members: Vec<(String, Self)> },
    /// `std::optional`, `std::unique_ptr`: offsets that grow by 0 or 1, and the values there are.
    Optional {
        offsets: Arc<PhysicalColumn>,
        item: Box<Self>,
    },
    /// `std::variant`: which alternative (from 1, 0 for none) and where in its values.
    Variant {
        switch: Arc<PhysicalColumn>,
        alternatives: Vec<Self>,
    },
}

/// A column as an RNTuple stores it: one kind of element, cut into pages.
#[derive(Debug)]
pub(crate) struct PhysicalColumn {
    /// Number of the column in the RNTuple; columns of one number are the same.
    pub(crate) id: usize,
    /// For each cluster of the tree its elements.
    pub(crate) clusters: Vec<ClusterPages>,
    /// Of a column of offsets: those that its readers need to find items.
    pub(crate) known_offsets: KnownOffsets,
}

/// The elements of a column in one cluster.
#[derive(Debug, PartialEq)]
pub(crate) struct ClusterPages {
    pub(crate) encoding: Encoding,
    /// Number of elements, of all pages together.
    pub(crate) elements: u64,
    /// In the order of elements, without gaps, none of them empty.
    pub(crate) pages: Vec<Page>,
}

/// A run of elements that is packed together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page {
    /// Elements, counted from the beginning of the cluster.
    pub(crate) elements: Range<u64>,
    pub(crate) place: PagePlace,
}

/// Where the bytes of a page are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PagePlace {
    /// In the file, its checksum included.
    File {
        bytes: Range<u64>,
        /// The last 8 bytes are the XXH3 of those before.
        has_checksum: bool,
    },
    /// Nowhere: all elements are 0. So are those of a column that was added after the cluster was
    /// written.
    Zero,
}

impl FieldLayout {
    /// The Arrow type; `text_as_binary` gives `Binary` where there is text.
    pub(crate) fn data_type(&self, text_as_binary: bool) -> DataType {
        match self {
            Self::Number { data_type, .. } | Self::Cardinality { data_type, .. } => {
                data_type.clone()
            }
            Self::Text { .. } if text_as_binary => DataType::Binary,
            Self::Text { .. } => DataType::Utf8,
            Self::List { item, .. } => DataType::List(item.list_item(text_as_binary)),
            Self::Array { length, item } => DataType::FixedSizeList(
                item.list_item(text_as_binary),
                i32::try_from(*length).unwrap_or(i32::MAX),
            ),
            Self::Record { members } => {
                let field = |(name, member): &(String, Self)| member.field(name, text_as_binary);
                DataType::Struct(members.iter().map(field).collect::<Fields>())
            }
            Self::Optional { item, .. } => item.data_type(text_as_binary),
            Self::Variant { alternatives, .. } => DataType::Union(
                variant_fields(alternatives, text_as_binary),
                UnionMode::Dense,
            ),
        }
    }

    /// True if values may be missing.
    pub(crate) fn is_nullable(&self) -> bool {
        matches!(self, Self::Optional { .. })
    }

    /// The Arrow field of this name.
    pub(crate) fn field(&self, name: &str, text_as_binary: bool) -> Field {
        Field::new(name, self.data_type(text_as_binary), self.is_nullable())
    }

    /// The Arrow field of this, as the item of a list.
    pub(crate) fn list_item(&self, text_as_binary: bool) -> Arc<Field> {
        let item = list_item(self.data_type(text_as_binary));
        if self.is_nullable() {
            return Arc::new(item.as_ref().clone().with_nullable(true));
        }
        item
    }

    /// Bytes of memory that the places of the pages take, roughly; columns that fields share
    /// count for each.
    pub(crate) fn memory_bytes(&self) -> usize {
        match self {
            Self::Number { column, .. } => column.memory_bytes(),
            Self::Text { offsets, bytes } => offsets.memory_bytes() + bytes.memory_bytes(),
            Self::List { offsets, item } | Self::Optional { offsets, item } => {
                offsets.memory_bytes() + item.memory_bytes()
            }
            Self::Array { item, .. } => item.memory_bytes(),
            Self::Cardinality { offsets, .. } => offsets.memory_bytes(),
            Self::Record { members } => members.iter().map(|(_, m)| m.memory_bytes()).sum(),
            Self::Variant {
                switch,
                alternatives,
            } => switch.memory_bytes() + alternatives.iter().map(Self::memory_bytes).sum::<usize>(),
        }
    }
}

/// Children of a union: nulls for a variant without a value (type 0), then the alternatives.
pub(crate) fn variant_fields(alternatives: &[FieldLayout], text_as_binary: bool) -> UnionFields {
    let none = (0, Arc::new(Field::new("none", DataType::Null, true)));
    let some = alternatives.iter().zip(1..).map(|(alternative, number)| {
        let field = alternative.field(&format!("_{}", number - 1), text_as_binary);
        (number, Arc::new(field))
    });
    std::iter::once(none).chain(some).collect()
}

impl PhysicalColumn {
    /// The column of this number.
    pub(crate) fn new(id: usize, clusters: Vec<ClusterPages>) -> Self {
        Self {
            id,
            clusters,
            known_offsets: KnownOffsets::default(),
        }
    }

    fn memory_bytes(&self) -> usize {
        let of_cluster = |cluster: &ClusterPages| {
            size_of::<ClusterPages>() + cluster.pages.len() * size_of::<Page>()
        };
        self.clusters.iter().map(of_cluster).sum()
    }
}
