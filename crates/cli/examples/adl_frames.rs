//! Times the ADL queries as programs of frames, in one session, for `benches/run.py`.
//!
//! usage: `adl_frames FILE:TREE QUERY,QUERY... THREADS REPEATS`
//!
//! Writes a line of JSON per query and repeat: seconds from the first booking to the answer, and
//! the histograms as UHI JSON. The first repeat of a query reads its columns, the others find them
//! in the cache.
#![expect(clippy::print_stdout, reason = "a command talks to its caller")]

use std::time::Instant;

use hepframe_engine::{Session, SessionOptions};

#[path = "../../../benches/adl/mod.rs"]
mod programs;

use programs::PROGRAMS;

/// As in the command itself.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [location, queries, threads, repeats] = &arguments[..] else {
        return Err("usage: adl_frames FILE:TREE QUERY,QUERY... THREADS REPEATS".into());
    };
    let threads: usize = threads.parse()?;
    let repeats: u32 = repeats.parse()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .enable_all()
        .build()?;
    let session = Session::local_with(&SessionOptions {
        threads: Some(threads),
        ..SessionOptions::default()
    })?;
    let events = runtime.block_on(session.read(location))?;
    // Opens the file and warms the code, on a column that no query reads.
    runtime.block_on(session.run(&[events.sum("run")?]))?;
    for query in queries.split(',') {
        let known = PROGRAMS.iter().find(|(name, _)| *name == query);
        let (_, program) = known.ok_or_else(|| format!("there is no query `{query}`"))?;
        for repeat in 0..repeats {
            let start = Instant::now();
            let answers = runtime.block_on(session.run(&program(&events)?))?;
            let wall = start.elapsed().as_secs_f64();
            let histograms = answers
                .iter()
                .map(|answer| Ok(answer.histogram()?.to_uhi_json()))
                .collect::<Outcome<Vec<_>>>()?;
            let line = serde_json::json!({
                "query": query, "rep": repeat, "wall_s": wall, "histograms": histograms
            });
            println!("{line}");
        }
    }
    Ok(())
}
