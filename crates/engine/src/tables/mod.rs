//! Files as tables: `FROM 'run*.root:Events'`, `FROM 'jets.parquet'`.

mod format;
mod listing;
mod origins;
mod paths;

pub(crate) use format::{existing_path, looks_like_location};
pub(crate) use listing::without_patterns;
pub(crate) use paths::{PathTables, TableSource};
