//! Numbers of one leaf type and their bytes in a basket.

use std::ops::Range;

use crate::packed::Packing;

/// Numbers of one leaf type.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Numbers {
    /// `O`
    Bool(Vec<bool>),
    /// `B`
    I8(Vec<i8>),
    /// `b`
    U8(Vec<u8>),
    /// `S`
    I16(Vec<i16>),
    /// `s`
    U16(Vec<u16>),
    /// `I`
    I32(Vec<i32>),
    /// `i`
    U32(Vec<u32>),
    /// `L`, `Long64_t`
    I64(Vec<i64>),
    /// `l`, `ULong64_t`
    U64(Vec<u64>),
    /// `G`, `Long_t`
    Long(Vec<i64>),
    /// `g`, `ULong_t`
    ULong(Vec<u64>),
    /// `F`
    F32(Vec<f32>),
    /// `D`
    F64(Vec<f64>),
    /// `f`, `Float16_t`
    Float16(Packing, Vec<f32>),
    /// `d`, `Double32_t`
    Double32(Packing, Vec<f64>),
}

/// What ROOT calls a kind of numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct NumberKind {
    /// Letter in a leaf list.
    pub(crate) letter: char,
    /// Class of the leaf.
    pub(crate) leaf_class: &'static str,
    /// Size in memory, `fLenType`.
    pub(crate) memory_bytes: u8,
    /// `fIsUnsigned`.
    pub(crate) is_unsigned: bool,
    /// Spelling in a template argument.
    pub(crate) cpp_name: &'static str,
    /// Packing of `Float16_t` and `Double32_t`.
    pub(crate) packing: Option<Packing>,
}

impl Numbers {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Bool(v) => v.len(),
            Self::I8(v) => v.len(),
            Self::U8(v) => v.len(),
            Self::I16(v) => v.len(),
            Self::U16(v) => v.len(),
            Self::I32(v) => v.len(),
            Self::U32(v) => v.len(),
            Self::I64(v) | Self::Long(v) => v.len(),
            Self::U64(v) | Self::ULong(v) => v.len(),
            Self::F32(v) | Self::Float16(_, v) => v.len(),
            Self::F64(v) | Self::Double32(_, v) => v.len(),
        }
    }

    pub(crate) fn kind(&self) -> NumberKind {
        let (letter, leaf_class, memory_bytes, cpp_name) = match self {
            Self::Bool(_) => ('O', "TLeafO", 1, "bool"),
            Self::I8(_) => ('B', "TLeafB", 1, "char"),
            Self::U8(_) => ('b', "TLeafB", 1, "unsigned char"),
            Self::I16(_) => ('S', "TLeafS", 2, "short"),
            Self::U16(_) => ('s', "TLeafS", 2, "unsigned short"),
            Self::I32(_) => ('I', "TLeafI", 4, "int"),
            Self::U32(_) => ('i', "TLeafI", 4, "unsigned int"),
            Self::I64(_) => ('L', "TLeafL", 8, "Long64_t"),
            Self::U64(_) => ('l', "TLeafL", 8, "ULong64_t"),
            Self::Long(_) => ('G', "TLeafG", 8, "long"),
            Self::ULong(_) => ('g', "TLeafG", 8, "unsigned long"),
            Self::F32(_) => ('F', "TLeafF", 4, "float"),
            Self::F64(_) => ('D', "TLeafD", 8, "double"),
            Self::Float16(..) => ('f', "TLeafF16", 4, "Float16_t"),
            Self::Double32(..) => ('d', "TLeafD32", 8, "Double32_t"),
        };
        let packing = match self {
            Self::Float16(packing, _) | Self::Double32(packing, _) => Some(*packing),
            _ => None,
        };
        let is_unsigned = "bsilg".contains(letter);
        NumberKind {
            letter,
            leaf_class,
            memory_bytes,
            is_unsigned,
            cpp_name,
            packing,
        }
    }

    /// Appends the bytes of the numbers in `range`, which lies within them.
    pub(crate) fn put(&self, range: Range<usize>, out: &mut Vec<u8>) {
        match self {
            Self::Bool(v) => put_each(v, range, out, |x| [u8::from(x)]),
            Self::I8(v) => put_each(v, range, out, i8::to_be_bytes),
            Self::U8(v) => put_each(v, range, out, u8::to_be_bytes),
            Self::I16(v) => put_each(v, range, out, i16::to_be_bytes),
            Self::U16(v) => put_each(v, range, out, u16::to_be_bytes),
            Self::I32(v) => put_each(v, range, out, i32::to_be_bytes),
            Self::U32(v) => put_each(v, range, out, u32::to_be_bytes),
            Self::I64(v) | Self::Long(v) => put_each(v, range, out, i64::to_be_bytes),
            Self::U64(v) | Self::ULong(v) => put_each(v, range, out, u64::to_be_bytes),
            Self::F32(v) => put_each(v, range, out, f32::to_be_bytes),
            Self::F64(v) => put_each(v, range, out, f64::to_be_bytes),
            Self::Float16(packing, v) => {
                v.get(range)
                    .unwrap_or_default()
                    .iter()
                    .for_each(|x| packing.put_float16(*x, out));
            }
            Self::Double32(packing, v) => {
                v.get(range)
                    .unwrap_or_default()
                    .iter()
                    .for_each(|x| packing.put_double32(*x, out));
            }
        }
    }

    /// The numbers as counts of items; `None` if they are no counts.
    pub(crate) fn counts(&self) -> Option<Vec<usize>> {
        match self {
            Self::I8(v) => counts(v),
            Self::U8(v) => counts(v),
            Self::I16(v) => counts(v),
            Self::U16(v) => counts(v),
            Self::I32(v) => counts(v),
            Self::U32(v) => counts(v),
            Self::I64(v) | Self::Long(v) => counts(v),
            Self::U64(v) | Self::ULong(v) => counts(v),
            _ => None,
        }
    }
}

fn put_each<T: Copy, const N: usize>(
    values: &[T],
    range: Range<usize>,
    out: &mut Vec<u8>,
    bytes: impl Fn(T) -> [u8; N],
) {
    for value in values.get(range).unwrap_or_default() {
        out.extend_from_slice(&bytes(*value));
    }
}

fn counts<T: Copy>(values: &[T]) -> Option<Vec<usize>>
where
    usize: TryFrom<T>,
{
    values
        .iter()
        .map(|value| usize::try_from(*value).ok())
        .collect()
}

impl From<Vec<bool>> for Numbers {
    fn from(values: Vec<bool>) -> Self {
        Self::Bool(values)
    }
}

impl From<Vec<i8>> for Numbers {
    fn from(values: Vec<i8>) -> Self {
        Self::I8(values)
    }
}

impl From<Vec<u8>> for Numbers {
    fn from(values: Vec<u8>) -> Self {
        Self::U8(values)
    }
}

impl From<Vec<i16>> for Numbers {
    fn from(values: Vec<i16>) -> Self {
        Self::I16(values)
    }
}

impl From<Vec<u16>> for Numbers {
    fn from(values: Vec<u16>) -> Self {
        Self::U16(values)
    }
}

impl From<Vec<i32>> for Numbers {
    fn from(values: Vec<i32>) -> Self {
        Self::I32(values)
    }
}

impl From<Vec<u32>> for Numbers {
    fn from(values: Vec<u32>) -> Self {
        Self::U32(values)
    }
}

impl From<Vec<i64>> for Numbers {
    fn from(values: Vec<i64>) -> Self {
        Self::I64(values)
    }
}

impl From<Vec<u64>> for Numbers {
    fn from(values: Vec<u64>) -> Self {
        Self::U64(values)
    }
}

impl From<Vec<f32>> for Numbers {
    fn from(values: Vec<f32>) -> Self {
        Self::F32(values)
    }
}

impl From<Vec<f64>> for Numbers {
    fn from(values: Vec<f64>) -> Self {
        Self::F64(values)
    }
}
