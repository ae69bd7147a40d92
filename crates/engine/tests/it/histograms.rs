//! Histograms asked for in SQL.

use arrow::array::{AsArray, RecordBatch};
use hepframe_engine::{Session, SessionOptions};
use hepframe_physics::histogram::{BinKind, EXTENSION_KEY, EXTENSION_NAME, Histogram};
use hepframe_root_write::{Column, FileWriter, TreeOptions};
use rstest::rstest;

use crate::files::Desk;

/// The first column of the first row.
fn histogram(rows: &[RecordBatch]) -> Histogram {
    let batch = rows.iter().find(|batch| batch.num_rows() > 0).unwrap();
    let metadata = batch.schema().field(0).metadata().clone();
    assert_eq!(metadata[EXTENSION_KEY], EXTENSION_NAME);
    Histogram::from_struct(batch.column(0).as_struct(), 0)
        .unwrap()
        .unwrap()
}

async fn values(desk: &Desk, select: &str) -> Vec<f64> {
    let rows = desk
        .rows(&format!("SELECT {select} FROM '@/events.root'"))
        .await;
    histogram(&rows).values
}

#[tokio::test]
async fn numbers_and_elements_of_lists_fill() {
    let desk = Desk::new();

    assert_eq!(
        values(&desk, "h1(id, 5, 0, 10)").await,
        [0., 2., 2., 2., 2., 2., 0.]
    );
    assert_eq!(
        values(&desk, "h1(id, 2, -2.5, 2.5)").await,
        [0., 0., 3., 7.]
    );
    assert_eq!(values(&desk, "h1(id, [0, 1, 8.5])").await, [0., 1., 8., 1.]);
    // Muons of event i have 10 i and 10 i + 1; events 1, 4, 7 have one, 2, 5, 8 two.
    assert_eq!(
        values(&desk, "h1(Muon_pt, [0, 21, 60])").await,
        [0., 2., 4., 3.]
    );
    assert_eq!(values(&desk, "h1(id, ['3', '99'])").await, [1., 0., 9.]);
    let words = "h1(CASE WHEN id < 3 THEN 'low' ELSE 'high' END, ['low', 'mid'])";
    assert_eq!(values(&desk, words).await, [3., 0., 7.]);
}

#[tokio::test]
async fn weights_are_of_the_event_or_of_the_element() {
    let desk = Desk::new();

    let of_event = values(&desk, "h1(Muon_pt, 2, 0, 50, id)").await;
    let of_element = values(&desk, "h1(id, 1, 0, 10, Muon_pt)").await;

    assert_eq!(of_event, [0., 5., 4., 33.]);
    assert_eq!(of_element, [0., 423., 0.]);
}

#[tokio::test]
async fn more_axes_and_means_have_their_functions() {
    let desk = Desk::new();
    let h2 = "h2(id, id % 2, 2, 0, 10, [0, 1, 2])";
    let h3 = "h3(id, id, id, 1, 0, 10, 1, 0, 10, 1, 0, 5, 2)";

    let rows = desk
        .rows(&format!("SELECT {h2} FROM '@/events.root'"))
        .await;
    let plane = histogram(&rows);
    assert_eq!(plane.kind, BinKind::Int);
    assert_eq!(plane.values[4 + 1..4 + 3], [3., 2.]);
    assert_eq!(plane.values[8 + 1..8 + 3], [2., 3.]);

    let space = values(&desk, h3).await;
    assert_eq!((space[9 + 3 + 1], space[9 + 3 + 2]), (10., 10.));

    let mean = values(&desk, "profile(id, 2 * id, 2, 0, 10)").await;
    assert_eq!(mean, [0., 4., 14., 0.]);
}

#[tokio::test]
async fn a_filter_becomes_a_mask_of_events_or_elements() {
    let desk = Desk::new();
    let filtered = "h1(id, 2, 0, 10) FILTER (WHERE id % 3 = 1)";
    let select = format!("SELECT {filtered}, h1(id, 2, 0, 10) FROM '@/events.root'");

    assert_eq!(values(&desk, filtered).await, [0., 2., 1., 0.]);
    assert_eq!(
        values(&desk, "hep_h1_if(id % 3 = 1, id, 2, 0, 10)").await,
        [0., 2., 1., 0.]
    );
    let elements = "h1(Muon_pt, 2, 0, 50) FILTER (WHERE Muon_pt > 15)";
    assert_eq!(values(&desk, elements).await, [0., 2., 1., 5.]);
    let plan = desk.table(&format!("EXPLAIN {select}")).await.join("\n");
    assert!(plan.contains("\"x\":[0],\"mask\":1"), "{plan}");
}

#[tokio::test]
async fn groups_have_histograms_of_their_own() {
    let desk = Desk::new();

    let rows = desk
        .rows(
            "SELECT h1(id, 2, 0, 10), id % 2 AS odd FROM '@/events.root' GROUP BY odd ORDER BY odd",
        )
        .await;

    let column = rows[0].column(0).as_struct();
    let of = |row| Histogram::from_struct(column, row).unwrap().unwrap().values;
    assert_eq!(of(0), [0., 3., 2., 0.]);
    assert_eq!(of(1), [0., 2., 3., 0.]);
}

#[tokio::test]
async fn nothing_to_fill_is_an_empty_histogram() {
    let desk = Desk::new();

    let rows = desk
        .rows("SELECT h1(id, 1, 0, 1, 0.5) FROM '@/events.root' WHERE id > 99")
        .await;

    let empty = histogram(&rows);
    assert_eq!((empty.values, empty.entries), (vec![0.0; 3], 0));
}

#[tokio::test]
async fn a_book_fills_many_histograms() {
    let desk = Desk::new();
    let specs = r#"[{"axes":[{"regular":[2,"0","10"]}],"x":[0]},{"axes":[{"edges":["0","50"]}],"x":[1],"weight":0}]"#;

    let rows = desk
        .rows(&format!(
            "SELECT unnest(hep_book('{specs}', id, Muon_pt)) FROM '@/events.root'"
        ))
        .await;

    let column = rows[0].column(0).as_struct();
    let of = |row| Histogram::from_struct(column, row).unwrap().unwrap().values;
    assert_eq!(of(0), [0., 5., 5., 0.]);
    assert_eq!(of(1), [0., 9., 33.]);
}

#[tokio::test]
async fn uhi_is_json_for_python() {
    let desk = Desk::new();

    let rows = desk
        .table("SELECT uhi(h1(id, 1, 0, 5)) AS json FROM '@/events.root'")
        .await;

    assert!(
        rows[1].contains("\"storage\":{\"type\":\"int\",\"values\":[0,5,5]}"),
        "{rows:?}"
    );
}

#[rstest]
#[case::same_ends("h1(id, 10, 5, 5)", "lo must be below hi, got lo = 5, hi = 5")]
#[case::no_bins(
    "h1(id, 0, 0, 5)",
    "number of bins must be between 1 and 9999998, got 0"
)]
#[case::half_a_bin("h1(id, 2.5, 0, 5)", "the number of bins must be an integer, got 2.5")]
#[case::texts_for_ends("h1(id, 2, 'a', 'b')", "the ends of an axis must be numbers, got a")]
#[case::falling_edges("h1(id, [3, 2])", "edges must rise, got 3 before 2")]
#[case::too_few(
    "h1(id, 5, 0)",
    "h1 got 3 arguments; call h1(x, bins, lo, hi [, weight])"
)]
#[case::too_many(
    "profile(id, id, [0, 1], id, id)",
    "profile got 5 arguments; call profile(x, y,"
)]
#[case::axis_of_a_column("h1(id, 5, 0, id)", "argument 4 of h1 must be a constant")]
#[case::texts_for_weights("h1(id, 5, 0, 1, 'w')", "argument 5 of h1 must be numbers")]
#[case::words_of_numbers("h1(id, ['mu'])", "its categories must be integers, got 'mu'")]
#[case::numbers_of_words("h1('mu', 2, 0, 5)", "an axis of numbers cannot be filled with texts")]
#[case::distinct(
    "h1(DISTINCT id, 2, 0, 5)",
    "h1 fills every event in any order; leave DISTINCT out"
)]
#[case::other_lengths(
    "h1(Muon_pt, 2, 0, 5, [1, 2])",
    "x has 0 values and weight has 2; lists must be equally long"
)]
#[case::filter_of_numbers(
    "h1(id, 2, 0, 5) FILTER (WHERE id)",
    "the filter of h1 must be a truth"
)]
#[case::json_of_a_number("uhi(id)", "uhi wants a histogram")]
#[tokio::test]
async fn mistakes_are_explained(#[case] call: &str, #[case] why: &str) {
    let desk = Desk::new();

    let message = desk
        .error(&format!("SELECT {call} FROM '@/events.root'"))
        .await;

    assert!(message.contains(why), "{message}");
}

/// Weights over forty decades, of both signs, that a plain sum would round on the way.
fn write_awkward(path: &std::path::Path) {
    let numbers = 0..5000_i32;
    let x: Vec<f64> = numbers
        .clone()
        .map(|i| f64::from(i * 37 % 1000) / 100.0)
        .collect();
    let weights: Vec<f64> = numbers
        .map(|i| {
            (f64::from(i) + 0.1)
                * 10_f64.powi(i * 7 % 41 - 20)
                * if i % 5 == 0 { -1.0 } else { 1.0 }
        })
        .collect();
    let columns = [("x", Column::flat(x)), ("w", Column::flat(weights))];
    let mut file = FileWriter::create(path).unwrap();
    let options = TreeOptions::new()
        .entries_per_cluster(100)
        .entries_per_basket(100);
    file.tree("Events", options, &columns).unwrap();
    file.finish().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn partitions_and_batches_cannot_be_seen_in_the_result() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("awkward.root");
    write_awkward(&file);
    let sql = format!(
        "SELECT h1(x, 50, 0, 9, w) AS h, profile(x, w, 20, 0, 10, w) AS p, h2(x, w, 5, 0, 10, [-1, 0, 1e3], w) AS h2 FROM '{}'",
        file.display()
    );

    let mut results = Vec::new();
    for (threads, batch_rows) in [(1, 5000), (1, 100), (2, 333), (3, 64), (7, 1000)] {
        let session = Session::local_with(&SessionOptions {
            threads: Some(threads),
            batch_rows: Some(batch_rows),
            ..SessionOptions::default()
        })
        .unwrap();
        results.push(session.collect(&sql).await.unwrap());
    }

    let first = &results[0];
    assert_eq!(histogram(first).entries, 5000);
    assert!(results.iter().all(|rows| rows == first));
}
