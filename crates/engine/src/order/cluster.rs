//! The order of the files on a cluster.
//!
//! A scan is cut by where its columns are kept, so its partitions follow each other in no order.
//! Where an answer needs the order, [`ScansInFileOrder`] cuts it anew when a query is planned,
//! and [`merge_in_order`] takes rows partition after partition where a task reads what others
//! wrote. The client fetches results in the order of their partitions anyway.

use std::sync::Arc;

use ballista_core::execution_plans::ShuffleReaderExec;
use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::datasource::source::DataSourceExec;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::joins::{CrossJoinExec, HashJoinExec, NestedLoopJoinExec};
use datafusion::physical_plan::{ExecutionPlan, replace_children_if_necessary};
use hepframe_root_source::in_file_order;

use super::merge::InOrderExec;
use super::{Settle, of_root, passing_rows_on};

/// Partitions of a scan in order, for each slot of the cluster: each costs a few milliseconds of
/// its slot, and with fewer more of them hold columns of several homes.
const MOST_PER_SLOT: usize = 16;

/// Files of other tasks that a merge fetches ahead of their turn.
const FETCHED_AHEAD: usize = 8;

/// Cuts scans in the order of the files, where their rows reach the answer, or a LIMIT or a
/// window, in the order they are read. The last rule of a scheduler's plans.
#[derive(Debug)]
pub struct ScansInFileOrder;

impl PhysicalOptimizerRule for ScansInFileOrder {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        config: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let most = config.execution.target_partitions * MOST_PER_SLOT;
        in_order(&plan, &|scan| cut_in_order(scan, most))
    }

    fn name(&self) -> &'static str {
        "scans_in_file_order"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

fn cut_in_order(scan: &Arc<dyn ExecutionPlan>, most: usize) -> Arc<dyn ExecutionPlan> {
    match of_root(scan).and_then(|config| in_file_order(config, most)) {
        Some(config) => DataSourceExec::from_data_source(config),
        None => Arc::clone(scan),
    }
}

/// The subtree, whose rows are wanted in order, with its scans in order as far as it keeps it.
fn in_order(node: &Arc<dyn ExecutionPlan>, settle: Settle<'_>) -> Result<Arc<dyn ExecutionPlan>> {
    match passing_rows_on(node, settle)? {
        Some(ordered) => Ok(ordered),
        None => below(node, settle),
    }
}

/// The node with its inputs in order where they are merged.
fn below(node: &Arc<dyn ExecutionPlan>, settle: Settle<'_>) -> Result<Arc<dyn ExecutionPlan>> {
    let is_join =
        node.is::<HashJoinExec>() || node.is::<CrossJoinExec>() || node.is::<NestedLoopJoinExec>();
    let mut children = Vec::new();
    for child in node.children() {
        let merge = child.downcast_ref::<CoalescePartitionsExec>();
        let fetch = merge.and_then(ExecutionPlan::fetch);
        // The rows that a join keeps may lie in any order, unless they are the first of many.
        let wants_order = merge.is_some() && (fetch.is_some() || !is_join);
        let child = if wants_order {
            in_order(child, settle)?
        } else {
            below(child, settle)?
        };
        children.push(child);
    }
    replace_children_if_necessary(Arc::clone(node), children)
}

/// A task's plan, with merges that take what earlier tasks wrote in the order of their partitions.
///
/// # Errors
/// If the plan cannot be put together again.
pub fn merge_in_order(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    plan.transform_up(|node| {
        let merge = node.downcast_ref::<CoalescePartitionsExec>();
        let Some(merge) = merge.filter(|merge| merge.input().is::<ShuffleReaderExec>()) else {
            return Ok(Transformed::no(node));
        };
        let (input, fetch) = (Arc::clone(merge.input()), ExecutionPlan::fetch(merge));
        Ok(Transformed::yes(
            Arc::new(InOrderExec::new(input, fetch, FETCHED_AHEAD)) as _,
        ))
    })
    .data()
}
