//! The engine from SQL to rows, over files that the tests write.

mod errors;
mod files;
mod formats;
mod names;
mod queries;
mod text;
