//! `RNTuple`: fields are columns, pages hold their elements.
//!
//! ```text
//! anchor ─▶ header (fields, columns) ─▶ footer (cluster groups) ─▶ page lists ─▶ pages
//! ```
//!
//! Source: ROOT `tree/ntuple/doc/BinaryFormatSpecification.md`.

mod builder;
mod decoded;
mod elements;
mod fed;
mod layout;
mod offsets;
mod packed;
mod page;
mod pages;
mod reader;
mod split;

pub(crate) use layout::FieldLayout;
pub(crate) use reader::PageReader;
