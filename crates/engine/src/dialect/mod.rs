//! What hepframe's SQL adds to DataFusion's, as rewrites of the parsed statement.
//!
//! ```text
//! text ─parse─▶ statements ─relations─▶ tables are known ─names, offered, lists, fold─▶ DataFusion
//!               (syntax errors)  read_root(..), case     evt.N → "evt.N"; Muon         plans it
//! ```
//!
//! A rewrite changes the syntax tree and nothing else: it sees names, never types or data.
//! Rewrites are applied in a fixed order by [`Session`](crate::Session), the only caller.

mod cache_statements;
mod chains;
mod collections;
mod cpp;
mod expression;
mod fold;
mod grammar;
mod headers;
mod hidden;
mod lists;
mod names;
mod offered;
mod parameters;
mod parse;
mod relations;
mod scope;
mod stars;
mod tree;
mod whole;

pub(crate) use cache_statements::{CacheStatement, cache_query, cache_statement};
pub use chains::STACK_BYTES;
pub(crate) use collections::collections_of;
pub(crate) use expression::parse_expression;
pub(crate) use fold::fold_histograms;
pub(crate) use headers::name_columns;
pub(crate) use hidden::Hidden;
pub(crate) use lists::rewrite_lists;
pub(crate) use names::rewrite_names;
pub(crate) use offered::rewrite_collections;
pub use parameters::Parameter;
pub(crate) use parameters::bind;
pub(crate) use parse::parse_statements;
pub(crate) use relations::{made_table, one_word, rewrite_relations};
pub(crate) use scope::ColumnNames;
pub(crate) use stars::expand_collections;
pub(crate) use tree::{aliases, has_wildcard, is_query, listed_columns};
pub(crate) use whole::{Part, WholeFields, field_path};

/// Separates several locations in the name of a path table (`read_root([...])`).
pub(crate) const LOCATION_SEPARATOR: char = '\n';
