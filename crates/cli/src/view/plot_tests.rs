//! Tests of the drawings.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array};
use hepframe_engine::histogram::{Book, Spec};

use super::*;

fn filled(spec: Spec, columns: &[&[f64]]) -> Histogram {
    let arrays: Vec<ArrayRef> = columns
        .iter()
        .map(|column| Arc::new(Float64Array::from(column.to_vec())) as ArrayRef)
        .collect();
    let mut book = Book::new(vec![spec]).unwrap();
    book.fill(&arrays).unwrap();
    book.finish().remove(0)
}

fn regular(bins: i64, lo: f64, hi: f64) -> Axis {
    Axis::regular(bins, lo, hi).unwrap()
}

#[test]
fn bars_stand_on_the_axis_and_the_rest_is_told_below() {
    let x = [1.0, 1.5, 3.0, -9.0, 8.0, 8.0, f64::NAN];
    let histogram = filled(Spec::counting(vec![regular(4, 0.0, 8.0)]), &[&x]);

    let text = draw("h1(x)", &histogram, Some(80));

    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], "h1(x)");
    assert_eq!(lines[1], "2 ┤█");
    assert_eq!(lines[10], "  │██");
    assert_eq!(lines[13], "entries 7, underflow 1, overflow 2, NaN 1");
}

#[test]
fn many_bins_share_characters() {
    let histogram = filled(Spec::counting(vec![regular(1000, 0.0, 1.0)]), &[&[0.5]]);

    let text = draw("h", &histogram, Some(60));

    assert!(
        text.lines().all(|line| line.chars().count() <= 60),
        "{text}"
    );
    assert!(text.contains('█'));
    assert!(text.ends_with("NaN 0, 23 bins per bar\n"), "{text}");
}

#[test]
fn bins_of_a_plane_share_shades() {
    let axes = vec![regular(200, 0.0, 1.0), regular(30, 0.0, 1.0)];
    let histogram = filled(Spec::counting(axes), &[&[0.5], &[0.5]]);

    let text = draw("h", &histogram, Some(116));

    assert!(text.ends_with("2 x 2 bins per shade\n"), "{text}");
}

#[test]
fn categories_have_a_line_each() {
    let axis = Axis::integers(vec![11, 13]).unwrap();
    let histogram = filled(Spec::counting(vec![axis]), &[&[13.0, 13.0, 5.0]]);

    let text = draw("ids", &histogram, Some(30));

    let expected = format!(
        "ids\n    11 │ 0\n    13 │{} 2\nothers │{} 1\nentries 3, NaN 0\n",
        "█".repeat(10),
        "█".repeat(5)
    );
    assert_eq!(text, expected);
}

#[test]
fn means_are_dots_between_the_lowest_and_the_highest() {
    let spec = Spec {
        sample: Some(1),
        ..Spec::counting(vec![regular(3, 0.0, 3.0)])
    };
    let histogram = filled(spec, &[&[0.5, 2.5], &[-10.0, 20.0]]);

    let text = draw("p", &histogram, None);

    let lines: Vec<_> = text.lines().collect();
    assert_eq!((lines[1], lines[10]), (" 20 ┤  •", "-10 ┤•"));
}

#[test]
fn a_plane_is_shaded_with_y_upwards() {
    let axes = vec![regular(2, 0.0, 2.0), regular(2, 0.0, 2.0)];
    let x = [0.5, 1.5, 1.5, 1.5, 1.5];
    let y = [0.5, 1.5, 1.5, 1.5, 1.5];
    let histogram = filled(Spec::counting(axes), &[&x, &y]);

    let text = draw("h2", &histogram, None);

    let lines: Vec<_> = text.lines().collect();
    assert_eq!((lines[1], lines[2]), ("2 │ █", "0 │░"));
    assert!(lines[4].ends_with("█ 4"), "{text}");
}
