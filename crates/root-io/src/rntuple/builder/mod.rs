//! Builders: from pages to Arrow arrays, one for each way a field is made of columns.
//!
//! A builder is called once for a cluster's part of a batch, so the cost of choosing it is shared
//! by thousands of values.

mod array;
mod list;
mod number;
mod optional;
mod record;
mod text;
mod variant;

use arrow::array::ArrayRef;
use arrow::datatypes::{
    DataType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};

use super::fed::Fed;
use super::layout::FieldLayout;
use super::pages::Span;
use crate::error::{Result, RootError};
pub(super) use list::ListBuilder;

/// Collects the values of a field, from front to back.
pub(super) trait Builder: Send {
    /// Notes in `fed` which pages are missing to read these elements, as far as can be told.
    fn want(&mut self, span: &Span, fed: &mut Fed) -> Result<()>;

    /// Appends these elements, and forgets pages that end before or with them.
    fn append(&mut self, span: &Span, fed: &mut Fed) -> Result<()>;

    /// Appends values that nothing in the file stands for: zeros and empty lists.
    fn append_defaults(&mut self, count: usize) -> Result<()>;

    /// The array of all that was appended; the builder is empty afterwards.
    fn finish(&mut self) -> Result<ArrayRef>;
}

/// The builder of a field.
///
/// # Errors
///
/// [`RootError::Unsupported`] for a layout that has no Arrow array.
pub(super) fn builder(layout: &FieldLayout, text_as_binary: bool) -> Result<Box<dyn Builder>> {
    Ok(match layout {
        FieldLayout::Number { column, data_type } => {
            macro_rules! number {
                ($arrow:ident) => {
                    Box::new(number::NumberBuilder::<$arrow>::new(column))
                };
            }
            match data_type {
                DataType::Boolean => Box::new(number::BooleanBuilder::new(column)),
                DataType::Int8 => number!(Int8Type),
                DataType::UInt8 => number!(UInt8Type),
                DataType::Int16 => number!(Int16Type),
                DataType::UInt16 => number!(UInt16Type),
                DataType::Int32 => number!(Int32Type),
                DataType::UInt32 => number!(UInt32Type),
                DataType::Int64 => number!(Int64Type),
                DataType::UInt64 => number!(UInt64Type),
                DataType::Float32 => number!(Float32Type),
                DataType::Float64 => number!(Float64Type),
                other => {
                    let why = "pages hold numbers and bits only";
                    return Err(RootError::unsupported(other.to_string(), why));
                }
            }
        }
        FieldLayout::Text { offsets, bytes } => {
            Box::new(text::TextBuilder::new(offsets, bytes, text_as_binary))
        }
        FieldLayout::List { offsets, item } => {
            Box::new(ListBuilder::new(offsets, item, text_as_binary)?)
        }
        FieldLayout::Array { length, item } => {
            Box::new(array::ArrayBuilder::new(*length, item, text_as_binary)?)
        }
        FieldLayout::Cardinality { offsets, data_type } => {
            Box::new(list::CardinalityBuilder::new(offsets, data_type))
        }
        FieldLayout::Record { members } => {
            Box::new(record::RecordBuilder::new(members, text_as_binary)?)
        }
        FieldLayout::Optional { offsets, item } => Box::new(optional::OptionalBuilder::new(
            offsets,
            item,
            text_as_binary,
        )?),
        FieldLayout::Variant {
            switch,
            alternatives,
        } => Box::new(variant::VariantBuilder::new(
            switch,
            alternatives,
            text_as_binary,
        )?),
    })
}
