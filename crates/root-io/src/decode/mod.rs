//! Decoders: from unpacked baskets to Arrow arrays, one decoder for each way of storing an entry.
//!
//! | layout | stored as | Arrow |
//! |---|---|---|
//! | [`Layout::Fixed`] | the same number of values in every entry | primitive or fixed-size list |
//! | [`Layout::Counted`] | as many values as fit the entry, perhaps after a header | list |
//! | [`Layout::Streamed`] | strings, nested vectors, leaf lists: read one after the other | any |
//!
//! A decoder is called once for a basket's part of a batch, so the cost of choosing it is shared
//! by thousands of values.

mod counted;
mod fixed;
pub(crate) mod item;
pub(crate) mod range;
mod streamed;
mod swap;

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, FixedSizeListArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field};

use crate::error::{Result, RootError};
use crate::ttree::basket::OpenBasket;
pub(crate) use item::Item;
use item::dispatch_item;
pub(crate) use streamed::{Prefix, Shape, text_array};

/// How the entries of a column are stored.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Layout {
    /// `dims` values in every entry.
    Fixed { item: Item, dims: Vec<usize> },
    /// Lists of `dims` values, each entry's after `header_bytes` that need no reading.
    Counted {
        item: Item,
        dims: Vec<usize>,
        header: CountedHeader,
    },
    /// Values that must be read to know where they end.
    Streamed { prefix: Prefix, shape: Shape },
}

/// What stands in front of each entry's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CountedHeader {
    /// Nothing: `x[n]`.
    None,
    /// One byte: a member `float* x; //[n]`.
    Pointer,
    /// Byte count, version and number of values: `std::vector<float>`.
    Vector,
}

impl CountedHeader {
    pub(crate) fn bytes(self) -> usize {
        match self {
            Self::None => 0,
            Self::Pointer => 1,
            Self::Vector => 10,
        }
    }
}

impl Layout {
    /// The Arrow type of a column stored like this.
    pub(crate) fn data_type(&self, text_as_binary: bool) -> DataType {
        match self {
            Self::Fixed { item, dims } => fixed_size_lists(item.data_type(), dims),
            Self::Counted { item, dims, .. } => {
                DataType::List(list_item(fixed_size_lists(item.data_type(), dims)))
            }
            Self::Streamed { shape, .. } => shape.data_type(text_as_binary),
        }
    }

    /// A decoder for columns stored like this.
    pub(crate) fn decoder(&self, text_as_binary: bool) -> Box<dyn Decoder> {
        match self {
            Self::Fixed { item, dims } => dispatch_item!(*item, reader => {
                Box::new(fixed::FixedDecoder::new(reader, dims.clone())) as Box<dyn Decoder>
            }),
            Self::Counted { item, dims, header } => dispatch_item!(*item, reader => {
                Box::new(counted::CountedDecoder::new(reader, dims.clone(), *header))
                    as Box<dyn Decoder>
            }),
            Self::Streamed { prefix, shape } => Box::new(streamed::StreamedDecoder::new(
                *prefix,
                shape,
                text_as_binary,
            )),
        }
    }

    /// Bytes of `count` values of an `x[n]` entry.
    pub(crate) fn counted_bytes(&self, count: u64) -> Option<u64> {
        match self {
            Self::Counted { item, dims, header } => {
                let per_value = (item.stored_bytes() * dims.iter().product::<usize>()) as u64;
                count
                    .checked_mul(per_value)?
                    .checked_add(header.bytes() as u64)
            }
            Self::Fixed { .. } | Self::Streamed { .. } => None,
        }
    }
}

/// Collects entries from baskets into an array.
pub(crate) trait Decoder: Send {
    /// Makes room for a batch of these entries and, if that is known, this many bytes of values, so
    /// that baskets which share a batch need not move what is there.
    fn begin(&mut self, _entries: usize, _value_bytes: Option<usize>) {}

    /// Appends the entries `entries` of a basket.
    fn append(&mut self, basket: &OpenBasket, entries: Range<usize>) -> Result<()>;

    /// The array of all that was appended; the decoder is empty afterwards.
    fn finish(&mut self) -> Result<ArrayRef>;

    /// Appends the values of entries that another column has counted; it is left to
    /// [`Self::finish_with`] to say how they are shared out.
    fn append_values(&mut self, _raw: &[u8]) -> Result<()> {
        Err(not_counted())
    }

    /// As [`Self::finish`] with the offsets of another column of the same counter.
    fn finish_with(&mut self, _offsets: OffsetBuffer<i32>) -> Result<ArrayRef> {
        Err(not_counted())
    }
}

/// Memory is reserved for this many values before they are seen.
pub(crate) const MOST_RESERVED: usize = 1 << 20;

/// The field of list elements: never null, since ROOT has no missing values.
pub(crate) fn list_item(data_type: DataType) -> Arc<Field> {
    Arc::new(Field::new_list_field(data_type, false))
}

fn fixed_size_lists(item: DataType, dims: &[usize]) -> DataType {
    dims.iter().rev().fold(item, |inner, &n| {
        DataType::FixedSizeList(list_item(inner), i32::try_from(n).unwrap_or(i32::MAX))
    })
}

/// Wraps values in fixed-size lists, the innermost dimension first.
fn in_fixed_size_lists(values: ArrayRef, dims: &[usize]) -> Result<ArrayRef> {
    dims.iter().rev().try_fold(values, |inner, &n| {
        let size = i32::try_from(n)
            .map_err(|_| RootError::malformed("array", 0, format!("a dimension of {n}")))?;
        let field = list_item(inner.data_type().clone());
        let list = FixedSizeListArray::try_new(field, size, inner, None).map_err(arrow_error)?;
        Ok(Arc::new(list) as ArrayRef)
    })
}

/// Arrow refuses what a decoder should never build; the message is all there is to say.
#[expect(clippy::needless_pass_by_value, reason = "used with map_err")]
pub(crate) fn arrow_error(error: arrow::error::ArrowError) -> RootError {
    RootError::malformed("column", 0, error.to_string())
}

fn not_counted() -> RootError {
    RootError::malformed("column", 0, "its entries are not counted by another column")
}

pub(crate) fn too_long() -> RootError {
    RootError::malformed(
        "column",
        0,
        "a batch has more than 2^31 values; read fewer entries at once",
    )
}
