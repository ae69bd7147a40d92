//! The cache statements as calls of a session.

use arrow::array::AsArray;
use arrow::datatypes::UInt64Type;
use arrow::record_batch::RecordBatch;

use super::report::{CacheReport, ExecutorColumn};
use super::statements::show;
use crate::error::Result;
use crate::session::Session;

impl Session {
    /// Loads columns of a table (all if none is named) into the column cache and keeps them
    /// there, as `CACHE TABLE`. `table` is a name or a location.
    ///
    /// A view is kept as the ROOT tables that it reads; then there are several reports.
    ///
    /// # Errors
    /// No such table or column, a table that is not of ROOT files, columns that do not fit.
    pub async fn cache_table(&self, table: &str, columns: &[&str]) -> Result<Vec<CacheReport>> {
        let mut text = format!("CACHE TABLE {}", quoted(table));
        if !columns.is_empty() {
            let columns: Vec<String> = columns.iter().map(|name| quoted(name)).collect();
            text = format!("{text} ({})", columns.join(", "));
        }
        let batches = self.query(&text).await?.collect().await?;
        let mut reports = Vec::new();
        for batch in &batches {
            let names = batch.column(0).as_string_opt::<i32>();
            for row in 0..batch.num_rows() {
                reports.push(CacheReport {
                    table: names.map_or("", |names| names.value(row)).to_owned(),
                    columns: number(batch, 1, row),
                    rows: number(batch, 2, row),
                    bytes: number(batch, 3, row),
                });
            }
        }
        Ok(reports)
    }

    /// Lets columns of a table be evicted again, as `UNCACHE TABLE`; gives their bytes.
    ///
    /// # Errors
    /// No such table, a table that is not of ROOT files.
    pub async fn uncache_table(&self, table: &str) -> Result<u64> {
        let text = format!("UNCACHE TABLE {}", quoted(table));
        let rows = self.query(&text).await?.collect().await?;
        Ok(rows.first().map_or(0, |batch| number(batch, 1, 0)))
    }

    /// Drops all columns from the cache, as `CLEAR CACHE`; gives their bytes.
    ///
    /// # Errors
    /// Executors that do not answer.
    pub async fn clear_cache(&self) -> Result<u64> {
        let rows = self.query("CLEAR CACHE").await?.collect().await?;
        Ok(rows.first().map_or(0, |batch| number(batch, 0, 0)))
    }

    /// What is in the column cache, as `SHOW CACHE`.
    ///
    /// # Errors
    /// Executors that do not answer.
    pub async fn show_cache(&self) -> Result<Vec<ExecutorColumn>> {
        show(self).await.map_err(|error| self.explain(error))
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn number(batch: &RecordBatch, column: usize, row: usize) -> u64 {
    let numbers = batch.column(column).as_primitive_opt::<UInt64Type>();
    numbers.map_or(0, |numbers| numbers.value(row))
}
