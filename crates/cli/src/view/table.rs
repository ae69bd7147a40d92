//! Rows as an aligned table.
//!
//! ```text
//!  bin │ count
//! ─────┼───────
//!    0 │ 12345
//!    1 │   678
//! (2 rows)
//! ```

use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use console::{measure_text_width, truncate_str};

use super::cells::{TextColumn, text_columns};

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
    /// A terminal of this width, or a file (nothing is cut); how to see rows that are not shown.
    Terminal {
        width: Option<usize>,
        more: &'static str,
    },
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
    if columns.is_empty() {
        let rows = counted((shown + hidden) as u64, "row");
        return Ok(format!(
            "({rows}, but no column that can be read; `hepframe inspect FILE` tells why)\n"
        ));
    }
    let (width, more) = match looks {
        Looks::Markdown => return Ok(markdown(&columns, shown)),
        Looks::Terminal { width, more } => (width, more),
    };
    let has_lines = |column: &TextColumn| column.cells.iter().any(|cell| cell.contains('\n'));
    if columns
        .iter()
        .any(|column| column.tall && has_lines(column))
    {
        let mut text = records(&columns, shown);
        if hidden > 0 {
            text.push_str(&footer(shown, hidden, more, 0));
        }
        return Ok(text);
    }
    let all_columns = columns.len();
    if let Some(width) = width {
        fit(&mut columns, width);
    }
    let left_out = all_columns - shown_columns(&columns);
    let mut text = grid(&columns, shown);
    text.push_str(&footer(shown, hidden, more, left_out));
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
        tall: false,
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
            if column.tall && (column.name == "plan" || cell.contains('\n')) {
                push_line(&mut text, cell);
            } else if column.tall && column.name == "plan_type" {
                push_line(&mut text, &format!("── {cell} ──"));
            } else {
                push_line(&mut text, &format!("── {}: {cell} ──", column.name));
            }
        }
    }
    text
}

fn markdown(columns: &[TextColumn], rows: usize) -> String {
    let escaped = |text: &str| text.replace('|', "\\|");
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

fn footer(shown: usize, hidden: usize, more: &str, columns_left_out: usize) -> String {
    let mut text = match hidden {
        0 => format!("({})", counted(shown as u64, "row")),
        1 => format!("… 1 more row ({more})"),
        hidden => format!("… {} more rows ({more})", grouped(hidden as u64)),
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
#[path = "table_tests.rs"]
mod tests;
