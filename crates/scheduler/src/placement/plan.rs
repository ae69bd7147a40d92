//! Which chunks each partition of a stage reads, and whether a stage must stay in one task.
//!
//! Ballista cuts a stage into tasks by rewriting its leaves. What follows walks a plan the way
//! that rewriting does, so that partitions mean the same here and there.

use std::sync::Arc;

use ballista_core::execution_plans::{RangeShuffleReaderExec, ShuffleReaderExec};
use datafusion::datasource::physical_plan::FileScanConfig;
use datafusion::datasource::source::DataSourceExec;
use datafusion::physical_expr::Distribution;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::sorts::sort_preserving_merge::SortPreservingMergeExec;
use datafusion::physical_plan::union::UnionExec;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use hepframe_root_source::{Chunk, RootSource, chunk_key};

/// The first chunk of every run that a partition of a stage reads from ROOT files.
pub(crate) fn chunks_of(plan: &Arc<dyn ExecutionPlan>, partition: usize) -> Vec<Chunk> {
    let mut chunks = Vec::new();
    collect(plan, partition, &mut chunks);
    chunks
}

fn collect(plan: &Arc<dyn ExecutionPlan>, partition: usize, chunks: &mut Vec<Chunk>) {
    if let Some(scan) = plan.downcast_ref::<DataSourceExec>() {
        if let Some((config, _)) = scan.downcast_to_file_source::<RootSource>() {
            chunks.extend(chunks_of_group(config, partition));
        }
        return;
    }
    if plan.is::<UnionExec>() {
        let mut left = partition;
        for child in plan.children() {
            let count = child.output_partitioning().partition_count();
            if left < count {
                return collect(child, left, chunks);
            }
            left -= count;
        }
        return;
    }
    // Below these, every task reads everything: no partition is more at home than another.
    if plan.is::<CoalescePartitionsExec>() || plan.is::<SortPreservingMergeExec>() {
        return;
    }
    let required = plan.input_distribution_requirements();
    let mut required = required.per_child_distributions();
    for child in plan.children() {
        if !matches!(required.next(), Some(Distribution::SinglePartition)) {
            collect(child, partition, chunks);
        }
    }
}

fn chunks_of_group(config: &FileScanConfig, partition: usize) -> Vec<Chunk> {
    let Some(group) = config.file_groups.get(partition) else {
        return Vec::new();
    };
    let chunk = |file: &datafusion::datasource::listing::PartitionedFile| {
        let range = file.range.as_ref();
        let first = range.map_or(0, |range| u64::try_from(range.start).unwrap_or(0));
        let end = range.map_or(0, |range| u64::try_from(range.end).unwrap_or(0));
        let path = file.object_meta.location.as_ref();
        let key = chunk_key(config.object_store_url.as_str(), path, first);
        Chunk {
            key,
            weight: end.saturating_sub(first),
        }
    };
    group.files().iter().map(chunk).collect()
}

/// True if some operator above the stage's input needs all of it in one place: then all
/// partitions must go out as one task, or each task would answer for its part alone.
///
/// As `stage_has_input_collapse` of Ballista 55, which is private.
pub(crate) fn must_stay_whole(plan: &Arc<dyn ExecutionPlan>) -> bool {
    match plan.children().as_slice() {
        [child] => has_collapse(child),
        _ => false,
    }
}

fn has_collapse(node: &Arc<dyn ExecutionPlan>) -> bool {
    if node.is::<ShuffleReaderExec>() || node.is::<RangeShuffleReaderExec>() {
        return false;
    }
    if node.output_partitioning().partition_count() == 1 {
        return true;
    }
    match node.children().as_slice() {
        [child] => has_collapse(child),
        _ => false,
    }
}
