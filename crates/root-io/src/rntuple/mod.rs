//! `RNTuple`: fields are columns, pages hold their elements.
//!
//! ```text
//! anchor ─▶ header (fields, columns) ─▶ footer (cluster groups) ─▶ page lists ─▶ pages
//! ```
//!
//! Source: ROOT `tree/ntuple/doc/BinaryFormatSpecification.md`.

mod elements;
mod layout;
mod reader;

pub(crate) use layout::FieldLayout;
pub(crate) use reader::PageReader;
