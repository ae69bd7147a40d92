//! Tables and histograms in a logical plan: ROOT tables as their definition, everything else as
//! Ballista has it.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use ballista_core::serde::BallistaLogicalExtensionCodec;
use datafusion::catalog::{MemTable, TableProvider};
use datafusion::common::{Result, TableReference};
use datafusion::datasource::file_format::FileFormatFactory;
use datafusion::error::DataFusionError;
use datafusion::execution::TaskContext;
use datafusion::logical_expr::{AggregateUDF, Extension, LogicalPlan, ScalarUDF};
use datafusion_proto::logical_plan::LogicalExtensionCodec;
use hepframe_root_source::{Caches, DefinedTable, TableDefinition, root_columns};

use super::MAX_MESSAGE_BYTES;
use super::aggregates::{read_aggregate, write_aggregate};
use super::scalars::{read_scalar, write_scalar};

/// First byte of a ROOT table: a [`TableDefinition`] as JSON follows.
const ROOT: u8 = b'R';
/// First byte of rows in the client's memory: they follow as an Arrow stream.
const ROWS: u8 = b'A';

/// Rows of the client that a query may take along. They go over the wire with every query.
const MOST_ROWS_BYTES: usize = MAX_MESSAGE_BYTES / 2;

/// Writes and reads the tables of a logical plan.
#[derive(Debug)]
pub struct LogicalCodec {
    caches: Caches,
    rest: BallistaLogicalExtensionCodec,
}

impl LogicalCodec {
    /// Tables that are read from a plan use these caches.
    #[must_use]
    pub fn new(caches: Caches) -> Self {
        Self {
            caches,
            rest: BallistaLogicalExtensionCodec::default(),
        }
    }
}

impl LogicalExtensionCodec for LogicalCodec {
    fn try_decode_table_provider(
        &self,
        bytes: &[u8],
        _name: &TableReference,
        schema: SchemaRef,
        _context: &TaskContext,
    ) -> Result<Arc<dyn TableProvider>> {
        match bytes.split_first() {
            Some((&ROOT, definition)) => {
                let definition: TableDefinition =
                    serde_json::from_slice(definition).map_err(|error| unreadable(&error))?;
                let caches = self.caches.clone();
                Ok(Arc::new(DefinedTable::new(definition, schema, caches)))
            }
            Some((&ROWS, rows)) => {
                let batches = StreamReader::try_new(rows, None)?.collect::<Result<_, _>>()?;
                Ok(Arc::new(MemTable::try_new(schema, vec![batches])?))
            }
            _ => Err(unreadable(&"it is of an unknown kind")),
        }
    }

    fn try_encode_table_provider(
        &self,
        name: &TableReference,
        table: Arc<dyn TableProvider>,
        bytes: &mut Vec<u8>,
    ) -> Result<()> {
        if let Some(root) = root_columns(table.as_ref()) {
            bytes.push(ROOT);
            return serde_json::to_writer(bytes, &root.definition())
                .map_err(|error| DataFusionError::External(Box::new(error)));
        }
        if let Some(rows) = table.downcast_ref::<MemTable>() {
            bytes.push(ROWS);
            return write_rows(name, rows, bytes);
        }
        Err(DataFusionError::Plan(format!(
            "`{name}` describes this session; the cluster cannot see it, so query it on its own"
        )))
    }

    fn try_decode(
        &self,
        bytes: &[u8],
        inputs: &[LogicalPlan],
        context: &TaskContext,
    ) -> Result<Extension> {
        self.rest.try_decode(bytes, inputs, context)
    }

    fn try_encode(&self, node: &Extension, bytes: &mut Vec<u8>) -> Result<()> {
        self.rest.try_encode(node, bytes)
    }

    fn try_decode_file_format(
        &self,
        bytes: &[u8],
        context: &TaskContext,
    ) -> Result<Arc<dyn FileFormatFactory>> {
        self.rest.try_decode_file_format(bytes, context)
    }

    fn try_encode_file_format(
        &self,
        bytes: &mut Vec<u8>,
        format: Arc<dyn FileFormatFactory>,
    ) -> Result<()> {
        self.rest.try_encode_file_format(bytes, format)
    }

    fn try_decode_udf(&self, name: &str, bytes: &[u8]) -> Result<Arc<ScalarUDF>> {
        read_scalar(name, bytes)
    }

    fn try_encode_udf(&self, function: &ScalarUDF, bytes: &mut Vec<u8>) -> Result<()> {
        write_scalar(function, bytes)
    }

    fn try_decode_udaf(&self, name: &str, bytes: &[u8]) -> Result<Arc<AggregateUDF>> {
        read_aggregate(name, bytes)
    }

    fn try_encode_udaf(&self, aggregate: &AggregateUDF, bytes: &mut Vec<u8>) -> Result<()> {
        write_aggregate(aggregate, bytes);
        Ok(())
    }
}

fn unreadable(why: &dyn std::fmt::Display) -> DataFusionError {
    DataFusionError::Plan(format!("the plan holds a table that cannot be read: {why}"))
}

/// The rows of a table that `CREATE TABLE AS` has made in the client's memory.
fn write_rows(name: &TableReference, rows: &MemTable, bytes: &mut Vec<u8>) -> Result<()> {
    let mut writer = StreamWriter::try_new(bytes, &rows.schema())?;
    for partition in &rows.batches {
        let Ok(batches) = partition.try_read() else {
            return Err(DataFusionError::Plan(format!(
                "`{name}` is being changed; try again"
            )));
        };
        for batch in batches.iter() {
            writer.write(batch)?;
            if writer.get_ref().len() > MOST_ROWS_BYTES {
                return Err(DataFusionError::Plan(format!(
                    "`{name}` holds more than {} MiB in this process's memory, too much to send along \
                     with a query; write it to a file that the executors can read (COPY {name} TO \
                     '/shared/{name}.parquet') and query that",
                    MOST_ROWS_BYTES >> 20
                )));
            }
        }
    }
    writer.finish()?;
    Ok(())
}
