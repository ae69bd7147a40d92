//! Rows as an aligned table.
//!
//! ```text
//!  bin │ count
//! ─────┼───────
//!    0 │ 12345
//!    1 │   678
//! (2 rows)
//! ```

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use console::{measure_text_width, truncate_str};
use hepframe_engine::histogram::{Histogram, is_histogram};

use super::plot::{draw, summary};

/// A cell on a terminal; longer ones are cut.
const CELL: usize = 60;
/// Columns are not made narrower than this to fit the terminal; some are left out instead.
const NARROW: usize = 8;
/// A cell of a table that leaves columns out.
const SPARSE_CELL: usize = 20;
/// Between two columns.
const GAP: &str = " │ ";

/// Whom the table is for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Looks {
    /// A terminal of this width, or a file (nothing is cut).
    Terminal { width: Option<usize> },
    /// A Markdown document.
    Markdown,
}

/// The rows as text; `hidden` more are only counted.
pub(crate) fn render(
    schema: &SchemaRef,
    batches: &[RecordBatch],
    hidden: usize,
    looks: Looks,
) -> Result<String, ArrowError> {
    let mut columns = text_columns(schema, batches, looks)?;
    let shown: usize = batches.iter().map(RecordBatch::num_rows).sum();
    if let Looks::Markdown = looks {
        return Ok(markdown(&columns, shown));
    }
    if columns
        .iter()
        .any(|column| column.cells.iter().any(|cell| cell.contains('\n')))
    {
        let mut text = records(&columns, shown);
        if hidden > 0 {
            text.push_str(&footer(shown, hidden, 0));
        }
        return Ok(text);
    }
    let all_columns = columns.len();
    if let Looks::Terminal { width: Some(width) } = looks {
        fit(&mut columns, width);
    }
    let mut text = grid(&columns, shown);
    text.push_str(&footer(
        shown,
        hidden,
        all_columns - shown_columns(&columns),
    ));
    Ok(text)
}

/// `1 row`, `1 234 rows`.
pub(crate) fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(count))
}

/// Digits in groups of three.
pub(crate) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

struct TextColumn {
    name: String,
    cells: Vec<String>,
    /// Numbers align at the right.
    right: bool,
    width: usize,
    /// Stands for columns left out.
    gap: bool,
}

impl TextColumn {
    fn natural_width(name: &str, cells: &[String]) -> usize {
        cells
            .iter()
            .map(|cell| measure_text_width(cell))
            .chain([measure_text_width(name)])
            .max()
            .unwrap_or(0)
    }
}

fn text_columns(
    schema: &SchemaRef,
    batches: &[RecordBatch],
    looks: Looks,
) -> Result<Vec<TextColumn>, ArrowError> {
    let options = FormatOptions::default().with_null("null");
    let mut columns = Vec::with_capacity(schema.fields().len());
    for (index, field) in schema.fields().iter().enumerate() {
        let mut cells = Vec::new();
        for batch in batches {
            let column = batch.column(index);
            if is_histogram(column.data_type()) {
                cells.extend(drawings(field.name(), column, looks)?);
                continue;
            }
            let formatter = ArrayFormatter::try_new(column.as_ref(), &options)?;
            for row in 0..batch.num_rows() {
                cells.push(formatter.value(row).try_to_string()?);
            }
        }
        let width = TextColumn::natural_width(field.name(), &cells);
        columns.push(TextColumn {
            name: field.name().clone(),
            cells,
            right: field.data_type().is_numeric(),
            width,
            gap: false,
        });
    }
    Ok(columns)
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
                (Some(histogram), Looks::Terminal { width }) => draw(name, &histogram, width),
                (Some(histogram), Looks::Markdown) => summary(&histogram),
            })
        })
        .collect()
}

/// Narrows wide columns, or takes out columns from the middle, until the table fits.
fn fit(columns: &mut Vec<TextColumn>, width: usize) {
    for column in columns.iter_mut() {
        column.width = column.width.min(CELL);
    }
    let narrowest: usize = columns.iter().map(|column| column.width.min(NARROW)).sum();
    if narrowest + columns.len() * gap_width() > width && columns.len() > 2 {
        for column in columns.iter_mut() {
            column.width = column.width.min(SPARSE_CELL);
        }
        leave_out(columns, width);
    }
    while total(columns) > width {
        match columns.iter_mut().max_by_key(|column| column.width) {
            Some(widest) if widest.width > 1 => widest.width -= 1,
            _ => return,
        }
    }
}

fn gap_width() -> usize {
    measure_text_width(GAP)
}

fn total(columns: &[TextColumn]) -> usize {
    let cells: usize = columns.iter().map(|column| column.width).sum();
    cells + columns.len().saturating_sub(1) * gap_width() + 2
}

fn leave_out(columns: &mut Vec<TextColumn>, width: usize) {
    let rows = columns.first().map_or(0, |column| column.cells.len());
    let middle = columns.len() / 2;
    let gap = TextColumn {
        name: "…".to_owned(),
        cells: vec!["…".to_owned(); rows],
        right: false,
        width: 1,
        gap: true,
    };
    columns.insert(middle, gap);
    let mut at = middle;
    while total(columns) > width && columns.len() > 2 {
        // Takes turns left and right of the gap, so that both ends of the table stay.
        let right_of_gap = columns.len() - at - 1;
        if right_of_gap >= at {
            columns.remove(at + 1);
        } else {
            columns.remove(at - 1);
            at -= 1;
        }
    }
}

fn shown_columns(columns: &[TextColumn]) -> usize {
    columns.iter().filter(|column| !column.gap).count()
}

fn grid(columns: &[TextColumn], rows: usize) -> String {
    if columns.is_empty() {
        return String::new();
    }
    let mut text = String::new();
    let header: Vec<_> = columns
        .iter()
        .map(|column| padded(&column.name, column))
        .collect();
    push_line(&mut text, &format!(" {}", header.join(GAP)));
    let rule: Vec<_> = columns
        .iter()
        .map(|column| "─".repeat(column.width))
        .collect();
    push_line(&mut text, &format!("─{}─", rule.join("─┼─")));
    for row in 0..rows {
        let cells: Vec<_> = columns
            .iter()
            .map(|column| padded(column.cells.get(row).map_or("", String::as_str), column))
            .collect();
        push_line(&mut text, &format!(" {}", cells.join(GAP)));
    }
    text
}

fn push_line(text: &mut String, line: &str) {
    text.push_str(line.trim_end());
    text.push('\n');
}

fn padded(cell: &str, column: &TextColumn) -> String {
    let cell = truncate_str(cell, column.width, "…");
    let space = " ".repeat(column.width.saturating_sub(measure_text_width(&cell)));
    if column.right {
        format!("{space}{cell}")
    } else {
        format!("{cell}{space}")
    }
}

/// Cells of several lines (plans, drawings) cannot stand side by side.
fn records(columns: &[TextColumn], rows: usize) -> String {
    let mut text = String::new();
    for row in 0..rows {
        for column in columns {
            let cell = column.cells.get(row).map_or("", |cell| cell.trim_end());
            if column.name == "plan" || cell.contains('\n') {
                push_line(&mut text, cell);
            } else if column.name == "plan_type" {
                push_line(&mut text, &format!("── {cell} ──"));
            } else {
                push_line(&mut text, &format!("── {}: {cell} ──", column.name));
            }
        }
    }
    text
}

fn markdown(columns: &[TextColumn], rows: usize) -> String {
    let escaped = |text: &str| text.replace('|', "\\|").replace('\n', "<br>");
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut text = line(columns.iter().map(|column| escaped(&column.name)).collect());
    let rule = |column: &TextColumn| if column.right { "---:" } else { "---" }.to_owned();
    text.push_str(&line(columns.iter().map(rule).collect()));
    for row in 0..rows {
        text.push_str(&line(
            columns
                .iter()
                .map(|column| escaped(&column.cells[row]))
                .collect(),
        ));
    }
    text
}

fn footer(shown: usize, hidden: usize, columns_left_out: usize) -> String {
    let mut text = match hidden {
        0 => format!("({})", counted(shown as u64, "row")),
        1 => "… 1 more row".to_owned(),
        hidden => format!("… {} more rows", grouped(hidden as u64)),
    };
    if columns_left_out > 0 {
        text.push_str(&format!(
            "; {} not shown",
            counted(columns_left_out as u64, "column")
        ));
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};

    use super::*;

    fn batch() -> RecordBatch {
        RecordBatch::try_from_iter([
            (
                "name",
                Arc::new(StringArray::from(vec!["a", "longer"])) as ArrayRef,
            ),
            (
                "n",
                Arc::new(Int64Array::from(vec![Some(1), None])) as ArrayRef,
            ),
            (
                "x",
                Arc::new(Float64Array::from(vec![1.5, -20.25])) as ArrayRef,
            ),
        ])
        .unwrap()
    }

    fn rendered(hidden: usize, looks: Looks) -> String {
        render(&batch().schema(), &[batch()], hidden, looks).unwrap()
    }

    #[test]
    fn numbers_align_at_the_right_and_text_at_the_left() {
        let text = rendered(0, Looks::Terminal { width: None });

        let expected = "\x20name   │    n │      x
────────┼──────┼────────
 a      │    1 │    1.5
 longer │ null │ -20.25
(2 rows)
";
        assert_eq!(text, expected);
    }

    #[test]
    fn rows_that_are_not_shown_are_counted() {
        let text = rendered(999_960, Looks::Terminal { width: None });

        assert!(text.ends_with("… 999 960 more rows\n"), "{text}");
        assert!(rendered(1, Looks::Terminal { width: None }).ends_with("… 1 more row\n"));
    }

    #[test]
    fn a_wide_table_loses_columns_in_the_middle_and_says_so() {
        let columns = (0..40).map(|i| {
            (
                format!("column_{i}"),
                Arc::new(Int64Array::from(vec![i])) as ArrayRef,
            )
        });
        let batch = RecordBatch::try_from_iter(columns).unwrap();

        let looks = Looks::Terminal { width: Some(80) };
        let text = render(&batch.schema(), &[batch], 0, looks).unwrap();

        assert!(
            text.lines().all(|line| measure_text_width(line) <= 80),
            "{text}"
        );
        assert!(
            text.contains("column_0") && text.contains("column_39"),
            "{text}"
        );
        assert!(text.contains("columns not shown"), "{text}");
    }

    #[test]
    fn a_long_cell_is_cut_on_a_terminal_only() {
        let long = Arc::new(StringArray::from(vec!["x".repeat(300)])) as ArrayRef;
        let batch = RecordBatch::try_from_iter([("s", long)]).unwrap();
        let render = |width| {
            render(
                &batch.schema(),
                std::slice::from_ref(&batch),
                0,
                Looks::Terminal { width },
            )
            .unwrap()
        };

        assert!(
            render(Some(80))
                .lines()
                .all(|line| measure_text_width(line) <= 80)
        );
        assert!(render(None).contains(&"x".repeat(300)));
    }

    #[test]
    fn markdown_escapes_bars() {
        let bar = Arc::new(StringArray::from(vec!["a|b"])) as ArrayRef;
        let batch = RecordBatch::try_from_iter([("s", bar)]).unwrap();

        let text = render(&batch.schema(), &[batch], 0, Looks::Markdown).unwrap();

        assert_eq!(text, "| s |\n| --- |\n| a\\|b |\n");
    }

    #[test]
    fn no_rows_still_show_the_columns() {
        let batch = batch();
        let text = render(&batch.schema(), &[], 0, Looks::Terminal { width: Some(80) }).unwrap();

        assert!(text.starts_with(" name │ n │ x\n"), "{text}");
        assert!(text.ends_with("(0 rows)\n"), "{text}");
    }
}
