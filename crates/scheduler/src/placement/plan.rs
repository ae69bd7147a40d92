//! Which chunks each partition of a stage reads, and whether a stage must stay in one task.
//!
//! Ballista cuts a stage into tasks by rewriting its leaves. What follows walks a plan the way
//! that rewriting does, so that partitions mean the same here and there.

use std::sync::Arc;

use ballista_core::execution_plans::{RangeShuffleReaderExec, ShuffleReaderExec};
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfig};
use datafusion::datasource::source::DataSourceExec;
use datafusion::physical_expr::Distribution;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::sorts::sort_preserving_merge::SortPreservingMergeExec;
use datafusion::physical_plan::union::UnionExec;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use hepframe_root_source::{Chunk, RootSource, chunk_key};

/// The first chunk of every run that a partition of a stage reads from ROOT files.
///
/// What all tasks of a stage read, such as the build side of a join, is left out: no partition is
/// more at home there than another.
pub(crate) fn chunks_of(plan: &Arc<dyn ExecutionPlan>, partition: usize) -> Vec<Chunk> {
    let mut chunks = Vec::new();
    collect(plan, Reads::Partition(partition), &mut chunks);
    chunks
}

/// What a task reads of a part of its plan.
#[derive(Clone, Copy)]
enum Reads {
    /// One partition, as a task of several.
    Partition(usize),
    /// All of it: something above needs it in one place.
    Everything,
}

fn collect(plan: &Arc<dyn ExecutionPlan>, reads: Reads, chunks: &mut Vec<Chunk>) {
    if let Some(scan) = plan.downcast_ref::<DataSourceExec>() {
        if let Some((config, _)) = scan.downcast_to_file_source::<RootSource>() {
            let groups = match reads {
                Reads::Partition(partition) => config.file_groups.get(partition..=partition),
                Reads::Everything => Some(config.file_groups.as_slice()),
            };
            let groups = groups.into_iter().flatten();
            chunks.extend(groups.flat_map(|group| chunks_of_group(config, group)));
        }
        return;
    }
    if let Reads::Partition(partition) = reads
        && plan.is::<UnionExec>()
    {
        let mut left = partition;
        for child in plan.children() {
            let count = child.output_partitioning().partition_count();
            if left < count {
                return collect(child, Reads::Partition(left), chunks);
            }
            left -= count;
        }
        return;
    }
    // What an operator of several partitions needs in one place, each of its tasks reads whole.
    // One of a single partition is in a single task, which is at home where its input is.
    let of_needed = match reads {
        Reads::Partition(_) if plan.output_partitioning().partition_count() > 1 => None,
        _ => Some(Reads::Everything),
    };
    let needs_all = plan.is::<CoalescePartitionsExec>() || plan.is::<SortPreservingMergeExec>();
    let required = plan.input_distribution_requirements();
    let mut required = required.per_child_distributions();
    for child in plan.children() {
        let is_needed = matches!(required.next(), Some(Distribution::SinglePartition));
        let reads = if needs_all || is_needed {
            of_needed
        } else {
            Some(reads)
        };
        if let Some(reads) = reads {
            collect(child, reads, chunks);
        }
    }
}

fn chunks_of_group<'a>(
    config: &'a FileScanConfig,
    group: &'a FileGroup,
) -> impl Iterator<Item = Chunk> + 'a {
    group.files().iter().map(|file| {
        let range = file.range.as_ref();
        let first = range.map_or(0, |range| u64::try_from(range.start).unwrap_or(0));
        let end = range.map_or(0, |range| u64::try_from(range.end).unwrap_or(0));
        let path = file.object_meta.location.as_ref();
        Chunk {
            key: chunk_key(config.object_store_url.as_str(), path, first),
            weight: end.saturating_sub(first),
        }
    })
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
