//! What stands in the cells of a table.
//!
//! Text may hold line breaks, which would break the table, and control characters, by which a file
//! could do anything to the terminal: both are shown, not sent.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use console::measure_text_width;
use hepframe_engine::histogram::{Histogram, is_histogram};

use super::plot::{draw, summary};
use super::table::Looks;

/// A column as text.
pub(super) struct TextColumn {
    pub(super) name: String,
    pub(super) cells: Vec<String>,
    /// Numbers align at the right.
    pub(super) right: bool,
    pub(super) width: usize,
    /// Stands for columns left out.
    pub(super) gap: bool,
    /// Its cells are drawings or plans, of several lines.
    pub(super) tall: bool,
}

/// The columns of an answer.
///
/// # Errors
/// Values that cannot be told as text.
pub(super) fn text_columns(
    schema: &SchemaRef,
    batches: &[RecordBatch],
    looks: Looks,
) -> Result<Vec<TextColumn>, ArrowError> {
    let options = FormatOptions::default().with_null("null");
    let mut columns = Vec::with_capacity(schema.fields().len());
    let is_explained = is_explained(schema);
    for (index, field) in schema.fields().iter().enumerate() {
        let name = on_one_line(field.name(), looks);
        let tall = is_explained || is_histogram(field.data_type());
        let mut cells = Vec::new();
        for batch in batches {
            let column = batch.column(index);
            if is_histogram(column.data_type()) {
                cells.extend(drawings(&name, column, looks)?);
                continue;
            }
            let formatter = ArrayFormatter::try_new(column.as_ref(), &options)?;
            for row in 0..batch.num_rows() {
                let text = formatter.value(row).try_to_string()?;
                cells.push(if tall {
                    text
                } else {
                    on_one_line(&text, looks)
                });
            }
        }
        let widths = cells.iter().map(|cell| measure_text_width(cell));
        let width = widths.chain([measure_text_width(&name)]).max().unwrap_or(0);
        columns.push(TextColumn {
            name,
            cells,
            right: field.data_type().is_numeric(),
            width,
            gap: false,
            tall,
        });
    }
    Ok(columns)
}

/// True for the answers of EXPLAIN.
fn is_explained(schema: &SchemaRef) -> bool {
    let names: Vec<&str> = schema
        .fields()
        .iter()
        .map(|field| field.name().as_str())
        .collect();
    names == ["plan_type", "plan"]
}

/// The text with `↵` for line breaks (Markdown has its own) and `\u{1b}` for control characters.
fn on_one_line(text: &str, looks: Looks) -> String {
    if !text.contains(char::is_control) {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match (c, looks) {
            ('\n', Looks::Terminal { .. }) => shown.push('↵'),
            ('\n', Looks::Markdown) => shown.push_str("<br>"),
            (c, _) if c.is_control() => shown.extend(c.escape_default()),
            (c, _) => shown.push(c),
        }
    }
    shown
}

/// Histograms, drawn for a terminal and told in a line for a document.
fn drawings(name: &str, column: &ArrayRef, looks: Looks) -> Result<Vec<String>, ArrowError> {
    let structs = column.as_struct();
    (0..structs.len())
        .map(|row| {
            let histogram = Histogram::from_struct(structs, row)
                .map_err(|error| ArrowError::ExternalError(Box::new(error)))?;
            Ok(match (histogram, looks) {
                (None, _) => "null".to_owned(),
                (Some(histogram), Looks::Terminal { width, .. }) => draw(name, &histogram, width),
                (Some(histogram), Looks::Markdown) => summary(&histogram),
            })
        })
        .collect()
}
