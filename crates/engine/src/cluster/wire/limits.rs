//! Numbers of rows that do not fit into a plan that travels: the wire has 32 bits for most.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::error::DataFusionError;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::limit::{GlobalLimitExec, LocalLimitExec};
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::sorts::sort_preserving_merge::SortPreservingMergeExec;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};

/// The largest number of rows that every node can carry.
const MOST: usize = u32::MAX as usize;

/// Takes larger limits off nodes that would carry them cut to 32 bits: a limit that one of them
/// enforces alone is left to a node that carries 63. For a scheduler's plans, after all rules that
/// move limits.
#[derive(Debug)]
pub struct LimitsForTheWire;

impl PhysicalOptimizerRule for LimitsForTheWire {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _config: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| {
            if let Some(limit) = node.downcast_ref::<GlobalLimitExec>() {
                if limit.skip() > MOST {
                    return Err(DataFusionError::Plan(format!(
                        "OFFSET {} is too large for a cluster, which carries up to {MOST}",
                        limit.skip()
                    )));
                }
                return Ok(Transformed::no(node));
            }
            let Some(fetch) = node.fetch().filter(|fetch| *fetch > MOST) else {
                return Ok(Transformed::no(node));
            };
            if node.is::<SortExec>() || node.is::<SortPreservingMergeExec>() {
                return Ok(Transformed::no(node));
            }
            let unlimited = match node.downcast_ref::<LocalLimitExec>() {
                Some(limit) => Arc::clone(limit.input()),
                None => node.with_fetch(None).ok_or_else(|| {
                    let name = node.name();
                    DataFusionError::Plan(format!(
                        "LIMIT {fetch} is too large for a cluster, which carries up to {MOST} in a \
                         {name}"
                    ))
                })?,
            };
            // With several partitions the limit is a hint: who merges them counts again.
            let is_enforced_here = unlimited.output_partitioning().partition_count() == 1;
            Ok(Transformed::yes(if is_enforced_here {
                Arc::new(GlobalLimitExec::new(unlimited, 0, Some(fetch))) as _
            } else {
                unlimited
            }))
        })
        .data()
    }

    fn name(&self) -> &'static str {
        "limits_for_the_wire"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use datafusion::prelude::SessionContext;

    use super::*;

    /// Names and limits of a plan's nodes.
    async fn limits(sql: &str) -> Result<Vec<(String, usize)>> {
        let context = SessionContext::new();
        let frame = context.sql(sql).await?;
        let plan = frame.create_physical_plan().await?;
        let plan = LimitsForTheWire.optimize(plan, &ConfigOptions::default())?;
        let mut limits = Vec::new();
        let mut nodes = vec![plan];
        while let Some(node) = nodes.pop() {
            limits.extend(node.fetch().map(|fetch| (node.name().to_owned(), fetch)));
            nodes.extend(node.children().into_iter().cloned());
        }
        Ok(limits)
    }

    #[rstest::rstest]
    #[case::small("LIMIT 7", Some(7))]
    #[case::large("LIMIT 4294967297", Some(4_294_967_297))]
    #[case::large_and_an_offset("LIMIT 4294967297 OFFSET 2", Some(4_294_967_297))]
    #[case::an_offset_alone("OFFSET 2", None)]
    #[tokio::test]
    async fn limits_are_where_they_can_be_carried(
        #[case] limit: &str,
        #[case] kept: Option<usize>,
        #[values("", "WHERE x > 3")] cut: &str,
    ) {
        let sql = format!("SELECT * FROM generate_series(1, 10) AS t(x) {cut} {limit}");

        let limits = limits(&sql).await.unwrap();

        let too_large =
            |(name, fetch): &&(String, usize)| *fetch > MOST && name != "GlobalLimitExec";
        assert_eq!(limits.iter().find(too_large), None, "{limits:?}");
        let found = limits.iter().find(|(_, fetch)| Some(*fetch) == kept);
        assert_eq!(found.is_some(), kept.is_some(), "{limits:?}");
    }

    #[tokio::test]
    async fn an_offset_that_no_node_can_carry_is_refused() {
        let sql = "SELECT * FROM generate_series(1, 10) AS t(x) OFFSET 4294967296";
        let error = limits(sql).await.unwrap_err().to_string();
        assert!(error.contains("OFFSET 4294967296 is too large"), "{error}");
    }
}
