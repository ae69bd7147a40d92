//! What reaches the scan: projection, filters, limits, counts; proven by plan and by bytes.

use hepframe_root_write::Codec;

use crate::fixture::{explain, numbers, open, session, statistics, tiny_steps, write_events};

async fn one_file(partitions: usize) -> (tempfile::TempDir, datafusion::prelude::SessionContext) {
    let dir = tempfile::tempdir().unwrap();
    write_events(&dir.path().join("a.root"), 0, Codec::None);
    let context = session(partitions);
    open(&context, &[dir.path().to_str().unwrap()], tiny_steps())
        .await
        .unwrap();
    (dir, context)
}

#[tokio::test]
async fn counting_rows_reads_nothing() {
    let (_dir, context) = one_file(4).await;

    let plan = explain(&context, "SELECT count(*), count(pt) FROM t").await;

    assert!(
        plan.contains("PlaceholderRowExec") && !plan.contains("DataSourceExec"),
        "{plan}"
    );
    assert_eq!(numbers(&context, "SELECT count(*) FROM t").await, [1000.0]);
}

#[tokio::test]
async fn the_plan_shows_tree_columns_and_predicate() {
    let (_dir, context) = one_file(1).await;

    let plan = explain(&context, "SELECT pt FROM t WHERE n = 2").await;

    assert!(!plan.contains("FilterExec"), "{plan}");
    for part in [
        "a.root:0..1000",
        "projection=[pt]",
        "file_type=root",
        "tree=Events",
        "columns=[pt, n]",
        "predicate=n@2 = 2",
    ] {
        assert!(plan.contains(part), "{part} in {plan}");
    }
}

#[tokio::test]
async fn only_the_columns_of_the_query_are_read() {
    let (_dir, context) = one_file(1).await;

    let one = statistics(&context, "SELECT sum(id) FROM t").await;
    let two = statistics(&context, "SELECT sum(id), sum(x) FROM t").await;

    assert_eq!(one.bytes_decompressed, 4 * 1000);
    assert_eq!(two.bytes_decompressed, 12 * 1000);
}

#[tokio::test]
async fn expressions_over_columns_are_computed_in_the_scan() {
    let (_dir, context) = one_file(1).await;

    assert_eq!(
        numbers(&context, "SELECT x * 4 + id FROM t WHERE id = 10").await,
        [30.0]
    );
}

#[tokio::test]
async fn baskets_without_survivors_are_not_read() {
    let (_dir, context) = one_file(1).await;

    let all = statistics(&context, "SELECT sum(cardinality(pt)), sum(id) FROM t").await;
    let few = statistics(
        &context,
        "SELECT sum(cardinality(pt)) FROM t WHERE id IN (3, 503)",
    )
    .await;
    let none = statistics(&context, "SELECT sum(cardinality(pt)) FROM t WHERE id < 0").await;

    // 40 baskets of the filter's column; of `pt` 2 or none of 100.
    assert_eq!((all.baskets, few.baskets, none.baskets), (140, 42, 40));
    assert!(few.bytes_read < all.bytes_read);
}

#[tokio::test]
async fn a_limit_reads_no_more_than_it_needs() {
    let (_dir, context) = one_file(4).await;

    let ten = statistics(&context, "SELECT id FROM t LIMIT 10").await;
    let ids = numbers(&context, "SELECT id FROM t LIMIT 10").await;
    let many = numbers(&context, "SELECT id FROM t LIMIT 5000").await;
    let filtered = numbers(&context, "SELECT id FROM t WHERE id >= 500 LIMIT 10").await;
    let skipped = numbers(&context, "SELECT id FROM t LIMIT 10 OFFSET 995").await;

    assert_eq!(ten.baskets, 1);
    assert_eq!(ids, (0..10).map(f64::from).collect::<Vec<_>>());
    assert_eq!((many.len(), filtered.len(), skipped.len()), (1000, 10, 5));
}

#[tokio::test]
async fn queries_without_columns_have_the_right_number_of_rows() {
    let (_dir, context) = one_file(3).await;

    let filtered = numbers(&context, "SELECT count(*) FROM t WHERE n = 3").await;
    let constants = numbers(&context, "SELECT 7 FROM t").await;

    assert_eq!(filtered, [250.0]);
    assert_eq!(constants, vec![7.0; 1000]);
}

#[tokio::test]
async fn explain_analyze_shows_what_the_scan_did() {
    let (_dir, context) = one_file(1).await;

    let frame = context
        .sql("EXPLAIN ANALYZE SELECT sum(x) FROM t WHERE id = 3")
        .await
        .unwrap();
    let text = frame.to_string().await.unwrap();

    for name in [
        "files=",
        "clusters=",
        "baskets=",
        "baskets_skipped=",
        "rows_pruned=",
        "bytes_read=",
        "bytes_decompressed=",
        "time_waiting=",
        "time_decoding=",
    ] {
        assert!(text.contains(name), "{name} in {text}");
    }
}
