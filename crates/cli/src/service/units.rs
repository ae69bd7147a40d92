//! Sizes and times as people write them.

use std::time::Duration;

/// A span of time: `500ms`, `10s`, `1h 30m`.
pub(crate) fn parse_time(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text.trim())
        .map_err(|_| "write a time with its unit, like 500ms, 10s or 1h".to_owned())
}

/// A whole number in a range.
pub(crate) fn parse_within<const LEAST: u16, const MOST: u16>(text: &str) -> Result<u16, String> {
    let number = text.trim().parse().ok();
    number
        .filter(|number| (LEAST..=MOST).contains(number))
        .ok_or_else(|| format!("must be from {LEAST} to {MOST}"))
}

/// `1.5 GiB`
#[expect(clippy::cast_precision_loss, reason = "told to people, with one digit")]
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    let mut told = (bytes as f64, "bytes");
    for unit in UNITS {
        if told.0 < 1024.0 {
            break;
        }
        told = (told.0 / 1024.0, unit);
    }
    match told {
        (number, "bytes") => format!("{number} bytes"),
        (number, unit) => format!("{number:.1} {unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_told_with_a_fitting_unit() {
        assert_eq!(size(0), "0 bytes");
        assert_eq!(size(512 << 20), "512.0 MiB");
        assert_eq!(size(3 << 29), "1.5 GiB");
        assert_eq!(size(3 << 50), "3072.0 TiB");
    }

    #[test]
    fn times_need_units() {
        assert_eq!(parse_time("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(parse_time("1h"), Ok(Duration::from_hours(1)));
        assert!(parse_time("10").unwrap_err().contains("10s"));
    }
}
