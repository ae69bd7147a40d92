//! A histogram drawn with block characters.
//!
//! ```text
//! 12 000 ┤          ▃█▅
//!        │        ▂▆███▇▂
//!      0 ┼────────────────────
//!        60       90      120   GeV
//! ```

use super::table::grouped;

/// Eighths of a character cell, from below.
const BLOCKS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Bins of equal width.
#[derive(Debug, Clone)]
pub(crate) struct Histogram {
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) counts: Vec<u64>,
    /// Unit of the axis.
    pub(crate) unit: &'static str,
}

impl Histogram {
    /// The histogram as text, `height` lines high; each bin is one character wide.
    pub(crate) fn draw(&self, height: usize) -> String {
        let largest = self.counts.iter().copied().max().unwrap_or(0).max(1);
        let label = grouped(largest);
        let margin = label.chars().count();
        let mut text = String::new();
        for line in (0..height).rev() {
            let (label, tick) = match line {
                _ if line + 1 == height => (label.as_str(), '┤'),
                _ => ("", '│'),
            };
            let bars: String = self
                .counts
                .iter()
                .map(|count| block(*count, largest, height, line))
                .collect();
            text.push_str(format!("{label:>margin$} {tick}{bars}").trim_end());
            text.push('\n');
        }
        text.push_str(&format!(
            "{:>margin$} ┼{}\n",
            0,
            "─".repeat(self.counts.len())
        ));
        text.push_str(&self.axis(margin + 2));
        text
    }

    /// Values at the left, in the middle and at the right.
    fn axis(&self, margin: usize) -> String {
        let middle = format!("{:.0}", (self.low + self.high) / 2.0);
        let (low, high) = (format!("{:.0}", self.low), format!("{:.0}", self.high));
        let bins = self.counts.len();
        let before_middle = (bins / 2).saturating_sub(low.len() + middle.len() / 2);
        let before_high = bins
            .saturating_sub(low.len() + before_middle + middle.len())
            .saturating_sub(high.len() / 2);
        format!(
            "{}{low}{}{middle}{}{high} {}\n",
            " ".repeat(margin),
            " ".repeat(before_middle),
            " ".repeat(before_high),
            self.unit
        )
    }
}

/// The part of a bin's bar that lies in one line.
fn block(count: u64, largest: u64, height: usize, line: usize) -> char {
    let eighths = u128::from(count) * (height as u128) * 8 / u128::from(largest);
    // A bin that is not empty can be seen.
    let eighths = if count > 0 { eighths.max(1) } else { 0 };
    let here = eighths.saturating_sub(line as u128 * 8).min(8);
    usize::try_from(here)
        .ok()
        .and_then(|here| BLOCKS.get(here))
        .copied()
        .unwrap_or(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_bin_fills_the_height_and_the_axis_names_both_ends() {
        let histogram = Histogram {
            low: 60.0,
            high: 120.0,
            counts: vec![0, 4, 16, 8, 1],
            unit: "GeV",
        };

        let text = histogram.draw(2);

        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "16 ┤  █");
        assert_eq!(lines[1], "   │ ▄██▁");
        assert_eq!(lines[2], " 0 ┼─────");
        assert!(
            lines[3].contains("60") && lines[3].ends_with("GeV"),
            "{text}"
        );
    }

    #[test]
    fn an_empty_histogram_is_an_empty_frame() {
        let text = Histogram {
            low: 0.0,
            high: 1.0,
            counts: vec![0; 4],
            unit: "",
        }
        .draw(1);

        assert_eq!(text.lines().next(), Some("1 ┤"));
    }
}
