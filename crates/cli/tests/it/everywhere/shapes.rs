//! Shapes of plans that distributed engines get wrong: rows doubled, lost, or cut.

use rstest::rstest;

use crate::files::{Desk, write_events};

/// More files than any cluster of these tests has slots.
const FILES: i32 = 23;

pub(super) fn many_files() -> Desk {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("many")).unwrap();
    for file in 0..FILES {
        let path = desk.path(&format!("many/part{file:02}.root"));
        write_events(&path, file * 100..(file + 1) * 100);
    }
    desk
}

#[rstest]
#[case::all_rows("SELECT id, nMuon, evt.N FROM '@/many'")]
#[case::a_count("SELECT count(*), count(id), sum(id), min(id), max(id) FROM '@/many'")]
#[case::a_filter("SELECT id FROM '@/many' WHERE id % 7 = 3")]
#[case::groups("SELECT nMuon, count(*), sum(evt.N) FROM '@/many' GROUP BY nMuon")]
#[case::distinct("SELECT count(DISTINCT nMuon), count(DISTINCT id) FROM '@/many'")]
#[case::a_union(
    "SELECT id FROM '@/many' WHERE id < 150
     UNION ALL SELECT evt.N FROM '@/events.root'
     UNION ALL SELECT id FROM '@/many' WHERE id > 2200"
)]
#[case::a_union_of_counts(
    "SELECT count(*) AS n FROM '@/many' UNION ALL SELECT count(*) FROM '@/events.root'"
)]
#[case::a_join(
    "SELECT a.id, b.evt.N FROM '@/many' a JOIN '@/events.root' b ON a.id = b.id WHERE a.nMuon > 0"
)]
#[case::a_join_of_groups(
    "SELECT * FROM (SELECT nMuon, count(*) AS n FROM '@/many' GROUP BY nMuon) a
     JOIN (SELECT nMuon, sum(id) AS s FROM '@/many' GROUP BY nMuon) b USING (nMuon)"
)]
#[case::a_sub_query(
    "SELECT count(*) FROM '@/many' WHERE id IN (SELECT evt.N FROM '@/events.root')"
)]
#[case::not_in("SELECT count(*) FROM '@/many' WHERE id NOT IN (SELECT evt.N FROM '@/events.root')")]
#[case::a_scalar_sub_query("SELECT id FROM '@/many' WHERE id > (SELECT max(id) - 5 FROM '@/many')")]
#[case::a_window(
    "SELECT id, row_number() OVER (PARTITION BY nMuon ORDER BY id) AS r FROM '@/many' WHERE id < 60"
)]
#[case::the_top("SELECT id, evt.N FROM '@/many' ORDER BY evt.N DESC LIMIT 5")]
#[case::an_offset("SELECT id FROM '@/many' ORDER BY id LIMIT 5 OFFSET 1234")]
#[case::an_offset_alone("SELECT count(*), sum(id) FROM (SELECT id FROM '@/many' OFFSET 1234)")]
#[case::a_limit_above_32_bits("SELECT count(*) FROM (SELECT id FROM '@/many' LIMIT 4294967297)")]
#[case::a_join_with_a_condition(
    "SELECT a.id, b.evt.N FROM '@/many' a JOIN '@/many' b ON a.id = b.id
     WHERE a.nMuon + b.evt.N > 700 ORDER BY a.id"
)]
#[case::an_outer_join_with_a_condition(
    "SELECT count(*), sum(b.id) FROM '@/many' a LEFT JOIN '@/many' b
     ON a.id = b.id AND a.nMuon < b.evt.N"
)]
#[case::a_limit_counted("SELECT count(*) FROM (SELECT id FROM '@/many' LIMIT 1234)")]
#[case::lists("SELECT sum(x) AS s, count(*) AS n FROM (SELECT unnest(Muon_pt) AS x FROM '@/many')")]
#[case::a_lambda(
    "SELECT count(*) FROM '@/many' WHERE array_length(array_filter(Muon_pt, x -> x > 500)) > 0"
)]
#[case::nothing_survives("SELECT id FROM '@/many' WHERE id < 0")]
#[case::a_case(
    "SELECT CASE WHEN nMuon > 1 THEN 'many' ELSE 'few' END AS k, count(*) FROM '@/many' GROUP BY 1"
)]
#[case::no_table("SELECT 1 + 1 AS two, 'x' AS x")]
#[case::values("SELECT sum(column1) FROM (VALUES (1), (2), (3))")]
#[case::rows_in_memory(
    "CREATE TABLE few AS SELECT id, evt.N AS n FROM '@/events.root' WHERE id > 6;
     SELECT a.id, few.n FROM '@/many' a JOIN few ON a.id = few.id"
)]
#[case::a_series_alone("SELECT sum(value) FROM generate_series(1, 100)")]
#[case::a_series_joined(
    "SELECT s.value, count(id) FROM generate_series(1, 20) s LEFT JOIN '@/many' ON id % 20 = s.value
     GROUP BY 1"
)]
#[case::a_view(
    "CREATE VIEW v AS SELECT nMuon, Muon_pt FROM '@/many' WHERE nMuon = 2;
     SELECT count(*), sum(Muon_pt[1]) FROM v"
)]
#[tokio::test(flavor = "multi_thread")]
async fn the_answer_is_the_same_everywhere(#[case] sql: &str) {
    many_files().rows(sql).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_row_is_lost_or_doubled() {
    let desk = many_files();

    let rows = desk
        .table("SELECT count(*), count(DISTINCT id), sum(id) FROM '@/many'")
        .await;

    let all = i64::from(FILES) * 100;
    assert_eq!(rows[1], format!("{all} {all} {}", all * (all - 1) / 2));
}

#[test]
fn a_file_of_the_working_directory_is_found_on_a_cluster() {
    let desk = crate::desk::Desk::new();
    let [_, outside] = super::clusters::urls();
    let sql = r#"SELECT count(*) AS n, max("events.root".event) IS NULL AS x FROM 'events.root'"#;

    let here = desk.run(&["sql", "--format", "csv", sql]);
    let there = desk.run(&["sql", "--format", "csv", "--cluster", &outside, sql]);

    assert_eq!(
        (there.code, &there.out),
        (Some(0), &here.out),
        "{}",
        there.err
    );
}
