//! `Float16_t` and `Double32_t`: numbers packed to fewer bits.
//!
//! Follows ROOT's `TStreamerElement::GetRange` and `TBufferFile::WriteFloat16`,
//! `WriteDouble32`: with a range a number is an unsigned integer between its
//! ends, without one it is its exponent byte and a shortened mantissa.

/// Mantissa bits of a `Float16_t` that says nothing else.
const DEFAULT_BITS: u8 = 12;

/// The brackets behind a `Float16_t` or `Double32_t` leaf.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Packing {
    /// Nothing: a 12-bit mantissa for `Float16_t`, a whole float for `Double32_t`.
    Plain,
    /// `[0,0,bits]`: a mantissa of that many bits (2 to 14).
    Mantissa(u8),
    /// `[min,max]`: 32 bits between the ends.
    Range(f64, f64),
    /// `[min,max,bits]`: that many bits (2 to 32) between the ends.
    RangeBits(f64, f64, u8),
}

impl Packing {
    /// The brackets, as they stand in the title of a leaf.
    pub(crate) fn brackets(self) -> String {
        match self {
            Self::Plain => String::new(),
            Self::Mantissa(bits) => format!("[0,0,{bits}]"),
            Self::Range(min, max) => format!("[{min},{max}]"),
            Self::RangeBits(min, max, bits) => format!("[{min},{max},{bits}]"),
        }
    }

    /// Says what ROOT would not understand.
    pub(crate) fn check(self) -> Result<(), String> {
        match self {
            Self::Mantissa(bits) if !(2..=14).contains(&bits) => {
                Err(format!("a mantissa of {bits} bits; 2 to 14 are possible"))
            }
            Self::RangeBits(_, _, bits) if !(2..=32).contains(&bits) => {
                Err(format!("a range of {bits} bits; 2 to 32 are possible"))
            }
            Self::Range(min, max) | Self::RangeBits(min, max, _)
                if min >= max || min.is_nan() || max.is_nan() =>
            {
                Err(format!("the range {min} to {max} is empty"))
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn put_float16(self, value: f32, out: &mut Vec<u8>) {
        match self {
            Self::Plain => put_mantissa(value, DEFAULT_BITS, out),
            Self::Mantissa(bits) => put_mantissa(value, bits, out),
            Self::Range(min, max) => put_scaled(f64::from(value), min, max, 32, out),
            Self::RangeBits(min, max, bits) => put_scaled(f64::from(value), min, max, bits, out),
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "what Double32_t means")]
    pub(crate) fn put_double32(self, value: f64, out: &mut Vec<u8>) {
        match self {
            Self::Plain => out.extend_from_slice(&(value as f32).to_be_bytes()),
            Self::Mantissa(bits) => put_mantissa(value as f32, bits, out),
            Self::Range(min, max) => put_scaled(value, min, max, 32, out),
            Self::RangeBits(min, max, bits) => put_scaled(value, min, max, bits, out),
        }
    }
}

/// A whole number of steps above `min`, in 4 bytes.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the value lies between the ends, so the steps are 0 to 2^32 - 1"
)]
fn put_scaled(value: f64, min: f64, max: f64, bits: u8, out: &mut Vec<u8>) {
    let steps = if bits < 32 {
        f64::from(1_u32 << bits)
    } else {
        f64::from(u32::MAX)
    };
    let factor = steps / (max - min);
    let scaled = (0.5 + factor * (value.clamp(min, max) - min)) as u32;
    out.extend_from_slice(&scaled.to_be_bytes());
}

/// An exponent byte and `bits` bits of mantissa, rounded, with the sign above them.
#[expect(
    clippy::cast_possible_truncation,
    reason = "masked to the width before"
)]
fn put_mantissa(value: f32, bits: u8, out: &mut Vec<u8>) {
    let pattern = value.to_bits();
    let exponent = ((pattern << 1) >> 24) as u8;
    let kept = (1_u32 << (bits + 1)) - 1;
    let mut mantissa = (((pattern >> (22 - bits)) & kept) + 1) >> 1;
    if mantissa & (1 << bits) != 0 {
        mantissa = (1 << bits) - 1;
    }
    if value < 0.0 {
        mantissa |= 1 << (bits + 1);
    }
    out.push(exponent);
    out.extend_from_slice(&(mantissa as u16).to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_in_a_range_is_its_share_of_the_steps() {
        let mut out = Vec::new();

        Packing::RangeBits(0.0, 10.0, 12).put_float16(1.0, &mut out);

        // What ROOT 6.40 wrote for `h/f[0,10,12]` and 1.
        assert_eq!(out, [0, 0, 1, 0x9a]);
    }

    #[test]
    fn without_a_range_exponent_and_mantissa_are_kept() {
        let mut out = Vec::new();

        Packing::Plain.put_float16(-1.5, &mut out);

        assert_eq!(out, [127, 0b0010_1000, 0]);
    }

    #[test]
    fn a_plain_double32_is_a_float() {
        let mut out = Vec::new();

        Packing::Plain.put_double32(2.0, &mut out);

        assert_eq!(out, 2.0_f32.to_be_bytes());
    }

    #[test]
    fn an_empty_range_is_refused() {
        assert!(Packing::Range(1.0, 1.0).check().is_err());
        assert!(Packing::Mantissa(15).check().is_err());
    }
}
