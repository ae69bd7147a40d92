//! ROOT files as bytes: from TFile headers to Arrow arrays, without any I/O.
#![forbid(unsafe_code)]

pub mod error;
pub mod open;
pub mod ttree;

pub use error::{Place, Result, RootError};
pub use open::{FileIndex, FileOpener, ObjectKey, Step, TreeOpener, Want};
pub use ttree::{Basket, BasketPlace, Column, ColumnReader, Tree};
