//! A scan rebuilt from what a plan carries over the wire, elsewhere and with an empty cache.

use std::sync::Arc;

use datafusion::datasource::physical_plan::{FileScanConfig, FileScanConfigBuilder};
use datafusion::datasource::source::DataSourceExec;
use datafusion::error::Result;
use datafusion::physical_plan::{ExecutionPlan, collect};
use datafusion::prelude::SessionContext;
use futures::StreamExt;
use hepframe_root_source::{RootSource, ScanOptions};
use hepframe_root_write::Codec;

use crate::fixture::{cache, open, session, tiny_steps, write_events};

/// The plan of a filtered scan of one file.
async fn planned(
    context: &SessionContext,
    path: &std::path::Path,
) -> (Arc<dyn ExecutionPlan>, FileScanConfig) {
    write_events(path, 0, Codec::Zstd(1));
    open(context, &[path.to_str().unwrap()], tiny_steps())
        .await
        .unwrap();
    let frame = context
        .sql("SELECT pt, id + 1 AS next FROM t WHERE n = 3")
        .await
        .unwrap();
    let plan = frame.create_physical_plan().await.unwrap();
    let scan = plan
        .downcast_ref::<DataSourceExec>()
        .expect("a plan of one scan");
    let (config, _) = scan.downcast_to_file_source::<RootSource>().unwrap();
    (Arc::clone(&plan), config.clone())
}

/// The same scan from its groups, schema, predicate, projection and options alone.
fn rebuilt(config: &FileScanConfig) -> Result<Arc<dyn ExecutionPlan>> {
    let source = config.file_source();
    let options = source.downcast_ref::<RootSource>().unwrap().options();
    let options: ScanOptions =
        serde_json::from_str(&serde_json::to_string(options).unwrap()).unwrap();
    let projection = source.projection().unwrap();
    let source = RootSource::new(source.table_schema().clone(), options, cache())
        .with_predicate(source.filter());
    let source = datafusion::datasource::physical_plan::FileSource::try_pushdown_projection(
        &source, projection,
    )?
    .unwrap();
    let config = FileScanConfigBuilder::new(config.object_store_url.clone(), source)
        .with_file_groups(config.file_groups.clone())
        .build();
    Ok(DataSourceExec::from_data_source(config))
}

#[tokio::test]
async fn a_rebuilt_scan_gives_the_same_rows() {
    let dir = tempfile::tempdir().unwrap();
    let context = session(1);
    let (plan, config) = planned(&context, &dir.path().join("a.root")).await;

    let there = collect(rebuilt(&config).unwrap(), session(1).task_ctx())
        .await
        .unwrap();
    let here = collect(plan, context.task_ctx()).await.unwrap();

    assert_eq!(there, here);
    assert_eq!(
        here.iter()
            .map(arrow::array::RecordBatch::num_rows)
            .sum::<usize>(),
        250
    );
}

#[tokio::test]
async fn a_damaged_plan_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let context = session(1);
    let (_, mut config) = planned(&context, &dir.path().join("a.root")).await;
    let file = config.file_groups[0].iter().next().unwrap().clone();
    for (start, end) in [(0, 1001), (-1, 5), (7, 3)] {
        config.file_groups = vec![vec![file.clone().with_range(start, end)].into()];

        let error = collect(rebuilt(&config).unwrap(), context.task_ctx())
            .await
            .unwrap_err();

        assert!(error.to_string().contains("the tree has 1000"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropping_the_stream_ends_the_work() {
    let dir = tempfile::tempdir().unwrap();
    let context = session(1);
    let (plan, _) = planned(&context, &dir.path().join("a.root")).await;
    let alive = tokio::runtime::Handle::current().metrics();
    let before = alive.num_alive_tasks();

    let mut stream = plan.execute(0, context.task_ctx()).unwrap();
    stream.next().await.unwrap().unwrap();
    drop(stream);

    // Aborted tasks go at their next turn.
    while alive.num_alive_tasks() > before {
        tokio::task::yield_now().await;
    }
}
