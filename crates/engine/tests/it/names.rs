//! Names: dots, case, aliases, headings.

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
