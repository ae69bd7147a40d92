//! What statements answer: order, statements in a row, statistics.

use arrow::array::AsArray;
use arrow::datatypes::Int32Type;
use futures::TryStreamExt;
use hepframe_engine::{Session, SessionOptions};

use crate::files::{Desk, write_events};

#[tokio::test(flavor = "multi_thread")]
async fn rows_come_in_the_order_of_the_files() {
    let desk = Desk::new();
    for part in 0..6 {
        write_events(
            &desk.path(&format!("part{part}.root")),
            part * 50..(part + 1) * 50,
        );
    }

    let batches = desk
        .rows("SELECT id FROM '@/part*.root:Events' WHERE id % 2 = 0")
        .await;

    let ids: Vec<i32> = batches
        .iter()
        .flat_map(|b| b.column(0).as_primitive::<Int32Type>().values())
        .copied()
        .collect();
    assert_eq!(ids, (0..300).step_by(2).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_limit_gives_the_first_rows() {
    let desk = Desk::new();

    let rows = desk.table("SELECT id FROM '@/events.root' LIMIT 3").await;

    assert_eq!(rows, ["id", "0", "1", "2"]);
}

#[tokio::test]
async fn from_alone_shows_all_columns() {
    let desk = Desk::new();

    let rows = desk
        .table("WITH t AS (SELECT id, id + 1 AS next FROM '@/events.root') FROM t LIMIT 1")
        .await;

    assert_eq!(rows, ["id next", "0 1"]);
}

#[tokio::test]
async fn statements_run_in_order_in_one_session() {
    let desk = Desk::new();

    let rows = desk
        .table(
            "CREATE TABLE t AS SELECT id FROM '@/events.root' WHERE id > 7;
             INSERT INTO t VALUES (99);
             CREATE EXTERNAL TABLE e STORED AS ROOT LOCATION '@/events.root'
                 OPTIONS ('tree' 'Events');
             SELECT (SELECT count(*) FROM t) AS t, (SELECT count(*) FROM e) AS e,
                    (SELECT count(*) FROM read_root('@/events.root', 'Events')) AS r",
        )
        .await;

    assert_eq!(rows, ["t e r", "3 10 10"]);
}

#[tokio::test]
async fn a_table_that_is_made_may_have_the_name_of_a_file_that_is_not_there() {
    let desk = Desk::new();

    let rows = desk
        .table(
            r#"CREATE TABLE "a.b" AS SELECT id FROM '@/events.root' WHERE id > 7;
               INSERT INTO "a.b" VALUES (99);
               CREATE OR REPLACE TABLE "c/d.root" AS SELECT count(*) AS n FROM "a.b";
               DROP TABLE "a.b";
               SELECT n FROM "c/d.root" "#,
        )
        .await;

    assert_eq!(rows, ["n", "3"]);
}

#[tokio::test]
async fn show_tables_lists_ones_own() {
    let desk = Desk::new();

    let rows = desk.table("CREATE VIEW v AS SELECT 1; SHOW TABLES").await;

    assert_eq!(rows, ["table_name table_type", "v VIEW"]);
}

#[tokio::test]
async fn a_list_of_files_is_one_table() {
    let desk = Desk::new();
    write_events(&desk.path("more.root"), 10..15);

    let rows = desk
        .table("SELECT count(*) AS n FROM read_root(['@/events.root', '@/more.root'], 'Events')")
        .await;

    assert_eq!(rows, ["n", "15"]);
}

#[tokio::test]
async fn statistics_tell_rows_and_bytes_once_the_stream_has_ended() {
    let desk = Desk::new();
    let sql = desk.sql("SELECT Muon_pt FROM '@/events.root:Events'");
    let mut query = desk.session.query(&sql).await.unwrap();

    let rows: Vec<_> = query.execute().await.unwrap().try_collect().await.unwrap();

    let statistics = query.statistics();
    assert_eq!(rows.iter().map(|batch| batch.num_rows()).sum::<usize>(), 10);
    assert_eq!(statistics.rows, 10);
    assert!(
        statistics.bytes_read > 0 && statistics.bytes_decompressed > 0,
        "{statistics:?}"
    );
    assert_eq!(query.progress().fraction(), Some(1.0));
}

#[tokio::test]
async fn counting_reads_no_basket() {
    let desk = Desk::new();
    let sql = desk.sql("SELECT count(*) FROM '@/events.root:Events'");
    let mut query = desk.session.query(&sql).await.unwrap();

    query.collect().await.unwrap();

    assert_eq!(query.statistics().baskets, 0);
}

#[tokio::test]
async fn a_changed_file_is_noticed() {
    let desk = Desk::new();
    assert_eq!(
        desk.table("SELECT count(*) AS n FROM '@/events.root'")
            .await,
        ["n", "10"]
    );

    write_events(&desk.path("events.root"), 0..25);

    assert_eq!(
        desk.table("SELECT count(*) AS n FROM '@/events.root'")
            .await,
        ["n", "25"]
    );
}

#[tokio::test]
async fn explain_shows_columns_and_predicate() {
    let desk = Desk::new();

    let plan = desk
        .table("EXPLAIN SELECT id FROM '@/events.root' WHERE nMuon > 1")
        .await
        .join("\n");

    assert!(plan.contains("columns=[id, nMuon]"), "{plan}");
    assert!(plan.contains("predicate=nMuon"), "{plan}");
}

#[tokio::test]
async fn a_session_takes_settings() {
    let options = SessionOptions {
        threads: Some(1),
        batch_rows: Some(3),
        memory_bytes: Some(64 << 20),
        ..SessionOptions::default()
    };
    let session = Session::local_with(&options).unwrap();

    let rows = session
        .collect("SELECT * FROM generate_series(1, 10)")
        .await
        .unwrap();

    assert!(rows.iter().all(|batch| batch.num_rows() <= 3));
    assert_eq!(rows.iter().map(|batch| batch.num_rows()).sum::<usize>(), 10);
}
