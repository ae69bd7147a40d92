//! Queries at the same time share what is read, and none waits for one that is gone.

use datafusion::prelude::SessionContext;
use futures::StreamExt;
use hepframe_root_source::{ScanOptions, ScanStatistics};

use super::{PLENTY, caches, one_file, open};
use crate::fixture::{numbers, session, statistics, tiny_steps};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_equal_queries_decode_each_chunk_once() {
    let (_dir, path) = one_file();
    let (caches, _) = caches(PLENTY);
    let contexts: Vec<SessionContext> = (0..8).map(|i| session(1 + i % 3)).collect();
    for context in &contexts {
        open(context, &path, tiny_steps(), &caches).await;
    }
    let sql = "SELECT sum(x), sum(cardinality(pt)) FROM t WHERE id >= 0";

    let queries = contexts
        .into_iter()
        .map(|context| tokio::spawn(async move { statistics(&context, sql).await }));
    let all: Vec<ScanStatistics> = futures::future::join_all(queries.collect::<Vec<_>>())
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();

    // 40 baskets of `id` and of `x`, 100 of `pt`.
    let baskets: u64 = all.iter().map(|statistics| statistics.baskets).sum();
    assert_eq!(baskets, 180);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_query_that_nobody_polls_keeps_nobody_waiting() {
    let (_dir, path) = one_file();
    let (caches, _) = caches(PLENTY);
    let context = session(1);
    // All of the file is one chunk, and one step.
    let options = ScanOptions::default();
    open(&context, &path, options, &caches).await;
    let frame = context.sql("SELECT x, pt FROM t").await.unwrap();
    let plan = frame.create_physical_plan().await.unwrap();

    let mut idle = plan.execute(0, context.task_ctx()).unwrap();
    for _ in 0..3 {
        futures::future::poll_immediate(idle.next()).await;
    }
    let sums = numbers(&context, "SELECT sum(x) FROM t").await;

    assert_eq!(sums, [249_750.0]);
    drop(idle);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_query_leaves_nobody_waiting() {
    let (_dir, path) = one_file();
    let (caches, _) = caches(PLENTY);
    let context = session(1);
    open(&context, &path, tiny_steps(), &caches).await;

    for polls in 0..20 {
        let sql = "SELECT x, pt FROM t WHERE id >= 0";
        let plan = context
            .sql(sql)
            .await
            .unwrap()
            .create_physical_plan()
            .await
            .unwrap();
        let mut stream = plan.execute(0, context.task_ctx()).unwrap();
        for _ in 0..polls {
            futures::future::poll_immediate(stream.next()).await;
        }
        drop(stream);
    }

    let ids = numbers(
        &context,
        "SELECT sum(x), sum(cardinality(pt)) FROM t WHERE id >= 0",
    )
    .await;
    assert_eq!(ids, [249_750.0]);
}
