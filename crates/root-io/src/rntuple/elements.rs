//! Elements as they are packed in pages.

/// How the elements of a column are stored in a page.
///
/// Source: ROOT's RNTuple specification, "Column Description".
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Encoding {
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
    /// IEEE 754 half precision.
    Real16,
    Real32,
    Real64,
    Index32,
    Index64,
    /// 64 bits where in the alternative's values, 32 bits which alternative.
    Switch,
    /// Zigzag, then the bytes of all elements sorted by significance.
    SplitInt16,
    SplitInt32,
    SplitInt64,
    /// The bytes of all elements sorted by significance.
    SplitUInt16,
    SplitUInt32,
    SplitUInt64,
    SplitReal32,
    SplitReal64,
    /// Differences, their bytes sorted by significance.
    SplitIndex32,
    SplitIndex64,
    /// The leading `bits` of a `float`.
    Real32Trunc {
        bits: u8,
    },
    /// Whole numbers of `bits` bits, spread evenly from `min` to `max`.
    Real32Quant {
        bits: u8,
        min: f64,
        max: f64,
    },
}
