//! Scans in a physical plan: ROOT scans with their options and predicate, the rest as Ballista has it.

use std::sync::Arc;

use ballista_core::serde::BallistaPhysicalExtensionCodec;
use datafusion::common::Result;
use datafusion::datasource::physical_plan::FileScanConfig;
use datafusion::datasource::source::DataSourceExec;
use datafusion::error::DataFusionError;
use datafusion::execution::TaskContext;
use datafusion::logical_expr::AggregateUDF;
use datafusion::physical_plan::ExecutionPlan;
use datafusion_proto::physical_plan::from_proto::parse_protobuf_file_scan_config;
use datafusion_proto::physical_plan::to_proto::serialize_file_scan_config;
use datafusion_proto::physical_plan::{
    PhysicalExtensionCodec, PhysicalPlanDecodeContext, PhysicalProtoConverterExtension,
};
use datafusion_proto::protobuf::{FileScanExecConf, PhysicalExprNode};
use hepframe_root_source::{Caches, RootSource, ScanOptions};
use prost::Message;

use super::aggregates::{read_aggregate, write_aggregate};

/// Begins the bytes of a node of ours; Ballista's are protobuf messages, whose first byte is a
/// field's tag and never this.
const MAGIC: &[u8; 4] = b"\0HEP";

/// A `DataSourceExec` over ROOT files.
#[derive(Clone, PartialEq, Message)]
struct RootScan {
    /// Files, entry ranges, schema, projection, limit.
    #[prost(message, optional, tag = "1")]
    scan: Option<FileScanExecConf>,
    /// [`ScanOptions`] as JSON.
    #[prost(string, tag = "2")]
    options: String,
    /// The filter that the scan judges.
    #[prost(message, optional, tag = "3")]
    predicate: Option<PhysicalExprNode>,
}

/// Writes and reads the scans of a physical plan.
#[derive(Debug)]
pub struct PhysicalCodec {
    caches: Caches,
    rest: BallistaPhysicalExtensionCodec,
}

impl PhysicalCodec {
    /// Scans that are read from a plan use these caches.
    #[must_use]
    pub fn new(caches: Caches) -> Self {
        Self {
            caches,
            rest: BallistaPhysicalExtensionCodec::default(),
        }
    }

    fn decode_scan(
        &self,
        bytes: &[u8],
        context: &TaskContext,
        converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let unreadable = |why: String| {
            DataFusionError::Plan(format!("the task holds a scan that cannot be read: {why}"))
        };
        let message = RootScan::decode(bytes).map_err(|error| unreadable(error.to_string()))?;
        let scan = message
            .scan
            .ok_or_else(|| unreadable("no files".to_owned()))?;
        let options: ScanOptions = serde_json::from_str(&message.options)
            .map_err(|error| unreadable(error.to_string()))?;
        let schema = FileScanConfig::parse_table_schema_from_proto(&scan)?;
        let decoding = PhysicalPlanDecodeContext::new(context, self);
        let predicate = message
            .predicate
            .map(|node| converter.proto_to_physical_expr(&node, schema.file_schema(), &decoding))
            .transpose()?;
        let source =
            RootSource::new(schema, options, self.caches.clone()).with_predicate(predicate);
        let config =
            parse_protobuf_file_scan_config(&scan, &decoding, converter, Arc::new(source))?;
        Ok(DataSourceExec::from_data_source(config))
    }
}

impl PhysicalExtensionCodec for PhysicalCodec {
    fn try_decode(
        &self,
        bytes: &[u8],
        inputs: &[Arc<dyn ExecutionPlan>],
        context: &TaskContext,
        converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match bytes.strip_prefix(MAGIC) {
            Some(scan) => self.decode_scan(scan, context, converter),
            None => self.rest.try_decode(bytes, inputs, context, converter),
        }
    }

    fn try_encode(
        &self,
        node: Arc<dyn ExecutionPlan>,
        bytes: &mut Vec<u8>,
        converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<()> {
        let scan = node
            .downcast_ref::<DataSourceExec>()
            .and_then(|scan| scan.downcast_to_file_source::<RootSource>());
        let Some((config, source)) = scan else {
            return self.rest.try_encode(node, bytes, converter);
        };
        let predicate = source
            .predicate()
            .map(|predicate| converter.physical_expr_to_proto(predicate, self))
            .transpose()?;
        let message = RootScan {
            scan: Some(serialize_file_scan_config(config, self, converter)?),
            options: serde_json::to_string(source.options())
                .map_err(|error| DataFusionError::External(Box::new(error)))?,
            predicate,
        };
        bytes.extend_from_slice(MAGIC);
        message
            .encode(bytes)
            .map_err(|error| DataFusionError::External(Box::new(error)))
    }

    fn try_decode_udaf(&self, name: &str, bytes: &[u8]) -> Result<Arc<AggregateUDF>> {
        read_aggregate(name, bytes)
    }

    fn try_encode_udaf(&self, aggregate: &AggregateUDF, bytes: &mut Vec<u8>) -> Result<()> {
        write_aggregate(aggregate, bytes);
        Ok(())
    }
}
