//! Tables of which some entries can be read alone, and the names of their entries.

use std::ops::Range;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use datafusion::catalog::TableProvider;
use datafusion::datasource::{MemTable, source_as_provider};
use datafusion::error::Result as PlanResult;
use datafusion::logical_expr::LogicalPlan;
use hepframe_root_source::{TableDefinition, root_columns};

/// A table that can be read in parts.
pub(super) enum Parts {
    /// ROOT files.
    Files {
        table: Arc<dyn TableProvider>,
        definition: Box<TableDefinition>,
    },
    /// Rows in the memory of this process.
    Rows {
        name: String,
        schema: SchemaRef,
        batches: Vec<RecordBatch>,
    },
}

impl Parts {
    /// The table that a leaf of a plan reads; `None` if it can only be read as a whole.
    pub(super) fn of(leaf: &LogicalPlan) -> PlanResult<Option<Self>> {
        let LogicalPlan::TableScan(scan) = leaf else {
            return Ok(None);
        };
        let table = source_as_provider(&scan.source)?;
        if let Some(root) = root_columns(table.as_ref()) {
            let definition = Box::new(root.definition());
            return Ok(Some(Self::Files { table, definition }));
        }
        let Some(rows) = table.downcast_ref::<MemTable>() else {
            return Ok(None);
        };
        let mut batches = Vec::new();
        for partition in &rows.batches {
            let Ok(partition) = partition.try_read() else {
                // Someone is changing it: its rows are no longer those that failed.
                return Ok(None);
            };
            batches.extend(partition.iter().cloned());
        }
        Ok(Some(Self::Rows {
            name: scan.table_name.table().to_owned(),
            schema: table.schema(),
            batches,
        }))
    }

    /// How many entries there are.
    pub(super) fn entries(&self) -> u64 {
        match self {
            Self::Files { definition, .. } => definition.entries(),
            Self::Rows { batches, .. } => batches.iter().map(|rows| rows.num_rows() as u64).sum(),
        }
    }

    /// The table of these entries alone; `None` if it is gone.
    pub(super) fn among(&self, entries: Range<u64>) -> PlanResult<Option<Arc<dyn TableProvider>>> {
        match self {
            Self::Files { table, .. } => {
                Ok(root_columns(table.as_ref()).map(|root| root.among(entries)))
            }
            Self::Rows {
                schema, batches, ..
            } => {
                let rows = vec![among_rows(batches, &entries)];
                let table = MemTable::try_new(Arc::clone(schema), rows)?;
                Ok(Some(Arc::new(table)))
            }
        }
    }

    /// An entry as people name it.
    pub(super) fn place_of(&self, entry: u64) -> Option<String> {
        match self {
            Self::Files { definition, .. } => definition
                .place_of(entry)
                .map(|(file, entry)| format!("entry {entry} of {file}")),
            Self::Rows { name, .. } => Some(format!("row {entry} of `{name}`")),
        }
    }
}

/// What batches hold of these rows, counted over all of them.
fn among_rows(batches: &[RecordBatch], wanted: &Range<u64>) -> Vec<RecordBatch> {
    let mut first = 0_u64;
    let mut rows = Vec::new();
    for batch in batches {
        let end = first + batch.num_rows() as u64;
        let part = wanted.start.max(first)..wanted.end.min(end);
        let place = |row: u64| usize::try_from(row - first);
        if part.start < part.end
            && let (Ok(start), Ok(end)) = (place(part.start), place(part.end))
        {
            rows.push(batch.slice(start, end - start));
        }
        first = end;
    }
    rows
}
