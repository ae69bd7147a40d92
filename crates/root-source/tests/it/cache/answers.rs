//! Answers with a cache are those without, and read nothing twice.

use hepframe_root_source::ScanOptions;
use hepframe_root_write::{Codec, Column, TreeOptions};
use rstest::rstest;

use super::{PLENTY, caches, one_file, open, open_as};
use crate::fixture::{
    ENTRIES, cache as trees_only, numbers, run, session, sorted, statistics, tiny_steps,
    write_events, write_tree,
};

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
