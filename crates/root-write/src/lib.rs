//! A small writer of ROOT files that hold a TTree or an RNTuple or several, for the demo and for tests.
//!
//! ```
//! use hepframe_root_write::{Codec, Column, FileWriter, TreeOptions};
//!
//! let mut file = FileWriter::new(std::io::Cursor::new(Vec::new()), "events.root")?;
//! file.tree(
//!     "Events",
//!     TreeOptions::new().codec(Codec::Zstd(5)),
//!     &[
//!         ("nMuon", Column::flat(vec![2_i32, 0])),
//!         ("Muon_pt", Column::counted("nMuon", vec![41.0_f32, 27.5])),
//!     ],
//! )?;
//! let bytes = file.finish()?.into_inner();
//!
//! assert_eq!(bytes[..4], *b"root");
//! # Ok::<(), hepframe_root_write::WriteError>(())
//! ```
//!
//! It writes what the project's reader must read: every leaf type, counted and
//! fixed arrays, strings, vectors, all codecs, clusters, directories, cycles,
//! and files beyond 2 GB; as RNTuple also classes, variants, optional values, projections and
//! fields that come late:
//!
//! ```
//! use hepframe_root_write::{Field, FieldValues, FileWriter, NtupleOptions};
//!
//! let mut file = FileWriter::new(std::io::Cursor::new(Vec::new()), "events.root")?;
//! let muon = FieldValues::record("Muon", vec![Field::new("pt", vec![41.0_f32, 27.5])]);
//! file.rntuple(
//!     "Events",
//!     NtupleOptions::new(),
//!     &[
//!         Field::new("run", vec![1_u32, 1]),
//!         Field::new("muons", FieldValues::list(&[0, 2, 2], muon)),
//!     ],
//! )?;
//! # file.finish()?;
//! # Ok::<(), hepframe_root_write::WriteError>(())
//! ```
//!
//! It is no general writer: no split classes in trees, and what is streamed in an RNTuple comes packed.
//! Equal input gives equal bytes. What it writes was read back with CERN ROOT and uproot.
//!
//! | module | holds |
//! |---|---|
//! | `column`, `numbers`, `packed` | values as plain data, and their bytes |
//! | `options` | clusters, baskets, codecs |
//! | `file`, `directory`, `key`, `sink` | the file around the trees |
//! | `tree`, `branch`, `basket`, `layout` | cutting columns into baskets |
//! | `describe`, `buffer` | the tree's own record |
//! | `rntuple` | the same for an RNTuple |
//! | `streamers`, `streamer_elements`, `streamer_tables` | descriptions of ROOT's classes |
//! | `demo_events`, `demo_file`, `rng` | made-up collisions for the demo |
#![forbid(unsafe_code)]

mod basket;
mod branch;
mod buffer;
mod codec;
mod column;
mod demo_events;
mod demo_file;
mod describe;
mod directory;
mod error;
mod file;
mod key;
mod layout;
mod numbers;
mod options;
mod packed;
mod rng;
mod rntuple;
mod sink;
mod streamer_elements;
mod streamer_tables;
mod streamers;
mod tree;

pub use codec::Codec;
pub use column::{Column, Items, Leaf, Lists};
pub use demo_events::DemoEvents;
pub use demo_file::write_demo_file;
pub use error::{Result, WriteError};
pub use file::FileWriter;
pub use numbers::Numbers;
pub use options::{ClusterRange, LastBaskets, Offsets, TreeOptions};
pub use packed::Packing;
pub use rntuple::{
    Encoding, EqualPages, Field, FieldValues, Locators, NtupleOptions, OffsetWidth, OpenNtuple,
    PageChecksums, Projection, RealPacking, imported_fields,
};
pub use tree::OpenTree;
