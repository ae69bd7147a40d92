//! Tests of tables.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};

use super::*;

fn terminal(width: Option<usize>) -> Looks {
    Looks::Terminal { width, more: "ask" }
}

fn batch() -> RecordBatch {
    RecordBatch::try_from_iter([
        (
            "name",
            Arc::new(StringArray::from(vec!["a", "longer"])) as ArrayRef,
        ),
        (
            "n",
            Arc::new(Int64Array::from(vec![Some(1), None])) as ArrayRef,
        ),
        (
            "x",
            Arc::new(Float64Array::from(vec![1.5, -20.25])) as ArrayRef,
        ),
    ])
    .unwrap()
}

fn rendered(hidden: usize, looks: Looks) -> String {
    render(&batch().schema(), &[batch()], hidden, looks).unwrap()
}

#[test]
fn numbers_align_at_the_right_and_text_at_the_left() {
    let text = rendered(0, terminal(None));

    let expected = "\x20name   │    n │      x
────────┼──────┼────────
 a      │    1 │    1.5
 longer │ null │ -20.25
(2 rows)
";
    assert_eq!(text, expected);
}

#[test]
fn rows_that_are_not_shown_are_counted() {
    let text = rendered(999_960, terminal(None));

    assert!(text.ends_with("… 999 960 more rows (ask)\n"), "{text}");
    assert!(rendered(1, terminal(None)).ends_with("… 1 more row (ask)\n"));
}

#[test]
fn a_wide_table_loses_columns_in_the_middle_and_says_so() {
    let columns = (0..40).map(|i| {
        (
            format!("column_{i}"),
            Arc::new(Int64Array::from(vec![i])) as ArrayRef,
        )
    });
    let batch = RecordBatch::try_from_iter(columns).unwrap();

    let looks = terminal(Some(80));
    let text = render(&batch.schema(), &[batch], 0, looks).unwrap();

    assert!(
        text.lines().all(|line| measure_text_width(line) <= 80),
        "{text}"
    );
    assert!(
        text.contains("column_0") && text.contains("column_39"),
        "{text}"
    );
    assert!(text.contains("columns not shown"), "{text}");
}

#[test]
fn a_long_cell_is_cut_on_a_terminal_only() {
    let long = Arc::new(StringArray::from(vec!["x".repeat(300)])) as ArrayRef;
    let batch = RecordBatch::try_from_iter([("s", long)]).unwrap();
    let render = |width| {
        render(
            &batch.schema(),
            std::slice::from_ref(&batch),
            0,
            terminal(width),
        )
        .unwrap()
    };

    assert!(
        render(Some(80))
            .lines()
            .all(|line| measure_text_width(line) <= 80)
    );
    assert!(render(None).contains(&"x".repeat(300)));
}

#[test]
fn markdown_escapes_bars() {
    let bar = Arc::new(StringArray::from(vec!["a|b"])) as ArrayRef;
    let batch = RecordBatch::try_from_iter([("s", bar)]).unwrap();

    let text = render(&batch.schema(), &[batch], 0, Looks::Markdown).unwrap();

    assert_eq!(text, "| s |\n| --- |\n| a\\|b |\n");
}

#[test]
fn no_rows_still_show_the_columns() {
    let batch = batch();
    let text = render(&batch.schema(), &[], 0, terminal(Some(80))).unwrap();

    assert!(text.starts_with(" name │ n │ x\n"), "{text}");
    assert!(text.ends_with("(0 rows)\n"), "{text}");
}

#[test]
fn line_breaks_and_control_characters_are_shown_in_their_cell() {
    let texts = Arc::new(StringArray::from(vec!["a\nb", "\u{1b}[2J\r\tc"])) as ArrayRef;
    let batch = RecordBatch::try_from_iter([("t\nt", texts)]).unwrap();
    let shown = |looks| render(&batch.schema(), std::slice::from_ref(&batch), 0, looks).unwrap();

    assert_eq!(
        shown(terminal(None)),
        " t↵t\n────────────────\n a↵b\n \\u{1b}[2J\\r\\tc\n(2 rows)\n"
    );
    assert!(shown(Looks::Markdown).contains("| a<br>b |\n| \\u{1b}[2J"));
}

#[test]
fn a_plan_keeps_its_lines() {
    let kinds = Arc::new(StringArray::from(vec!["logical_plan"])) as ArrayRef;
    let plans = Arc::new(StringArray::from(vec!["Projection\n  Scan"])) as ArrayRef;
    let batch = RecordBatch::try_from_iter([("plan_type", kinds), ("plan", plans)]).unwrap();

    let text = render(&batch.schema(), &[batch], 0, terminal(None)).unwrap();

    assert_eq!(text, "── logical_plan ──\nProjection\n  Scan\n");
}

#[test]
fn rows_without_columns_say_that_none_can_be_read() {
    let schema = SchemaRef::new(arrow::datatypes::Schema::empty());

    for looks in [terminal(None), Looks::Markdown] {
        let text = render(&schema, &[], 100, looks).unwrap();

        assert!(text.starts_with("(100 rows, but no column"), "{text}");
    }
}
