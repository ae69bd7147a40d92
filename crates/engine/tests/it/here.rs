//! What holds in one process only: a cluster tells whole paths, and cuts scans otherwise.

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use hepframe_engine::{Session, SessionOptions};
use hepframe_root_write::{Column, FileWriter, TreeOptions};
use rstest::rstest;
use tempfile::TempDir;

use crate::files::Desk;

#[tokio::test]
async fn a_name_that_is_neither_table_nor_file_is_told_as_it_was_typed() {
    let desk = Desk::new();
    desk.rows(r#"CREATE TABLE "a.b" AS SELECT 1 AS x; DROP TABLE "a.b" "#)
        .await;

    let error = desk.error(r#"SELECT * FROM "a.b""#).await;
    assert!(error.contains("a.b: no such file"), "{error}");
    let error = desk
        .error(r#"CREATE TABLE "a.b" AS SELECT * FROM "x.y""#)
        .await;
    assert!(error.contains("x.y: no such file"), "{error}");
}

/// Large enough for several small parts in each file, which several threads read at a time.
#[rstest]
#[case::all_rows("", 0..900_000, 1)]
#[case::those_that_pass("WHERE id % 3 = 0", 0..900_000, 3)]
#[case::those_behind_the_first("LIMIT 400000 OFFSET 300000", 300_000..700_000, 1)]
#[case::the_first_that_pass("WHERE id >= 500000 LIMIT 7", 500_000..500_007, 1)]
#[tokio::test(flavor = "multi_thread")]
async fn rows_of_small_parts_come_in_the_order_of_the_files(
    #[case] tail: &str,
    #[case] expected: std::ops::Range<i64>,
    #[case] every: usize,
    #[values(0, 1 << 30)] cache_bytes: u64,
) {
    let directory = TempDir::new().unwrap();
    for part in 0..2_i64 {
        let ids: Vec<i64> = (part * 450_000..(part + 1) * 450_000).collect();
        let path = directory.path().join(format!("part{part}.root"));
        let mut file = FileWriter::create(&path).unwrap();
        let options = TreeOptions::new()
            .entries_per_cluster(40_000)
            .entries_per_basket(20_000);
        file.tree("Events", options, &[("id", Column::flat(ids))])
            .unwrap();
        file.finish().unwrap();
    }
    let session = Session::local_with(&SessionOptions {
        threads: Some(3),
        cache_bytes: Some(cache_bytes),
        ..SessionOptions::default()
    })
    .unwrap();
    let files = directory.path().display();

    let batches = session
        .collect(&format!(
            "SELECT id FROM '{files}/part*.root:Events' {tail}"
        ))
        .await
        .unwrap();

    let ids: Vec<i64> = batches
        .iter()
        .flat_map(|batch| batch.column(0).as_primitive::<Int64Type>().values())
        .copied()
        .collect();
    assert!(
        ids.iter().copied().eq(expected.step_by(every)),
        "{} rows",
        ids.len()
    );
}
