//! `hepframe sql`, and SQL from standard input.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use crate::desk::{Desk, EVENTS, Ended};

#[test]
fn an_answer_is_a_table() {
    let desk = Desk::new();

    let ended = desk.run(&["sql", "SELECT count(*) AS n FROM 'events.root:Events'"]);

    assert_eq!(ended.out, "    n\n──────\n 2000\n(1 row)\n");
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
}

#[test]
fn a_long_answer_is_cut_and_counted() {
    let desk = Desk::new();

    let ended = desk.run(&[
        "sql",
        "--rows",
        "3",
        "-t",
        "ev=events.root:Events",
        "SELECT event FROM ev",
    ]);

    assert!(
        ended
            .out
            .ends_with("… 1 997 more rows (--rows N shows more, -o FILE saves all)\n"),
        "{}",
        ended.out
    );
    assert_eq!(ended.out.lines().count(), 2 + 3 + 1);
}

#[test]
fn a_histogram_is_drawn_or_written_for_python() {
    let desk = Desk::new();
    let sql = "SELECT h1(nMuon, 3, 0, 3) AS muons FROM 'events.root:Events'";

    let drawn = desk.run(&["sql", sql]).out;
    let json = desk.run(&["sql", "--format", "json", sql]).out;

    assert!(
        drawn.starts_with("muons\n") && drawn.contains('█'),
        "{drawn}"
    );
    assert!(drawn.contains("entries 2 000, underflow 0"), "{drawn}");
    assert!(json.starts_with("[{\"muons\":{\"uhi_schema\":1,"), "{json}");
}

#[test]
fn csv_has_all_rows() {
    let desk = Desk::new();

    let ended = desk.run(&["sql", "--format", "csv", "SELECT event FROM 'events.root'"]);

    assert_eq!(
        ended.out.lines().count(),
        usize::try_from(EVENTS).unwrap() + 1
    );
    assert_eq!(ended.out.lines().next(), Some("event"));
}

#[test]
fn an_output_file_holds_the_last_query_and_replaces_an_old_one() {
    let desk = Desk::new();
    std::fs::write(desk.path("out.json"), "old").unwrap();

    let ended = desk.run(&[
        "sql",
        "-o",
        "out.json",
        "SELECT 1 AS a; SELECT 2 AS b, [1, 2] AS l; CREATE VIEW v AS SELECT 3",
    ]);

    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(
        std::fs::read_to_string(desk.path("out.json")).unwrap(),
        "{\"b\":2,\"l\":[1,2]}\n"
    );
    assert!(
        ended.out.contains('a') && !ended.out.contains('b'),
        "{}",
        ended.out
    );
    assert_eq!(desk.names(), ["events.root", "out.json"]);
}

#[test]
fn a_failed_query_leaves_the_old_output() {
    let desk = Desk::new();
    std::fs::write(desk.path("out.csv"), "old").unwrap();

    let ended = desk.run(&["sql", "-o", "out.csv", "SELECT nothing FROM 'events.root'"]);

    assert_eq!(ended.code, Some(1));
    assert_eq!(
        std::fs::read_to_string(desk.path("out.csv")).unwrap(),
        "old"
    );
    assert_eq!(desk.names(), ["events.root", "out.csv"]);
}

#[test]
fn an_empty_answer_makes_files_that_can_be_read() {
    let desk = Desk::new();
    for name in ["e.parquet", "e.arrow"] {
        let query = "SELECT event, Muon_pt FROM 'events.root' WHERE nMuon > 100";
        assert_eq!(desk.run(&["sql", "-o", name, query]).code, Some(0));

        let ended = desk.run(&["sql", "--format", "csv", &format!("SELECT * FROM '{name}'")]);

        assert_eq!(ended.out, "event,Muon_pt\n", "{name}: {ended:?}");
    }
}

#[test]
fn statistics_are_a_line_of_json_per_statement() {
    let desk = Desk::new();

    let ended = desk.run(&[
        "sql",
        "--stats",
        "SELECT max(MET_pt) FROM 'events.root'; SELECT 1",
    ]);

    let lines: Vec<serde_json::Value> = ended
        .err
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["rows"], 1);
    assert!(lines[0]["bytes_read"].as_u64().unwrap() > 0, "{lines:?}");
    assert!(
        lines[0]["bytes_decompressed"].as_u64().unwrap() >= EVENTS * 4,
        "{lines:?}"
    );
    for line in lines {
        let [planning, wall] = ["planning_ms", "wall_ms"].map(|key| line[key].as_f64().unwrap());
        assert!(0.0 < planning && planning <= wall, "{line}");
    }
}

#[test]
fn a_file_of_sql_runs_before_the_argument() {
    let desk = Desk::new();
    std::fs::write(
        desk.path("a.sql"),
        "CREATE VIEW v AS SELECT 40 AS x -- no semicolon",
    )
    .unwrap();

    let ended = desk.run(&[
        "sql",
        "-f",
        "a.sql",
        "--format",
        "csv",
        "SELECT x + 2 AS y FROM v",
    ]);

    assert_eq!(ended.out, "y\n42\n", "{ended:?}");
}

#[test]
fn files_of_sql_run_in_order_with_or_without_a_byte_order_mark() {
    let desk = Desk::new();
    std::fs::write(
        desk.path("a.sql"),
        "\u{feff}CREATE VIEW v AS SELECT 6 AS x;",
    )
    .unwrap();
    std::fs::write(desk.path("b.sql"), "SELECT 7 * x AS y FROM v").unwrap();

    let ended = desk.run(&["sql", "--format", "csv", "-f", "a.sql", "-f", "b.sql"]);

    assert_eq!(ended.out, "y\n42\n", "{ended:?}");
}

#[test]
fn sql_may_begin_with_a_comment() {
    let desk = Desk::new();

    let ended = desk.run(&["sql", "--format", "csv", "-- my query\nSELECT 1 AS x"]);

    assert_eq!(ended.out, "x\n1\n", "{ended:?}");
}

#[test]
fn sql_on_standard_input_is_run() {
    let desk = Desk::new();
    let mut child = desk
        .command(&[])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(b"SELECT 6 * 7 AS answer")
        .unwrap();

    let ended = Ended::of(child.wait_with_output().unwrap());

    assert!(ended.out.contains("42"), "{ended:?}");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let desk = Desk::new();
    let mut child = desk
        .command(&[
            "sql",
            "--format",
            "csv",
            "SELECT * FROM generate_series(1, 3000000)",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();

    let ended = Ended::of(child.wait_with_output().unwrap());

    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
}

#[test]
fn exit_codes_tell_failures_from_misuse() {
    let desk = Desk::new();

    assert_eq!(desk.run(&["sql", "SELECT nope"]).code, Some(1));
    assert_eq!(desk.run(&["sql", "--nope"]).code, Some(2));
    assert_eq!(desk.run(&["sql", ""]).code, Some(2));
}

#[test]
fn a_wrong_output_name_is_refused_before_the_query_runs() {
    let desk = Desk::new();

    let ended = desk.run(&["sql", "-o", "x.xls", "CREATE VIEW v AS SELECT 1; SELECT 1"]);

    assert!(ended.err.contains("must end in .parquet"), "{}", ended.err);
}

#[test]
fn every_command_shows_an_example_in_its_help() {
    let desk = Desk::new();
    for arguments in [
        &["--help"][..],
        &["sql", "--help"],
        &["inspect", "--help"],
        &["demo", "--help"],
    ] {
        assert!(
            desk.run(arguments).out.contains("Examples:\n  hepframe"),
            "{arguments:?}"
        );
    }
}
