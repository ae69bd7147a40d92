//! Big-endian numbers to the machine's own, with the widest instructions it has.
//!
//! The crate is built for any x86-64, which cannot reorder bytes in one instruction; nearly every
//! processor can, and then values are copied as fast as memory allows.

use multiversion::multiversion;

/// Shorter runs are not worth looking for instructions.
const MANY_BYTES: usize = 256;

/// A number of a fixed width.
pub(super) trait BigEndian: Sized {
    /// Appends the numbers in `raw`; bytes that do not make a whole one are left out.
    fn extend(raw: &[u8], out: &mut Vec<Self>);
}

macro_rules! big_endian {
    ($($many:ident $native:ident $bytes:literal;)*) => {$(
        #[multiversion(targets("x86_64+avx2", "x86_64+ssse3"))]
        fn $many(words: &[[u8; $bytes]], out: &mut Vec<$native>) {
            out.extend(words.iter().map(|word| $native::from_be_bytes(*word)));
        }

        impl BigEndian for $native {
            #[inline]
            fn extend(raw: &[u8], out: &mut Vec<Self>) {
                let (words, _) = raw.as_chunks::<$bytes>();
                if raw.len() < MANY_BYTES {
                    out.extend(words.iter().map(|word| $native::from_be_bytes(*word)));
                } else {
                    $many(words, out);
                }
            }
        }
    )*};
}

big_endian! {
    many_i8 i8 1;
    many_u8 u8 1;
    many_i16 i16 2;
    many_u16 u16 2;
    many_i32 i32 4;
    many_u32 u32 4;
    many_i64 i64 8;
    many_u64 u64 8;
    many_f32 f32 4;
    many_f64 f64 8;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_runs_are_read_alike() {
        for count in [0, 1, 63, 64, 65, 1000_u32] {
            let numbers: Vec<u32> = (0..count).map(|i| i.wrapping_mul(0x9e37_79b9)).collect();
            let raw: Vec<u8> = numbers.iter().flat_map(|n| n.to_be_bytes()).collect();
            let mut words = vec![7];
            let mut doubles = Vec::new();

            u32::extend(&raw, &mut words);
            f64::extend(&raw, &mut doubles);

            assert_eq!(words[1..], numbers);
            let (pairs, _) = raw.as_chunks::<8>();
            let bits: Vec<u64> = doubles.iter().map(|x| x.to_bits()).collect();
            assert_eq!(
                bits,
                pairs
                    .iter()
                    .map(|p| u64::from_be_bytes(*p))
                    .collect::<Vec<_>>()
            );
        }
    }
}
