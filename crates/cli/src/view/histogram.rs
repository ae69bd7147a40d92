//! Bars drawn with block characters.
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

/// Bins of equal width, one character each.
#[derive(Debug, Clone)]
pub(crate) struct Bars {
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// Heights; what is not above 0 has no bar.
    pub(crate) heights: Vec<f64>,
    /// Unit of the axis.
    pub(crate) unit: &'static str,
}

impl Bars {
    /// The bars as text, `height` lines high.
    pub(crate) fn draw(&self, height: usize) -> String {
        let finite = self.heights.iter().copied().filter(|h| h.is_finite());
        let largest = finite.fold(0.0, f64::max);
        // Bars of nothing still have a scale.
        let largest = if largest > 0.0 { largest } else { 1.0 };
        let label = short(largest);
        let margin = label.chars().count();
        let mut text = String::new();
        for line in (0..height).rev() {
            let (label, tick) = match line {
                _ if line + 1 == height => (label.as_str(), '┤'),
                _ => ("", '│'),
            };
            let bars = self
                .heights
                .iter()
                .map(|bar| block(bar / largest, height, line));
            let bars: String = bars.collect();
            text.push_str(format!("{label:>margin$} {tick}{bars}").trim_end());
            text.push('\n');
        }
        text.push_str(&format!(
            "{:>margin$} ┼{}\n",
            0,
            "─".repeat(self.heights.len())
        ));
        text.push_str(&axis(
            margin + 2,
            self.heights.len(),
            &[self.low, (self.low + self.high) / 2.0, self.high].map(short),
            self.unit,
        ));
        text
    }
}

/// Words below the left end, the middle and the right end of an axis `width` characters long.
pub(super) fn axis(margin: usize, width: usize, words: &[String; 3], unit: &str) -> String {
    let [low, middle, high] = words;
    let length = |word: &str| word.chars().count();
    let before_middle = (width / 2).saturating_sub(length(low) + length(middle) / 2);
    let before_high = width
        .saturating_sub(length(low) + before_middle + length(middle))
        .saturating_sub(length(high) / 2);
    let line = format!(
        "{}{low}{}{middle}{}{high} {unit}",
        " ".repeat(margin),
        " ".repeat(before_middle.max(1)),
        " ".repeat(before_high.max(1)),
    );
    format!("{}\n", line.trim_end())
}

/// The part of a bar that lies in one line; the largest bar is 1 high.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and 8"
)]
fn block(bar: f64, height: usize, line: usize) -> char {
    // A bin that is not empty can be seen.
    let eighths = match bar * height as f64 * 8.0 {
        eighths if eighths > 0.0 => eighths.max(1.0),
        _ => 0.0,
    };
    let here = (eighths - line as f64 * 8.0).clamp(0.0, 8.0);
    BLOCKS.get(here as usize).copied().unwrap_or(' ')
}

/// A number in few characters: four digits, or groups of three for whole numbers.
pub(super) fn short(number: f64) -> String {
    let size = number.abs();
    if !number.is_finite() {
        return number.to_string();
    }
    if size >= 1e12 || (size > 0.0 && size < 1e-4) {
        return format!("{number:.3e}");
    }
    if size >= 1000.0 {
        let sign = if number < 0.0 { "-" } else { "" };
        return format!("{sign}{}", grouped(whole(size)));
    }
    let digits = match size {
        _ if size >= 100.0 => 1,
        _ if size >= 10.0 => 2,
        _ if size >= 1.0 => 3,
        _ => 4,
    };
    let text = format!("{number:.digits$}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" {
        "0".to_owned()
    } else {
        text.to_owned()
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 1 000 and 10^12"
)]
fn whole(size: f64) -> u64 {
    size.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_bin_fills_the_height_and_the_axis_names_both_ends() {
        let histogram = Bars {
            low: 60.0,
            high: 120.0,
            heights: vec![0.0, 4.0, 16.0, 8.0, 1.0],
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
        let text = Bars {
            low: 0.0,
            high: 1.0,
            heights: vec![0.0; 4],
            unit: "",
        }
        .draw(1);

        assert_eq!(text.lines().next(), Some("1 ┤"));
    }

    #[test]
    fn numbers_are_short() {
        let numbers = [0.0, 91.1876, -0.25, 0.5, 120.0, 12_345.6, -1e7, 2e15, 1e-9];

        let texts = numbers.map(short);

        let expected = [
            "0",
            "91.19",
            "-0.25",
            "0.5",
            "120",
            "12 346",
            "-10 000 000",
            "2.000e15",
            "1.000e-9",
        ];
        assert_eq!(texts, expected);
    }
}
