//! The column cache by SQL and by calls.

use hepframe_engine::{CacheOptions, Caches, ColumnCache, Session, SessionOptions, Statistics};

use crate::files::{Desk, write_events};

async fn cost(desk: &Desk, sql: &str) -> Statistics {
    let mut query = desk.session.query(&desk.sql(sql)).await.unwrap();
    query.collect().await.unwrap();
    query.statistics()
}

#[tokio::test]
async fn a_second_query_reads_nothing_and_says_so() {
    let desk = Desk::new();
    let sql = "SELECT sum(Muon_pt[1]) FROM '@/events.root' WHERE evt.N > 3";

    let cold = cost(&desk, sql).await;
    let warm = cost(&desk, sql).await;

    assert!(cold.bytes_read > 0);
    assert_eq!((cold.columns_read, cold.columns_from_cache), (2, 0));
    assert_eq!(
        (warm.bytes_read, warm.columns_read, warm.columns_from_cache),
        (0, 0, 2)
    );
    assert!(warm.bytes_from_cache > 0);
}

#[tokio::test]
async fn caching_a_table_loads_it_and_keeps_it() {
    let desk = Desk::new();
    desk.rows("CREATE EXTERNAL TABLE ev STORED AS ROOT LOCATION '@/events.root'")
        .await;

    let cached = desk.table("CACHE TABLE EV (evt.N, Muon_pt)").await;
    let shown = desk.table("SHOW CACHE").await;
    let warm = cost(
        &desk,
        "SELECT sum(evt.N), sum(cardinality(Muon_pt)) FROM ev",
    )
    .await;

    assert!(cached[1].starts_with("EV 2 10 "), "{cached:?}");
    assert_eq!(
        shown[0],
        "executor file tree column bytes chunks hits misses pinned disk disk_hits"
    );
    assert_eq!(shown.len(), 3);
    assert!(
        shown[1].starts_with("local /") && shown[1].contains("Events;1 Muon_pt"),
        "{shown:?}"
    );
    assert!(!shown[1].ends_with(" 0 0 0"), "{shown:?}");
    assert_eq!(warm.bytes_read, 0);

    desk.rows("uncache table ev").await;
    let shown = desk.table("show cache").await;
    assert!(
        shown.len() == 3 && shown[1..].iter().all(|row| row.ends_with(" 0 0 0")),
        "{shown:?}"
    );

    desk.rows("CLEAR CACHE").await;
    assert_eq!(desk.table("SHOW CACHE").await.len(), 1);
}

#[tokio::test]
async fn a_whole_location_and_a_view_can_be_cached() {
    let desk = Desk::new();
    desk.rows("CREATE VIEW v AS SELECT id, evt.P.x AS x FROM '@/events.root' WHERE nMuon > 0")
        .await;

    let view = desk.table("CACHE TABLE v (x)").await;
    let whole = desk.table("CACHE TABLE '@/events.root:Events'").await;

    assert!(view[1].starts_with("v 2 10 "), "{view:?}");
    assert!(whole[1].contains("events.root:Events 5 10 "), "{whole:?}");
    assert_eq!(cost(&desk, "SELECT * FROM v").await.bytes_read, 0);
}

#[tokio::test]
async fn many_files_are_one_table_in_the_cache_too() {
    let desk = Desk::new();
    for part in 0..3 {
        write_events(
            &desk.path(&format!("part{part}.root")),
            part * 50..(part + 1) * 50,
        );
    }

    let cached = desk.table("CACHE TABLE '@/part*.root' (id)").await;

    assert!(cached[1].contains(" 1 150 "), "{cached:?}");
    assert_eq!(desk.table("SHOW CACHE").await.len(), 4);
    let sum = desk.table("SELECT sum(id) FROM '@/part*.root'").await;
    assert_eq!(sum, ["sum(id)", "11175"]);
}

#[tokio::test]
async fn mistakes_are_explained() {
    let desk = Desk::new();
    desk.rows("CREATE TABLE mine AS SELECT 1 AS one").await;
    let cases = [
        (
            "CACHE TABLE mine",
            "`mine` cannot be kept in the column cache",
        ),
        (
            "CACHE TABLE '@/events.root' (ix)",
            "there is no column `ix`",
        ),
        ("CACHE TABLE '@/evets.root'", "events.root`"),
        ("CACHE TABLE nothing", "there is no table `nothing`"),
        ("CACHE '@/events.root'", "Expected: TABLE"),
        ("CLEAR ALL", "CACHE after CLEAR"),
    ];

    for (sql, part) in cases {
        let error = desk.error(sql).await;

        assert!(error.contains(part), "{sql}: {error}");
    }
}

#[tokio::test]
async fn a_session_without_a_cache_says_that_nothing_can_be_pinned() {
    let desk = Desk::new();
    let options = SessionOptions {
        cache_bytes: Some(0),
        ..SessionOptions::default()
    };
    let session = Session::local_with(&options).unwrap();

    let error = session
        .collect(&desk.sql("CACHE TABLE '@/events.root'"))
        .await
        .unwrap_err();
    let shown = session.show_cache().await.unwrap();

    assert!(error.to_string().contains("no column cache"), "{error}");
    assert_eq!(shown, []);
}

#[tokio::test]
async fn sessions_that_share_caches_share_columns_and_calls_do_what_sql_does() {
    let desk = Desk::new();
    let columns = std::sync::Arc::new(ColumnCache::new(CacheOptions { bytes: 8 << 20 }));
    let caches = Caches::default().with_columns(columns);
    let options = SessionOptions::default();
    let first = Session::local_sharing(&options, caches.clone()).unwrap();
    let second = Session::local_sharing(&options, caches).unwrap();
    let table = desk.sql("@/events.root");

    let reports = first.cache_table(&table, &["id", "evt.N"]).await.unwrap();
    let mut query = second
        .query(&desk.sql("SELECT sum(evt.N) FROM '@/events.root'"))
        .await
        .unwrap();
    query.collect().await.unwrap();
    let shown = second.show_cache().await.unwrap();
    let released = second.uncache_table(&table).await.unwrap();
    let dropped = first.clear_cache().await.unwrap();

    assert_eq!(
        (reports.len(), reports[0].columns, reports[0].rows),
        (1, 2, 10)
    );
    assert_eq!(query.statistics().bytes_read, 0);
    assert_eq!(shown.len(), 2);
    assert_eq!((released, dropped), (reports[0].bytes, reports[0].bytes));
    assert_eq!(second.show_cache().await.unwrap(), []);
}
