//! Histograms in a plan: their aggregates carry what to fill, so that must travel with their names.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::AggregateUDF;

use crate::physics::{aggregate_of, specs_of};

/// Writes what an aggregate carries; nothing for those that the registry of functions has.
pub(super) fn write_aggregate(aggregate: &AggregateUDF, bytes: &mut Vec<u8>) {
    if let Some(specs) = specs_of(aggregate) {
        bytes.extend_from_slice(specs.as_bytes());
    }
}

/// The aggregate that was written.
pub(super) fn read_aggregate(name: &str, bytes: &[u8]) -> Result<Arc<AggregateUDF>> {
    let specs = std::str::from_utf8(bytes).ok();
    let aggregate = specs.filter(|specs| !specs.is_empty());
    let aggregate = aggregate.and_then(|specs| aggregate_of(name, specs));
    aggregate.map(Arc::new).ok_or_else(|| {
        DataFusionError::Plan(format!(
            "the plan holds the aggregate `{name}`, which this process does not know"
        ))
    })
}
