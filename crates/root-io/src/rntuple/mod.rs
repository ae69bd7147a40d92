//! `RNTuple`: fields are columns, pages hold their elements.
//!
//! ```text
//! anchor ─▶ header (fields, columns) ─▶ footer (cluster groups) ─▶ page lists ─▶ pages
//! ```
//!
//! Source: ROOT `tree/ntuple/doc/BinaryFormatSpecification.md`.

mod anchor;
#[cfg(test)]
mod bad_envelopes;
mod blob;
mod builder;
mod clusters;
mod column_borders;
mod column_sizes;
mod decoded;
mod description;
mod elements;
mod encoding_codes;
mod enough;
mod envelope;
mod fed;
mod fields;
mod frame;
mod known_offsets;
mod layout;
mod leaf_types;
mod locator;
#[cfg(test)]
mod odd_schemas;
mod offsets;
mod open;
mod packed;
mod page;
mod page_list;
mod pages;
mod physical;
mod reader;
mod schema;
mod split;
#[cfg(test)]
mod tests;
mod tree_columns;

pub(crate) use layout::FieldLayout;
pub(crate) use open::{NTupleOpening, too_old};
pub(crate) use reader::PageReader;
