//! The ADL benchmark queries of `benches/adl` give the reference's histograms, bin by bin, in SQL
//! and as programs of frames.

use std::path::{Path, PathBuf};

use hepframe_engine::frame::{Booking, Frame};
use hepframe_engine::histogram::Histogram;
use hepframe_engine::{Session, SessionOptions};
use rstest::rstest;
use serde_json::Value;

#[path = "../../../../benches/adl/mod.rs"]
mod programs;

use programs::PROGRAMS;

/// The queries and the names of their histograms in the reference.
const QUERIES: [(&str, &[&str]); 8] = [
    ("q1", &["Q1"]),
    ("q2", &["Q2"]),
    ("q3", &["Q3"]),
    ("q4", &["Q4"]),
    ("q5", &["Q5"]),
    ("q6", &["Q6a", "Q6b"]),
    ("q7", &["Q7"]),
    ("q8", &["Q8"]),
];

/// Real events and their histograms, where they are at hand.
fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/perf")
        .join(name);
    let found = path.canonicalize().ok();
    if found.is_none() {
        println!("skipped: {} is not there", path.display());
    }
    found
}

fn query(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../benches/adl/{name}.sql"));
    std::fs::read_to_string(path).unwrap()
}

/// The histograms of a query over a file.
async fn histograms(session: &Session, sql: &str) -> Vec<Histogram> {
    let rows = session.collect(sql).await.unwrap();
    let row = rows.iter().find(|batch| batch.num_rows() > 0).unwrap();
    row.columns()
        .iter()
        .map(|column| {
            let column = arrow::array::AsArray::as_struct(column.as_ref());
            Histogram::from_struct(column, 0).unwrap().unwrap()
        })
        .collect()
}

/// The histograms of bookings, in their order.
async fn booked(session: &Session, bookings: &[Booking]) -> Vec<Histogram> {
    let answers = session.run(bookings).await.unwrap();
    answers
        .iter()
        .map(|answer| answer.histogram().unwrap().clone())
        .collect()
}

/// Fails unless these are the histograms of a query on the real events.
fn check(found: &[Histogram], answers: &[&str], reference: &Value) {
    assert_eq!(found.len(), answers.len());
    for (histogram, answer) in found.iter().zip(answers) {
        let wanted = &reference[*answer];
        let number = |key: &str| wanted[key].as_f64().unwrap();
        let mut bins = vec![number("underflow")];
        let counts = wanted["counts"].as_array().unwrap();
        bins.extend(counts.iter().map(|count| count.as_f64().unwrap()));
        bins.push(number("overflow"));
        assert_eq!(histogram.values, bins, "{answer}");
    }
}

fn reference() -> Option<Value> {
    let text = std::fs::read_to_string(shared("real/adl_reference.json")?).unwrap();
    Some(serde_json::from_str(&text).unwrap())
}

#[rstest]
#[tokio::test]
async fn real_events_give_the_histograms_of_the_reference(
    #[values("_ttree.root", "_ttree_vector.root", "_rntuple.root", ".parquet")] file: &str,
) {
    let name = format!("real/Run2012B_SingleMu_1000{file}");
    let (Some(events), Some(reference)) = (shared(&name), reference()) else {
        return;
    };
    let session = Session::local().unwrap();
    let events = events.to_str().unwrap().to_owned();
    session.register("events", &[events]).await.unwrap();
    let frame = session.read("events").await.unwrap();

    for ((name, answers), (_, program)) in QUERIES.into_iter().zip(PROGRAMS) {
        let selected = histograms(&session, &query(name)).await;
        check(&selected, answers, &reference);
        let booked = booked(&session, &program(&frame).unwrap()).await;
        assert_eq!(booked, selected, "{name} as a program");
    }
}

/// All queries at once, in one scan of three copies of a file.
async fn everything(locations: &[&str], threads: usize) -> Vec<String> {
    let session = Session::local_with(&SessionOptions {
        threads: Some(threads),
        batch_rows: Some(128),
        ..SessionOptions::default()
    })
    .unwrap();
    let frame: Frame = session.read_all(locations).await.unwrap();
    let programs = PROGRAMS.iter();
    let bookings: Vec<_> = programs
        .flat_map(|(_, book)| book(&frame).unwrap())
        .collect();
    let histograms = booked(&session, &bookings).await;
    histograms.iter().map(Histogram::to_uhi_json).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_give_the_same_bytes_whatever_the_threads() {
    let Some(events) = shared("real/Run2012B_SingleMu_1000_ttree.root") else {
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    let copies = ["a.root", "b.root", "c.root"].map(|name| {
        let copy = directory.path().join(name);
        std::fs::copy(&events, &copy).unwrap();
        copy.to_str().unwrap().to_owned()
    });
    let copies = copies.each_ref().map(String::as_str);

    let one = everything(&copies, 1).await;

    assert_eq!(one.len(), 9);
    for threads in [2, 3, 7] {
        assert_eq!(everything(&copies, threads).await, one, "{threads} threads");
    }
}
