//! Real numbers of fewer bits than a `float`: halves, truncated and quantised ones.
//!
//! Elements of any number of bits follow each other without gaps, the least significant bit of
//! the first byte first.
//!
//! Source: ROOT `tree/ntuple/src/RColumnElement.hxx`, `UnpackBits`, `UnquantizeReals`.

use std::ops::Range;

/// Numbers of half precision.
pub(super) fn halves(page: &[u8], run: Range<usize>, each: impl FnMut(f32)) {
    let (words, _) = page.as_chunks::<2>();
    let words = words.get(run).unwrap_or_default();
    words
        .iter()
        .map(|word| single(u16::from_le_bytes(*word)))
        .for_each(each);
}

/// Numbers of single precision that lack their last bits.
pub(super) fn truncated(page: &[u8], bits: u8, run: Range<usize>, mut each: impl FnMut(f32)) {
    let missing = 32_u32.saturating_sub(u32::from(bits));
    elements(page, bits, run, |element| {
        each(f32::from_bits(element.checked_shl(missing).unwrap_or(0)));
    });
}

/// Numbers between the ends of a range, counted in steps of equal size.
pub(super) fn quantised(
    page: &[u8],
    bits: u8,
    range: Range<f64>,
    run: Range<usize>,
    mut each: impl FnMut(f64),
) {
    let step = (range.end - range.start) / f64::from(mask(bits));
    elements(page, bits, run, |element| {
        each(f64::from(element) * step + range.start);
    });
}

/// The elements as whole numbers; `bits` is at most 32.
fn elements(page: &[u8], bits: u8, run: Range<usize>, mut each: impl FnMut(u32)) {
    let width = usize::from(bits);
    let mask = mask(bits);
    for i in run {
        let byte = i * width / 8;
        let window = match page.get(byte..).and_then(|rest| rest.first_chunk()) {
            Some(window) => u64::from_le_bytes(*window),
            None => last_window(page, byte),
        };
        #[expect(clippy::cast_possible_truncation, reason = "at most 32 bits are kept")]
        each((window >> (i * width % 8)) as u32 & mask);
    }
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
    const SIGN: u16 = 0x8000;
    const INFINITE: u16 = 0x7c00;
    /// 2^112: exponents of a half count from 15, those of a single from 127.
    const SCALE: f32 = f32::from_bits((127 + 112) << 23);

    let magnitude = half & !SIGN;
    // Scaling makes normal numbers of those that are not; what is infinite must stay so.
    let scaled = f32::from_bits(u32::from(magnitude) << 13) * SCALE;
    let infinite = u32::from(magnitude >= INFINITE).wrapping_neg() & 0x7f80_0000;
    f32::from_bits(scaled.to_bits() | infinite | u32::from(half & SIGN) << 16)
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
                let mut found = Vec::new();
                elements(&page, bits, run.clone(), |element| found.push(element));
                assert_eq!(found, numbers[run], "{bits} bits");
            }
        }
    }

    #[test]
    fn a_truncated_number_keeps_its_leading_bits() {
        let page = pack(&[1.5_f32.to_bits() >> 20, (-2.0_f32).to_bits() >> 20], 12);
        let mut reals = Vec::new();

        truncated(&page, 12, 0..2, |real| reals.push(real));

        assert_eq!(reals, [1.5, -2.0]);
    }

    #[test]
    fn a_quantised_number_counts_from_the_least_to_the_greatest() {
        let page = pack(&[0, 1, 2, 3], 2);
        let mut reals = Vec::new();

        quantised(&page, 2, -1.0..5.0, 0..4, |real| reals.push(real));

        assert_eq!(reals, [-1.0, 1.0, 3.0, 5.0]);
    }
}
