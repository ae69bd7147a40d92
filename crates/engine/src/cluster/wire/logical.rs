//! Tables in a logical plan: ROOT tables as their definition, everything else as Ballista has it.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use ballista_core::serde::BallistaLogicalExtensionCodec;
use datafusion::catalog::TableProvider;
use datafusion::common::{Result, TableReference};
use datafusion::datasource::file_format::FileFormatFactory;
use datafusion::error::DataFusionError;
use datafusion::execution::TaskContext;
use datafusion::logical_expr::{Extension, LogicalPlan};
use datafusion_proto::logical_plan::LogicalExtensionCodec;
use hepframe_root_source::{Caches, DefinedTable, TableDefinition, root_columns};

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
        let definition: TableDefinition = serde_json::from_slice(bytes).map_err(|error| {
            DataFusionError::Plan(format!(
                "the plan holds a table that cannot be read: {error}"
            ))
        })?;
        Ok(Arc::new(DefinedTable::new(
            definition,
            schema,
            self.caches.clone(),
        )))
    }

    fn try_encode_table_provider(
        &self,
        name: &TableReference,
        table: Arc<dyn TableProvider>,
        bytes: &mut Vec<u8>,
    ) -> Result<()> {
        let Some(root) = root_columns(table.as_ref()) else {
            return Err(DataFusionError::Plan(format!(
                "table `{name}` is in this process's memory and the executors cannot see it; write it \
                 to a file that they can read (`COPY {name} TO 'shared/{name}.parquet'`) and query that"
            )));
        };
        serde_json::to_writer(bytes, &root.definition())
            .map_err(|error| DataFusionError::External(Box::new(error)))
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
}
