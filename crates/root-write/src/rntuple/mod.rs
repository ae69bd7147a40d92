//! `RNTuple`: fields whose columns are cut into pages, cluster by cluster.
//!
//! ```text
//! header | pages of cluster 0 | pages of cluster 1 ... | page list | footer | anchor
//!   ▲ what fields and columns there are    where the pages are ▲      │         │
//!   │                         where the page lists are, late fields ──┘         │
//!   └──────── where header and footer are; the one part a directory lists ──────┘
//! ```
//!
//! Source: ROOT `tree/ntuple/doc/BinaryFormatSpecification.md`, version 1.0.0.0, and what
//! ROOT 6.40 wrote itself.

mod anchor;
mod blob;
mod check;
mod describe;
mod elements;
mod field;
mod fill;
mod import;
mod ntuple;
mod options;
mod page_bytes;
mod page_list;
mod projection;
mod schema;
mod types;
mod wire;

pub(crate) use anchor::ANCHOR_CLASS;
pub use field::{Field, FieldValues};
pub use import::imported_fields;
pub use ntuple::OpenNtuple;
pub use options::{Encoding, EqualPages, Locators, NtupleOptions, OffsetWidth, PageChecksums};
pub use projection::Projection;
pub use types::RealPacking;
