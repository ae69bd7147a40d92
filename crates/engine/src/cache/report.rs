//! What cache statements answer, as values and as rows.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use hepframe_root_source::CachedColumn;
use serde::Serialize;

/// What `CACHE TABLE` has loaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CacheReport {
    /// The table, as it was named.
    pub table: String,
    /// Columns that are in memory now, and stay.
    pub columns: u64,
    /// Rows of the table.
    pub rows: u64,
    /// Memory that the columns take.
    pub bytes: u64,
}

/// A column in the cache of an executor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExecutorColumn {
    /// `local` in one process.
    pub executor: String,
    /// The column.
    #[serde(flatten)]
    pub column: CachedColumn,
}

/// Columns of the rows of a statement: name, and whether it is text or a number.
type Shape = &'static [(&'static str, DataType)];

pub(super) const LOADED: Shape = &[
    ("table", DataType::Utf8),
    ("columns", DataType::UInt64),
    ("rows", DataType::UInt64),
    ("bytes", DataType::UInt64),
];

pub(super) const RELEASED: Shape = &[("table", DataType::Utf8), ("bytes", DataType::UInt64)];

pub(super) const CLEARED: Shape = &[("bytes", DataType::UInt64)];

pub(super) const SHOWN: Shape = &[
    ("executor", DataType::Utf8),
    ("file", DataType::Utf8),
    ("tree", DataType::Utf8),
    ("column", DataType::Utf8),
    ("bytes", DataType::UInt64),
    ("chunks", DataType::UInt64),
    ("hits", DataType::UInt64),
    ("misses", DataType::UInt64),
    ("pinned", DataType::UInt64),
    ("disk", DataType::UInt64),
    ("disk_hits", DataType::UInt64),
];

pub(super) fn schema(shape: Shape) -> SchemaRef {
    let field = |(name, data_type): &(&str, DataType)| Field::new(*name, data_type.clone(), false);
    Arc::new(Schema::new(shape.iter().map(field).collect::<Vec<_>>()))
}

fn text<'a>(values: impl Iterator<Item = &'a str>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

fn number(values: impl Iterator<Item = u64>) -> ArrayRef {
    Arc::new(UInt64Array::from_iter_values(values))
}

pub(super) fn loaded_rows(reports: &[CacheReport]) -> Result<RecordBatch, ArrowError> {
    let all = || reports.iter();
    RecordBatch::try_new(
        schema(LOADED),
        vec![
            text(all().map(|report| report.table.as_str())),
            number(all().map(|report| report.columns)),
            number(all().map(|report| report.rows)),
            number(all().map(|report| report.bytes)),
        ],
    )
}

pub(super) fn released_rows(table: &str, bytes: u64) -> Result<RecordBatch, ArrowError> {
    let columns = vec![text([table].into_iter()), number([bytes].into_iter())];
    RecordBatch::try_new(schema(RELEASED), columns)
}

pub(super) fn cleared_rows(bytes: u64) -> Result<RecordBatch, ArrowError> {
    RecordBatch::try_new(schema(CLEARED), vec![number([bytes].into_iter())])
}

pub(super) fn shown_rows(shown: &[ExecutorColumn]) -> Result<RecordBatch, ArrowError> {
    let all = || shown.iter();
    let columns = || shown.iter().map(|shown| &shown.column);
    RecordBatch::try_new(
        schema(SHOWN),
        vec![
            text(all().map(|shown| shown.executor.as_str())),
            text(columns().map(|column| column.file.as_str())),
            text(columns().map(|column| column.tree.as_str())),
            text(columns().map(|column| column.column.as_str())),
            number(columns().map(|column| column.bytes)),
            number(columns().map(|column| column.chunks)),
            number(columns().map(|column| column.hits)),
            number(columns().map(|column| column.misses)),
            number(columns().map(|column| column.pinned_bytes)),
            number(columns().map(|column| column.disk_bytes)),
            number(columns().map(|column| column.disk_hits)),
        ],
    )
}
