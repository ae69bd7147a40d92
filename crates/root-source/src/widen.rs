//! Types that hold the values of two others without loss.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};

/// The narrowest type that holds all values of both without loss.
pub(crate) fn widen(left: &DataType, right: &DataType) -> Option<DataType> {
    use DataType::{Binary, FixedSizeList, Float32, Float64, List, Struct, Utf8};
    if left == right {
        return Some(left.clone());
    }
    match (left, right) {
        (Utf8, Binary) | (Binary, Utf8) => Some(Binary),
        (List(l) | FixedSizeList(l, _), List(r) | FixedSizeList(r, _)) => {
            let item = widen_field(l, r)?;
            match (left, right) {
                (FixedSizeList(_, n), FixedSizeList(_, m)) if n == m => {
                    Some(FixedSizeList(item, *n))
                }
                _ => Some(List(item)),
            }
        }
        (Struct(l), Struct(r)) if l.len() == r.len() => l
            .iter()
            .zip(r)
            .map(|(l, r)| widen_field(l, r))
            .collect::<Option<_>>()
            .map(Struct),
        (Float32 | Float64, Float32 | Float64) => Some(Float64),
        (float @ (Float32 | Float64), int) | (int, float @ (Float32 | Float64)) => {
            let (_, bits) = integer(int)?;
            match (float, bits) {
                (Float32, ..=16) => Some(Float32),
                (_, ..=32) => Some(Float64),
                _ => None,
            }
        }
        _ => widen_integers(integer(left)?, integer(right)?),
    }
}

fn widen_field(left: &FieldRef, right: &FieldRef) -> Option<FieldRef> {
    if left.name() != right.name() {
        return None;
    }
    let data_type = widen(left.data_type(), right.data_type())?;
    let nullable = left.is_nullable() || right.is_nullable();
    Some(Arc::new(Field::new(left.name(), data_type, nullable)))
}

/// Signed or not, and how many bits.
fn integer(data_type: &DataType) -> Option<(bool, u32)> {
    Some(match data_type {
        DataType::Int8 => (true, 8),
        DataType::Int16 => (true, 16),
        DataType::Int32 => (true, 32),
        DataType::Int64 => (true, 64),
        DataType::UInt8 => (false, 8),
        DataType::UInt16 => (false, 16),
        DataType::UInt32 => (false, 32),
        DataType::UInt64 => (false, 64),
        _ => return None,
    })
}

fn widen_integers(left: (bool, u32), right: (bool, u32)) -> Option<DataType> {
    let (signed, bits) = match (left, right) {
        ((l, a), (r, b)) if l == r => (l, a.max(b)),
        ((true, s), (_, u)) | ((_, u), (_, s)) => (true, s.max(2 * u)),
    };
    Some(match (signed, bits) {
        (true, 16) => DataType::Int16,
        (true, 32) => DataType::Int32,
        (true, 64) => DataType::Int64,
        (false, 16) => DataType::UInt16,
        (false, 32) => DataType::UInt32,
        (false, 64) => DataType::UInt64,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn list(item: DataType) -> DataType {
        DataType::List(Arc::new(Field::new("item", item, false)))
    }

    #[rstest]
    #[case::wider_int(DataType::Int16, DataType::Int64, Some(DataType::Int64))]
    #[case::wider_unsigned(DataType::UInt8, DataType::UInt32, Some(DataType::UInt32))]
    #[case::mixed_sign(DataType::UInt16, DataType::Int16, Some(DataType::Int32))]
    #[case::mixed_sign_swapped(DataType::Int64, DataType::UInt32, Some(DataType::Int64))]
    #[case::unsigned_too_large(DataType::UInt64, DataType::Int8, None)]
    #[case::floats(DataType::Float32, DataType::Float64, Some(DataType::Float64))]
    #[case::short_in_float(DataType::Int16, DataType::Float32, Some(DataType::Float32))]
    #[case::int_in_float(DataType::Float32, DataType::UInt32, Some(DataType::Float64))]
    #[case::long_in_double(DataType::Int64, DataType::Float64, None)]
    #[case::bool_is_no_number(DataType::Boolean, DataType::Int32, None)]
    #[case::text_is_no_number(DataType::Utf8, DataType::Int32, None)]
    #[case::text_and_bytes(DataType::Utf8, DataType::Binary, Some(DataType::Binary))]
    #[case::lists(
        list(DataType::Float32),
        list(DataType::Float64),
        Some(list(DataType::Float64))
    )]
    #[case::list_and_number(list(DataType::Float32), DataType::Float32, None)]
    fn two_types_widen_without_loss_or_not_at_all(
        #[case] left: DataType,
        #[case] right: DataType,
        #[case] expected: Option<DataType>,
    ) {
        assert_eq!(widen(&left, &right), expected);
        assert_eq!(widen(&right, &left), expected);
    }
}
