//! Comparisons with NaN are those of ROOT.

use hepframe_engine::frame::{col, lit};
use rstest::rstest;

use crate::files::Desk;

const NUMBERS: &str =
    "(VALUES (-1.0, 0), (2.0, 1), (CAST('NaN' AS DOUBLE), 2), (NULL, 3)) AS t(x, i)";

// As ROOT's `RDataFrame::Filter` and `TTree::Draw` count them.
#[rstest]
#[case::more("x > 1", 1)]
#[case::at_least("x >= 1", 1)]
#[case::turned_round("1 < x", 1)]
#[case::turned_round_at_least("1 <= x", 1)]
#[case::less("x < 1", 1)]
#[case::negated("NOT (x > 1)", 2)]
#[case::of_a_sum("x + i > 1", 1)]
#[case::of_a_root("sqrt(x) >= 0", 1)]
#[case::between("x BETWEEN 1 AND 9", 1)]
#[case::not_between("x NOT BETWEEN 1 AND 9", 2)]
#[case::of_columns("x > i", 1)]
#[case::of_whole_numbers("i > 1", 2)]
#[case::of_texts("CAST(CAST(x AS VARCHAR) AS DOUBLE) > 1", 1)]
#[tokio::test]
async fn nothing_is_less_or_more_than_nan(#[case] cut: &str, #[case] wanted: usize) {
    let desk = Desk::new();
    let counted = desk
        .table(&format!(
            "SELECT count(*) AS n, sum(CASE WHEN {cut} THEN 1 ELSE 0 END) AS c, \
             count(*) FILTER (WHERE {cut}) AS f FROM {NUMBERS}"
        ))
        .await;
    let filtered = desk
        .table(&format!("SELECT count(*) AS n FROM {NUMBERS} WHERE {cut}"))
        .await;
    let entries = desk
        .table(&format!(
            "SELECT get_field(h1(i, 1, 0, 9) FILTER (WHERE {cut}), 'entries') AS n FROM {NUMBERS}"
        ))
        .await;

    assert_eq!(counted[1], format!("4 {wanted} {wanted}"));
    assert_eq!(filtered[1], wanted.to_string());
    assert_eq!(entries[1], wanted.to_string());
}

#[tokio::test]
async fn expressions_built_in_code_compare_alike() {
    let desk = Desk::new();
    desk.rows(&format!("CREATE TABLE t AS SELECT * FROM {NUMBERS}"))
        .await;
    let frame = desk.session.read("t").await.unwrap();

    let built = frame.filter(col("x").gt(lit(1)), "").unwrap();
    let text = frame.filter("x > 1", "").unwrap();

    let answers = desk.session.run(&[built.count(), text.count()]).await;
    let answers = answers.unwrap();
    assert_eq!(*answers[0].count().unwrap(), 1);
    assert_eq!(*answers[1].count().unwrap(), 1);
}
