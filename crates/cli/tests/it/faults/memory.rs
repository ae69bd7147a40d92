//! What a cluster remembers: columns are read once, and read again only where they were lost.

use std::collections::HashMap;
use std::path::Path;

use hepframe_engine::{Session, Statistics};
use hepframe_root_write::{Codec, Column, FileWriter, TreeOptions};
use rstest::rstest;

use super::processes::{Processes, until};

/// Entries of a chunk, as the scan options have it.
const CHUNK: i32 = 128 << 10;

/// `id` and `twice`, in so many chunks and a bit.
fn write_chunks(path: &Path, entries: i32) {
    let options = TreeOptions::new()
        .codec(Codec::None)
        .entries_per_cluster(u64::try_from(CHUNK).unwrap())
        .entries_per_basket(32 << 10);
    let ids: Vec<i32> = (0..entries).collect();
    let twice: Vec<f64> = ids.iter().map(|id| f64::from(*id) * 2.0).collect();
    let columns = [("id", Column::flat(ids)), ("twice", Column::flat(twice))];
    let mut file = FileWriter::create(path).unwrap();
    file.tree("Events", options, &columns).unwrap();
    file.finish().unwrap();
}

async fn cost(session: &Session, sql: &str) -> Statistics {
    let mut query = session.query(sql).await.unwrap();
    query.collect().await.unwrap();
    query.statistics()
}

#[rstest]
#[case::ten_rows(10)]
#[case::one_chunk(CHUNK)]
#[case::two_chunks(CHUNK + 1000)]
#[case::three_chunks(3 * CHUNK)]
#[tokio::test(flavor = "multi_thread")]
async fn what_was_read_once_is_not_read_again(#[case] entries: i32) {
    let cluster = Processes::start_patient(3).await;
    write_chunks(&cluster.path("few.root"), entries);
    let session = cluster.session().await;
    let file = cluster.path("few.root").display().to_string();
    let queries = [
        format!("SELECT sum(id) FROM '{file}'"),
        format!("SELECT id FROM '{file}' WHERE id % 1000 = 1"),
        format!("SELECT id % 10, count(*) FROM '{file}' GROUP BY 1"),
        format!("SELECT id FROM '{file}' ORDER BY id LIMIT 3"),
        format!("SELECT sum(twice), sum(id) FROM '{file}'"),
    ];

    assert!(cost(&session, &queries[0]).await.bytes_read > 0);
    for sql in [&queries[0]; 4].into_iter().chain(&queries[1..4]) {
        assert_eq!(cost(&session, sql).await.bytes_read, 0, "{sql}");
    }
    // Another column, much more to read: where the first one is.
    let more = cost(&session, &queries[4]).await;
    assert_eq!(
        more.bytes_from_cache,
        cost(&session, &queries[0]).await.bytes_from_cache
    );
    for sql in &queries {
        assert_eq!(cost(&session, sql).await.bytes_read, 0, "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pinned_table_is_not_read_again() {
    let cluster = Processes::start_patient(2).await;
    write_chunks(&cluster.path("few.root"), 10);
    let session = cluster.session().await;
    let file = cluster.path("few.root").display().to_string();

    session.cache_table(&file, &[]).await.unwrap();

    for sql in [
        "SELECT sum(id), sum(twice)",
        "SELECT *",
        "SELECT count(twice)",
    ] {
        let sql = format!("{sql} FROM '{file}'");
        assert_eq!(cost(&session, &sql).await.bytes_read, 0, "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_executor_reads_its_share_again_and_no_more() {
    let mut cluster = Processes::start_patient(2).await;
    write_chunks(&cluster.path("many.root"), 9 * CHUNK);
    let session = cluster.session().await;
    let file = cluster.path("many.root").display().to_string();
    let sql = format!("SELECT sum(id), sum(twice) FROM '{file}'");
    cost(&session, &sql).await;
    let held = session.show_cache().await.unwrap();
    let mut bytes: HashMap<&str, u64> = HashMap::new();
    for column in &held {
        let name = column.executor.split('-').next().unwrap();
        *bytes.entry(name).or_default() += column.column.bytes;
    }

    let before = cluster.executor_ids().await.unwrap();
    cluster.kill_executor(0);
    cluster.replace_executor(0);
    until(async || {
        let mut ids = cluster.executor_ids().await?.into_iter();
        ids.find(|id| id.starts_with("e0-") && !before.contains(id))
    })
    .await;
    let again = cost(&session, &sql).await;
    let after = cost(&session, &sql).await;

    // Not cut evenly: nine chunks for two.
    let whole = bytes["e0"] + bytes["e1"];
    assert_eq!(again.bytes_from_cache, bytes["e1"], "{bytes:?}, {again:?}");
    assert_eq!(again.bytes_from_cache + bytes["e0"], whole);
    assert_eq!((after.bytes_read, after.bytes_from_cache), (0, whole));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_executor_with_a_disk_reads_nothing_again_after_its_death() {
    let mut cluster = Processes::start_patient_with_disks(2).await;
    write_chunks(&cluster.path("many.root"), 9 * CHUNK);
    let session = cluster.session().await;
    let file = cluster.path("many.root").display().to_string();
    let sql = format!("SELECT sum(id), sum(twice) FROM '{file}'");
    let cold = cost(&session, &sql).await;
    let held = until(async || {
        let shown = session.show_cache().await.ok()?;
        let mut columns = shown.iter().map(|shown| &shown.column);
        let values = |name: &str, entries: u64| {
            if name == "id" {
                4 * entries
            } else {
                8 * entries
            }
        };
        let are_written =
            columns.all(|column| column.disk_bytes > values(&column.column, column.entries));
        are_written.then_some(shown)
    })
    .await;
    let of_first = held
        .iter()
        .filter(|shown| shown.executor.starts_with("e0-"));
    let lost: u64 = of_first.map(|shown| shown.column.bytes).sum();

    let before = cluster.executor_ids().await.unwrap();
    cluster.kill_executor(0);
    cluster.replace_executor(0);
    until(async || {
        let mut ids = cluster.executor_ids().await?.into_iter();
        ids.find(|id| id.starts_with("e0-") && !before.contains(id))
    })
    .await;
    let again = cost(&session, &sql).await;

    assert!(cold.bytes_read > 0 && cold.bytes_from_disk == 0 && lost > 0);
    assert_eq!((again.bytes_read, again.bytes_from_disk), (0, lost));
}
