//! Watches how much memory a process takes whose queries use far more columns than its cache holds.
//!
//! usage: `cache_memory CACHE_BYTES QUERIES FILE:TREE...`
//!
//! To see what the command itself takes, set `MIMALLOC_PURGE_DELAY=0` and `MIMALLOC_ALLOW_THP=0`,
//! as it does for itself if its cache is small.
//!
//! Each query reads six columns of one of the files, in an order that looks random. Writes a line
//! of JSON at the end: the budget, the largest resident memory seen, and what came from where.
//! Fails if that memory exceeds the budget by more than 30 %.
#![expect(clippy::print_stdout, reason = "a command talks to its caller")]

use futures::TryStreamExt;
use hepframe_engine::{Session, SessionOptions, parse_bytes};

/// As in the command itself.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Columns that one query reads.
const COLUMNS: usize = 6;

#[tokio::main]
async fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [budget, queries, files @ ..] = &arguments[..] else {
        return Err("usage: cache_memory CACHE_BYTES QUERIES FILE:TREE...".into());
    };
    let budget = parse_bytes(budget)?;
    let session = Session::local_with(&SessionOptions {
        cache_bytes: Some(budget),
        ..SessionOptions::default()
    })?;
    let mut columns = Vec::new();
    for file in files {
        let names = session
            .query(&format!("SELECT * FROM '{file}'"))
            .await?
            .schema();
        let names = names.fields().iter();
        columns.extend(names.map(|field| (file.clone(), field.name().clone())));
    }
    let start_bytes = resident_bytes("VmRSS:")?;
    let start_anonymous = resident_bytes("RssAnon:")?;
    let mut anonymous = 0;
    let (mut read, mut cached, mut largest, mut next) = (0, 0, 0, 1_u64);
    for _ in 0..queries.parse::<u32>()? {
        let mut random = || {
            // A linear congruential generator: the same queries in every run.
            next = next
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(next >> 33).unwrap_or(0)
        };
        let file = &files[random() % files.len()];
        let of_file: Vec<&String> = columns
            .iter()
            .filter(|(of, _)| of == file)
            .map(|(_, name)| name)
            .collect();
        let first = random() % of_file.len();
        let picked: Vec<String> = (0..COLUMNS)
            .map(|i| format!("\"{}\"", of_file[(first + i) % of_file.len()]))
            .collect();
        let sql = format!("SELECT {} FROM '{file}'", picked.join(", "));
        let mut query = session.query(&sql).await?;
        let mut rows = query.execute().await?;
        while rows.try_next().await?.is_some() {}
        let cost = query.statistics();
        read += cost.bytes_decompressed;
        cached += cost.bytes_from_cache;
        largest = largest.max(resident_bytes("VmRSS:")?);
        anonymous = anonymous.max(resident_bytes("RssAnon:")?);
    }
    let peak = resident_bytes("VmHWM:")?;
    let columns = session.caches().and_then(|caches| caches.columns);
    let held = columns.map_or(0, |columns| columns.bytes());
    println!(
        "{}",
        serde_json::json!({
            "budget": budget, "resident_at_start": start_bytes, "anonymous_at_start": start_anonymous,
            "anonymous_after_queries": anonymous, "resident_after_queries": largest,
            "resident_peak": peak, "peak_of_budget": peak as f64 / budget as f64,
            "bytes_unpacked": read, "bytes_from_cache": cached, "bytes_held": held,
        })
    );
    if peak as f64 > 1.3 * budget as f64 {
        return Err("more than 30 % above the budget".into());
    }
    Ok(())
}

/// A line of `/proc/self/status`, in bytes.
fn resident_bytes(name: &str) -> Outcome<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    Ok(kibibytes
        .ok_or("no such line in /proc/self/status")?
        .trim()
        .parse::<u64>()?
        << 10)
}
