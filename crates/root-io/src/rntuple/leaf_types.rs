//! C++ types of single values, and the encodings that they are stored in.

use arrow::datatypes::DataType;

use super::elements::Encoding;

/// A C++ type that is one element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LeafType {
    pub(super) data_type: DataType,
    family: Family,
}

/// Types that are stored in the same encodings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Bit,
    Byte,
    /// Characters among them.
    Whole,
    Real,
}

/// The type of this name, as an RNTuple spells it.
///
/// # Source
///
/// ROOT's RNTuple specification, "Fundamental Types".
pub(super) fn leaf_type(cpp_type: &str) -> Option<LeafType> {
    use DataType as D;
    use Family::{Bit, Byte, Real, Whole};
    let (data_type, family) = match cpp_type {
        "bool" => (D::Boolean, Bit),
        "std::byte" => (D::UInt8, Byte),
        "char" | "std::int8_t" => (D::Int8, Whole),
        "std::uint8_t" => (D::UInt8, Whole),
        "std::int16_t" => (D::Int16, Whole),
        "std::uint16_t" => (D::UInt16, Whole),
        "std::int32_t" => (D::Int32, Whole),
        "std::uint32_t" => (D::UInt32, Whole),
        "std::int64_t" => (D::Int64, Whole),
        "std::uint64_t" => (D::UInt64, Whole),
        "float" => (D::Float32, Real),
        "double" => (D::Float64, Real),
        _ => return None,
    };
    Some(LeafType { data_type, family })
}

/// Counts in a collection: the type that a field of `ROOT::RNTupleCardinality<…>` has.
pub(super) fn cardinality_type(cpp_type: &str) -> Option<DataType> {
    let size = cpp_type
        .strip_prefix("ROOT::RNTupleCardinality<")?
        .strip_suffix('>')?;
    match size {
        "std::uint32_t" => Some(DataType::UInt32),
        "std::uint64_t" => Some(DataType::UInt64),
        _ => None,
    }
}

impl LeafType {
    /// True if the type may be stored in this encoding.
    ///
    /// Whole numbers may have any width, as in ROOT. Bits for numbers, or the other way round, ROOT
    /// takes only where a program asks for another type than was written.
    pub(super) fn reads(&self, encoding: Encoding) -> bool {
        let family = match encoding {
            Encoding::Byte => Family::Byte,
            Encoding::Bit => Family::Bit,
            Encoding::Char
            | Encoding::Int8
            | Encoding::UInt8
            | Encoding::Int16
            | Encoding::UInt16
            | Encoding::Int32
            | Encoding::UInt32
            | Encoding::Int64
            | Encoding::UInt64
            | Encoding::SplitInt16
            | Encoding::SplitInt32
            | Encoding::SplitInt64
            | Encoding::SplitUInt16
            | Encoding::SplitUInt32
            | Encoding::SplitUInt64 => Family::Whole,
            Encoding::Real16
            | Encoding::Real32
            | Encoding::Real64
            | Encoding::SplitReal32
            | Encoding::SplitReal64
            | Encoding::Real32Trunc { .. }
            | Encoding::Real32Quant { .. } => Family::Real,
            Encoding::Index32
            | Encoding::Index64
            | Encoding::SplitIndex32
            | Encoding::SplitIndex64
            | Encoding::Switch => return false,
        };
        family == self.family
    }
}

/// True for offsets of lists.
pub(super) fn is_index(encoding: Encoding) -> bool {
    matches!(
        encoding,
        Encoding::Index32 | Encoding::Index64 | Encoding::SplitIndex32 | Encoding::SplitIndex64
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_read_from_any_width_but_not_from_reals() {
        let int = leaf_type("std::int32_t").unwrap();

        assert!(int.reads(Encoding::Int8) && int.reads(Encoding::SplitUInt64));
        assert!(!int.reads(Encoding::Bit));
        assert!(!int.reads(Encoding::Real32) && !int.reads(Encoding::Byte));
        assert!(!int.reads(Encoding::Index64) && !int.reads(Encoding::Switch));
    }

    #[test]
    fn bytes_are_read_from_bytes_only() {
        let byte = leaf_type("std::byte").unwrap();

        assert!(byte.reads(Encoding::Byte) && !byte.reads(Encoding::UInt8));
    }

    #[test]
    fn a_cardinality_has_the_type_of_its_size() {
        let of = |size| cardinality_type(&format!("ROOT::RNTupleCardinality<{size}>"));

        assert_eq!(of("std::uint32_t"), Some(DataType::UInt32));
        assert_eq!(of("std::uint64_t"), Some(DataType::UInt64));
        assert_eq!(of("float"), None);
        assert_eq!(cardinality_type("std::uint32_t"), None);
    }
}
