//! C++ types of fields, spelled as RNTuple wants them, and numbers in fewer bits.

use super::elements::Element;
use super::field::FieldValues;
use super::schema::Role;
use crate::numbers::Numbers;

/// How a `float` or `double` is stored in fewer bits.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum RealPacking {
    /// `Real16`: half precision.
    Half,
    /// `Real32`: single precision, for a `double`.
    Single,
    /// `Real32Trunc`: the leading bits of single precision.
    Truncated {
        /// 10 to 31.
        bits: u8,
    },
    /// `Real32Quant`: whole numbers spread evenly from `min` to `max`.
    Quantized {
        /// 1 to 32.
        bits: u8,
        /// Smallest value.
        min: f64,
        /// Largest value.
        max: f64,
    },
}

impl RealPacking {
    pub(crate) fn element(self) -> Element {
        match self {
            Self::Half => Element::Real16,
            Self::Single => Element::Real32,
            Self::Truncated { bits } => Element::Real32Trunc { bits },
            Self::Quantized { bits, min, max } => Element::Real32Quant { bits, min, max },
        }
    }

    /// Says what ROOT would not understand.
    pub(crate) fn check(self) -> Result<(), String> {
        match self {
            Self::Half | Self::Single => Ok(()),
            Self::Truncated { bits } if (10..=31).contains(&bits) => Ok(()),
            Self::Truncated { bits } => {
                Err(format!("truncated to {bits} bits; 10 to 31 are possible"))
            }
            Self::Quantized { bits, .. } if !(1..=32).contains(&bits) => {
                Err(format!("quantized to {bits} bits; 1 to 32 are possible"))
            }
            Self::Quantized { min, max, .. } if min < max && (max - min).is_finite() => Ok(()),
            Self::Quantized { min, max, .. } => Err(format!("quantized from {min} to {max}")),
        }
    }

    /// Says which value does not lie between the ends.
    pub(crate) fn check_range(self, mut values: impl Iterator<Item = f64>) -> Result<(), String> {
        let Self::Quantized { min, max, .. } = self else {
            return Ok(());
        };
        match values.find(|value| !(min..=max).contains(value)) {
            Some(value) => Err(format!("{value} is not between {min} and {max}")),
            None => Ok(()),
        }
    }

    /// The bits of a value; a quantized one lies between the ends.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "fewer bits are the purpose; what is quantized is between 0 and 2^32"
    )]
    pub(crate) fn pattern(self, value: f64) -> u64 {
        let single = value as f32;
        match self {
            Self::Half => u64::from(half::f16::from_f32(single).to_bits()),
            Self::Single => u64::from(single.to_bits()),
            Self::Truncated { bits } => u64::from(single.to_bits() >> (32 - bits)),
            // As ROOT's `QuantizeReals` rounds.
            Self::Quantized { bits, min, max } => {
                let steps = f64::from(u32::MAX >> (32 - bits));
                (0.5 + (value - min) * (steps / (max - min))) as u64
            }
        }
    }
}

impl FieldValues {
    /// C++ type; empty where there is none.
    pub(crate) fn type_name(&self) -> String {
        match self {
            Self::Numbers(numbers) | Self::Packed(_, numbers) => number_type(numbers).to_owned(),
            Self::Chars(_) => "char".to_owned(),
            Self::Bytes(_) => "std::byte".to_owned(),
            Self::Text(_) => "std::string".to_owned(),
            Self::List { items, .. } => match items.type_name() {
                // A collection of what has no type has none itself.
                item if item.is_empty() => item,
                item => format!("std::vector<{item}>"),
            },
            Self::Array { length, items } => format!("std::array<{},{length}>", items.type_name()),
            Self::Bits { length, .. } => format!("std::bitset<{length}>"),
            Self::Record { class, .. } => class.clone(),
            Self::Optional { items, .. } => format!("std::optional<{}>", items.type_name()),
            Self::Variant { alternatives, .. } => {
                let types: Vec<String> = alternatives.iter().map(Self::type_name).collect();
                format!("std::variant<{}>", types.join(","))
            }
            Self::Streamed { type_name, .. }
            | Self::Wrapped { type_name, .. }
            | Self::Typed { type_name, .. } => type_name.clone(),
            Self::Projected(projection) => projection.type_name().to_owned(),
        }
    }

    /// What is under the names of other types.
    pub(crate) fn untyped(&self) -> &Self {
        match self {
            Self::Typed { values, .. } => values.untyped(),
            _ => self,
        }
    }

    /// Part of the field in the tree of fields.
    pub(crate) fn role(&self) -> Role {
        match self.untyped() {
            Self::List { .. } | Self::Optional { .. } => Role::Collection,
            Self::Record { .. } => Role::Record,
            Self::Variant { .. } => Role::Variant,
            Self::Streamed { .. } => Role::Streamer,
            _ => Role::Leaf,
        }
    }

    /// The name behind which ROOT hides a type, where it does.
    pub(crate) fn type_alias(&self) -> &'static str {
        match self {
            Self::Numbers(Numbers::Double32(..)) => "Double32_t",
            _ => "",
        }
    }
}

fn number_type(numbers: &Numbers) -> &'static str {
    match numbers {
        Numbers::Bool(_) => "bool",
        Numbers::I8(_) => "std::int8_t",
        Numbers::U8(_) => "std::uint8_t",
        Numbers::I16(_) => "std::int16_t",
        Numbers::U16(_) => "std::uint16_t",
        Numbers::I32(_) => "std::int32_t",
        Numbers::U32(_) => "std::uint32_t",
        Numbers::I64(_) | Numbers::Long(_) => "std::int64_t",
        Numbers::U64(_) | Numbers::ULong(_) => "std::uint64_t",
        Numbers::F32(_) | Numbers::Float16(..) => "float",
        Numbers::F64(_) | Numbers::Double32(..) => "double",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nested_type_is_spelled_without_spaces() {
        let pairs = FieldValues::pair(vec![1_i32], FieldValues::text(&["a"]));
        let lists = FieldValues::list(&[0, 1], FieldValues::list(&[0, 1], pairs));

        assert_eq!(
            lists.type_name(),
            "std::vector<std::vector<std::pair<std::int32_t,std::string>>>"
        );
    }

    #[test]
    fn a_list_of_records_without_a_type_has_none() {
        let records = FieldValues::record("", vec![]);

        assert_eq!(FieldValues::list(&[0], records).type_name(), "");
    }

    #[test]
    fn a_quantized_number_is_its_share_of_the_steps() {
        let packing = RealPacking::Quantized {
            bits: 8,
            min: -1.0,
            max: 1.0,
        };

        assert_eq!([-1.0, 0.0, 1.0].map(|x| packing.pattern(x)), [0, 128, 255]);
    }

    #[test]
    fn a_truncated_number_keeps_its_leading_bits() {
        let packing = RealPacking::Truncated { bits: 12 };

        assert_eq!(packing.pattern(-2.0), 0xc00);
    }
}
