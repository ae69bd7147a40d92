//! Rows without ORDER BY come in the order of the file.
//!
//! DataFusion merges the partitions of a scan as they come, so `SELECT pt FROM t` would shuffle
//! events and `LIMIT 5` would give any five. Someone who compares columns with another tool, or
//! looks at the first events, expects the file's order. Where the plan from the scan up to the
//! merge only passes rows on, [`keep_file_order`] swaps the merge for one that takes partition
//! after partition. They still all run at once, each up to a few megabytes ahead. What a cluster
//! does for the same order is in [`cluster`].

pub(crate) mod cluster;
mod merge;

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::datasource::source::DataSourceExec;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::limit::{GlobalLimitExec, LocalLimitExec};
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::union::UnionExec;
use datafusion::physical_plan::unnest::UnnestExec;
use datafusion::physical_plan::{
    ExecutionPlan, ExecutionPlanProperties, Partitioning, replace_children_if_necessary,
};

use merge::InOrderExec;

/// The plan with a single output partition, in the file's order where that costs no extra work.
pub(crate) fn keep_file_order(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    let plan = if plan.output_partitioning().partition_count() > 1 {
        Arc::new(CoalescePartitionsExec::new(plan)) as Arc<dyn ExecutionPlan>
    } else {
        plan
    };
    plan.transform_up(|node| {
        let Some(merge) = node.downcast_ref::<CoalescePartitionsExec>() else {
            return Ok(Transformed::no(node));
        };
        let fetch = ExecutionPlan::fetch(merge);
        match passing_rows_on(merge.input(), &untouched_by_others)? {
            Some(input) => {
                let all = input.output_partitioning().partition_count();
                Ok(Transformed::yes(
                    Arc::new(InOrderExec::new(input, fetch, all)) as _,
                ))
            }
            None => Ok(Transformed::no(node)),
        }
    })
    .data()
}

/// What becomes of a scan whose rows are wanted in order.
type Settle<'a> = &'a dyn Fn(&Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan>;

/// A scan whose partitions do not take files from each other.
fn untouched_by_others(scan: &Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan> {
    scan.with_preserve_order(true)
        .unwrap_or_else(|| Arc::clone(scan))
}

/// The subtree in file order, its scans as `settle` makes them, or `None` if some operator in it
/// mixes rows.
///
/// A round-robin repartition only spreads rows over threads; here it is taken out.
fn passing_rows_on(
    node: &Arc<dyn ExecutionPlan>,
    settle: Settle<'_>,
) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    if let Some(spread) = node.downcast_ref::<RepartitionExec>()
        && matches!(spread.partitioning(), Partitioning::RoundRobinBatch(_))
    {
        return passing_rows_on(spread.input(), settle);
    }
    if node.is::<DataSourceExec>() {
        return Ok(Some(settle(node)));
    }
    let passes = node.is::<ProjectionExec>()
        || node.is::<FilterExec>()
        || node.is::<LocalLimitExec>()
        || node.is::<GlobalLimitExec>()
        || node.is::<UnnestExec>()
        || node.is::<UnionExec>()
        || node.is::<CooperativeExec>()
        || node.is::<CoalescePartitionsExec>()
        || node.is::<InOrderExec>();
    if !passes {
        return Ok(None);
    }
    let children: Option<Vec<_>> = node
        .children()
        .into_iter()
        .map(|child| passing_rows_on(child, settle))
        .collect::<Result<Vec<_>>>()?
        .into_iter()
        .collect();
    match children {
        Some(children) => replace_children_if_necessary(Arc::clone(node), children).map(Some),
        None => Ok(None),
    }
}
