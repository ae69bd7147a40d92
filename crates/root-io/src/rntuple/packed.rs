//! Real numbers of fewer bits than a `float`: halves, truncated and quantised ones.
//!
//! Elements of any number of bits follow each other without gaps, the least significant bit of
//! the first byte first.
//!
//! Source: ROOT `tree/ntuple/src/RColumnElement.hxx`, `UnpackBits`, `UnquantizeReals`.

use std::ops::Range;

/// Numbers of half precision.
pub(super) fn halves(page: &[u8], run: Range<usize>) -> impl Iterator<Item = f32> {
    let (words, _) = page.as_chunks::<2>();
    let words = words.get(run).unwrap_or_default();
    words.iter().map(|word| single(u16::from_le_bytes(*word)))
}

/// Numbers of single precision that lack their last bits.
pub(super) fn truncated(page: &[u8], bits: u8, run: Range<usize>) -> impl Iterator<Item = f32> {
    let missing = 32_u32.saturating_sub(u32::from(bits));
    elements(page, bits, run)
        .map(move |element| f32::from_bits(element.checked_shl(missing).unwrap_or(0)))
}

/// Numbers between the ends of a range, counted in steps of equal size.
pub(super) fn quantised(
    page: &[u8],
    bits: u8,
    range: Range<f64>,
    run: Range<usize>,
) -> impl Iterator<Item = f64> {
    let step = (range.end - range.start) / f64::from(mask(bits));
    elements(page, bits, run).map(move |element| f64::from(element) * step + range.start)
}

/// The elements as whole numbers; `bits` is at most 32.
fn elements(page: &[u8], bits: u8, run: Range<usize>) -> impl Iterator<Item = u32> {
    let width = usize::from(bits);
    let mask = mask(bits);
    run.map(move |i| {
        let byte = i * width / 8;
        let window = match page.get(byte..).and_then(|rest| rest.first_chunk()) {
            Some(window) => u64::from_le_bytes(*window),
            None => last_window(page, byte),
        };
        #[expect(clippy::cast_possible_truncation, reason = "at most 32 bits are kept")]
        let low = (window >> (i * width % 8)) as u32;
        low & mask
    })
}

/// The last bytes of a page, and zeros.
#[cold]
fn last_window(page: &[u8], from: usize) -> u64 {
    let mut window = [0; 8];
    let rest = page.get(from..).unwrap_or_default();
    for (byte, left) in window.iter_mut().zip(rest) {
        *byte = *left;
    }
    u64::from_le_bytes(window)
}

fn mask(bits: u8) -> u32 {
    match bits {
        0 => 0,
        1..32 => (1 << bits) - 1,
        32.. => u32::MAX,
    }
}

/// Half to single precision, without branches so that many are done at once.
#[inline]
fn single(half: u16) -> f32 {
    const INFINITE: u32 = 0x7c00 << 13;
    /// Exponents of a half count from 15, those of a single from 127.
    const SHIFT: u32 = (127 - 15) << 23;
    const ONE: u32 = 1 << 23;

    let magnitude = u32::from(half & 0x7fff) << 13;
    let normal = magnitude + SHIFT;
    // Below the normal numbers steps stay the same: as those above 2^-14, which is taken off.
    let small = f32::from_bits(normal + ONE) - f32::from_bits(SHIFT + ONE);
    let bits = if magnitude < ONE {
        small.to_bits()
    } else if magnitude >= INFINITE {
        normal + SHIFT
    } else {
        normal
    };
    f32::from_bits(bits | u32::from(half >> 15) << 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition: sign, five bits of exponent, ten of mantissa.
    fn half_by_definition(half: u16) -> f64 {
        let sign = if half >> 15 == 0 { 1.0 } else { -1.0 };
        let exponent = i32::from(half >> 10 & 31);
        let mantissa = f64::from(half & 1023);
        match exponent {
            0 => sign * mantissa * 2_f64.powi(-24),
            31 if mantissa == 0.0 => sign * f64::INFINITY,
            31 => f64::NAN,
            _ => sign * (1024.0 + mantissa) * 2_f64.powi(exponent - 25),
        }
    }

    #[test]
    fn every_half_is_what_its_bits_say() {
        for half in 0..=u16::MAX {
            let got = f64::from(single(half));
            let wanted = half_by_definition(half);
            assert!(
                got.to_bits() == wanted.to_bits() || (got.is_nan() && wanted.is_nan()),
                "{half:#x}: {got} instead of {wanted}"
            );
        }
    }

    /// Packs bit by bit.
    fn pack(numbers: &[u32], bits: u8) -> Vec<u8> {
        let mut page = vec![0; (numbers.len() * usize::from(bits)).div_ceil(8)];
        for (i, number) in numbers.iter().enumerate() {
            for bit in 0..usize::from(bits) {
                let at = i * usize::from(bits) + bit;
                page[at / 8] |= u8::from(number >> bit & 1 == 1) << (at % 8);
            }
        }
        page
    }

    #[test]
    fn elements_of_any_width_are_found_again() {
        for bits in 1..=32 {
            let numbers: Vec<u32> = (1..50_u32)
                .map(|i| i.wrapping_mul(0x9e37_79b9) & mask(bits))
                .collect();
            let page = pack(&numbers, bits);

            for run in [0..49, 7..8, 20..49, 49..49] {
                let found: Vec<u32> = elements(&page, bits, run.clone()).collect();
                assert_eq!(found, numbers[run], "{bits} bits");
            }
        }
    }

    #[test]
    fn a_truncated_number_keeps_its_leading_bits() {
        let page = pack(&[1.5_f32.to_bits() >> 20, (-2.0_f32).to_bits() >> 20], 12);

        let reals: Vec<f32> = truncated(&page, 12, 0..2).collect();

        assert_eq!(reals, [1.5, -2.0]);
    }

    #[test]
    fn a_quantised_number_counts_from_the_least_to_the_greatest() {
        let page = pack(&[0, 1, 2, 3], 2);

        let reals: Vec<f64> = quantised(&page, 2, -1.0..5.0, 0..4).collect();

        assert_eq!(reals, [-1.0, 1.0, 3.0, 5.0]);
    }
}
