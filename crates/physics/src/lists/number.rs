//! What the typed loops need to know of a number, and the one place that picks its type.

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, PrimitiveArray};
use arrow::datatypes::{
    DataType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};

use crate::{PhysicsError, Result};

/// Types that kernels on numbers work on, for error messages.
pub(crate) const NUMBERS: &str = "lists of integers or floats";

/// A number that lists hold.
pub(crate) trait Number: Copy + Default + PartialOrd + Send + Sync + 'static {
    /// Type of a sum: wide enough for all that one expects of a list.
    type Total: ArrowPrimitiveType<Native: Default + Copy>;

    /// Adds to a sum; nothing if an integer overflows.
    fn add_to(
        self,
        total: <Self::Total as ArrowPrimitiveType>::Native,
    ) -> Option<<Self::Total as ArrowPrimitiveType>::Native>;

    /// The nearest double.
    fn to_f64(self) -> f64;

    /// Whether it is not a number; never for integers.
    #[inline]
    fn is_nan(self) -> bool {
        false
    }
}

/// Implements [`Number`] for ten types that differ in nothing but their sums.
macro_rules! numbers {
    (float: $($float:ty),*; integer: $($integer:ty => $total:ty),*) => {
        $(impl Number for $float {
            type Total = Float64Type;

            #[inline]
            fn add_to(self, total: f64) -> Option<f64> {
                Some(total + f64::from(self))
            }

            #[inline]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }

            #[inline]
            fn is_nan(self) -> bool {
                <$float>::is_nan(self)
            }
        })*
        $(impl Number for $integer {
            type Total = $total;

            #[inline]
            fn add_to(
                self,
                total: <$total as ArrowPrimitiveType>::Native,
            ) -> Option<<$total as ArrowPrimitiveType>::Native> {
                total.checked_add(self.into())
            }

            #[inline]
            fn to_f64(self) -> f64 {
                self as f64
            }
        })*
    };
}

numbers! {
    float: f32, f64;
    integer: i8 => Int64Type, i16 => Int64Type, i32 => Int64Type, i64 => Int64Type,
        u8 => Int64Type, u16 => Int64Type, u32 => Int64Type, u64 => UInt64Type
}

/// A loop over the elements of lists, for every type of number.
pub(crate) trait NumberKernel {
    /// What the loop gives.
    type Output;

    /// Runs the loop over elements of one type.
    fn run<T>(self, values: &PrimitiveArray<T>) -> Result<Self::Output>
    where
        T: ArrowPrimitiveType<Native: Number>;
}

/// Whether [`dispatch`] knows this type.
pub(crate) fn is_number(data_type: &DataType) -> bool {
    data_type.is_integer() || matches!(data_type, DataType::Float32 | DataType::Float64)
}

/// Runs a kernel on elements of whatever number they are; `kernel_name` is for the error.
pub(crate) fn dispatch<K: NumberKernel>(
    kernel_name: &'static str,
    values: &ArrayRef,
    kernel: K,
) -> Result<K::Output> {
    match values.data_type() {
        DataType::Float32 => kernel.run(values.as_primitive::<Float32Type>()),
        DataType::Float64 => kernel.run(values.as_primitive::<Float64Type>()),
        DataType::Int8 => kernel.run(values.as_primitive::<Int8Type>()),
        DataType::Int16 => kernel.run(values.as_primitive::<Int16Type>()),
        DataType::Int32 => kernel.run(values.as_primitive::<Int32Type>()),
        DataType::Int64 => kernel.run(values.as_primitive::<Int64Type>()),
        DataType::UInt8 => kernel.run(values.as_primitive::<UInt8Type>()),
        DataType::UInt16 => kernel.run(values.as_primitive::<UInt16Type>()),
        DataType::UInt32 => kernel.run(values.as_primitive::<UInt32Type>()),
        DataType::UInt64 => kernel.run(values.as_primitive::<UInt64Type>()),
        other => Err(PhysicsError::WrongType {
            kernel: kernel_name,
            found: other.clone(),
            wanted: NUMBERS,
        }),
    }
}
