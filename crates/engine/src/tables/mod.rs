//! Files as tables: `FROM 'run*.root:Events'`, `FROM 'jets.parquet'`.

mod format;
mod listing;
mod paths;

pub(crate) use paths::PathTables;
