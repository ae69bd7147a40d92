//! Sizes as people write them: `2GiB`, `500 MB`, `65536`.

/// Units by the letters after the number, in lower case.
const UNITS: [(&str, u64); 14] = [
    ("", 1),
    ("b", 1),
    ("k", 1 << 10),
    ("kib", 1 << 10),
    ("kb", 1_000),
    ("m", 1 << 20),
    ("mib", 1 << 20),
    ("mb", 1_000_000),
    ("g", 1 << 30),
    ("gib", 1 << 30),
    ("gb", 1_000_000_000),
    ("t", 1 << 40),
    ("tib", 1 << 40),
    ("tb", 1_000_000_000_000),
];

/// Bytes of a text like `2GiB`, `1.5 GB` or `0`; case does not matter.
///
/// # Errors
/// A sentence that says what is taken.
pub fn parse_bytes(text: &str) -> Result<u64, String> {
    let wrong = || format!("`{text}` is no size; write a number and KiB, MiB, GiB or TiB: 2GiB");
    let trimmed = text.trim();
    let digits = trimmed.find(|c: char| !c.is_ascii_digit() && c != '.');
    let (number, unit) = trimmed.split_at(digits.unwrap_or(trimmed.len()));
    let unit = unit.trim().to_ascii_lowercase();
    let factor = UNITS.iter().find(|(name, _)| *name == unit);
    let factor = factor.map(|(_, factor)| *factor).ok_or_else(wrong)?;
    if let Ok(whole) = number.parse::<u64>() {
        return whole.checked_mul(factor).ok_or_else(wrong);
    }
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let bytes = number * factor as f64;
    if !bytes.is_finite() || bytes >= 9e18 {
        return Err(wrong());
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked above; digits and dots make no negative number"
    )]
    Ok(bytes as u64)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("0", 0)]
    #[case("65536", 65_536)]
    #[case("2GiB", 2 << 30)]
    #[case("1.5 gib", 3 << 29)]
    #[case(" 500 MB ", 500_000_000)]
    #[case("64k", 64 << 10)]
    fn a_number_and_a_unit_are_bytes(#[case] text: &str, #[case] bytes: u64) {
        assert_eq!(parse_bytes(text), Ok(bytes));
    }

    #[rstest]
    #[case("")]
    #[case("GiB")]
    #[case("-1")]
    #[case("2 gigs")]
    #[case("1.2.3")]
    #[case("99999999999999999999")]
    #[case("99999999 TiB")]
    fn anything_else_says_what_is_taken(#[case] text: &str) {
        assert!(parse_bytes(text).unwrap_err().contains("2GiB"));
    }
}
