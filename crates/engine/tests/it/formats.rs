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

#[rstest]
#[case::a_directory("@/many")]
#[case::a_directory_with_a_slash("@/many/")]
#[case::a_pattern("@/many/*.csv")]
#[tokio::test]
async fn hidden_files_are_left_out(#[case] location: &str) {
    let desk = Desk::new();
    std::fs::create_dir_all(desk.path("many/.checkpoints")).unwrap();
    std::fs::create_dir_all(desk.path("many/below")).unwrap();
    for name in [
        "a.csv",
        "b c.csv",
        "._a.csv",
        ".checkpoints/a.csv",
        "below/a.csv",
    ] {
        std::fs::write(desk.path("many").join(name), "x\n7\n").unwrap();
    }

    let rows = desk
        .table(&format!(
            "SELECT count(*) AS n, sum(x) AS s FROM '{location}'"
        ))
        .await;

    assert_eq!(rows, ["n s", "2 14"]);
}

#[rstest]
#[case::a_path("SELECT sum(x) AS s FROM '@/a*.csv'")]
#[case::one_character("SELECT sum(x) AS s FROM '@/a?.csv'")]
#[case::a_table(
    "CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '@/a*.csv' OPTIONS ('format.has_header' 'true');
     SELECT sum(x) AS s FROM t"
)]
#[tokio::test]
async fn a_pattern_means_the_files_that_match(#[case] sql: &str) {
    let desk = Desk::new();
    for (name, number) in [("a1.csv", 1), ("a%2.csv", 2), ("a 3.csv", 4), ("b.csv", 8)] {
        std::fs::write(desk.path(name), format!("x\n{number}\n")).unwrap();
    }

    let expected = if sql.contains('?') { "1" } else { "7" };
    assert_eq!(desk.table(sql).await, ["s", expected]);
}

#[rstest]
#[case::no_file("@/nothing*.csv")]
#[case::an_empty_file("@/empty*.csv")]
#[tokio::test]
async fn a_pattern_without_files_is_told(#[case] location: &str) {
    let desk = Desk::new();
    std::fs::write(desk.path("empty.csv"), "").unwrap();

    let error = desk.error(&format!("SELECT * FROM '{location}'")).await;

    let told = format!("{location}: no such file or directory");
    assert!(error.contains(&desk.sql(&told)), "{error}");
}

#[rstest]
#[case::csv("csv")]
#[case::json("json")]
#[tokio::test]
async fn packed_text_is_read(#[case] format: &str) {
    let desk = Desk::new();
    let options = "OPTIONS ('format.compression' 'gzip')";

    let rows = desk
        .table(&format!(
            "COPY (SELECT id FROM '@/events.root' WHERE id < 5) TO '@/a.{format}.gz'
                 STORED AS {format} {options};
             COPY (SELECT id FROM '@/events.root' WHERE id >= 5) TO '@/b.{format}.gz'
                 STORED AS {format} {options};
             SELECT sum(id) AS s, count(*) AS n FROM '@/*.{format}.gz'"
        ))
        .await;

    assert_eq!(rows, ["s n", "45 10"]);
}

#[tokio::test]
async fn directories_like_year_2026_are_a_column() {
    let desk = Desk::new();
    for (year, number) in [(2025, 1), (2026, 2)] {
        let directory = desk.path(&format!("runs/year={year}"));
        std::fs::create_dir_all(&directory).unwrap();
        std::fs::write(directory.join("a.csv"), format!("x\n{number}\n")).unwrap();
    }

    let rows = desk
        .table(
            "CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '@/runs/'
                 OPTIONS ('format.has_header' 'true');
             SELECT x FROM t WHERE year = '2026'",
        )
        .await;

    assert_eq!(rows, ["x", "2"]);
}

#[rstest]
#[case("w[1].csv")]
#[case("a b#c%20[1]*.parquet")]
#[case("dir[2]/x?.json")]
#[tokio::test]
async fn copy_writes_names_full_of_odd_characters(#[case] name: &str) {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("dir[2]")).unwrap();

    let rows = desk
        .table(&format!(
            "COPY (SELECT id FROM '@/events.root') TO '@/{name}';
             SELECT sum(id) AS s FROM '@/{name}'"
        ))
        .await;

    assert_eq!(rows, ["s", "45"]);
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
