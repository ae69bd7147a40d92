//! Frames over rows in memory, which are cut into pieces: lists then are slices of longer ones.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, FixedSizeListArray, Float32Array, Float64Array, Int32Array, Int64Array, ListArray,
    RecordBatch, UInt32Array,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::{concat_batches, take_record_batch};
use arrow::datatypes::{DataType, Field, Float32Type};
use hepframe_engine::frame::Frame;
use hepframe_engine::{Progress, Session};
use rstest::rstest;

use crate::files::printed;

/// A number in 0..1 that looks random but is the same for the same `i`.
fn random(i: usize) -> f32 {
    let mixed = (i as u64 + 1)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .rotate_left(31)
        .wrapping_mul(0xbf58_476d_1ce4_e5b9);
    f32::from(u16::try_from(mixed >> 48).unwrap()) / 65_536.0
}

/// Lists of `len(row)` elements; where `is_null(row)` they are null but keep their elements.
fn lists(
    rows: usize,
    len: impl Fn(usize) -> usize,
    value: impl Fn(usize) -> f32,
    is_null: impl Fn(usize) -> bool,
) -> ArrayRef {
    let offsets = OffsetBuffer::from_lengths((0..rows).map(len));
    let values: Float32Array = (0..usize::try_from(offsets[rows]).unwrap())
        .map(|i| (i % 17 != 3).then(|| value(i)))
        .collect();
    let nulls: NullBuffer = (0..rows).map(|row| !is_null(row)).collect();
    let item = Arc::new(Field::new_list_field(DataType::Float32, true));
    Arc::new(ListArray::new(
        item,
        offsets,
        Arc::new(values),
        Some(nulls).filter(|nulls| nulls.null_count() > 0),
    ))
}

/// Events with muons and jets, lists that may be null, and three numbers each in `grid`.
fn events(rows: usize) -> RecordBatch {
    let never = |_| false;
    let muons = |row| (row * 7) % 5;
    let jets = |row| (row * 11) % 4;
    let momentum = |i| 100.0 * random(i);
    let angle = |i| 6.0 * random(i + 7) - 3.0;
    let id: Int64Array = (0..i64::try_from(rows).unwrap()).collect();
    let grid = FixedSizeListArray::from_iter_primitive::<Float32Type, _, _>(
        (0..rows).map(|row| Some((0..3).map(move |k| Some(random(3 * row + k))))),
        3,
    );
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", Arc::new(id)),
        ("Muon_pt", lists(rows, muons, momentum, never)),
        ("Muon_eta", lists(rows, muons, angle, never)),
        ("Muon_phi", lists(rows, muons, |i| angle(i + 1), never)),
        ("Muon_mass", lists(rows, muons, |_| 0.1, never)),
        ("Jet_pt", lists(rows, jets, momentum, never)),
        ("Jet_eta", lists(rows, jets, angle, never)),
        ("Jet_phi", lists(rows, jets, |i| angle(i + 2), never)),
        ("Jet_mass", lists(rows, jets, |_| 5.0, never)),
        ("some", lists(rows, jets, momentum, |row| row % 3 == 1)),
        ("grid", Arc::new(grid)),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

/// The same rows in memory of their own.
fn fresh(rows: &RecordBatch) -> RecordBatch {
    let all: UInt32Array = (0..u32::try_from(rows.num_rows()).unwrap()).collect();
    take_record_batch(rows, &all).unwrap()
}

/// What a statement answers over the frame `events` of these rows.
async fn answer(rows: Vec<RecordBatch>, sql: &str) -> Vec<String> {
    let session = Session::local().unwrap();
    let schema = rows[0].schema();
    let events = session.frame_of_rows(schema, rows).unwrap();
    let tables = BTreeMap::from([("events".to_owned(), events)]);
    let progress = Progress::default();
    let asked = session.frame(sql, BTreeMap::new(), &tables, &progress);
    printed(&asked.await.unwrap().frame.collect().await.unwrap())
}

#[rstest]
#[case::masks("SELECT id, Muon_pt[Muon_pt > 50], Jet[abs(Jet.eta) < 1].pt, some[some < 30]")]
#[case::subscripts("SELECT id, Muon_pt[0], Muon_pt[-1], Muon_pt[1:3], some[-2:], grid[1]")]
#[case::arithmetic("SELECT id, Muon_pt * cos(Muon_phi), sqrt(some) - id, grid + Muon_pt[0]")]
#[case::numbers_of_lists(
    "SELECT id, sum(Muon_pt), max(some), min(grid), mean(Jet_pt), argmin(Muon_eta), count(some > 9)"
)]
#[case::truths_of_lists(
    "SELECT id, any(Muon_pt > 90), all(some > 9), any(grid > 0.9), count(some)"
)]
#[case::orders(
    "SELECT id, sort(Muon_pt), argsort(some), reverse(grid), top_k(Jet_pt, 2), sort(Muon, Muon.eta).pt"
)]
#[case::joined_lists("SELECT id, concat(Muon_pt, some), concat(Muon, Jet).pt")]
#[case::whole_collections("SELECT id, Muon, Jet[0]")]
#[case::the_best("SELECT id, best_by(Muon, abs(Muon.eta)).pt, best_by(some, -some)")]
#[case::pairs(
    "SELECT id, (p.a + p.b).mass, best_by(p, abs((p.a + p.b).mass - 91.2)).a.pt
     FROM (SELECT id, pairs(Muon) AS p"
)]
#[case::triples("SELECT id, max((t.a + t.b + t.c).pt) FROM (SELECT id, combinations(Muon, 3) AS t")]
#[case::two_collections(
    "SELECT id, sum(delta_r(c.a, c.b)) FROM (SELECT id, cartesian(Muon, Jet) AS c"
)]
#[case::matches("SELECT id, any_within(Muon, Jet, 1.0), nearest(Muon, Jet)")]
#[case::histograms(
    "SELECT uhi(h1(Muon_pt, 20, 0, 100)), uhi(h1(some, 5, 0, 100, 1.0 / (1 + id))),
            uhi(h1(Muon_pt, 9, 0, 90, abs(Muon_eta))), uhi(h2(Jet_pt, Jet_eta, 4, 0, 100, 3, -3, 3)),
            uhi(profile(grid, grid * 2, 5, 0, 1)), uhi(h1(Jet_pt, 5, 0, 50) FILTER (WHERE id % 2 = 0))"
)]
#[case::rows_of_elements("SELECT id, unnest(some) AS x")]
#[tokio::test]
async fn slices_of_lists_answer_as_lists_of_their_own(#[case] select: &str) {
    // A cut on events would copy the rows that it keeps.
    let sql = match select {
        nested if nested.contains("FROM (") => format!("{nested} FROM events) ORDER BY id"),
        one_row if one_row.contains("h1(") => format!("{one_row} FROM events"),
        per_event => format!("{per_event} FROM events ORDER BY id"),
    };
    let all = events(400);
    let slices = vec![all.slice(5, 70), all.slice(75, 0), all.slice(93, 201)];
    let own = slices.iter().map(fresh).collect();

    let of_slices = answer(slices, &sql).await;

    assert_eq!(of_slices, answer(own, &sql).await);
    assert!(of_slices.len() > 1, "{of_slices:?}");
}

#[tokio::test]
async fn long_batches_are_cut_and_nothing_is_lost() {
    let rows = 2 * 65_536 + 10;
    let all = events(rows);
    let sql = "SELECT count(*), sum(id), sum(count(Muon_pt)), sum(count(some > 50)), \
                      uhi(h1(Muon_pt * 2, 20, 0, 200)) FROM events";
    let short: Vec<RecordBatch> = (0..rows)
        .step_by(10_000)
        .map(|start| fresh(&all.slice(start, 10_000.min(rows - start))))
        .collect();

    let cut = answer(vec![all], sql).await;

    assert!(cut[1].starts_with(&format!("{rows} ")), "{cut:?}");
    assert_eq!(cut, answer(short, sql).await);
}

#[tokio::test]
async fn rows_come_as_they_were_given() {
    let session = Session::local().unwrap();
    let all = events(70_000);
    let given = vec![
        all.slice(0, 0),
        all.slice(0, 69_000),
        all.slice(69_000, 1_000),
    ];

    let frame = session.frame_of_rows(all.schema(), given).unwrap();
    let rows = frame.collect().await.unwrap();

    assert_eq!(concat_batches(&all.schema(), &rows).unwrap(), all);
}

#[rstest]
#[case::no_batches(Vec::new())]
#[case::only_empty_ones(vec![events(0), events(9).slice(3, 0)])]
#[tokio::test]
async fn no_rows_are_a_frame_with_columns(#[case] rows: Vec<RecordBatch>) {
    let session = Session::local().unwrap();

    let frame: Frame = session.frame_of_rows(events(0).schema(), rows).unwrap();
    let both = frame.define("x", "sum(Muon_pt[Muon_pt > 2])").unwrap();
    let answers = session
        .run(&[both.count(), both.sum("x").unwrap()])
        .await
        .unwrap();

    assert_eq!(both.schema().fields().len(), 12);
    assert_eq!(*answers[0].count().unwrap(), 0);
    let rows = both.collect().await.unwrap();
    assert_eq!(rows.iter().map(RecordBatch::num_rows).sum::<usize>(), 0);
}

#[test]
fn a_batch_of_other_columns_is_refused() {
    let session = Session::local().unwrap();
    let numbers: ArrayRef = Arc::new(Float64Array::from(vec![1.0]));
    let whole: ArrayRef = Arc::new(Int32Array::from(vec![1]));
    let one = RecordBatch::try_from_iter([("x", numbers)]).unwrap();
    let other = RecordBatch::try_from_iter([("x", whole)]).unwrap();

    let error = session.frame_of_rows(one.schema(), vec![one, other]);

    assert!(error.is_err(), "a column of another type");
}
