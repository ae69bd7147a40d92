//! Names that are no readable files: each is told, none is waited for.

use rstest::rstest;

use crate::files::Desk;

#[cfg(unix)]
#[rstest]
#[case::of_root("pipe.root")]
#[case::of_text("pipe.csv")]
#[case::without_extension("pipe")]
#[tokio::test]
async fn a_pipe_is_no_table(#[case] name: &str) {
    let desk = Desk::new();
    let made = std::process::Command::new("mkfifo")
        .arg(desk.path(name))
        .status();
    assert!(made.unwrap().success());

    let error = desk.error(&format!("SELECT 1 FROM '@/{name}'")).await;

    assert!(error.contains("is not a regular file"), "{error}");
}

#[rstest]
#[case::of_root("https://x.y/a.root")]
#[case::of_parquet("s3://bucket/*.parquet")]
#[case::of_a_file_server("root://host//a.root")]
#[case::without_extension("https://x.y/a")]
#[tokio::test]
async fn remote_files_are_not_read_yet(#[case] location: &str) {
    let desk = Desk::new();

    let error = desk.error(&format!("SELECT 1 FROM '{location}'")).await;

    assert!(error.contains("are not read yet; copy it"), "{error}");
}

#[tokio::test]
async fn a_table_of_a_remote_file_is_refused_when_it_is_made() {
    let error = Desk::new()
        .error("CREATE EXTERNAL TABLE t STORED AS PARQUET LOCATION 's3://bucket/x.parquet'")
        .await;

    assert!(error.contains("are not read yet; copy it"), "{error}");
}

#[tokio::test]
async fn a_directory_does_not_count_its_hidden_files() {
    let desk = Desk::new();
    std::fs::copy(desk.path("events.root"), desk.path("._events.root")).unwrap();

    let rows = desk.table("SELECT count(*) FROM '@'").await;

    assert_eq!(rows[1], "10");
}

#[tokio::test]
async fn a_file_removed_after_its_table_was_made_is_a_missing_file() {
    let desk = Desk::new();
    desk.register("events", "events.root").await;
    std::fs::remove_file(desk.path("events.root")).unwrap();

    let error = desk.session.collect("SELECT sum(id) FROM events").await;

    let error = error.unwrap_err();
    let name = desk.path("events.root").display().to_string();
    assert!(!error.to_string().contains("//"), "{error}");
    assert_eq!(error.missing_file(), Some((name, Vec::new())));
}

#[rstest]
#[case::an_unknown_format("COPY (SELECT 1 AS x) TO '@/x.xyz'", "must end in .parquet, .csv")]
#[case::no_format("COPY (SELECT 1 AS x) TO '@/x'", "must end in .parquet, .csv")]
#[case::a_root_file("COPY (SELECT 1 AS x) TO '@/x.root'", "ROOT files are not written")]
#[case::a_format_by_name(
    "COPY (SELECT 1 AS x) TO '@/x.csv' STORED AS ROOT",
    "ROOT is not written"
)]
#[case::no_directory("COPY (SELECT 1 AS x) TO '@/no/x.csv'", "there is no such directory")]
#[case::far_away(
    "COPY (SELECT 1 AS x) TO 's3://bucket/x.csv'",
    "remote files (s3) are not written"
)]
#[case::a_dropped_file("DROP TABLE '@/events.root'", "files are not dropped")]
#[case::rows_for_a_file("INSERT INTO '@/events.root' VALUES (1)", "ROOT files are only read")]
#[tokio::test]
async fn what_cannot_be_written_is_refused_before_anything_is(
    #[case] sql: &str,
    #[case] said: &str,
) {
    let desk = Desk::new();

    let error = desk.error(sql).await;

    assert!(error.contains(said), "{error}");
    let left = std::fs::read_dir(desk.path(".")).unwrap();
    assert_eq!(left.count(), 1);
}
