//! Times reading columns into Arrow batches, again and again in one process, for `benches/run.py`.
//!
//! usage: `read_columns FILE:TREE COLUMN,COLUMN... THREADS REPEATS [CACHE_BYTES]`
//!
//! Without a size there is no column cache: every repeat reads the file.
//!
//! Writes a line of JSON per repeat: seconds of planning, seconds of wall time from there (when it
//! opens the file) to the last batch, and rows.
#![expect(clippy::print_stdout, reason = "a command talks to its caller")]

use std::time::Instant;

use futures::TryStreamExt;
use hepframe_engine::{EngineError, Session, SessionOptions, parse_bytes};

/// As in the command itself.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [location, columns, threads, repeats, cache @ ..] = &arguments[..] else {
        return Err(
            "usage: read_columns FILE:TREE COLUMN,... THREADS REPEATS [CACHE_BYTES]".into(),
        );
    };
    let cache_bytes = cache.first().map_or(Ok(0), |size| parse_bytes(size))?;
    let threads: usize = threads.parse()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .enable_all()
        .build()?;
    let session = Session::local_with(&SessionOptions {
        threads: Some(threads),
        cache_bytes: Some(cache_bytes),
        ..SessionOptions::default()
    })?;
    let select = format!("SELECT {columns} FROM '{location}'");
    for repeat in 0..repeats.parse::<u32>()? {
        // As in the command itself: on the runtime's threads, of which there are no more than asked.
        let (session, select) = (session.clone(), select.clone());
        let measured = runtime.spawn(async move { measure(&session, &select).await });
        let (planned, wall, rows) = runtime.block_on(measured)??;
        let line = serde_json::json!({
            "rep": repeat, "plan_s": planned, "wall_s": wall, "rows": rows
        });
        println!("{line}");
    }
    Ok(())
}

/// Reads everything and lets it go: seconds of planning, seconds from there, and rows.
async fn measure(session: &Session, select: &str) -> Result<(f64, f64, usize), EngineError> {
    let start = Instant::now();
    let mut query = session.query(select).await?;
    let mut stream = query.execute().await?;
    let mut rows = 0;
    while let Some(batch) = stream.try_next().await? {
        rows += batch.num_rows();
    }
    let all = start.elapsed().as_secs_f64();
    let planned = query.statistics().planning_ms / 1e3;
    Ok((planned, all - planned, rows))
}
