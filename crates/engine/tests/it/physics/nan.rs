//! Comparisons with NaN are those of ROOT.

use hepframe_engine::frame::{col, lit};
use hepframe_root_write::{Column, FileWriter, TreeOptions};
use rstest::rstest;

use crate::files::Desk;

/// NaN without and with a sign, as `0 / 0` has on x86.
const NUMBERS: &str = "(VALUES (-1.0, 0), (2.0, 1), (CAST('NaN' AS DOUBLE), 2), (NULL, 3), \
                       (-CAST('NaN' AS DOUBLE), 4)) AS t(x, i)";

// As ROOT's `RDataFrame::Filter` and `TTree::Draw` count them.
#[rstest]
#[case::more("x > 1", 1)]
#[case::at_least("x >= 1", 1)]
#[case::turned_round("1 < x", 1)]
#[case::turned_round_at_least("1 <= x", 1)]
#[case::less("x < 1", 1)]
#[case::at_most("x <= 1", 1)]
#[case::less_turned_round("1 > x", 1)]
#[case::less_than_a_sum("x < 1 + i", 1)]
#[case::less_than_a_constant("x < pi() / 2", 1)]
#[case::less_than_nan("x < CAST('NaN' AS DOUBLE)", 0)]
#[case::less_than_a_sub_query("x < (SELECT 1.0)", 1)]
#[case::less_in_single_precision("CAST(x AS FLOAT) < 1", 1)]
#[case::in_a_case("CASE WHEN x < 1 THEN true ELSE false END", 1)]
#[case::a_first_element("[x][0] < 1", 1)]
#[case::of_a_smallest_element("min([x]) < 1", 1)]
#[case::negated("NOT (x > 1)", 3)]
#[case::less_negated("NOT (x < 1)", 3)]
#[case::of_a_sum("x + i > 1", 1)]
#[case::of_a_root("sqrt(x) >= 0", 1)]
#[case::between("x BETWEEN 1 AND 9", 1)]
#[case::not_between("x NOT BETWEEN 1 AND 9", 3)]
#[case::of_columns("x > i", 1)]
#[case::of_whole_numbers("i > 1", 3)]
#[case::a_lambda("array_length(array_filter([x], z -> z < 1)) = 1", 1)]
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

    assert_eq!(counted[1], format!("5 {wanted} {wanted}"));
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

// Three clusters, of which one has NaN alone. The second time the cache knows the bounds of each.
#[rstest]
#[case::less("y < 0.5", 2)]
#[case::far_less("y < -100", 0)]
#[case::at_most("y <= 1", 3)]
#[case::more("y > 1.25", 1)]
#[case::far_more("y > 100", 0)]
#[case::negated("NOT (y < 0.5)", 6)]
#[case::of_an_element("v[0] < 0.5", 2)]
#[case::beside_null("y < NULL OR y >= NULL", 0)]
#[tokio::test]
async fn files_are_cut_alike(#[case] cut: &str, #[case] wanted: usize) {
    let desk = Desk::new();
    let numbers = || {
        vec![
            0.0,
            -f32::NAN,
            1.0,
            f32::NAN,
            -f32::NAN,
            -f32::NAN,
            -0.0,
            1.5,
        ]
    };
    let columns = [
        ("n", Column::flat(vec![1_i32; 8])),
        ("y", Column::flat(numbers())),
        ("v", Column::counted("n", numbers())),
    ];
    let mut file = FileWriter::create(desk.path("nan.root")).unwrap();
    let options = TreeOptions::new().entries_per_cluster(3);
    file.tree("Events", options, &columns).unwrap();
    file.finish().unwrap();
    desk.rows("COPY (SELECT * FROM '@/nan.root') TO '@/nan.parquet'")
        .await;

    for path in ["nan.root", "nan.root", "nan.parquet"] {
        let counted = desk
            .table(&format!("SELECT count(*) FROM '@/{path}' WHERE {cut}"))
            .await;

        assert_eq!(counted[1], wanted.to_string(), "{path}");
    }
}

#[tokio::test]
async fn a_comparison_with_null_is_null() {
    let answers = Desk::new()
        .table(&format!(
            "SELECT count(*) FROM {NUMBERS} WHERE (x >= NULL) IS NULL AND (x < CAST(NULL AS DOUBLE)) IS NULL"
        ))
        .await;

    assert_eq!(answers[1], "5");
}
