//! Names: dots, case, aliases, headings.

use rstest::rstest;

use crate::files::Desk;

#[tokio::test]
async fn a_dotted_column_needs_no_quotes() {
    let desk = Desk::new();

    let rows = desk
        .table("SELECT evt.N, e.evt.P.x FROM '@/events.root:Events' e WHERE evt.N = 9")
        .await;

    assert_eq!(rows, ["evt.N evt.P.x", "9 1.5"]);
}

#[tokio::test]
async fn dots_work_in_views_sub_queries_groups_and_orders() {
    let desk = Desk::new();

    let rows = desk
        .table(
            "CREATE VIEW v AS SELECT evt.N, nMuon FROM '@/events.root:Events';
             WITH c AS (SELECT evt.N, nMuon FROM v)
             SELECT nMuon, max(evt.N) FROM (SELECT * FROM c WHERE c.evt.N > 4)
             GROUP BY nMuon ORDER BY max(evt.N) DESC LIMIT 2",
        )
        .await;

    assert_eq!(rows, ["nMuon max(evt.N)", "0 81", "2 64"]);
}

#[tokio::test]
async fn a_star_with_a_prefix_takes_the_columns_below_it() {
    let desk = Desk::new();

    let rows = desk
        .table("SELECT evt.* FROM '@/events.root:Events' WHERE id = 1")
        .await;

    assert_eq!(rows, ["evt.N evt.P.x", "1 0.5"]);
}

#[tokio::test]
async fn functions_and_keywords_have_no_case_and_tables_forgive_it() {
    let desk = Desk::new();
    desk.register("ev", "events.root").await;

    let rows = desk.table("select COUNT(*), Sum(nMuon) from EV").await;

    assert_eq!(rows, ["COUNT(*) Sum(nMuon)", "10 9"]);
}

#[tokio::test]
async fn a_field_of_a_struct_is_reached_by_a_dot_even_in_a_lambda() {
    let desk = Desk::new();

    let rows = desk
        .table(
            "CREATE TABLE s AS SELECT {'a': 1, 'b': 2} AS st,
                                      make_array({'pt': 10}, {'pt': 30}) AS js;
             SELECT st.a, array_length(array_filter(js, j -> j.pt > 20)) AS n FROM s",
        )
        .await;

    assert_eq!(rows[1], "1 1");
}

#[rstest]
#[case::qualified_columns(
    r#"SELECT "run.2024".id, "run.2024".evt.N FROM "run.2024" WHERE "run.2024".id = 7"#,
    &["id evt.N", "7 49"]
)]
#[case::a_join(
    r#"SELECT a.id, "run.2024"."evt.N" FROM '@/events.root' a
       JOIN "run.2024" ON a.evt.N = "run.2024".evt.N WHERE "run.2024".evt.P.x > 4"#,
    &["id evt.N", "9 81"]
)]
#[case::a_group(
    r#"SELECT "run.2024".nMuon, max("run.2024"."evt.N") AS "m.n" FROM "run.2024"
       GROUP BY "run.2024".nMuon HAVING max("run.2024"."evt.N") < 70 ORDER BY "m.n""#,
    &["nMuon m.n", "1 49", "2 64"]
)]
#[case::a_nameless_group(
    r#"SELECT count("run.2024"."evt.N") FROM "run.2024""#,
    &[r#"count("run.2024"."evt.N")"#, "10"]
)]
#[case::aliases(
    r#"SELECT "a.b"."evt.N" AS "x.y" FROM '@/events.root' AS "a.b" ORDER BY "x.y" DESC LIMIT 1"#,
    &["x.y", "81"]
)]
#[case::sub_queries(
    r#"SELECT "s.t"."x.y" FROM (SELECT evt.N AS "x.y" FROM "run.2024") AS "s.t"
       WHERE "s.t"."x.y" IN (SELECT "run.2024".evt.N FROM "run.2024" WHERE "run.2024".id = 3)
         AND "s.t"."x.y" < (SELECT max("run.2024".evt.N) FROM "run.2024")"#,
    &["x.y", "9"]
)]
#[case::lists(
    r#"SELECT sum(m) AS s FROM (SELECT unnest("run.2024".Muon_pt) AS m FROM "run.2024")"#,
    &["s", "423.0"]
)]
#[case::a_window(
    r#"SELECT max("run.2024".evt.N) OVER (PARTITION BY "run.2024".nMuon) AS w FROM "run.2024"
       WHERE "run.2024".id = 4"#,
    &["w", "16"]
)]
#[case::a_view(
    r#"CREATE VIEW "v.w" AS SELECT "run.2024".evt.N FROM "run.2024";
       SELECT "v.w".evt.N FROM "v.w" WHERE "v.w".evt.N = 25"#,
    &["evt.N", "25"]
)]
#[case::rows_in_memory(
    r#"CREATE TABLE few AS SELECT evt.N FROM "run.2024" WHERE id > 7;
       SELECT "m.n".evt.N FROM few AS "m.n" JOIN "run.2024" ON "m.n".evt.N = "run.2024".evt.N
       WHERE "run.2024".id = 8"#,
    &["evt.N", "64"]
)]
#[case::capitals_and_quotes(
    r#"SELECT "My ""Table".id FROM (SELECT id FROM "run.2024") AS "My ""Table"
       WHERE "My ""Table".id = 5"#,
    &["id", "5"]
)]
#[tokio::test(flavor = "multi_thread")]
async fn a_name_of_a_table_may_hold_dots(#[case] sql: &str, #[case] expected: &[&str]) {
    let desk = Desk::new();
    desk.register("run.2024", "events.root").await;

    assert_eq!(desk.table(sql).await, expected);
}
