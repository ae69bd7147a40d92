//! The range in the title of a `Float16_t` or `Double32_t`, e.g. `[0,2pi,16]`.

use super::item::Packing;

/// How a `Float16_t` with this title is stored.
pub(crate) fn float16_packing(title: &str) -> Packing {
    let range = Range::parse(title);
    match range.nbits() {
        _ if range.factor != 0.0 => Packing::Ranged {
            factor: range.factor,
            min: range.min,
        },
        0 => Packing::Truncated { mantissa_bits: 12 },
        nbits => Packing::Truncated {
            mantissa_bits: nbits,
        },
    }
}

/// How a `Double32_t` with this title is stored.
pub(crate) fn double32_packing(title: &str) -> Packing {
    let range = Range::parse(title);
    match range.nbits() {
        _ if range.factor != 0.0 => Packing::Ranged {
            factor: range.factor,
            min: range.min,
        },
        0 => Packing::Single,
        nbits => Packing::Truncated {
            mantissa_bits: nbits,
        },
    }
}

/// Source: ROOT `GetRange` in `TStreamerElement.cxx`, quirks included: writers used the same code.
#[derive(Debug, Clone, Copy, Default)]
struct Range {
    min: f64,
    factor: f64,
}

impl Range {
    fn parse(title: &str) -> Self {
        Self::parse_brackets(title).unwrap_or_default()
    }

    fn parse_brackets(title: &str) -> Option<Self> {
        let inside = |text: &'_ str| -> Option<(usize, usize)> {
            let left = text.find('[')?;
            let right = left + text[left..].find(']')?;
            Some((left, right))
        };
        let (left, right) = inside(title)?;
        let mut text = &title[left + 1..right];
        if !text.contains(',') {
            // The first bracket may be a dimension; only the second is looked at.
            let rest = &title[right + 1..];
            let (left, right) = inside(rest)?;
            text = &rest[left + 1..right];
        }
        let (min_text, rest) = text.split_once(',')?;
        let (max_text, bits_text) = match rest.split_once(',') {
            Some((max, bits)) => (max, Some(bits)),
            None => (rest, None),
        };
        let nbits = match bits_text.map(leading_integer) {
            Some(n) if (2..=32).contains(&n) => n,
            _ => 32_u32,
        };
        let (mut min, max) = (bound(min_text), bound(max_text));
        let steps = if nbits < 32 {
            f64::from(1_u32 << nbits)
        } else {
            f64::from(u32::MAX)
        };
        let factor = if min < max { steps / (max - min) } else { 0.0 };
        if min >= max && nbits < 15 {
            min = f64::from(nbits) + 0.1;
        }
        Some(Self { min, factor })
    }

    /// Bits of the mantissa, which ROOT keeps in the minimum when there is no range.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a minimum out of bounds is treated as none"
    )]
    fn nbits(self) -> u32 {
        if (1.0..15.0).contains(&self.min) {
            self.min as u32
        } else {
            0
        }
    }
}

fn bound(text: &str) -> f64 {
    use std::f64::consts::PI;
    let text: String = text.to_lowercase().chars().filter(|c| *c != ' ').collect();
    if !text.contains("pi") {
        return leading_number(&text);
    }
    let magnitude = if ["2pi", "2*pi", "twopi"]
        .iter()
        .any(|two| text.contains(two))
    {
        2.0 * PI
    } else if text.contains("pi/2") {
        PI / 2.0
    } else if text.contains("pi/4") {
        PI / 4.0
    } else {
        PI
    };
    if text.contains('-') {
        -magnitude
    } else {
        magnitude
    }
}

/// The longest number at the start, as `sscanf("%lg")` takes it.
fn leading_number(text: &str) -> f64 {
    (1..=text.len())
        .rev()
        .filter(|&n| text.is_char_boundary(n))
        .find_map(|n| text[..n].parse().ok())
        .unwrap_or(0.0)
}

fn leading_integer(text: &str) -> u32 {
    let text = text.trim_start();
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    text[..end].parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_without_range_is_stored_as_a_float() {
        assert_eq!(double32_packing("transverse momentum"), Packing::Single);
        assert_eq!(
            float16_packing("x"),
            Packing::Truncated { mantissa_bits: 12 }
        );
    }

    #[test]
    fn a_range_counts_steps() {
        let expected = Packing::Ranged {
            factor: 65536.0 / 2.0,
            min: -1.0,
        };
        assert_eq!(double32_packing("[-1,1,16] some angle"), expected);
        assert_eq!(double32_packing("x[n][-1,1,16]"), expected);
    }

    #[test]
    fn zero_bounds_give_the_bits_of_the_mantissa() {
        assert_eq!(
            double32_packing("[0,0,10]"),
            Packing::Truncated { mantissa_bits: 10 }
        );
        assert_eq!(double32_packing("[0,0,20]"), Packing::Single);
    }

    #[test]
    fn pi_is_understood() {
        let Packing::Ranged { factor, min } = double32_packing("[0,twopi]") else {
            panic!()
        };
        assert_eq!(min.to_bits(), 0.0_f64.to_bits());
        assert!((factor * 2.0 * std::f64::consts::PI - f64::from(u32::MAX)).abs() < 1e-3);
    }
}
