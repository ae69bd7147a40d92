//! What holds in one process only: a cluster tells whole paths, and its executors write files.

use rstest::rstest;

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

#[rstest]
#[case("parquet")]
#[case("arrow")]
#[case("csv")]
#[case("json")]
#[tokio::test]
async fn a_copy_that_fails_leaves_the_old_file(#[case] extension: &str) {
    let desk = Desk::new();
    let file = desk.path(&format!("out/x.{extension}"));
    std::fs::create_dir(desk.path("out")).unwrap();
    let copy = |value: &str| {
        format!("COPY (SELECT {value} AS x FROM '@/events.root') TO '@/out/x.{extension}'")
    };
    desk.rows(&copy("id")).await;
    let written = std::fs::read(&file).unwrap();

    let fails = "CAST(CASE WHEN id = 7 THEN 'seven' ELSE '1' END AS INT)";
    let error = desk.error(&copy(fails)).await;

    assert!(error.contains("seven"), "{error}");
    assert_eq!(std::fs::read(&file).unwrap(), written);
    assert_eq!(std::fs::read_dir(desk.path("out")).unwrap().count(), 1);
    desk.rows(&copy("id + 1")).await;
    assert_ne!(std::fs::read(&file).unwrap(), written);
}
