//! Files that change are never answered from the cache.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use datafusion::physical_plan::collect;
use datafusion::physical_plan::execution_plan::reset_plan_states;
use hepframe_root_source::scan_statistics;
use hepframe_root_write::{Codec, Column, TreeOptions};

use super::{PLENTY, caches, one_file, open};
use crate::fixture::{numbers, session, statistics, tiny_steps, write_events, write_tree};

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
