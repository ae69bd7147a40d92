//! Rows without ORDER BY come in the order of the file.
//!
//! DataFusion merges the partitions of a scan as they come, so `SELECT pt FROM t` would shuffle
//! events and `LIMIT 5` would give any five. Someone who compares columns with another tool, or
//! looks at the first events, expects the file's order. Where the plan from the scan up to the
//! merge only passes rows on, [`keep_file_order`] cuts the scan into small partitions and swaps the
//! merge for one that takes partition after partition. A few of them run at once, each up to some
//! megabytes ahead. What a cluster does for the same order is in [`cluster`].

pub(crate) mod cluster;
mod merge;

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::datasource::physical_plan::FileScanConfig;
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
use hepframe_root_source::{RootSource, in_small_parts};

use merge::InOrderExec;

/// The plan with a single output partition, in the file's order where that costs no extra work.
///
/// `threads` is how many of its partitions can run at a time.
pub(crate) fn keep_file_order(
    plan: Arc<dyn ExecutionPlan>,
    threads: usize,
) -> Result<Arc<dyn ExecutionPlan>> {
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
        match passing_rows_on(merge.input(), &in_parts)? {
            // One more than threads: the consumer takes the first while others work on the next.
            Some(input) => Ok(Transformed::yes(
                Arc::new(InOrderExec::new(input, fetch, threads + 1)) as _,
            )),
            None => Ok(Transformed::no(node)),
        }
    })
    .data()
}

/// What becomes of a scan whose rows are wanted in order.
type Settle<'a> = &'a dyn Fn(&Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan>;

/// A scan whose partitions follow each other: those of ROOT files small, and none takes files from
/// another.
fn in_parts(scan: &Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan> {
    match of_root(scan).and_then(in_small_parts) {
        Some(config) => DataSourceExec::from_data_source(config),
        None => scan
            .with_preserve_order(true)
            .unwrap_or_else(|| Arc::clone(scan)),
    }
}

/// What is scanned, if that is ROOT files.
fn of_root(scan: &Arc<dyn ExecutionPlan>) -> Option<&FileScanConfig> {
    let scan = scan.downcast_ref::<DataSourceExec>()?;
    let (config, _) = scan.downcast_to_file_source::<RootSource>()?;
    Some(config)
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
