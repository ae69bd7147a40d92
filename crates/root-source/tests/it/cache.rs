//! The column cache: equal answers, nothing read twice, changed files never answered from it.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use datafusion::physical_plan::collect;
use datafusion::physical_plan::execution_plan::reset_plan_states;
use datafusion::prelude::SessionContext;
use futures::StreamExt;
use hepframe_root_source::{
    CacheFilter, CacheOptions, Caches, ColumnCache, RootTable, RootUri, ScanOptions,
    ScanStatistics, scan_statistics,
};
use hepframe_root_write::{Codec, Column, TreeOptions};
use rstest::rstest;

use crate::fixture::{
    ENTRIES, cache as trees_only, numbers, run, session, sorted, statistics, tiny_steps,
    write_events, write_tree,
};

/// Enough for every file of these tests.
pub(crate) const PLENTY: u64 = 64 << 20;

fn caches(bytes: u64) -> (Caches, Arc<ColumnCache>) {
    let columns = Arc::new(ColumnCache::new(CacheOptions { bytes }));
    let caches = Caches::of_metadata(64 << 20).with_columns(Arc::clone(&columns));
    (caches, columns)
}

pub(crate) async fn open(
    context: &SessionContext,
    path: &Path,
    options: ScanOptions,
    caches: &Caches,
) {
    open_as("t", context, path, options, caches).await;
}

pub(crate) async fn open_as(
    name: &str,
    context: &SessionContext,
    path: &Path,
    options: ScanOptions,
    caches: &Caches,
) {
    let uris = [RootUri::parse(path.to_str().unwrap())];
    let state = context.state();
    let table = RootTable::open(&state, &uris, options, caches.clone()).await;
    context.deregister_table(name).unwrap();
    context
        .register_table(name, Arc::new(table.unwrap()))
        .unwrap();
}

pub(crate) fn one_file() -> (tempfile::TempDir, std::path::PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.root");
    write_events(&path, 0, Codec::Zstd(1));
    (dir, path)
}

#[tokio::test]
async fn a_warm_query_reads_nothing() {
    let (_dir, path) = one_file();
    let (caches, columns) = caches(PLENTY);
    let context = session(2);
    open(&context, &path, tiny_steps(), &caches).await;
    let sql = "SELECT sum(x), sum(cardinality(pt)) FROM t WHERE n > 1";

    let cold = statistics(&context, sql).await;
    let warm = statistics(&context, sql).await;

    assert_eq!((cold.columns_read, cold.columns_from_cache), (3, 0));
    assert_eq!((warm.columns_read, warm.columns_from_cache), (0, 3));
    assert_eq!((warm.bytes_read, warm.baskets), (0, 0));
    assert_eq!(warm.bytes_from_cache, columns.bytes());
    assert!(cold.bytes_read > 0 && cold.bytes_from_cache == 0);
}

#[tokio::test]
async fn different_cuts_and_sessions_share_columns() {
    let (_dir, path) = one_file();
    let (caches, _) = caches(PLENTY);
    let (first, second) = (session(1), session(3));
    open(&first, &path, tiny_steps(), &caches).await;
    open(&second, &path, tiny_steps(), &caches).await;

    statistics(&first, "SELECT sum(x) FROM t WHERE id % 7 = 1").await;
    let other_cut = statistics(&second, "SELECT count(*) FROM t WHERE x > 3 AND id < 77").await;
    let more = statistics(&second, "SELECT sum(x), sum(n) FROM t").await;

    assert_eq!(other_cut.bytes_read, 0);
    assert_eq!((more.columns_read, more.columns_from_cache), (1, 1));
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_with_a_cache_are_those_without(
    #[values(1, 2, 3, 7)] partitions: usize,
    #[values(0, 20_000, PLENTY)] bytes: u64,
) {
    let dir = tempfile::tempdir().unwrap();
    for i in 0..3 {
        write_events(
            &dir.path().join(format!("{i}.root")),
            i * ENTRIES as i32,
            Codec::None,
        );
    }
    let (caches, columns) = caches(bytes);
    let context = session(partitions);
    open_as("plain", &context, dir.path(), tiny_steps(), &trees_only()).await;
    open(&context, dir.path(), tiny_steps(), &caches).await;
    let queries = [
        "SELECT id FROM {t}",
        "SELECT sum(n) FROM {t}",
        "SELECT x FROM {t} WHERE id % 97 = 3",
        "SELECT id FROM {t} WHERE name = 'e1234' OR name LIKE 'e99%'",
        "SELECT cast(cardinality(pt) AS int) FROM {t} WHERE id BETWEEN 950 AND 1100",
        "SELECT x FROM {t} WHERE id < 0",
        "SELECT id FROM {t} WHERE cardinality(pt) = 2 AND x > 200",
        "SELECT count(*) FROM {t} WHERE x IS NULL",
        "SELECT pt[1] FROM {t} WHERE n > 0 ORDER BY x DESC LIMIT 7",
        "SELECT 7 FROM {t}",
    ];

    for sql in queries.iter().chain(&queries) {
        let with = sorted(&context, &sql.replace("{t}", "t")).await;
        let without = sorted(&context, &sql.replace("{t}", "plain")).await;

        assert_eq!(with, without, "{sql}");
        assert!(columns.bytes() <= bytes, "{} of {bytes}", columns.bytes());
    }
}

#[tokio::test]
async fn a_limit_is_served_from_the_cache_and_else_reads_little() {
    let (_dir, path) = one_file();
    let (caches, columns) = caches(PLENTY);
    let context = session(1);
    open(&context, &path, tiny_steps(), &caches).await;

    let cold = statistics(&context, "SELECT pt FROM t LIMIT 10").await;
    let kept = columns.bytes();
    run(&context, "SELECT sum(cardinality(pt)), sum(id) FROM t")
        .await
        .unwrap();
    let (rows, _) = run(&context, "SELECT pt FROM t LIMIT 130").await.unwrap();
    let warm = statistics(&context, "SELECT id, pt FROM t LIMIT 130").await;

    // Part of a chunk is not kept.
    assert_eq!((cold.baskets, kept), (1, 0));
    assert_eq!(warm.bytes_read, 0);
    assert_eq!(
        rows.iter().map(|batch| batch.num_rows()).sum::<usize>(),
        130
    );
    assert_eq!(
        numbers(&context, "SELECT id FROM t LIMIT 130").await.len(),
        130
    );
}

#[tokio::test]
async fn a_file_that_changed_is_not_answered_from_the_cache() {
    let (_dir, path) = one_file();
    let (caches, _) = caches(PLENTY);
    let context = session(1);
    open(&context, &path, tiny_steps(), &caches).await;
    let sql = "SELECT sum(id) FROM t";
    assert_eq!(numbers(&context, sql).await, [499_500.0]);

    // Other contents of the same size.
    write_events(&path, 1_000, Codec::Zstd(1));
    open(&context, &path, tiny_steps(), &caches).await;
    let overwritten = statistics(&context, sql).await;
    assert_eq!(numbers(&context, sql).await, [1_499_500.0]);
    assert!(overwritten.bytes_read > 0);

    // The same contents at another time.
    let later = SystemTime::now() + Duration::from_secs(100);
    let file = std::fs::File::options().append(true).open(&path).unwrap();
    file.set_modified(later).unwrap();
    open(&context, &path, tiny_steps(), &caches).await;
    let touched = statistics(&context, sql).await;
    assert!(touched.bytes_read > 0);
}

#[tokio::test]
async fn a_file_put_in_place_with_the_old_time_and_size_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let (path, new) = (dir.path().join("a.root"), dir.path().join("b.root"));
    for (path, value) in [(&path, 1), (&new, 2)] {
        let columns = [("x", Column::flat(vec![value; 100]))];
        write_tree(path, "t", TreeOptions::new().codec(Codec::None), &columns);
    }
    let old = std::fs::metadata(&path).unwrap();
    let (caches, _) = caches(PLENTY);
    let context = session(1);
    open(&context, &path, tiny_steps(), &caches).await;
    assert_eq!(numbers(&context, "SELECT sum(x) FROM t").await, [100.0]);

    let file = std::fs::File::options().append(true).open(&new).unwrap();
    file.set_modified(old.modified().unwrap()).unwrap();
    std::fs::rename(&new, &path).unwrap();
    open(&context, &path, tiny_steps(), &caches).await;

    assert_eq!(std::fs::metadata(&path).unwrap().len(), old.len());
    assert_eq!(numbers(&context, "SELECT sum(x) FROM t").await, [200.0]);
}

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

#[tokio::test]
async fn a_column_that_a_file_lacks_or_that_is_widened_is_cached_where_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let options = || TreeOptions::new().entries_per_cluster(10);
    let narrow: Vec<i32> = (0..30).collect();
    let wide: Vec<i64> = (30..60).collect();
    let extra: Vec<f64> = (0..30).map(f64::from).collect();
    let write = |name: &str, columns: &[(&str, Column)]| {
        write_tree(&dir.path().join(name), "t", options(), columns);
    };
    write("0.root", &[("id", Column::flat(narrow))]);
    write(
        "1.root",
        &[("id", Column::flat(wide)), ("extra", Column::flat(extra))],
    );
    let (caches, _) = caches(PLENTY);
    let context = session(2);
    let options = ScanOptions {
        chunk_entries: 10,
        ..tiny_steps()
    };
    open(&context, dir.path(), options, &caches).await;

    for sql in [
        "SELECT id FROM t WHERE extra IS NULL OR extra > 27",
        "SELECT id FROM t",
    ] {
        let cold = sorted(&context, sql).await;
        let warm = sorted(&context, sql).await;

        let expected = if sql.contains("WHERE") { 32 } else { 60 };
        assert_eq!((cold.len(), &cold), (expected, &warm));
        assert_eq!(statistics(&context, sql).await.bytes_read, 0);
    }
}

#[tokio::test]
async fn chunks_that_cannot_match_are_skipped_once_their_bounds_are_known() {
    let (_dir, path) = one_file();
    let (caches, columns) = caches(PLENTY);
    let context = session(1);
    open(&context, &path, tiny_steps(), &caches).await;
    numbers(&context, "SELECT sum(n) FROM t WHERE id >= 0").await;

    let known = statistics(
        &context,
        "SELECT sum(x) FROM t WHERE id BETWEEN 150 AND 160",
    )
    .await;
    columns.clear();
    open(&context, &path, tiny_steps(), &caches).await;
    let again = statistics(&context, "SELECT sum(x) FROM t WHERE id < 50").await;

    // Ten chunks; of `x`, the baskets of one.
    assert_eq!((known.chunks_pruned, known.baskets), (9, 4));
    assert_eq!(again.chunks_pruned, 0, "CLEAR CACHE forgets bounds too");
    assert_eq!(
        numbers(&context, "SELECT sum(x) FROM t WHERE id < 50").await,
        [612.5]
    );
}

#[tokio::test]
async fn not_a_number_is_never_skipped() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("nan.root");
    let values = vec![1.0, f64::NAN, 2.0, -f64::NAN, 5.0, -0.0, 0.0, f64::INFINITY];
    let options = TreeOptions::new().entries_per_cluster(2);
    write_tree(&path, "t", options, &[("x", Column::flat(values))]);
    let (caches, _) = caches(PLENTY);
    let context = session(1);
    let options = ScanOptions {
        chunk_entries: 2,
        ..tiny_steps()
    };
    open_as("plain", &context, &path, options.clone(), &trees_only()).await;
    open(&context, &path, options, &caches).await;
    let filters = [
        "x > 3",
        "x < 0",
        "x = 0",
        "x <> 1",
        "NOT (x >= 2)",
        "x = 'NaN'::double",
    ];

    for filter in filters.iter().chain(&filters) {
        let count = |table: &str| format!("SELECT count(*) FROM {table} WHERE {filter}");
        let with = numbers(&context, &count("t")).await;

        assert_eq!(with, numbers(&context, &count("plain")).await, "{filter}");
    }
}

#[tokio::test]
async fn pinned_columns_stay_whatever_else_is_read() {
    let (_dir, path) = one_file();
    let (caches, columns) = caches(40_000);
    let context = session(2);
    let pinning = ScanOptions {
        pin: vec!["x".to_owned()],
        ..tiny_steps()
    };
    open_as("pinning", &context, &path, pinning, &caches).await;
    open(&context, &path, tiny_steps(), &caches).await;

    assert_eq!(
        numbers(&context, "SELECT count(*) FROM pinning").await,
        [1000.0]
    );
    for _ in 0..5 {
        sorted(
            &context,
            "SELECT id FROM t WHERE name <> '' AND cardinality(pt) >= 0",
        )
        .await;
    }
    let warm = statistics(&context, "SELECT sum(x) FROM t").await;
    let pinned: Vec<_> = columns.snapshot();
    let pinned: Vec<_> = pinned.iter().filter(|c| c.pinned_bytes > 0).collect();
    assert_eq!((warm.bytes_read, pinned.len()), (0, 1));
    assert_eq!((pinned[0].column.as_str(), pinned[0].entries), ("x", 1000));

    columns.unpin(&CacheFilter::default());
    assert!(
        columns
            .snapshot()
            .iter()
            .all(|column| column.pinned_bytes == 0)
    );
}

#[tokio::test]
async fn pinning_more_than_fits_is_an_error_that_says_the_sizes() {
    let (_dir, path) = one_file();
    let pinning = ScanOptions {
        pin: vec!["x".to_owned(), "name".to_owned()],
        ..tiny_steps()
    };
    let context = session(1);
    let (small, _) = caches(10_000);
    open(&context, &path, pinning.clone(), &small).await;
    let too_large = run(&context, "SELECT count(*) FROM t").await.unwrap_err();
    open(&context, &path, pinning, &trees_only()).await;
    let no_cache = run(&context, "SELECT count(*) FROM t").await.unwrap_err();

    let too_large = too_large.to_string();
    assert!(too_large.contains("MiB in the column cache"), "{too_large}");
    assert!(
        no_cache.to_string().contains("no column cache"),
        "{no_cache}"
    );
}

#[tokio::test]
async fn what_the_cache_holds_is_little_more_than_its_arrays() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("large.root");
    let n = 200_000;
    let counts: Vec<i32> = (0..n).map(|i| i % 5).collect();
    let values: usize = counts.iter().map(|&n| n as usize).sum();
    let columns = [
        ("x", Column::flat((0..n).map(f64::from).collect::<Vec<_>>())),
        ("n", Column::flat(counts)),
        ("pt", Column::counted("n", vec![1.0_f32; values])),
    ];
    let options = TreeOptions::new()
        .entries_per_cluster(70_000)
        .entries_per_basket(9_001);
    write_tree(&path, "t", options, &columns);
    let (caches, held) = caches(PLENTY);
    let context = session(1);
    let config = context.state().config().clone().with_batch_size(8192);
    let context = SessionContext::new_with_config(config);
    open(&context, &path, ScanOptions::default(), &caches).await;

    let (batches, _) = run(&context, "SELECT x, n, pt FROM t").await.unwrap();

    let arrow = 8 * n as u64 + 4 * n as u64 + 4 * (n as u64 + 1) + 4 * values as u64;
    assert!(
        held.bytes() as f64 <= 1.1 * arrow as f64,
        "{} of {arrow}",
        held.bytes()
    );
    assert!(held.bytes() >= arrow);
    // The same arrays, not copies.
    let (again, _) = run(&context, "SELECT x, n, pt FROM t").await.unwrap();
    for (first, second) in batches.iter().zip(&again) {
        let pointer =
            |batch: &arrow::array::RecordBatch| batch.column(0).to_data().buffers()[0].as_ptr();
        assert_eq!(pointer(first), pointer(second));
    }
}

#[tokio::test]
async fn a_plan_that_runs_again_looks_at_its_files_again() {
    let (_dir, path) = one_file();
    let (caches, _) = caches(PLENTY);
    let context = session(2);
    open(&context, &path, tiny_steps(), &caches).await;
    let frame = context.sql("SELECT sum(x) FROM t").await.unwrap();
    let plan = frame.create_physical_plan().await.unwrap();
    collect(Arc::clone(&plan), context.task_ctx())
        .await
        .unwrap();
    assert!(scan_statistics(plan.as_ref()).bytes_read > 0);

    write_events(&path, 5, Codec::None);
    let plan = reset_plan_states(plan).unwrap();
    let error = collect(plan, context.task_ctx())
        .await
        .unwrap_err()
        .to_string();

    assert!(
        error.contains("changed after the query was planned"),
        "{error}"
    );
}
