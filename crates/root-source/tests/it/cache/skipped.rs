//! Chunks that cannot match are skipped once their bounds are known.

use hepframe_root_source::ScanOptions;
use hepframe_root_write::{Column, TreeOptions};

use super::{PLENTY, caches, one_file, open, open_as};
use crate::fixture::{cache as trees_only, numbers, session, statistics, tiny_steps, write_tree};

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
