//! Numbers of whole bytes, as they are in memory or with their bytes sorted by significance.
//!
//! ```text
//! plain  │ a0 a1 a2 a3 │ b0 b1 b2 b3 │ c0 c1 c2 c3 │
//! split  │ a0 b0 c0 │ a1 b1 c1 │ a2 b2 c2 │ a3 b3 c3 │   one plane for each byte of a number
//! ```
//!
//! Source: ROOT `tree/ntuple/src/RColumnElement.hxx`, `CastUnpack`, `CastSplitUnpack`,
//! `CastZigzagSplitUnpack`.

use std::fmt::Debug;
use std::ops::Range;

use multiversion::multiversion;

/// Shorter runs are not worth looking for instructions.
const MANY: usize = 64;

/// A number as a page stores it.
pub(super) trait Stored: Copy + Debug + 'static {
    /// Appends the numbers `run` of a page that holds them one after the other.
    fn plain(page: &[u8], run: Range<usize>, out: &mut Vec<Self>);

    /// Appends the numbers `run` of a page of `count` numbers in planes.
    fn split(page: &[u8], count: usize, run: Range<usize>, out: &mut Vec<Self>);
}

/// The part `run` of each plane.
fn planes<const BYTES: usize>(page: &[u8], count: usize, run: Range<usize>) -> [&[u8]; BYTES] {
    std::array::from_fn(|i| {
        let start = i * count;
        page.get(start + run.start..start + run.end)
            .unwrap_or_default()
    })
}

// Slices that are zipped need no bounds checks, so many numbers are put together at once; an
// index into an array of planes does.

#[inline(always)]
fn words16([a, b]: [&[u8]; 2]) -> impl Iterator<Item = u16> {
    a.iter().zip(b).map(|(a, b)| u16::from_le_bytes([*a, *b]))
}

#[inline(always)]
fn words32([a, b, c, d]: [&[u8]; 4]) -> impl Iterator<Item = u32> {
    let planes = a.iter().zip(b).zip(c).zip(d);
    planes.map(|(((a, b), c), d)| u32::from_le_bytes([*a, *b, *c, *d]))
}

#[inline(always)]
fn words64([a, b, c, d, e, f, g, h]: [&[u8]; 8]) -> impl Iterator<Item = u64> {
    let halves = words32([a, b, c, d]).zip(words32([e, f, g, h]));
    halves.map(|(low, high)| u64::from(high) << 32 | u64::from(low))
}

/// 0, -1, 1, -2, … for 0, 1, 2, 3, ….
macro_rules! zigzag {
    ($word:ident) => {
        (($word >> 1) ^ ($word & 1).wrapping_neg()).cast_signed()
    };
}

macro_rules! stored {
    ($($many:ident $native:ident $bytes:literal $words:ident $number:expr;)*) => {$(
        #[multiversion(targets("x86_64+avx2", "x86_64+ssse3"))]
        fn $many(planes: [&[u8]; $bytes], out: &mut Vec<$native>) {
            out.extend($words(planes).map($number));
        }

        impl Stored for $native {
            fn plain(page: &[u8], run: Range<usize>, out: &mut Vec<Self>) {
                let (words, _) = page.as_chunks::<$bytes>();
                let words = words.get(run).unwrap_or_default();
                out.extend(words.iter().map(|word| $native::from_le_bytes(*word)));
            }

            fn split(page: &[u8], count: usize, run: Range<usize>, out: &mut Vec<Self>) {
                let many = run.len() >= MANY;
                let planes = planes(page, count, run);
                if many {
                    $many(planes, out);
                } else {
                    out.extend($words(planes).map($number));
                }
            }
        }
    )*};
}

stored! {
    many_i16 i16 2 words16 |word| zigzag!(word);
    many_u16 u16 2 words16 std::convert::identity;
    many_i32 i32 4 words32 |word| zigzag!(word);
    many_u32 u32 4 words32 std::convert::identity;
    many_i64 i64 8 words64 |word| zigzag!(word);
    many_u64 u64 8 words64 std::convert::identity;
    many_f32 f32 4 words32 f32::from_bits;
    many_f64 f64 8 words64 f64::from_bits;
}

macro_rules! bytes {
    ($($native:ident)*) => {$(
        impl Stored for $native {
            fn plain(page: &[u8], run: Range<usize>, out: &mut Vec<Self>) {
                let bytes = page.get(run).unwrap_or_default();
                out.extend(bytes.iter().map(|byte| $native::from_le_bytes([*byte])));
            }

            /// There is one plane.
            fn split(page: &[u8], _count: usize, run: Range<usize>, out: &mut Vec<Self>) {
                Self::plain(page, run, out);
            }
        }
    )*};
}

bytes!(i8 u8);

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, byte by byte.
    fn split_up<const BYTES: usize>(numbers: &[[u8; BYTES]]) -> Vec<u8> {
        let mut page = Vec::new();
        for byte in 0..BYTES {
            page.extend(numbers.iter().map(|number| number[byte]));
        }
        page
    }

    #[test]
    fn bytes_sorted_by_significance_are_put_together_again() {
        for count in [0, 1, 63, 64, 1000_u32] {
            let numbers: Vec<u32> = (0..count).map(|i| i.wrapping_mul(0x9e37_79b9)).collect();
            let words: Vec<[u8; 4]> = numbers.iter().map(|n| n.to_le_bytes()).collect();
            let page = split_up(&words);
            let count = count as usize;

            for run in [0..count, count / 3..count, count / 3..count / 2] {
                let mut joined = vec![7];
                u32::split(&page, count, run.clone(), &mut joined);
                assert_eq!(joined[1..], numbers[run]);
            }
        }
    }

    #[test]
    fn doubles_keep_all_their_bytes() {
        let reals: Vec<f64> = (0..200).map(|i| f64::from(i).sqrt() - 7.0).collect();
        let words: Vec<[u8; 8]> = reals.iter().map(|x| x.to_le_bytes()).collect();
        let (mut joined, mut copied) = (Vec::new(), Vec::new());

        f64::split(&split_up(&words), 200, 0..200, &mut joined);
        f64::plain(&words.concat(), 100..200, &mut copied);

        assert_eq!(joined, reals);
        assert_eq!(copied, reals[100..]);
    }

    #[test]
    fn zigzag_counts_away_from_zero() {
        let words: [u16; 6] = [0, 1, 2, 3, u16::MAX, u16::MAX - 1];
        let page = split_up(&words.map(u16::to_le_bytes));
        let mut joined = Vec::new();

        i16::split(&page, 6, 0..6, &mut joined);

        assert_eq!(joined, [0, -1, 1, -2, i16::MIN, i16::MAX]);
    }
}
