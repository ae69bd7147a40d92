//! `hepframe demo`: makes events, asks three questions, draws the Z.

use std::path::Path;
use std::time::Instant;

use arrow::array::AsArray;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use arrow::record_batch::RecordBatch;
use hepframe_engine::{Session, Statistics};
use hepframe_root_write::{Codec, write_demo_file};

use crate::args::DemoArguments;
use crate::error::{CliError, Result};
use crate::output;
use crate::run::collect;
use crate::view::histogram::Bars;
use crate::view::report::bytes;
use crate::view::table::{self, Looks, grouped};

const FILE: &str = "hepframe-demo.root";
/// Everyone sees the same events.
const SEED: u64 = 1;
/// The histogram, in GeV, one bin each.
const LOW_GEV: u32 = 60;
const HIGH_GEV: u32 = 120;
/// Lines of the drawing.
const HEIGHT: usize = 12;

/// Runs the command.
pub(crate) async fn run(session: Session, arguments: DemoArguments) -> Result<()> {
    let path = arguments.dir.join(FILE);
    make_file(&path, arguments.events).await?;
    let shown = path.display().to_string();
    let uri = format!("{}:Events", shown.strip_prefix("./").unwrap_or(&shown)).replace('\'', "''");
    let events = u64::from(arguments.events);

    let sql = format!("SELECT count(*) AS events FROM '{uri}'");
    show_table(
        &session,
        "How many events? (no event is read: the file knows)",
        &sql,
        events,
    )
    .await?;
    let sql = format!("DESCRIBE '{uri}'");
    show_table(&session, "What is in them?", &sql, events).await?;
    show_mass(&session, &uri, events).await?;
    let sql = format!(
        "SELECT nJet, count(*) AS events, round(avg(MET_pt), 2) AS mean_met_gev\nFROM '{uri}'\n\
         WHERE cardinality(array_filter(Jet_pt, pt -> pt > 40)) >= 2\nGROUP BY nJet ORDER BY nJet"
    );
    show_table(
        &session,
        "Events with two jets above 40 GeV, by number of jets:",
        &sql,
        events,
    )
    .await?;
    output::line(&format!(
        "\nThe file stays in {shown}. Next:\n  hepframe inspect {shown}\n  hepframe sql \"SELECT \
         max(MET_pt) FROM '{uri}'\"\n  hepframe"
    ))
}

async fn make_file(path: &Path, events: u32) -> Result<()> {
    let start = Instant::now();
    let target = path.to_owned();
    let written = tokio::task::spawn_blocking(move || {
        if let Some(folder) = target.parent() {
            std::fs::create_dir_all(folder)?;
        }
        write_demo_file(&target, u64::from(events), SEED, Codec::Lz4, |_| ())
    })
    .await;
    match written {
        Ok(written) => {
            written.map_err(|source| CliError::Demo {
                path: path.to_owned(),
                source,
            })?;
        }
        Err(failure) => return Err(CliError::Start(failure.into())),
    }
    let size = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    output::line(&format!(
        "Made {} dimuon + jets events in {:.1} s: {}, {}",
        grouped(u64::from(events)),
        start.elapsed().as_secs_f64(),
        path.display(),
        bytes(size),
    ))
}

async fn show_table(session: &Session, title: &str, sql: &str, events: u64) -> Result<()> {
    announce(title, sql)?;
    let (batches, query) = collect(session, sql).await?;
    let looks = Looks::Terminal {
        more: "",
        width: output::width(),
    };
    let text = table::render(&query.schema(), &batches, 0, looks).map_err(output::show_failed)?;
    output::line(&text)?;
    output::line(&cost(&query.statistics(), events))
}

async fn show_mass(session: &Session, uri: &str, events: u64) -> Result<()> {
    let sql = format!(
        "SELECT floor(mass) AS gev, count(*) AS events\n\
         FROM (\n  \
           SELECT (Muon[0] + Muon[1]).mass AS mass\n  \
           FROM '{uri}'\n  \
           WHERE nMuon = 2 AND Muon[0].charge <> Muon[1].charge\n\
         )\n\
         WHERE mass >= {LOW_GEV} AND mass < {HIGH_GEV}\n\
         GROUP BY 1 ORDER BY 1"
    );
    announce("Mass of two muons of opposite charge:", &sql)?;
    let (batches, query) = collect(session, &sql).await?;
    let histogram = histogram(&batches).map_err(output::show_failed)?;
    output::line(&histogram.draw(HEIGHT))?;
    output::line(&cost(&query.statistics(), events))
}

fn announce(title: &str, sql: &str) -> Result<()> {
    let indented: String = sql.lines().map(|line| format!("  {line}\n")).collect();
    output::line(&format!("\n{title}\n\n{indented}\n"))
}

/// Bins from rows of (lower edge, count); bins without a row are empty.
fn histogram(batches: &[RecordBatch]) -> std::result::Result<Bars, arrow::error::ArrowError> {
    let mut heights = vec![0.0; (HIGH_GEV - LOW_GEV) as usize];
    for batch in batches {
        let edges = cast(batch.column(0), &DataType::Float64)?;
        let bins = cast(batch.column(1), &DataType::Float64)?;
        let rows = edges
            .as_primitive::<Float64Type>()
            .iter()
            .zip(bins.as_primitive::<Float64Type>());
        for (edge, count) in rows {
            let bin = edge.map(|edge| bin_of(edge - f64::from(LOW_GEV)));
            if let Some(slot) = bin.and_then(|bin| heights.get_mut(bin)) {
                *slot += count.unwrap_or(0.0);
            }
        }
    }
    Ok(Bars {
        low: LOW_GEV.into(),
        high: HIGH_GEV.into(),
        heights,
        unit: "GeV",
    })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the query cuts to 0..60"
)]
fn bin_of(gev: f64) -> usize {
    gev as usize
}

/// `0.12 s, read 24.0 MB (200.0 MB/s), 8.3 million events/s`.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "two digits are shown"
)]
fn cost(statistics: &Statistics, events: u64) -> String {
    let seconds = (statistics.wall_ms / 1e3).max(1e-6);
    let mut text = format!("{seconds:.3} s, read {}", bytes(statistics.bytes_read));
    if statistics.baskets > 0 {
        let speed = (statistics.bytes_decompressed as f64 / seconds) as u64;
        let rate = (events as f64 / seconds) as u64;
        text.push_str(&format!(
            ", unpacked {} ({}/s), {} events/s",
            bytes(statistics.bytes_decompressed),
            bytes(speed),
            grouped(rate)
        ));
    }
    text
}
