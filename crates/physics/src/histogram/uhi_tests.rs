//! Tests of the JSON for Python.

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, StringArray};

use crate::histogram::{Axis, Book, Histogram, Spec};

/// One histogram of each kind, with each kind of axis among them.
fn one_of_each() -> Vec<Histogram> {
    let regular = || Axis::regular(2, 0.0, 1.5).unwrap();
    let names = Axis::names(vec!["e\"".into(), "mu".into()]).unwrap();
    let count = Spec::counting(vec![regular()]);
    let weigh = Spec {
        axes: vec![Axis::variable(vec![0.0, 0.1, 5.0]).unwrap(), names],
        coordinates: vec![0, 1],
        weight: Some(0),
        ..count.clone()
    };
    let mean = Spec {
        axes: vec![Axis::integers(vec![1, -7]).unwrap()],
        sample: Some(0),
        ..count.clone()
    };
    let weighted_mean = Spec {
        weight: Some(0),
        ..mean.clone()
    };
    let mut book = Book::new(vec![count, weigh, mean, weighted_mean]).unwrap();
    let columns: [ArrayRef; 2] = [
        Arc::new(Float64Array::from(vec![0.05, 1.0, 1.0, f64::NAN])),
        Arc::new(StringArray::from(vec!["mu", "e\"", "tau", "mu"])),
    ];
    book.fill(&columns).unwrap();
    book.finish()
}

#[test]
fn json_follows_the_schema() {
    let json: Vec<_> = one_of_each().iter().map(Histogram::to_uhi_json).collect();

    let count: serde_json::Value = serde_json::from_str(&json[0]).unwrap();
    assert_eq!(count["uhi_schema"], 1);
    assert_eq!(count["storage"]["values"], serde_json::json!([0, 1, 2, 0]));
    assert_eq!(count["metadata"]["nan"], 1.0);
    assert!(json[1].contains("\"categories\":[\"e\\\"\",\"mu\"],\"flow\":true"));
    assert!(json[1].contains(
        "\"values\":[[0.0,0.0,0.0],[0.0,0.05,0.0],[1.0,0.0,1.0],[0.0,0.0,0.0]],\"variances\":"
    ));
    assert!(
        json[2].contains("\"type\":\"mean\",\"counts\":[2.0,0.0,1.0],\"values\":[1.0,0.0,0.05]")
    );
}

/// Python's own schema and packages read every kind; without them there is nothing to compare.
#[test]
fn python_reads_the_json_where_it_has_uhi() {
    const SCRIPT: &str = "
import json, sys
try:
    import uhi.schema, boost_histogram
except ImportError:
    sys.exit(0)
for line in sys.stdin:
    loaded = json.loads(line)
    uhi.schema.validate({'h': loaded})
    histogram = boost_histogram.Histogram(loaded)
    assert histogram.to_numpy(flow=True) is not None
print('read')
";
    let started = Command::new("python3")
        .args(["-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = started else {
        return;
    };
    let lines: String = one_of_each()
        .iter()
        .map(|h| h.to_uhi_json() + "\n")
        .collect();
    // A Python without the packages closes its end unread.
    drop(child.stdin.take().unwrap().write_all(lines.as_bytes()));

    let output = child.wait_with_output().unwrap();

    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
