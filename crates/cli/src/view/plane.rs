//! A histogram of two axes, drawn as shades.
//!
//! ```text
//! 5 │    ░░
//!   │  ░▒█▓░
//! 0 │   ░▒░
//!   └────────
//!    0  2   4    █ 1 234
//! ```

use std::ops::Range;

use hepframe_engine::histogram::Axis;

use super::histogram::{axis, short};
use super::plot::ends;

/// From nothing to the most.
const SHADES: [char; 5] = [' ', '░', '▒', '▓', '█'];
/// Lines of a drawing.
const HEIGHT: usize = 20;

/// The bins inside both axes; neighbours are put together until they fit.
pub(super) fn shaded(values: &[f64], x: &Axis, y: &Axis, room: usize) -> String {
    let cells = together(values, x, y, room);
    let largest = cells.iter().flatten().copied().fold(0.0, f64::max);
    let [low, _, high] = ends(y);
    let margin = low.chars().count().max(high.chars().count());
    let mut text = String::new();
    for (line, row) in cells.iter().enumerate().rev() {
        let label = match line {
            _ if line + 1 == cells.len() => high.as_str(),
            0 => low.as_str(),
            _ => "",
        };
        let shades: String = row.iter().map(|cell| shade(cell / largest)).collect();
        text.push_str(format!("{label:>margin$} │{shades}").trim_end());
        text.push('\n');
    }
    let width = cells.first().map_or(0, Vec::len);
    text.push_str(&format!("{:>margin$} └{}\n", "", "─".repeat(width)));
    let unit = format!("   █ {}", short(largest));
    text.push_str(&axis(margin + 2, width, &ends(x), &unit));
    text
}

/// Bins of x and of y that are put together.
pub(super) fn steps(x: &Axis, y: &Axis, room: usize) -> (usize, usize) {
    (
        inside(x).len().div_ceil(room.max(1)).max(1),
        inside(y).len().div_ceil(HEIGHT).max(1),
    )
}

/// The bins that are drawn; that of others is one of the categories.
fn inside(axis: &Axis) -> Range<usize> {
    let first = usize::from(axis.has_underflow());
    first..first + axis.bins() + usize::from(!axis.has_underflow())
}

/// Sums of neighbouring cells, the lowest y first.
fn together(values: &[f64], x: &Axis, y: &Axis, room: usize) -> Vec<Vec<f64>> {
    let (xs, ys) = (inside(x), inside(y));
    let (x_step, y_step) = steps(x, y, room);
    let mut cells = vec![vec![0.0; xs.len().div_ceil(x_step)]; ys.len().div_ceil(y_step)];
    for i in xs.clone() {
        for j in ys.clone() {
            let (column, row) = ((i - xs.start) / x_step, (j - ys.start) / y_step);
            let value = values.get(i * y.extent() + j).copied().unwrap_or(0.0);
            if let Some(cell) = cells.get_mut(row).and_then(|row| row.get_mut(column)) {
                *cell += value;
            }
        }
    }
    cells
}

/// A cell that is not empty can be seen.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 1 and 4"
)]
fn shade(part: f64) -> char {
    let at = if part > 0.0 {
        (part * 4.0).ceil().clamp(1.0, 4.0) as usize
    } else {
        0
    };
    SHADES.get(at).copied().unwrap_or(' ')
}
