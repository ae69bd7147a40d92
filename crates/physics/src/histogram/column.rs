//! A column as histograms read it: numbers, texts or booleans, one for each event or a list.

use std::ops::Range;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, BooleanBufferBuilder, ListArray, StringArray,
};
use arrow::buffer::{BooleanBuffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::compute::{cast, filter};
use arrow::datatypes::{DataType, Field, Float32Type, Float64Type};

use crate::{PhysicsError, Result};

/// A column that histograms can be filled from. Made once for each batch, however many histograms
/// read it; numbers of 32 and 64 bits are not copied.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) data: Data,
    /// Which elements there are; `None` if all.
    pub(super) valid: Option<NullBuffer>,
    /// Where the list of each event begins; `None` for one value an event.
    pub(super) offsets: Option<OffsetBuffer<i32>>,
    rows: usize,
}

/// The elements of all events, one after the other.
#[derive(Debug, Clone)]
pub(super) enum Data {
    Float(ScalarBuffer<f32>),
    Double(ScalarBuffer<f64>),
    Texts(StringArray),
    Truths(BooleanBuffer),
}

impl Column {
    /// A column from an array with one value, or one list of values, for each event. A null list
    /// is an empty one.
    ///
    /// # Errors
    /// [`PhysicsError::WrongType`] if it holds neither numbers, texts nor booleans, or lists of
    /// lists.
    pub(super) fn new(array: &ArrayRef) -> Result<Self> {
        let rows = array.len();
        let (elements, offsets) = match array.data_type() {
            DataType::List(_) => {
                let (elements, offsets) = flat(array.as_list::<i32>())?;
                (elements, Some(offsets))
            }
            DataType::LargeList(item)
            | DataType::FixedSizeList(item, _)
            | DataType::ListView(item)
            | DataType::LargeListView(item) => {
                let item = Field::new_list_field(item.data_type().clone(), true);
                let lists = cast(array, &DataType::List(item.into()))?;
                let (elements, offsets) = flat(lists.as_list::<i32>())?;
                (elements, Some(offsets))
            }
            _ => (ArrayRef::clone(array), None),
        };
        let valid = elements.logical_nulls().filter(|n| n.null_count() > 0);
        let data = match elements.data_type() {
            DataType::Float32 => {
                Data::Float(elements.as_primitive::<Float32Type>().values().clone())
            }
            DataType::Boolean => Data::Truths(elements.as_boolean().values().clone()),
            kind if kind.is_string() => Data::Texts(texts(&elements)?),
            DataType::Dictionary(_, values) if values.is_string() => Data::Texts(texts(&elements)?),
            kind if kind.is_numeric() || kind.is_null() => {
                let doubles = cast(&elements, &DataType::Float64)?;
                Data::Double(doubles.as_primitive::<Float64Type>().values().clone())
            }
            _ => {
                return Err(PhysicsError::WrongType {
                    kernel: "histogram",
                    found: array.data_type().clone(),
                    wanted: "numbers, texts or booleans, or a list of them for each event",
                });
            }
        };
        Ok(Self {
            data,
            valid,
            offsets,
            rows,
        })
    }

    /// Number of events.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Some elements as doubles, without a copy where they lie as they are wanted. `rows` names the
    /// event of each element when the column has one value an event but others have lists.
    pub(super) fn doubles<'a>(
        &'a self,
        elements: Range<usize>,
        rows: Option<&[u32]>,
        buffer: &'a mut [f64],
    ) -> &'a [f64] {
        let out = buffer.get_mut(..elements.len()).unwrap_or_default();
        match &self.data {
            Data::Double(values) if rows.is_none() => {
                return values.get(elements).unwrap_or_default();
            }
            Data::Double(values) => gather(out, elements, rows, |at| values[at]),
            Data::Float(values) => gather(out, elements, rows, |at| f64::from(values[at])),
            Data::Truths(values) => gather(out, elements, rows, |at| {
                f64::from(u8::from(values.value(at)))
            }),
            // Refused before anything is filled.
            Data::Texts(_) => out.fill(f64::NAN),
        }
        out
    }

    /// True if the column holds texts.
    pub(super) fn is_text(&self) -> bool {
        matches!(self.data, Data::Texts(_))
    }
}

fn gather(
    out: &mut [f64],
    elements: Range<usize>,
    rows: Option<&[u32]>,
    value: impl Fn(usize) -> f64,
) {
    match rows {
        Some(rows) => {
            for (number, row) in out.iter_mut().zip(rows) {
                *number = value(*row as usize);
            }
        }
        None => {
            for (number, element) in out.iter_mut().zip(elements) {
                *number = value(element);
            }
        }
    }
}

fn texts(elements: &ArrayRef) -> Result<StringArray> {
    Ok(cast(elements, &DataType::Utf8)?.as_string::<i32>().clone())
}

/// The elements that lists use, and offsets that count from the first of them.
fn flat(lists: &ListArray) -> Result<(ArrayRef, OffsetBuffer<i32>)> {
    let offsets = lists.offsets();
    let (first, last) = (from_i32(offsets[0]), from_i32(offsets[lists.len()]));
    let elements = lists.values().slice(first, last - first);
    let hidden = lists.nulls().is_some_and(|nulls| {
        let mut lengths = offsets.lengths().zip(nulls);
        lengths.any(|(length, valid)| !valid && length > 0)
    });
    if hidden {
        return without_null_lists(lists, &elements);
    }
    if first == 0 {
        // The same buffer, so that columns of one collection are seen to be equally long.
        return Ok((elements, offsets.clone()));
    }
    Ok((elements, OffsetBuffer::from_lengths(offsets.lengths())))
}

/// Null lists may have elements below them, which are not to be filled.
fn without_null_lists(
    lists: &ListArray,
    elements: &ArrayRef,
) -> Result<(ArrayRef, OffsetBuffer<i32>)> {
    let mut keep = BooleanBufferBuilder::new(elements.len());
    let mut lengths = Vec::with_capacity(lists.len());
    for (row, length) in lists.offsets().lengths().enumerate() {
        let valid = lists.is_valid(row);
        keep.append_n(length, valid);
        lengths.push(if valid { length } else { 0 });
    }
    let kept = filter(elements, &BooleanArray::new(keep.finish(), None))?;
    Ok((kept, OffsetBuffer::from_lengths(lengths)))
}

/// Offsets are never negative.
pub(super) fn from_i32(offset: i32) -> usize {
    usize::try_from(offset).unwrap_or(0)
}
