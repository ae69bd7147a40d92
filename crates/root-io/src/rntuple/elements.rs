//! Elements as they are packed in pages.

use std::any::Any;
use std::ops::Range;

use super::packed;
use super::split::Stored;
use crate::error::{Result, RootError};

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

impl Encoding {
    /// Bits that each element takes in an unpacked page.
    pub(crate) fn bits(self) -> u64 {
        match self {
            Self::Bit => 1,
            Self::Byte | Self::Char | Self::Int8 | Self::UInt8 => 8,
            Self::Int16 | Self::UInt16 | Self::Real16 | Self::SplitInt16 | Self::SplitUInt16 => 16,
            Self::Int32
            | Self::UInt32
            | Self::Real32
            | Self::Index32
            | Self::SplitInt32
            | Self::SplitUInt32
            | Self::SplitReal32
            | Self::SplitIndex32 => 32,
            Self::Int64
            | Self::UInt64
            | Self::Real64
            | Self::Index64
            | Self::SplitInt64
            | Self::SplitUInt64
            | Self::SplitReal64
            | Self::SplitIndex64 => 64,
            Self::Switch => 96,
            Self::Real32Trunc { bits } | Self::Real32Quant { bits, .. } => u64::from(bits),
        }
    }
}

/// An unpacked page: `elements` elements, and not a byte more than they take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Packed<'a> {
    pub(super) encoding: Encoding,
    pub(super) bytes: &'a [u8],
    pub(super) elements: usize,
}

impl Packed<'_> {
    /// Appends the elements `run` as numbers.
    ///
    /// # Errors
    ///
    /// [`RootError::Malformed`] if elements of this encoding cannot be such numbers, or a whole
    /// number does not fit.
    pub(super) fn append<T: Value>(&self, run: Range<usize>, out: &mut Vec<T>) -> Result<()> {
        T::append(self, run, out)
    }

    /// Appends all elements as offsets.
    ///
    /// # Errors
    ///
    /// [`RootError::Malformed`] if the elements are not offsets.
    pub(super) fn offsets(&self, out: &mut Vec<u64>) -> Result<()> {
        let all = 0..self.elements;
        match self.encoding {
            Encoding::Index32 => self.whole::<u32, _>(Order::Plain, all, out)?,
            Encoding::Index64 => self.whole::<u64, _>(Order::Plain, all, out)?,
            Encoding::SplitIndex32 => {
                self.whole::<u32, _>(Order::Split, all, out)?;
                sum_up(out, u64::from(u32::MAX));
            }
            Encoding::SplitIndex64 => {
                self.whole::<u64, _>(Order::Split, all, out)?;
                sum_up(out, u64::MAX);
            }
            _ => return Err(self.mismatch("offsets")),
        }
        Ok(())
    }

    /// Appends numbers that are stored as `S`.
    fn whole<S: Stored, T: Convert<S>>(
        &self,
        order: Order,
        run: Range<usize>,
        out: &mut Vec<T>,
    ) -> Result<()> {
        let decode = |out: &mut Vec<S>| match order {
            Order::Plain => S::plain(self.bytes, run.clone(), out),
            Order::Split => S::split(self.bytes, self.elements, run.clone(), out),
        };
        // Nearly always the types are the same.
        if let Some(same) = (out as &mut dyn Any).downcast_mut::<Vec<S>>() {
            decode(same);
            return Ok(());
        }
        let mut stored = Vec::with_capacity(run.len());
        decode(&mut stored);
        for number in stored {
            out.push(T::convert(number).ok_or_else(|| {
                let why = format!("{number:?} is no {}", std::any::type_name::<T>());
                RootError::malformed("page", 0, why)
            })?);
        }
        Ok(())
    }

    pub(super) fn mismatch(&self, wanted: &str) -> RootError {
        let why = format!(
            "its elements are stored as {:?}, not as {wanted}",
            self.encoding
        );
        RootError::malformed("page", 0, why)
    }
}

/// Order of the bytes of a page.
#[derive(Debug, Clone, Copy)]
enum Order {
    /// Those of an element together.
    Plain,
    /// Those of the same significance together; signed whole numbers are zigzag besides.
    Split,
}

/// Turns differences into what they are differences of.
fn sum_up(out: &mut [u64], mask: u64) {
    let mut sum = 0_u64;
    for number in out {
        sum = sum.wrapping_add(*number) & mask;
        *number = sum;
    }
}

/// A number that elements become.
pub(super) trait Value: Copy + Default + Send + 'static {
    /// Appends the elements `run` of a page.
    fn append(page: &Packed<'_>, run: Range<usize>, out: &mut Vec<Self>) -> Result<()>;
}

/// A number that another type of number may become, if it fits.
trait Convert<S>: Sized + Copy + 'static {
    fn convert(stored: S) -> Option<Self>;
}

macro_rules! whole_numbers {
    ($($native:ident)*) => {
        $(whole_numbers!(@from $native: i8 u8 i16 u16 i32 u32 i64 u64);)*
        $(
            impl Value for $native {
                fn append(page: &Packed<'_>, run: Range<usize>, out: &mut Vec<Self>) -> Result<()> {
                    use Encoding as E;
                    use Order::{Plain, Split};
                    match page.encoding {
                        // A `char` and a `std::byte` are what the reader takes them for.
                        E::Byte | E::Char if size_of::<Self>() == 1 => {
                            <Self as Stored>::plain(page.bytes, run, out);
                            Ok(())
                        }
                        E::Char | E::Int8 => page.whole::<i8, _>(Plain, run, out),
                        E::Byte | E::UInt8 => page.whole::<u8, _>(Plain, run, out),
                        E::Int16 => page.whole::<i16, _>(Plain, run, out),
                        E::UInt16 => page.whole::<u16, _>(Plain, run, out),
                        E::Int32 => page.whole::<i32, _>(Plain, run, out),
                        E::UInt32 => page.whole::<u32, _>(Plain, run, out),
                        E::Int64 => page.whole::<i64, _>(Plain, run, out),
                        E::UInt64 => page.whole::<u64, _>(Plain, run, out),
                        E::SplitInt16 => page.whole::<i16, _>(Split, run, out),
                        E::SplitUInt16 => page.whole::<u16, _>(Split, run, out),
                        E::SplitInt32 => page.whole::<i32, _>(Split, run, out),
                        E::SplitUInt32 => page.whole::<u32, _>(Split, run, out),
                        E::SplitInt64 => page.whole::<i64, _>(Split, run, out),
                        E::SplitUInt64 => page.whole::<u64, _>(Split, run, out),
                        _ => Err(page.mismatch("whole numbers")),
                    }
                }
            }
        )*
    };
    (@from $native:ident: $($stored:ident)*) => {$(
        impl Convert<$stored> for $native {
            fn convert(stored: $stored) -> Option<Self> {
                Self::try_from(stored).ok()
            }
        }
    )*};
}

whole_numbers!(i8 u8 i16 u16 i32 u32 i64 u64);

macro_rules! reals {
    ($($native:ident: $single:expr, $double:expr;)*) => {$(
        impl Convert<f32> for $native {
            fn convert(stored: f32) -> Option<Self> {
                Some($single(stored))
            }
        }

        impl Convert<f64> for $native {
            fn convert(stored: f64) -> Option<Self> {
                Some($double(stored))
            }
        }

        impl Value for $native {
            fn append(page: &Packed<'_>, run: Range<usize>, out: &mut Vec<Self>) -> Result<()> {
                use Encoding as E;
                match page.encoding {
                    E::Real16 => out.extend(packed::halves(page.bytes, run).map($single)),
                    E::Real32 => page.whole::<f32, _>(Order::Plain, run, out)?,
                    E::Real64 => page.whole::<f64, _>(Order::Plain, run, out)?,
                    E::SplitReal32 => page.whole::<f32, _>(Order::Split, run, out)?,
                    E::SplitReal64 => page.whole::<f64, _>(Order::Split, run, out)?,
                    E::Real32Trunc { bits } => {
                        out.extend(packed::truncated(page.bytes, bits, run).map($single));
                    }
                    E::Real32Quant { bits, min, max } => {
                        let reals = packed::quantised(page.bytes, bits, min..max, run);
                        out.extend(reals.map($double));
                    }
                    _ => return Err(page.mismatch("real numbers")),
                }
                Ok(())
            }
        }
    )*};
}

reals! {
    f32: std::convert::identity, rounded;
    f64: f64::from, std::convert::identity;
}

#[expect(clippy::cast_possible_truncation, reason = "rounds as ROOT does")]
fn rounded(real: f64) -> f32 {
    real as f32
}
