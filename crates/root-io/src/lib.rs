//! ROOT files as bytes: from `TFile` headers to Arrow arrays, without any I/O.
//!
//! ```
//! use bytes::Bytes;
//! use hepframe_root_io::{ColumnReader, BasketPlace, FileOpener, Result, Step, TreeOpener, Want};
//!
//! /// Reads one column of the only tree in a file.
//! fn read_column(file: &Bytes, name: &str) -> Result<arrow::array::ArrayRef> {
//!     let part = |range: std::ops::Range<u64>| file.slice(range.start as usize..range.end as usize);
//!
//!     let mut opener = FileOpener::new(file.len() as u64, Want::Everything);
//!     let index = loop {
//!         match opener.step()? {
//!             Step::NeedBytes(range) => opener.feed(range.start, part(range)),
//!             Step::Done(index) => break index,
//!         }
//!     };
//!     let mut opener = TreeOpener::new(&index, index.find_tree(None)?)?;
//!     let tree = loop {
//!         match opener.step()? {
//!             Step::NeedBytes(range) => opener.feed(range.start, part(range)),
//!             Step::Done(tree) => break tree,
//!         }
//!     };
//!     let column = tree.column(name).expect("a column of this name");
//!     let mut reader = ColumnReader::new(column.clone(), false);
//!     for i in column.baskets_of(0..tree.entries) {
//!         if let BasketPlace::File(range) = &column.baskets[i].place {
//!             reader.feed(i, part(range.clone()));
//!         }
//!     }
//!     reader.read(0..tree.entries)
//! }
//! ```
//!
//! ```text
//! a ROOT file                                      one branch of a tree
//! ┌────────┬───────┬─────────┬──────┬───────────┐  ┌─────────┬─────────┬─────────┐
//! │ header │ keyed │ keyed   │ keys │ class     │  │ basket  │ basket  │ basket  │
//! │        │ record│ record …│ list │ infos     │  │ 0..1000 │ ..2000  │ ..2500  │
//! └────────┴───────┴─────────┴──────┴───────────┘  └─────────┴─────────┴─────────┘
//! ```
//!
//! | module | job |
//! |---|---|
//! | [`open`] | from the first byte to the description of a tree |
//! | `tree`, `reader` | trees and columns of either kind; reading a column |
//! | `ttree` | branches and baskets |
//! | `rntuple` | fields, columns of elements, pages |
//! | `decode` | unpacked baskets to Arrow arrays |
//! | `compress` | unpacking of records |
//! | `streamer`, `builtin`, `object`, `members` | class descriptions, streamed objects |
//! | `cpptype` | C++ type names |
//! | [`error`] | what can go wrong, and where |
#![forbid(unsafe_code)]

mod buffers;
mod builtin;
mod compress;
mod cpptype;
mod cursor;
mod decode;
pub mod error;
mod members;
mod naming;
mod object;
pub mod open;
mod reader;
mod rntuple;
mod shared;
mod streamer;
mod tree;
mod ttree;

pub use error::{Place, Result, RootError};
pub use open::{FileIndex, FileOpener, ObjectKey, Step, TreeOpener, Want};
pub use reader::ColumnReader;
pub use shared::SharedOffsets;
pub use tree::{Basket, BasketPlace, Column, EmbeddedBasket, PATH_KEY, Tree};
