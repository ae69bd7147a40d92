//! A finished histogram drawn for a terminal.
//!
//! ```text
//! h1(mass, 20, 60, 120)
//! 12 000 ┤          ▃█▅
//!        │        ▂▆███▇▂
//!      0 ┼────────────────────
//!        60       90      120
//! entries 40 312, underflow 12, overflow 3, NaN 0
//! ```

use hepframe_engine::histogram::{Axis, Histogram, Kind};

use super::histogram::{Bars, axis, short};
use super::plane::{shaded, steps};
use super::table::grouped;

/// Lines of a drawing.
const HEIGHT: usize = 10;
/// Room for numbers at the left.
const MARGIN: usize = 16;
/// A drawing is not wider than this, however wide the terminal: bars far apart are hard to compare.
const WIDEST: usize = 120;
/// Bins of categories or of unequal width that are listed.
const LISTED: usize = 40;

/// The histogram as text for a terminal of this width.
pub(crate) fn draw(title: &str, histogram: &Histogram, width: Option<usize>) -> String {
    let room = width
        .unwrap_or(80)
        .min(WIDEST)
        .saturating_sub(MARGIN)
        .max(10);
    let body = match histogram.axes.as_slice() {
        [along] if histogram.kind.is_profile() => means(histogram, along, room),
        [along] => match along.kind() {
            Kind::Regular { lo, hi, .. } => {
                let bins = histogram.values.get(1..=along.bins()).unwrap_or_default();
                let heights = fewer(bins, room).0;
                let (low, high) = (*lo, *hi);
                let bars = Bars {
                    low,
                    high,
                    heights,
                    unit: "",
                };
                bars.draw(HEIGHT)
            }
            _ => listed(histogram, along, room),
        },
        [x, y] => shaded(&histogram.values, x, y, room),
        axes => format!("{} axes are not drawn; uhi() gives the bins\n", axes.len()),
    };
    let merged = merged(histogram, room);
    format!("{title}\n{body}{}{merged}\n", summary(histogram))
}

/// How many bins share a bar, a dot or a shade, if they do.
fn merged(histogram: &Histogram, room: usize) -> String {
    match histogram.axes.as_slice() {
        [along] => {
            let is_profile = histogram.kind.is_profile();
            let is_regular = matches!(along.kind(), Kind::Regular { .. });
            let together = along.bins().div_ceil(room).max(1);
            match if is_profile { "dot" } else { "bar" } {
                each if (is_profile || is_regular) && together > 1 => {
                    format!(", {together} bins per {each}")
                }
                _ => String::new(),
            }
        }
        [x, y] => match steps(x, y, room) {
            (1, 1) => String::new(),
            (along, up) => format!(", {along} x {up} bins per shade"),
        },
        _ => String::new(),
    }
}

/// Entries and what is not in the drawing.
pub(crate) fn summary(histogram: &Histogram) -> String {
    let mut parts = vec![format!("entries {}", grouped(histogram.entries))];
    let weighted = histogram.kind != hepframe_engine::histogram::BinKind::Int;
    if weighted && !histogram.kind.is_profile() {
        parts.push(format!("sum {}", short(histogram.total())));
    }
    if let [along] = histogram.axes.as_slice() {
        let bins = if histogram.kind.is_profile() {
            &histogram.weights
        } else {
            &histogram.values
        };
        let flow = |bin: usize| bins.get(bin).map_or(String::new(), |value| short(*value));
        if along.has_underflow() {
            parts.push(format!("underflow {}", flow(0)));
            parts.push(format!("overflow {}", flow(along.bins() + 1)));
        }
    }
    parts.push(format!("NaN {}", short(histogram.nan)));
    if histogram.missing > 0 {
        parts.push(format!("missing {}", grouped(histogram.missing)));
    }
    parts.join(", ")
}

/// Sums of neighbouring bins, so that there are at most `room`, and how many went into each.
pub(super) fn fewer(bins: &[f64], room: usize) -> (Vec<f64>, usize) {
    let together = bins.len().div_ceil(room.max(1)).max(1);
    let sums = bins.chunks(together).map(|bins| bins.iter().sum());
    (sums.collect(), together)
}

/// What to call each bin of an axis, flow included.
pub(super) fn labels(axis: &Axis) -> Vec<String> {
    match axis.kind() {
        Kind::Names { names, .. } => with_others(names.clone()),
        Kind::Integers { integers, .. } => {
            with_others(integers.iter().map(i64::to_string).collect())
        }
        Kind::Regular { .. } | Kind::Variable { .. } => {
            let edges = axis.edges().unwrap_or_default();
            let mut labels = vec!["underflow".to_owned()];
            let bins = edges.array_windows();
            labels.extend(bins.map(|[low, high]| format!("{} to {}", short(*low), short(*high))));
            labels.push("overflow".to_owned());
            labels
        }
    }
}

fn with_others(mut names: Vec<String>) -> Vec<String> {
    names.push("others".to_owned());
    names
}

/// A line for each bin: its name, a bar, its value.
fn listed(histogram: &Histogram, along: &Axis, room: usize) -> String {
    let labels = labels(along);
    let all = labels.iter().zip(&histogram.values);
    let bins: Vec<_> = all
        .skip(usize::from(along.has_underflow()))
        .take(along.bins() + usize::from(!along.has_underflow()))
        .collect();
    let largest = bins.iter().map(|(_, value)| **value).fold(0.0, f64::max);
    let margin = bins.iter().map(|(label, _)| label.chars().count()).max();
    let margin = margin.unwrap_or(0);
    let mut text = String::new();
    for (label, value) in bins.iter().take(LISTED) {
        let bar = bar(**value / largest, room.saturating_sub(margin).max(10));
        text.push_str(&format!("{label:>margin$} │{bar} {}\n", short(**value)));
    }
    if bins.len() > LISTED {
        text.push_str(&format!("… {} more bins\n", bins.len() - LISTED));
    }
    text
}

/// A bar that lies down; the longest is 1 long.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and the width of a terminal"
)]
fn bar(length: f64, room: usize) -> String {
    const ENDS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = if length > 0.0 {
        ((length * room as f64 * 8.0) as usize).clamp(1, room * 8)
    } else {
        0
    };
    let end = ENDS.get(eighths % 8).copied().unwrap_or_default();
    format!("{}{end}", "█".repeat(eighths / 8))
}

/// The means of a profile as dots.
fn means(histogram: &Histogram, along: &Axis, room: usize) -> String {
    let first = usize::from(along.has_underflow());
    let inside = first..first + along.bins();
    let weights = histogram.weights.get(inside.clone()).unwrap_or_default();
    let means = histogram.values.get(inside).unwrap_or_default();
    let sums: Vec<f64> = means
        .iter()
        .zip(weights)
        .map(|(mean, w)| mean * w)
        .collect();
    let (sums, weights) = (fewer(&sums, room).0, fewer(weights, room).0);
    let means: Vec<Option<f64>> = sums
        .iter()
        .zip(&weights)
        .map(|(sum, weight)| Some(sum / weight).filter(|mean| mean.is_finite()))
        .collect();
    let known = || means.iter().copied().flatten();
    let lowest = known().fold(f64::INFINITY, f64::min);
    let highest = known().fold(f64::NEG_INFINITY, f64::max);
    if lowest > highest {
        return "no bin is filled\n".to_owned();
    }
    let labels = [short(lowest), short(highest)];
    let margin = labels.iter().map(|label| label.chars().count()).max();
    let margin = margin.unwrap_or(0);
    let span = if highest > lowest {
        highest - lowest
    } else {
        1.0
    };
    let mut text = String::new();
    for line in (0..HEIGHT).rev() {
        let (label, tick) = match line {
            _ if line + 1 == HEIGHT => (labels[1].as_str(), '┤'),
            0 => (labels[0].as_str(), '┤'),
            _ => ("", '│'),
        };
        let dots: String = means
            .iter()
            .map(|mean| dot(mean.map(|mean| (mean - lowest) / span), line))
            .collect();
        text.push_str(format!("{label:>margin$} {tick}{dots}").trim_end());
        text.push('\n');
    }
    text.push_str(&format!("{:>margin$} └{}\n", "", "─".repeat(means.len())));
    text.push_str(&axis(margin + 2, means.len(), &ends(along), ""));
    text
}

/// A dot where a bar of this height would end.
#[expect(clippy::cast_precision_loss, reason = "a few lines")]
fn dot(height: Option<f64>, line: usize) -> char {
    let top = HEIGHT as f64 - 1.0;
    match height {
        Some(height) if (-0.5..0.5).contains(&(height * top - line as f64)) => '•',
        _ => ' ',
    }
}

/// Words for the left end, the middle and the right end of an axis.
pub(super) fn ends(axis: &Axis) -> [String; 3] {
    let Some(edges) = axis.edges() else {
        let labels = labels(axis);
        let last = labels.len().saturating_sub(1);
        return [0, last / 2, last].map(|at| labels.get(at).cloned().unwrap_or_default());
    };
    let last = edges.len() - 1;
    let middle = match axis.kind() {
        Kind::Regular { lo, hi, .. } => (lo + hi) / 2.0,
        _ => edges[last / 2],
    };
    [edges[0], middle, edges[last]].map(short)
}

#[cfg(test)]
#[path = "plot_tests.rs"]
mod tests;
