//! The ADL benchmark queries of `benches/adl` give the reference's histograms, bin by bin.

use std::path::{Path, PathBuf};

use hepframe_engine::Session;
use hepframe_engine::histogram::Histogram;
use rstest::rstest;
use serde_json::Value;

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

#[rstest]
#[tokio::test]
async fn real_events_give_the_histograms_of_the_reference(
    #[values("_ttree.root", "_ttree_vector.root", ".parquet")] file: &str,
) {
    let (Some(events), Some(reference)) = (
        shared(&format!("real/Run2012B_SingleMu_1000{file}")),
        shared("real/adl_reference.json"),
    ) else {
        return;
    };
    let reference: Value =
        serde_json::from_str(&std::fs::read_to_string(reference).unwrap()).unwrap();
    let session = Session::local().unwrap();
    let events = events.to_str().unwrap().to_owned();
    session.register("events", &[events]).await.unwrap();

    for (name, answers) in [
        ("q1", &["Q1"][..]),
        ("q2", &["Q2"]),
        ("q3", &["Q3"]),
        ("q4", &["Q4"]),
        ("q5", &["Q5"]),
        ("q6", &["Q6a", "Q6b"]),
        ("q7", &["Q7"]),
        ("q8", &["Q8"]),
    ] {
        let found = histograms(&session, &query(name)).await;
        assert_eq!(found.len(), answers.len(), "{name}");
        for (histogram, answer) in found.iter().zip(answers) {
            let wanted = &reference[*answer];
            let number = |key: &str| wanted[key].as_f64().unwrap();
            let mut bins = vec![number("underflow")];
            let counts = wanted["counts"].as_array().unwrap();
            bins.extend(counts.iter().map(|count| count.as_f64().unwrap()));
            bins.push(number("overflow"));
            assert_eq!(histogram.values, bins, "{answer} of {file}");
        }
    }
}
