//! Rows out of the engine: Parquet, Arrow, CSV and JSON, to a file or to any writer.

mod copy;
mod encode;
mod file;
mod histograms;
mod variants;

pub(crate) use copy::Draft;
pub use encode::{OutputFormat, TextWriter};
pub use file::FileWriter;
pub(crate) use file::check_place;
pub(crate) use variants::not_for_copy;
