//! Files in and out: Parquet, CSV, JSON and Arrow.

use std::path::Path;

use hepframe_engine::FileWriter;
use rstest::rstest;

use crate::files::Desk;

#[rstest]
#[case::parquet("parquet")]
#[case::csv("csv")]
#[case::json("json")]
#[case::arrow("arrow")]
#[tokio::test]
async fn what_copy_writes_can_be_queried(#[case] extension: &str) {
    let desk = Desk::new();

    let rows = desk
        .table(&format!(
            "COPY (SELECT id, evt.N FROM '@/events.root') TO '@/out.{extension}';
             SELECT count(*), sum(evt.N) FROM '@/out.{extension}'"
        ))
        .await;

    assert_eq!(rows[1], "10 285");
}

#[rstest]
#[case::parquet("out.parquet")]
#[case::csv("out.csv")]
#[case::tsv("out.tsv")]
#[case::json("out.json")]
#[case::arrow("out.arrow")]
#[tokio::test]
async fn what_a_file_writer_writes_can_be_queried(#[case] name: &str) {
    let desk = Desk::new();
    let batches = desk.rows("SELECT id, Muon_pt FROM '@/events.root'").await;

    let mut writer = FileWriter::create(&desk.path(name), &batches[0].schema()).unwrap();
    for batch in &batches {
        writer.write(batch).unwrap();
    }
    writer.finish().unwrap();

    let rows = desk
        .table(&format!("SELECT count(*), sum(id) FROM '@/{name}'"))
        .await;
    assert_eq!(rows[1], "10 45");
}

#[tokio::test]
async fn a_json_array_is_read_too() {
    let desk = Desk::new();
    std::fs::write(desk.path("a.json"), r#" [{"x": 1}, {"x": 2}]"#).unwrap();

    assert_eq!(
        desk.table("SELECT sum(x) AS s FROM '@/a.json'").await,
        ["s", "3"]
    );
}

#[tokio::test]
async fn a_name_full_of_odd_characters_is_a_file() {
    let desk = Desk::new();
    let name = "a b#c%20[1]*.csv";
    std::fs::write(desk.path(name), "x\n7\n").unwrap();

    assert_eq!(
        desk.table(&format!("SELECT x FROM '@/{name}'")).await,
        ["x", "7"]
    );
}

#[tokio::test]
async fn a_directory_of_parquet_files_is_one_table() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("many")).unwrap();

    let rows = desk
        .table(
            "COPY (SELECT id FROM '@/events.root' WHERE id < 5) TO '@/many/a.parquet';
             COPY (SELECT id FROM '@/events.root' WHERE id >= 5) TO '@/many/b.parquet';
             SELECT count(*) AS n FROM '@/many'",
        )
        .await;

    assert_eq!(rows, ["n", "10"]);
}

#[test]
fn an_output_name_decides_the_format() {
    assert!(FileWriter::format_of(Path::new("x.PARQUET")).is_ok());
    assert!(FileWriter::format_of(Path::new("x.root")).is_err());
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
