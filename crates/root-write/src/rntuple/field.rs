//! The values of a field for a run of entries, as plain data that nests as the C++ types do.

use super::projection::Projection;
use super::types::RealPacking;
use crate::numbers::Numbers;

/// A field, or a member of a class, with its values.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Name; ROOT wants no spaces, full stops and slashes in it.
    pub name: String,
    /// Its values.
    pub values: FieldValues,
}

/// Values of one C++ type, one after the other.
///
/// What nests says how many values of the inner type belong to one of the outer. Here is a
/// `std::vector<float>` for three entries:
///
/// ```
/// use hepframe_root_write::FieldValues;
///
/// let pts = FieldValues::list(&[0, 2, 2, 3], vec![41.0_f32, 27.5, 13.25]);
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum FieldValues {
    /// `bool`, whole numbers, `float`, `double`; `Double32` without brackets is ROOT's `Double32_t`.
    Numbers(Numbers),
    /// `float` or `double` (`F32` or `F64`), stored in fewer bits.
    Packed(RealPacking, Numbers),
    /// `char`.
    Chars(Vec<u8>),
    /// `std::byte`.
    Bytes(Vec<u8>),
    /// `std::string`.
    Text(Vec<Vec<u8>>),
    /// `std::vector`: list `i` holds the items `offsets[i]..offsets[i + 1]`.
    List {
        /// Ascending, one more than there are lists, first 0.
        offsets: Vec<usize>,
        /// The items of all lists.
        items: Box<Self>,
    },
    /// `std::array`.
    Array {
        /// Items in each; at least 1.
        length: usize,
        /// The items of all arrays.
        items: Box<Self>,
    },
    /// `std::bitset`, its lowest bit first.
    Bits {
        /// Bits in each; at least 1.
        length: usize,
        /// The bits of all sets.
        bits: Vec<bool>,
    },
    /// A class, `std::pair`, `std::tuple`.
    Record {
        /// Its name; empty for a record without a type.
        class: String,
        /// At least one.
        members: Vec<Field>,
    },
    /// `std::optional`.
    Optional {
        /// For each whether it has a value.
        present: Vec<bool>,
        /// The values there are.
        items: Box<Self>,
    },
    /// `std::variant`.
    Variant {
        /// For each which alternative it holds, counted from 0; `None` for one that lost its value.
        tags: Vec<Option<u8>>,
        /// The values of each alternative.
        alternatives: Vec<Self>,
    },
    /// Objects that ROOT's streamers packed, which are not described further.
    Streamed {
        /// Their class.
        type_name: String,
        /// The bytes of each.
        objects: Vec<Vec<u8>>,
    },
    /// Something around a number: an enumeration, `std::atomic`.
    Wrapped {
        /// C++ type.
        type_name: String,
        /// What it holds.
        values: Box<Self>,
    },
    /// Any of the others under the name of another type that is stored alike.
    Typed {
        /// C++ type; empty for a collection without a type.
        type_name: String,
        /// Its values.
        values: Box<Self>,
    },
    /// Another field seen in another way; has no values of its own. Only in a field of the top.
    Projected(Projection),
}

impl Field {
    /// A field of this name.
    pub fn new(name: &str, values: impl Into<FieldValues>) -> Self {
        Self {
            name: name.to_owned(),
            values: values.into(),
        }
    }
}

impl FieldValues {
    /// `float` or `double`, stored in fewer bits.
    pub fn packed(packing: RealPacking, values: impl Into<Numbers>) -> Self {
        Self::Packed(packing, values.into())
    }

    /// `std::string`.
    pub fn text<T: AsRef<[u8]>>(values: &[T]) -> Self {
        Self::Text(values.iter().map(|text| text.as_ref().to_vec()).collect())
    }

    /// `std::vector`, cut at `offsets`.
    pub fn list(offsets: &[usize], items: impl Into<Self>) -> Self {
        Self::List {
            offsets: offsets.to_vec(),
            items: Box::new(items.into()),
        }
    }

    /// `std::array` of `length` items.
    pub fn array(length: usize, items: impl Into<Self>) -> Self {
        Self::Array {
            length,
            items: Box::new(items.into()),
        }
    }

    /// `std::bitset` of `length` bits.
    #[must_use]
    pub fn bits(length: usize, bits: Vec<bool>) -> Self {
        Self::Bits { length, bits }
    }

    /// A class with these members; an empty name for a record without a type.
    #[must_use]
    pub fn record(class: &str, members: Vec<Field>) -> Self {
        Self::Record {
            class: class.to_owned(),
            members,
        }
    }

    /// `std::pair`.
    pub fn pair(first: impl Into<Self>, second: impl Into<Self>) -> Self {
        Self::numbered("std::pair", vec![first.into(), second.into()])
    }

    /// `std::tuple`.
    #[must_use]
    pub fn tuple(items: Vec<Self>) -> Self {
        Self::numbered("std::tuple", items)
    }

    /// `std::optional`.
    pub fn optional(present: &[bool], items: impl Into<Self>) -> Self {
        Self::Optional {
            present: present.to_vec(),
            items: Box::new(items.into()),
        }
    }

    /// `std::variant`.
    #[must_use]
    pub fn variant(tags: &[Option<u8>], alternatives: Vec<Self>) -> Self {
        Self::Variant {
            tags: tags.to_vec(),
            alternatives,
        }
    }

    /// Something around a number: `Wrapped` of `std::atomic<float>`.
    pub fn wrapped(type_name: &str, values: impl Into<Self>) -> Self {
        Self::Wrapped {
            type_name: type_name.to_owned(),
            values: Box::new(values.into()),
        }
    }

    /// The same values under another type: a list as `std::set<float>`, an optional as
    /// `std::unique_ptr<float>`, a list without a type as nothing.
    #[must_use]
    pub fn with_type(self, type_name: &str) -> Self {
        Self::Typed {
            type_name: type_name.to_owned(),
            values: Box::new(self),
        }
    }

    /// For how many entries the field of this name has items: `nMuon`.
    #[must_use]
    pub fn counts_of(field: &str) -> Self {
        Self::Projected(Projection::CountsOf(field.to_owned()))
    }

    /// A member of the records in a list of the top, as list: `Muon_pt`.
    #[must_use]
    pub fn member_of(field: &str, member: &str) -> Self {
        Self::Projected(Projection::MemberOf(field.to_owned(), member.to_owned()))
    }

    /// Another field of the top once more.
    #[must_use]
    pub fn copy_of(field: &str) -> Self {
        Self::Projected(Projection::CopyOf(field.to_owned()))
    }

    fn numbered(template: &str, items: Vec<Self>) -> Self {
        let types: Vec<String> = items.iter().map(Self::type_name).collect();
        let members = items.into_iter().enumerate();
        Self::Record {
            class: format!("{template}<{}>", types.join(",")),
            members: members
                .map(|(index, values)| Field::new(&format!("_{index}"), values))
                .collect(),
        }
    }
}

impl<T> From<Vec<T>> for FieldValues
where
    Numbers: From<Vec<T>>,
{
    fn from(values: Vec<T>) -> Self {
        Self::Numbers(values.into())
    }
}

impl From<Numbers> for FieldValues {
    fn from(values: Numbers) -> Self {
        Self::Numbers(values)
    }
}
