//! Times thousands of weighted histograms that are booked on frames and filled in one scan, for
//! `benches/run.py`.
//!
//! usage: `many_histograms FILE:TREE THREADS SELECTIONS VARIABLES WEIGHTS`
//!
//! Books a histogram of each variable with each weight in each selection; every event is in one of
//! the selections. Writes a line of JSON: their number, seconds of booking, seconds of a run over
//! one event (planning, mostly) and of the run over all, with the columns read from the file.
#![expect(clippy::print_stdout, reason = "a command talks to its caller")]

use std::time::Instant;

use hepframe_engine::frame::{Booking, Frame, axis};
use hepframe_engine::{Session, SessionOptions};

/// As in the command itself.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Columns of the events of `make_events.py`, with the ends of their axes.
const VARIABLES: [(&str, f64, f64); 10] = [
    ("MET_pt", 0.0, 200.0),
    ("MET_phi", -3.2, 3.2),
    ("MET_sumet", 0.0, 2000.0),
    ("PV_npvs", 0.0, 100.0),
    ("nJet", 0.0, 20.0),
    ("nMuon", 0.0, 10.0),
    ("Jet_pt", 15.0, 60.0),
    ("Jet_eta", -5.0, 5.0),
    ("Muon_pt", 0.0, 100.0),
    ("Muon_eta", -2.5, 2.5),
];

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [location, counts @ ..] = &arguments[..] else {
        return Err(usage());
    };
    let counts = counts.iter().map(|count| count.parse::<u32>());
    let counts = counts.collect::<Result<Vec<_>, _>>()?;
    let [threads, selections, variables, weights] = counts[..] else {
        return Err(usage());
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(usize::try_from(threads)?)
        .enable_all()
        .build()?;
    let session = Session::local_with(&SessionOptions {
        threads: Some(usize::try_from(threads)?),
        cache_bytes: Some(0),
        ..SessionOptions::default()
    })?;
    let events = runtime.block_on(session.read(location))?;
    let variables = VARIABLES.get(..usize::try_from(variables)?);
    let variables = variables.ok_or("there are ten variables")?;

    let start = Instant::now();
    let bookings = book(&events, selections, variables, weights)?;
    let booked = start.elapsed().as_secs_f64();

    let one = book(&events.limit(1)?, selections, variables, weights)?;
    let start = Instant::now();
    runtime.block_on(session.run(&one))?;
    let planned = start.elapsed().as_secs_f64();

    let start = Instant::now();
    let answers = runtime.block_on(session.run(&bookings))?;
    let wall = start.elapsed().as_secs_f64();
    let mut entries = 0;
    for answer in &answers {
        entries += answer.histogram()?.entries;
    }
    let line = serde_json::json!({
        "histograms": answers.len(), "entries": entries,
        "book_s": booked, "plan_s": planned, "wall_s": wall
    });
    println!("{line}");
    Ok(())
}

fn usage() -> Box<dyn std::error::Error> {
    "usage: many_histograms FILE:TREE THREADS SELECTIONS VARIABLES WEIGHTS".into()
}

fn book(
    events: &Frame,
    selections: u32,
    variables: &[(&str, f64, f64)],
    weights: u32,
) -> Outcome<Vec<Booking>> {
    let mut weighted = events.clone();
    for weight in 0..weights {
        let formula = format!("1 + 0.01 * {weight} * MET_phi");
        weighted = weighted.define(&format!("weight{weight}"), formula)?;
    }
    let mut bookings = Vec::new();
    for selection in 0..selections {
        let cut = format!("event % {selections} = {selection}");
        let selected = weighted.filter(cut, "")?;
        for (column, lo, hi) in variables {
            for weight in 0..weights {
                let histogram = selected.h1(*column, axis(50, *lo, *hi))?;
                bookings.push(histogram.weighted(format!("weight{weight}"))?);
            }
        }
    }
    Ok(bookings)
}
