//! Entries that must be read from front to back: strings, nested vectors, leaf lists.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, ArrowPrimitiveType, BinaryArray, FixedSizeListArray, ListArray, StringArray,
    StructArray, UInt32Array,
};
use arrow::buffer::{Buffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Field, Fields};

use super::item::{Item, ItemReader, dispatch_item};
use super::{Decoder, arrow_error, list_item, too_long};
use crate::cursor::Cursor;
use crate::error::{Result, RootError};
use crate::ttree::basket::OpenBasket;

/// What one value looks like.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shape {
    Item(Item),
    /// Bits of a `TObject`: an unsigned number, and two more bytes if it says so.
    Bits,
    /// Length in one byte, or 255 and the length in four; then the bytes.
    Text,
    /// Length in four bytes, then the bytes: a member `char*`.
    LongText,
    /// A fixed number of values.
    Array(usize, Box<Shape>),
    /// Number of values in four bytes, then the values.
    Vector(Box<Shape>),
    /// Values up to the end of the entry; only as the outermost shape.
    Rest(Box<Shape>),
    /// Values of several shapes, one after the other.
    Record(Vec<(String, Shape)>),
}

/// What stands in front of an entry's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prefix {
    None,
    /// Byte count and version of a streamed object.
    Version,
}

impl Shape {
    pub(crate) fn data_type(&self, text_as_binary: bool) -> DataType {
        match self {
            Self::Item(item) => item.data_type(),
            Self::Bits => DataType::UInt32,
            Self::Text | Self::LongText if text_as_binary => DataType::Binary,
            Self::Text | Self::LongText => DataType::Utf8,
            Self::Array(n, inner) => DataType::FixedSizeList(
                list_item(inner.data_type(text_as_binary)),
                i32::try_from(*n).unwrap_or(i32::MAX),
            ),
            Self::Vector(inner) | Self::Rest(inner) => {
                DataType::List(list_item(inner.data_type(text_as_binary)))
            }
            Self::Record(fields) => DataType::Struct(record_fields(fields, text_as_binary)),
        }
    }
}

fn record_fields(fields: &[(String, Shape)], text_as_binary: bool) -> Fields {
    fields
        .iter()
        .map(|(name, shape)| Field::new(name, shape.data_type(text_as_binary), false))
        .collect()
}

pub(super) struct StreamedDecoder {
    prefix: Prefix,
    builder: Builder,
    /// Empty entries are empty values: strings of no length, collections of no objects.
    may_be_empty: bool,
    starts: Vec<u32>,
}

impl StreamedDecoder {
    pub(super) fn new(prefix: Prefix, shape: &Shape, text_as_binary: bool) -> Self {
        Self {
            prefix,
            builder: Builder::new(shape, text_as_binary),
            may_be_empty: matches!(shape, Shape::Text | Shape::Rest(_)),
            starts: Vec::new(),
        }
    }

    fn append_entry(&mut self, entry: &[u8], at: u32) -> Result<()> {
        if entry.is_empty() && self.may_be_empty {
            return self.builder.read_empty();
        }
        let mut cursor = Cursor::new(entry, u64::from(at));
        if self.prefix == Prefix::Version {
            let version = cursor.version()?;
            if version.member_wise {
                return Err(RootError::unsupported(
                    "collection",
                    "it is streamed member-wise",
                ));
            }
        }
        self.builder.read(&mut cursor)?;
        match cursor.left() {
            0 => Ok(()),
            left => {
                let why = format!("{left} bytes are left at its end");
                Err(RootError::malformed("entry", cursor.at(), why))
            }
        }
    }
}

impl Decoder for StreamedDecoder {
    fn append(&mut self, basket: &OpenBasket, entries: Range<usize>) -> Result<()> {
        let mut starts = std::mem::take(&mut self.starts);
        basket.starts(entries, &mut starts)?;
        let data = basket.data();
        for pair in starts.windows(2) {
            self.append_entry(&data[pair[0] as usize..pair[1] as usize], pair[0])?;
        }
        self.starts = starts;
        Ok(())
    }

    fn finish(&mut self) -> Result<ArrayRef> {
        self.builder.finish()
    }
}

/// Collects the values of one shape.
enum Builder {
    Items(Box<dyn ItemBuilder>),
    Bits(Vec<u32>),
    Text {
        offsets: Vec<i32>,
        bytes: Vec<u8>,
        is_long: bool,
        as_binary: bool,
    },
    Array {
        n: usize,
        inner: Box<Builder>,
    },
    List {
        offsets: Vec<i32>,
        count: usize,
        to_the_end: bool,
        inner: Box<Builder>,
    },
    Record {
        fields: Fields,
        inner: Vec<Builder>,
        len: usize,
    },
}

impl Builder {
    fn new(shape: &Shape, text_as_binary: bool) -> Self {
        match shape {
            Shape::Item(item) => Self::Items(dispatch_item!(*item, reader => {
                Box::new(Items { reader, values: Vec::new() }) as Box<dyn ItemBuilder>
            })),
            Shape::Bits => Self::Bits(Vec::new()),
            Shape::Text | Shape::LongText => Self::Text {
                offsets: vec![0],
                bytes: Vec::new(),
                is_long: *shape == Shape::LongText,
                as_binary: text_as_binary,
            },
            Shape::Array(n, inner) => Self::Array {
                n: *n,
                inner: Box::new(Self::new(inner, text_as_binary)),
            },
            Shape::Vector(inner) | Shape::Rest(inner) => Self::List {
                offsets: vec![0],
                count: 0,
                to_the_end: matches!(shape, Shape::Rest(_)),
                inner: Box::new(Self::new(inner, text_as_binary)),
            },
            Shape::Record(fields) => Self::Record {
                fields: record_fields(fields, text_as_binary),
                inner: fields
                    .iter()
                    .map(|(_, s)| Self::new(s, text_as_binary))
                    .collect(),
                len: 0,
            },
        }
    }

    /// Appends an empty string or list.
    fn read_empty(&mut self) -> Result<()> {
        if let Self::Text { offsets, .. } | Self::List { offsets, .. } = self {
            offsets.extend(offsets.last().copied());
        }
        Ok(())
    }

    /// Reads one value.
    fn read(&mut self, cursor: &mut Cursor<'_>) -> Result<()> {
        self.read_many(cursor, 1)
    }

    /// Reads `n` values; numbers at one go.
    fn read_many(&mut self, cursor: &mut Cursor<'_>, n: usize) -> Result<()> {
        if let Self::Items(items) = self {
            items.extend(cursor.take(n.saturating_mul(items.item_bytes()))?);
            return Ok(());
        }
        for _ in 0..n {
            self.read_one(cursor)?;
        }
        Ok(())
    }

    fn read_one(&mut self, cursor: &mut Cursor<'_>) -> Result<()> {
        match self {
            Self::Items(items) => items.extend(cursor.take(items.item_bytes())?),
            Self::Bits(values) => values.push(cursor.object_bits()?),
            Self::Text {
                offsets,
                bytes,
                is_long,
                ..
            } => {
                bytes.extend_from_slice(match is_long {
                    true => cursor.long_text()?,
                    false => cursor.tstring_bytes()?,
                });
                offsets.push(i32::try_from(bytes.len()).map_err(|_| too_long())?);
            }
            Self::Array { n, inner } => inner.read_many(cursor, *n)?,
            Self::List {
                offsets,
                count,
                to_the_end: true,
                inner,
            } => {
                while cursor.left() > 0 {
                    let before = cursor.pos();
                    inner.read(cursor)?;
                    if cursor.pos() == before {
                        return Err(RootError::malformed("entry", cursor.at(), "empty values"));
                    }
                    *count += 1;
                }
                offsets.push(i32::try_from(*count).map_err(|_| too_long())?);
            }
            Self::List {
                offsets,
                count,
                to_the_end: false,
                inner,
            } => {
                let n = cursor.len_i32("vector")?;
                // Every value takes a byte at least, so a count that lies ends here.
                if n > cursor.left() {
                    let why = format!("{n} values in {} bytes", cursor.left());
                    return Err(RootError::malformed("vector", cursor.at(), why));
                }
                inner.read_many(cursor, n)?;
                *count += n;
                offsets.push(i32::try_from(*count).map_err(|_| too_long())?);
            }
            Self::Record { inner, len, .. } => {
                for builder in inner {
                    builder.read(cursor)?;
                }
                *len += 1;
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<ArrayRef> {
        match self {
            Self::Items(items) => Ok(items.finish()),
            Self::Bits(values) => Ok(Arc::new(UInt32Array::from(std::mem::take(values)))),
            Self::Text {
                offsets,
                bytes,
                as_binary,
                ..
            } => {
                let offsets = std::mem::replace(offsets, vec![0]);
                let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
                text_array(offsets, std::mem::take(bytes), *as_binary)
            }
            Self::Array { n, inner } => {
                let inner = inner.finish()?;
                let size = i32::try_from(*n).map_err(|_| too_long())?;
                let field = list_item(inner.data_type().clone());
                let list = FixedSizeListArray::try_new(field, size, inner, None);
                Ok(Arc::new(list.map_err(arrow_error)?))
            }
            Self::List {
                offsets,
                count,
                inner,
                ..
            } => {
                *count = 0;
                let inner = inner.finish()?;
                let offsets = std::mem::replace(offsets, vec![0]);
                let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
                let field = list_item(inner.data_type().clone());
                let list = ListArray::try_new(field, offsets, inner, None);
                Ok(Arc::new(list.map_err(arrow_error)?))
            }
            Self::Record { fields, inner, len } => {
                let arrays = inner
                    .iter_mut()
                    .map(Self::finish)
                    .collect::<Result<Vec<_>>>()?;
                let len = std::mem::take(len);
                let array = StructArray::try_new_with_length(fields.clone(), arrays, None, len);
                Ok(Arc::new(array.map_err(arrow_error)?))
            }
        }
    }
}

/// Strings, or binary if `as_binary`.
///
/// # Errors
///
/// [`RootError::NotUtf8`] without the name of the column, which its reader knows.
pub(crate) fn text_array(
    offsets: OffsetBuffer<i32>,
    bytes: Vec<u8>,
    as_binary: bool,
) -> Result<ArrayRef> {
    let bytes = Buffer::from(bytes);
    if as_binary {
        let array = BinaryArray::try_new(offsets, bytes, None).map_err(arrow_error)?;
        return Ok(Arc::new(array));
    }
    match StringArray::try_new(offsets, bytes, None) {
        Ok(array) => Ok(Arc::new(array)),
        Err(_) => Err(RootError::NotUtf8 {
            column: String::new(),
        }),
    }
}

/// Collects numbers; one virtual call for each run of them.
trait ItemBuilder: Send {
    fn item_bytes(&self) -> usize;
    fn extend(&mut self, raw: &[u8]);
    fn finish(&mut self) -> ArrayRef;
}

struct Items<R: ItemReader> {
    reader: R,
    values: Vec<<R::Arrow as ArrowPrimitiveType>::Native>,
}

impl<R: ItemReader> ItemBuilder for Items<R> {
    fn item_bytes(&self) -> usize {
        R::BYTES
    }

    fn extend(&mut self, raw: &[u8]) {
        self.reader.extend(raw, &mut self.values);
    }

    fn finish(&mut self) -> ArrayRef {
        self.reader.finish(std::mem::take(&mut self.values))
    }
}
