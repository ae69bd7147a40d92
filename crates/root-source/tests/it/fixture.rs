//! Small files and sessions for the tests.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Float32Type, Float64Type, Int32Type, Int64Type};
use datafusion::error::Result;
use datafusion::physical_plan::{ExecutionPlan, collect};
use datafusion::prelude::{SessionConfig, SessionContext};
use hepframe_root_source::{
    Caches, RootTable, RootUri, ScanOptions, ScanStatistics, scan_statistics,
};
use hepframe_root_write::{Codec, Column, FileWriter, TreeOptions};

/// Entries of a file of [`write_events`].
pub(crate) const ENTRIES: usize = 1_000;

/// A session with so many partitions; names keep their case.
pub(crate) fn session(partitions: usize) -> SessionContext {
    let config = SessionConfig::new()
        .with_target_partitions(partitions)
        .with_batch_size(128)
        .set_bool("datafusion.sql_parser.enable_ident_normalization", false);
    SessionContext::new_with_config(config)
}

/// Options under which even a tiny table has several partitions and steps.
pub(crate) fn tiny_steps() -> ScanOptions {
    ScanOptions {
        step_bytes: 4_000,
        partition_bytes: 1,
        chunk_entries: 100,
        ..ScanOptions::default()
    }
}

pub(crate) fn cache() -> Caches {
    Caches::of_metadata(64 << 20)
}

/// Opens a table and registers it as `t`.
pub(crate) async fn open(
    context: &SessionContext,
    uris: &[&str],
    options: ScanOptions,
) -> Result<Arc<RootTable>> {
    let uris: Vec<RootUri> = uris.iter().map(|uri| RootUri::parse(uri)).collect();
    let table = Arc::new(RootTable::open(&context.state(), &uris, options, cache()).await?);
    context.deregister_table("t")?;
    context.register_table("t", Arc::clone(&table) as _)?;
    Ok(table)
}

/// Writes a tree `Events` of [`ENTRIES`] entries: `id` (first, first + 1, ...), `x` = id / 2,
/// `n` = id % 4, `pt` (n values each: id + 0.25 k), `name` ("e<id>"), in clusters of 100 and
/// baskets of 25 entries (`pt`: 10).
pub(crate) fn write_events(path: &Path, first: i32, codec: Codec) {
    let ids: Vec<i32> = (first..first + ENTRIES as i32).collect();
    let counts: Vec<i32> = ids.iter().map(|id| id % 4).collect();
    let pt: Vec<f32> = ids
        .iter()
        .flat_map(|&id| (0..id % 4).map(move |k| id as f32 + 0.25 * k as f32))
        .collect();
    let x: Vec<f64> = ids.iter().map(|&id| f64::from(id) / 2.0).collect();
    let names: Vec<String> = ids.iter().map(|id| format!("e{id}")).collect();
    let options = TreeOptions::new()
        .codec(codec)
        .entries_per_cluster(100)
        .entries_per_basket(25)
        .branch_entries_per_basket("pt", 10);
    let columns = [
        ("id", Column::flat(ids)),
        ("x", Column::flat(x)),
        ("n", Column::flat(counts)),
        ("pt", Column::counted("n", pt)),
        ("name", Column::text(&names)),
    ];
    write_tree(path, "Events", options, &columns);
}

pub(crate) fn write_tree(
    path: &Path,
    tree: &str,
    options: TreeOptions,
    columns: &[(&str, Column)],
) {
    let mut file = FileWriter::create(path).unwrap();
    file.tree(tree, options, columns).unwrap();
    file.finish().unwrap();
}

/// The answer and the plan that gave it.
pub(crate) async fn run(
    context: &SessionContext,
    sql: &str,
) -> Result<(Vec<RecordBatch>, Arc<dyn ExecutionPlan>)> {
    let plan = context.sql(sql).await?.create_physical_plan().await?;
    let batches = collect(Arc::clone(&plan), context.task_ctx()).await?;
    Ok((batches, plan))
}

/// What the scans of a query did.
pub(crate) async fn statistics(context: &SessionContext, sql: &str) -> ScanStatistics {
    let (_, plan) = run(context, sql).await.unwrap();
    scan_statistics(plan.as_ref())
}

/// Numbers of the first column, as f64, in order of arrival.
pub(crate) async fn numbers(context: &SessionContext, sql: &str) -> Vec<f64> {
    let (batches, _) = run(context, sql).await.unwrap();
    let mut all = Vec::new();
    for batch in &batches {
        let column = batch.column(0);
        if let Some(values) = column.as_primitive_opt::<Int32Type>() {
            all.extend(values.values().iter().map(|&v| f64::from(v)));
        } else if let Some(values) = column.as_primitive_opt::<Int64Type>() {
            all.extend(values.values().iter().map(|&v| v as f64));
        } else if let Some(values) = column.as_primitive_opt::<Float32Type>() {
            all.extend(values.values().iter().map(|&v| f64::from(v)));
        } else if let Some(values) = column.as_primitive_opt::<Float64Type>() {
            all.extend(values.values());
        } else {
            panic!("{} is no number", column.data_type());
        }
    }
    all
}

/// As [`numbers`], sorted.
pub(crate) async fn sorted(context: &SessionContext, sql: &str) -> Vec<f64> {
    let mut all = numbers(context, sql).await;
    all.sort_by(f64::total_cmp);
    all
}

/// The physical plan as text.
pub(crate) async fn explain(context: &SessionContext, sql: &str) -> String {
    let plan = context
        .sql(sql)
        .await
        .unwrap()
        .create_physical_plan()
        .await
        .unwrap();
    datafusion::physical_plan::displayable(plan.as_ref())
        .indent(false)
        .to_string()
}
