//! What the cache holds: pinned columns, and no more than their arrays.

use datafusion::prelude::SessionContext;
use hepframe_root_source::{CacheFilter, ScanOptions};
use hepframe_root_write::{Column, TreeOptions};

use super::{PLENTY, caches, one_file, open, open_as};
use crate::fixture::{
    cache as trees_only, numbers, run, session, sorted, statistics, tiny_steps, write_tree,
};

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
