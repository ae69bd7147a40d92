//! Numbers: how one value of a fixed width becomes an Arrow value.

use std::sync::Arc;

use arrow::array::{ArrayRef, ArrowPrimitiveType, BooleanArray, PrimitiveArray};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::{
    DataType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};

use super::swap::BigEndian;

/// A number as it is stored.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Item {
    Bool,
    I8,
    U8,
    I16,
    U16,
    I32,
    U32,
    I64,
    U64,
    F32,
    F64,
    /// `Float16_t`: single precision in memory, fewer bits in the file.
    Float16(Packing),
    /// `Double32_t`: double precision in memory, fewer bits in the file.
    Double32(Packing),
}

/// How a `Float16_t` or `Double32_t` is stored.
///
/// Source: ROOT `TBufferFile::ReadFloat16`, `ReadDouble32`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Packing {
    /// As a `float`; `Double32_t` only.
    Single,
    /// An exponent in one byte, then sign and this many bits of mantissa in two.
    Truncated { mantissa_bits: u32 },
    /// An unsigned number counted in steps of `1 / factor` from `min`.
    Ranged { factor: f64, min: f64 },
}

impl Item {
    pub(crate) fn data_type(self) -> DataType {
        match self {
            Self::Bool => DataType::Boolean,
            Self::I8 => DataType::Int8,
            Self::U8 => DataType::UInt8,
            Self::I16 => DataType::Int16,
            Self::U16 => DataType::UInt16,
            Self::I32 => DataType::Int32,
            Self::U32 => DataType::UInt32,
            Self::I64 => DataType::Int64,
            Self::U64 => DataType::UInt64,
            Self::F32 | Self::Float16(_) => DataType::Float32,
            Self::F64 | Self::Double32(_) => DataType::Float64,
        }
    }

    /// Bytes of one value in the file.
    pub(crate) fn stored_bytes(self) -> usize {
        match self {
            Self::Bool | Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::I64 | Self::U64 | Self::F64 => 8,
            Self::Float16(packing) | Self::Double32(packing) => match packing {
                Packing::Truncated { .. } => 3,
                Packing::Single | Packing::Ranged { .. } => 4,
            },
        }
    }
}

/// Reads values of one kind; `dispatch_item!` picks the type, so that loops know the width.
pub(crate) trait ItemReader: Copy + Send + Sync + std::fmt::Debug + 'static {
    /// Arrow type of the values while they are collected.
    type Arrow: ArrowPrimitiveType;
    /// Bytes of one value in the file.
    const BYTES: usize;

    /// Appends the values of `raw`, whose length is a multiple of [`Self::BYTES`].
    fn extend(self, raw: &[u8], out: &mut Vec<<Self::Arrow as ArrowPrimitiveType>::Native>);

    /// The collected values as an array.
    fn finish(self, values: Vec<<Self::Arrow as ArrowPrimitiveType>::Native>) -> ArrayRef {
        Arc::new(PrimitiveArray::<Self::Arrow>::new(values.into(), None))
    }
}

/// One byte that is not zero for true.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BoolByte;

impl ItemReader for BoolByte {
    type Arrow = UInt8Type;
    const BYTES: usize = 1;

    fn extend(self, raw: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(raw);
    }

    fn finish(self, values: Vec<u8>) -> ArrayRef {
        let bits = BooleanBuffer::collect_bool(values.len(), |i| values[i] != 0);
        Arc::new(BooleanArray::new(bits, None))
    }
}

macro_rules! big_endian {
    ($($reader:ident $arrow:ident $native:ident $bytes:literal;)*) => {$(
        #[doc = concat!("A big-endian `", stringify!($native), "`.")]
        #[derive(Debug, Clone, Copy)]
        pub(crate) struct $reader;

        impl ItemReader for $reader {
            type Arrow = $arrow;
            const BYTES: usize = $bytes;

            #[inline]
            fn extend(self, raw: &[u8], out: &mut Vec<$native>) {
                <$native as BigEndian>::extend(raw, out);
            }
        }
    )*};
}

big_endian! {
    BigI8 Int8Type i8 1;
    BigU8 UInt8Type u8 1;
    BigI16 Int16Type i16 2;
    BigU16 UInt16Type u16 2;
    BigI32 Int32Type i32 4;
    BigU32 UInt32Type u32 4;
    BigI64 Int64Type i64 8;
    BigU64 UInt64Type u64 8;
    BigF32 Float32Type f32 4;
    BigF64 Float64Type f64 8;
}

/// A `Double32_t` stored as a `float`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SingleAsDouble;

impl ItemReader for SingleAsDouble {
    type Arrow = Float64Type;
    const BYTES: usize = 4;

    fn extend(self, raw: &[u8], out: &mut Vec<f64>) {
        let (words, _) = raw.as_chunks::<4>();
        out.extend(
            words
                .iter()
                .map(|word| f64::from(f32::from_be_bytes(*word))),
        );
    }
}

macro_rules! packed_float {
    ($truncated:ident $ranged:ident $arrow:ident $native:ident $rounded:path) => {
        /// Exponent and a short mantissa in three bytes.
        #[derive(Debug, Clone, Copy)]
        pub(crate) struct $truncated(pub(crate) u32);

        impl ItemReader for $truncated {
            type Arrow = $arrow;
            const BYTES: usize = 3;

            fn extend(self, raw: &[u8], out: &mut Vec<$native>) {
                let (words, _) = raw.as_chunks::<3>();
                out.extend(
                    words
                        .iter()
                        .map(|word| $native::from(truncated(*word, self.0))),
                );
            }
        }

        /// Steps counted from a minimum in four bytes.
        #[derive(Debug, Clone, Copy)]
        pub(crate) struct $ranged {
            pub(crate) factor: f64,
            pub(crate) min: f64,
        }

        impl ItemReader for $ranged {
            type Arrow = $arrow;
            const BYTES: usize = 4;

            fn extend(self, raw: &[u8], out: &mut Vec<$native>) {
                let (words, _) = raw.as_chunks::<4>();
                out.extend(words.iter().map(|word| {
                    $rounded(f64::from(u32::from_be_bytes(*word)) / self.factor + self.min)
                }));
            }
        }
    };
}

packed_float!(TruncatedSingle RangedSingle Float32Type f32 single);
packed_float!(TruncatedDouble RangedDouble Float64Type f64 std::convert::identity);

/// `Float16_t` is a `float` in memory.
#[expect(clippy::cast_possible_truncation, reason = "rounds as ROOT does")]
fn single(x: f64) -> f32 {
    x as f32
}

#[inline]
fn truncated([exponent, high, low]: [u8; 3], mantissa_bits: u32) -> f32 {
    let word = u32::from(high) << 8 | u32::from(low);
    let sign_bit = 1 << (mantissa_bits + 1);
    let mantissa = (word & (sign_bit - 1)) << (23 - mantissa_bits);
    let magnitude = f32::from_bits(u32::from(exponent) << 23 | mantissa);
    if word & sign_bit == 0 {
        magnitude
    } else {
        -magnitude
    }
}

/// Runs the same code for the reader of an item.
macro_rules! dispatch_item {
    ($item:expr, $reader:ident => $body:expr) => {{
        use $crate::decode::item::*;
        match $item {
            Item::Bool => {
                let $reader = BoolByte;
                $body
            }
            Item::I8 => {
                let $reader = BigI8;
                $body
            }
            Item::U8 => {
                let $reader = BigU8;
                $body
            }
            Item::I16 => {
                let $reader = BigI16;
                $body
            }
            Item::U16 => {
                let $reader = BigU16;
                $body
            }
            Item::I32 => {
                let $reader = BigI32;
                $body
            }
            Item::U32 => {
                let $reader = BigU32;
                $body
            }
            Item::I64 => {
                let $reader = BigI64;
                $body
            }
            Item::U64 => {
                let $reader = BigU64;
                $body
            }
            Item::F32 => {
                let $reader = BigF32;
                $body
            }
            Item::F64 => {
                let $reader = BigF64;
                $body
            }
            Item::Float16(Packing::Single) => {
                let $reader = BigF32;
                $body
            }
            Item::Float16(Packing::Truncated { mantissa_bits }) => {
                let $reader = TruncatedSingle(mantissa_bits);
                $body
            }
            Item::Float16(Packing::Ranged { factor, min }) => {
                let $reader = RangedSingle { factor, min };
                $body
            }
            Item::Double32(Packing::Single) => {
                let $reader = SingleAsDouble;
                $body
            }
            Item::Double32(Packing::Truncated { mantissa_bits }) => {
                let $reader = TruncatedDouble(mantissa_bits);
                $body
            }
            Item::Double32(Packing::Ranged { factor, min }) => {
                let $reader = RangedDouble { factor, min };
                $body
            }
        }
    }};
}
pub(crate) use dispatch_item;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_truncated_number_keeps_its_sign() {
        // 1.5 has exponent 127 and the top bit of its mantissa set.
        assert_eq!(
            truncated([127, 0b0000_1000, 0], 12).to_bits(),
            1.5_f32.to_bits()
        );
        assert_eq!(
            truncated([127, 0b0010_1000, 0], 12).to_bits(),
            (-1.5_f32).to_bits()
        );
    }

    #[test]
    fn a_ranged_number_counts_from_its_minimum() {
        let reader = RangedDouble {
            factor: 256.0 / 2.0,
            min: -1.0,
        };
        let mut values = Vec::new();

        reader.extend(&192_u32.to_be_bytes(), &mut values);

        assert_eq!(values, [0.5]);
    }

    #[test]
    fn any_byte_but_zero_is_true() {
        let mut values = Vec::new();
        BoolByte.extend(&[0, 1, 7], &mut values);

        let array = BoolByte.finish(values);

        assert_eq!(
            array.as_ref(),
            &BooleanArray::from(vec![false, true, true]) as &dyn arrow::array::Array
        );
    }
}
