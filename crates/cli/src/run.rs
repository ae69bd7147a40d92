//! Runs statements and shows or saves their rows.

use std::path::{Path, PathBuf};

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use futures::{Stream, TryStreamExt};
use hepframe_engine::{FileWriter, Query, RowStream, Session, Statement, Statistics, TextWriter};

use crate::args::Format;
use crate::error::{CliError, Result};
use crate::output;
use crate::progress::Bar;
use crate::view::table::{self, Looks};

/// What to do with rows.
#[derive(Debug, Clone)]
pub(crate) struct Show {
    pub(crate) format: Format,
    /// Most rows of a table.
    pub(crate) rows: usize,
    /// How to see more of them.
    pub(crate) more: &'static str,
    /// A line of JSON per statement to standard error.
    pub(crate) stats: bool,
}

/// Runs all statements of a text in order and shows what they answer.
///
/// With `save`, the rows of the last query go there instead.
pub(crate) async fn run_text(
    session: &Session,
    text: &str,
    show: &Show,
    save: Option<&Path>,
) -> Result<()> {
    if let Some(path) = save {
        // Before hours of work, not after.
        FileWriter::format_of(path)?;
    }
    let statements = session.sql(text)?;
    let last_query = statements.iter().rposition(Statement::is_query);
    if let (Some(path), None) = (save, last_query) {
        return Err(CliError::NothingToSave {
            path: path.to_owned(),
        });
    }
    for (index, statement) in statements.into_iter().enumerate() {
        let save = save.filter(|_| Some(index) == last_query);
        run_statement(statement, show, save).await?;
    }
    Ok(())
}

/// Runs one statement; gives what it cost.
pub(crate) async fn run_statement(
    statement: Statement,
    show: &Show,
    save: Option<&Path>,
) -> Result<Statistics> {
    let mut query = statement.plan().await?;
    query
        .warnings()
        .iter()
        .for_each(|warning| output::warn(warning));
    let bar = Bar::follow(query.progress());
    let rows = query.execute().await?;
    if query.writes() {
        report_written(rows, bar).await?;
    } else if query.has_rows() {
        deliver(rows, show, save, bar).await?;
    }
    let statistics = query.statistics();
    if show.stats {
        output::note(&serde_json::to_string(&statistics).unwrap_or_default());
    }
    Ok(statistics)
}

/// Runs a query and keeps its rows; gives the query too, for its statistics.
pub(crate) async fn collect(session: &Session, sql: &str) -> Result<(Vec<RecordBatch>, Query)> {
    let mut query = session.query(sql).await?;
    let bar = Bar::follow(query.progress());
    let rows = query.collect().await?;
    drop(bar);
    Ok((rows, query))
}

async fn deliver(rows: RowStream, show: &Show, save: Option<&Path>, bar: Bar) -> Result<()> {
    let schema = rows.schema();
    match (save, show.format.streaming()) {
        (Some(path), _) => save_rows(rows, &schema, path.to_owned(), bar).await,
        (None, Some(format)) => {
            let mut writer =
                TextWriter::new(format, &schema, output::stdout()).map_err(output::show_failed)?;
            let mut rows = std::pin::pin!(rows);
            let mut bar = Some(bar);
            while let Some(batch) = rows.try_next().await? {
                // A bar and rows would write over each other.
                drop(bar.take());
                writer.write(&batch).map_err(output::show_failed)?;
            }
            drop(bar);
            let out = writer.finish().map_err(output::show_failed)?;
            end_line(out, show.format)
        }
        (None, None) => {
            let limit = if show.format == Format::Markdown {
                usize::MAX
            } else {
                show.rows
            };
            let (batches, hidden) = first_rows(rows, limit).await?;
            drop(bar);
            let looks = match show.format {
                Format::Markdown => Looks::Markdown,
                _ => Looks::Terminal {
                    width: output::width(),
                    more: show.more,
                },
            };
            let text =
                table::render(&schema, &batches, hidden, looks).map_err(output::show_failed)?;
            output::line(&text)
        }
    }
}

/// JSON arrays end without a line break, which a terminal wants.
fn end_line(mut out: std::io::BufWriter<output::Stdout>, format: Format) -> Result<()> {
    use std::io::Write;

    let end: &[u8] = if format == Format::Json { b"\n" } else { b"" };
    out.write_all(end)
        .and_then(|()| out.flush())
        .map_err(output::failed)
}

async fn save_rows(rows: RowStream, schema: &SchemaRef, path: PathBuf, bar: Bar) -> Result<()> {
    let mut writer = FileWriter::create(&path, schema)?;
    let mut rows = std::pin::pin!(rows);
    while let Some(batch) = rows.try_next().await? {
        writer.write(&batch)?;
    }
    writer.finish()?;
    drop(bar);
    Ok(())
}

/// `COPY` and `INSERT` answer with the number of rows they wrote.
async fn report_written(rows: RowStream, bar: Bar) -> Result<()> {
    let batches: Vec<RecordBatch> = rows.try_collect().await?;
    drop(bar);
    let count = batches.first().and_then(|batch| {
        let counts = batch.columns().first()?;
        let counts = arrow::compute::cast(counts, &arrow::datatypes::DataType::UInt64).ok()?;
        let counts =
            arrow::array::AsArray::as_primitive_opt::<arrow::datatypes::UInt64Type>(&counts)?;
        counts.iter().next().flatten()
    });
    if let Some(count) = count {
        output::note(&format!("{} written", table::counted(count, "row")));
    }
    Ok(())
}

/// The first rows, and how many more there are.
async fn first_rows(
    rows: impl Stream<Item = hepframe_engine::Result<RecordBatch>>,
    limit: usize,
) -> Result<(Vec<RecordBatch>, usize)> {
    let mut rows = std::pin::pin!(rows);
    let (mut kept, mut left, mut hidden) = (Vec::new(), limit, 0);
    while let Some(batch) = rows.try_next().await? {
        let taken = batch.num_rows().min(left);
        hidden += batch.num_rows() - taken;
        left -= taken;
        if taken > 0 {
            kept.push(batch.slice(0, taken));
        }
    }
    Ok((kept, hidden))
}
