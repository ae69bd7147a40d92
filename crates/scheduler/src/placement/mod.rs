//! Work goes where its columns are.
pub mod model;
