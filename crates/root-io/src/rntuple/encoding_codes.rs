//! Numbers of encodings in the description of columns.

use super::elements::Encoding;
use crate::error::{Result, RootError};

impl Encoding {
    /// The encoding of this number; `bits` and `range` are what the column says beside it.
    ///
    /// # Errors
    ///
    /// [`RootError::Unsupported`] for numbers that are not known, for another width than the
    /// encoding has, and for whole numbers spread over no proper range.
    ///
    /// # Source
    ///
    /// ROOT's RNTuple specification, "Column Description".
    pub(crate) fn from_code(code: u16, bits: u16, range: Option<(f64, f64)>) -> Result<Self> {
        let encoding = match code {
            0x00 => Self::Bit,
            0x01 => Self::Byte,
            0x02 => Self::Char,
            0x03 => Self::Int8,
            0x04 => Self::UInt8,
            0x05 => Self::Int16,
            0x06 => Self::UInt16,
            0x07 => Self::Int32,
            0x08 => Self::UInt32,
            0x09 => Self::Int64,
            0x0a => Self::UInt64,
            0x0b => Self::Real16,
            0x0c => Self::Real32,
            0x0d => Self::Real64,
            0x0e => Self::Index32,
            0x0f => Self::Index64,
            0x10 => Self::Switch,
            0x11 => Self::SplitInt16,
            0x12 => Self::SplitUInt16,
            0x13 => Self::SplitInt32,
            0x14 => Self::SplitUInt32,
            0x15 => Self::SplitInt64,
            0x16 => Self::SplitUInt64,
            0x18 => Self::SplitReal32,
            0x19 => Self::SplitReal64,
            0x1a => Self::SplitIndex32,
            0x1b => Self::SplitIndex64,
            0x1c => Self::Real32Trunc {
                bits: narrow(code, bits, 10, 31)?,
            },
            0x1d => {
                let (min, max) = range.unwrap_or((f64::NAN, f64::NAN));
                if !(min <= max && min.is_finite() && max.is_finite()) {
                    return Err(unknown(code, &format!("a range from {min} to {max}")));
                }
                let bits = narrow(code, bits, 1, 32)?;
                Self::Real32Quant { bits, min, max }
            }
            _ => return Err(unknown(code, &format!("{bits} bits"))),
        };
        if u64::from(bits) != encoding.bits() {
            return Err(unknown(code, &format!("{bits} bits")));
        }
        Ok(encoding)
    }
}

fn narrow(code: u16, bits: u16, least: u8, most: u8) -> Result<u8> {
    u8::try_from(bits)
        .ok()
        .filter(|bits| (least..=most).contains(bits))
        .ok_or_else(|| unknown(code, &format!("{bits} bits")))
}

fn unknown(code: u16, with: &str) -> RootError {
    let why = format!("columns of type {code:#x} with {with} are not known here");
    RootError::unsupported("ROOT::RNTuple", why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fixed_encoding_has_one_width() {
        let known: Vec<u16> = (0..=0x40)
            .filter(|&code| (0..=128).any(|bits| Encoding::from_code(code, bits, None).is_ok()))
            .collect();

        let expected: Vec<u16> = (0..=0x1c).filter(|&code| code != 0x17).collect();
        assert_eq!(known, expected);
        for code in (0..=0x1b).filter(|&code| code != 0x17) {
            let widths = (0..=128).filter(|&bits| Encoding::from_code(code, bits, None).is_ok());
            assert_eq!(widths.count(), 1, "{code:#x}");
        }
    }

    #[test]
    fn truncated_and_quantised_numbers_have_limits() {
        let range = Some((-1.0, 1.0));

        assert!(Encoding::from_code(0x1c, 10, None).is_ok());
        assert!(Encoding::from_code(0x1c, 9, None).is_err());
        assert!(Encoding::from_code(0x1c, 32, None).is_err());
        assert!(Encoding::from_code(0x1d, 1, range).is_ok());
        assert!(Encoding::from_code(0x1d, 0, range).is_err());
        assert!(Encoding::from_code(0x1d, 33, range).is_err());
        assert!(Encoding::from_code(0x1d, 8, None).is_err());
        assert!(Encoding::from_code(0x1d, 8, Some((1.0, f64::NAN))).is_err());
        assert!(Encoding::from_code(0x1d, 8, Some((2.0, 1.0))).is_err());
    }
}
