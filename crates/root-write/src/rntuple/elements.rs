//! Elements of columns, and how a page of them becomes bytes.

use super::options::{Encoding, OffsetWidth};

/// What a column holds. Elements are handed around as 64 bits: numbers in two's complement, reals
/// by their own bits, a switch as in [`switch`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Element {
    Bit,
    Byte,
    Char,
    Int8,
    UInt8,
    Int16,
    UInt16,
    Int32,
    UInt32,
    Int64,
    UInt64,
    Real16,
    Real32,
    Real64,
    Index32,
    Index64,
    Switch,
    Real32Trunc { bits: u8 },
    Real32Quant { bits: u8, min: f64, max: f64 },
}

/// Place of the alternative in a [`switch`]: above any index.
const TAG_SHIFT: u32 = 56;

/// A variant's place among the values of an alternative (counted from 1; 0 for none).
pub(crate) fn switch(alternative: u8, index: u64) -> u64 {
    u64::from(alternative) << TAG_SHIFT | index
}

impl Element {
    pub(crate) fn offset(width: OffsetWidth) -> Self {
        match width {
            OffsetWidth::Bits32 => Self::Index32,
            OffsetWidth::Bits64 => Self::Index64,
        }
    }

    /// Number of the column type, and how many bits an element takes in a page.
    pub(crate) fn code_and_bits(self, encoding: Encoding) -> (u16, u16) {
        let (plain, split, bits) = match self {
            Self::Bit => (0x00, None, 1),
            Self::Byte => (0x01, None, 8),
            Self::Char => (0x02, None, 8),
            Self::Int8 => (0x03, None, 8),
            Self::UInt8 => (0x04, None, 8),
            Self::Int16 => (0x05, Some(0x11), 16),
            Self::UInt16 => (0x06, Some(0x12), 16),
            Self::Int32 => (0x07, Some(0x13), 32),
            Self::UInt32 => (0x08, Some(0x14), 32),
            Self::Int64 => (0x09, Some(0x15), 64),
            Self::UInt64 => (0x0a, Some(0x16), 64),
            Self::Real16 => (0x0b, None, 16),
            Self::Real32 => (0x0c, Some(0x18), 32),
            Self::Real64 => (0x0d, Some(0x19), 64),
            Self::Index32 => (0x0e, Some(0x1a), 32),
            Self::Index64 => (0x0f, Some(0x1b), 64),
            Self::Switch => (0x10, None, 96),
            Self::Real32Trunc { bits } => (0x1c, None, bits.into()),
            Self::Real32Quant { bits, .. } => (0x1d, None, bits.into()),
        };
        match (encoding, split) {
            (Encoding::Split, Some(split)) => (split, bits),
            _ => (plain, bits),
        }
    }

    /// The bytes of a page, unpacked.
    pub(crate) fn page(self, encoding: Encoding, elements: &[u64]) -> Vec<u8> {
        let (code, bits) = self.code_and_bits(encoding);
        let is_split = code != self.code_and_bits(Encoding::Plain).0;
        if !is_split {
            return bits_of(elements.iter().map(|&element| self.widened(element)), bits);
        }
        let bytes = usize::from(bits / 8);
        match self {
            Self::Int16 | Self::Int32 | Self::Int64 => {
                let zigzag = |x: &u64| (x << 1) ^ (x.cast_signed() >> 63).cast_unsigned();
                split(&elements.iter().map(zigzag).collect::<Vec<_>>(), bytes)
            }
            Self::Index32 | Self::Index64 => {
                let before = std::iter::once(&0).chain(elements);
                let steps = elements.iter().zip(before).map(|(x, before)| x - before);
                split(&steps.collect::<Vec<_>>(), bytes)
            }
            _ => split(elements, bytes),
        }
    }

    /// A switch takes 64 bits for the index and 32 for the alternative.
    fn widened(self, element: u64) -> u128 {
        match self {
            Self::Switch => {
                let index = element & ((1 << TAG_SHIFT) - 1);
                u128::from(element >> TAG_SHIFT) << 64 | u128::from(index)
            }
            _ => u128::from(element),
        }
    }
}

/// All first bytes, all second bytes ...
fn split(elements: &[u64], bytes: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(elements.len() * bytes);
    for byte in 0..bytes {
        out.extend(elements.iter().map(|x| x.to_le_bytes()[byte]));
    }
    out
}

/// The lowest `bits` (96 at most) of each, without gaps, the lowest first.
fn bits_of(elements: impl Iterator<Item = u128>, bits: u16) -> Vec<u8> {
    let mask = (1_u128 << bits) - 1;
    let mut out = Vec::new();
    let (mut waiting, mut count) = (0_u128, 0);
    for element in elements {
        waiting |= (element & mask) << count;
        count += bits;
        while count >= 8 {
            out.push(waiting.to_le_bytes()[0]);
            waiting >>= 8;
            count -= 8;
        }
    }
    if count > 0 {
        out.push(waiting.to_le_bytes()[0]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_fill_bytes_from_the_lowest() {
        let page = Element::Bit.page(Encoding::Split, &[1, 0, 1, 1, 0, 0, 0, 0, 1]);

        assert_eq!(page, [0b0000_1101, 1]);
    }

    #[test]
    fn numbers_of_odd_width_run_over_the_bytes() {
        let page = Element::Real32Trunc { bits: 12 }.page(Encoding::Plain, &[0xabc, 0x123]);

        assert_eq!(page, [0xbc, 0x3a, 0x12]);
    }

    #[test]
    fn split_signed_numbers_are_zigzag() {
        let minus_one = (-1_i64).cast_unsigned();

        let page = Element::Int16.page(Encoding::Split, &[1, minus_one, 0x100]);

        assert_eq!(page, [2, 1, 0, 0, 0, 2]);
    }

    #[test]
    fn split_offsets_are_differences_but_for_the_first() {
        let page = Element::Index32.page(Encoding::Split, &[3, 3, 5]);

        assert_eq!(page, [3, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn a_switch_is_an_index_and_an_alternative() {
        let page = Element::Switch.page(Encoding::Plain, &[switch(2, 0x0102)]);

        assert_eq!(page, [2, 1, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0]);
    }
}
