//! The fields and columns of an RNTuple, read off its first chunk.

use super::check::check_name;
use super::elements::Element;
use super::field::{Field, FieldValues};
use super::options::{Encoding, NtupleOptions};
use crate::{Result, WriteError};

/// Part of a field in the tree of fields; the numbers are those in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Leaf = 0,
    Collection = 1,
    Record = 2,
    Variant = 3,
    Streamer = 4,
}

/// What the file says about a field.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FieldRecord {
    pub(crate) name: String,
    pub(crate) type_name: String,
    pub(crate) type_alias: &'static str,
    /// Index of the field it is part of; `None` at the top.
    pub(crate) parent: Option<usize>,
    pub(crate) role: Role,
    /// Length of arrays and bitsets.
    pub(crate) repetition: Option<usize>,
    /// Index of the field that it shows.
    pub(crate) source: Option<usize>,
}

/// What the file says about a column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ColumnRecord {
    pub(crate) field: usize,
    pub(crate) element: Element,
    pub(crate) encoding: Encoding,
    /// Elements that each entry has; 0 if entries differ.
    pub(crate) per_entry: u64,
    /// Which of the field's representations it belongs to; in each cluster one is used.
    pub(crate) representation: u16,
    /// How many of them the field has.
    pub(crate) representations: u16,
    /// Its column in the first representation, which may be itself.
    pub(crate) primary: usize,
}

/// Fields and columns in the order of the file: each field before its parts, and so the columns.
#[derive(Debug, PartialEq)]
pub(crate) struct Schema {
    pub(crate) fields: Vec<FieldRecord>,
    pub(crate) columns: Vec<ColumnRecord>,
    /// Columns and the projected fields that show them.
    pub(crate) aliases: Vec<(usize, usize)>,
    offset: Element,
    encodings: Vec<Encoding>,
}

impl FieldRecord {
    pub(crate) fn new(name: &str, parent: Option<usize>, role: Role, type_name: &str) -> Self {
        Self {
            name: name.to_owned(),
            type_name: type_name.to_owned(),
            type_alias: "",
            parent,
            role,
            repetition: None,
            source: None,
        }
    }
}

impl Schema {
    /// # Errors
    ///
    /// `Field` if a projection has no source or names are not as they must be.
    pub(crate) fn of(fields: &[Field], options: &NtupleOptions) -> Result<Self> {
        let mut schema = Self {
            fields: Vec::new(),
            columns: Vec::new(),
            aliases: Vec::new(),
            offset: Element::offset(options.offset_width),
            encodings: std::iter::once(options.encoding)
                .chain(options.second_encoding)
                .collect(),
        };
        for field in fields {
            let added = match field.values.untyped() {
                FieldValues::Projected(projection) => {
                    projection.add(&field.name, &field.values.type_name(), &mut schema)
                }
                _ => schema.add(&field.name, &field.values, None, 1),
            };
            added.map_err(|why| WriteError::field(&field.name, why))?;
        }
        Ok(schema)
    }

    /// Whether this is the other schema, and perhaps more behind it.
    pub(crate) fn begins_with(&self, other: &Self) -> bool {
        self.fields.starts_with(&other.fields)
            && self.columns.starts_with(&other.columns)
            && self.aliases.starts_with(&other.aliases)
    }

    pub(crate) fn push_field(&mut self, record: FieldRecord) -> usize {
        self.fields.push(record);
        self.fields.len() - 1
    }

    /// Parts of a field, with their names.
    pub(crate) fn children(&self, parent: usize) -> Vec<(usize, String)> {
        let all = self.fields.iter().enumerate();
        all.filter(|(_, record)| record.parent == Some(parent))
            .map(|(index, record)| (index, record.name.clone()))
            .collect()
    }

    /// The part of this name.
    pub(crate) fn child(&self, parent: Option<usize>, name: &str) -> Option<usize> {
        self.fields
            .iter()
            .position(|record| record.parent == parent && record.name == name)
    }

    /// The columns that a field shows, whether they are its own or not.
    pub(crate) fn columns_of(&self, field: usize) -> Vec<usize> {
        let all = self.columns.iter().enumerate();
        let own = all.filter(|(_, column)| column.field == field);
        let shown = self.aliases.iter().filter(|(_, shows)| *shows == field);
        own.map(|(index, _)| index)
            .chain(shown.map(|(column, _)| *column))
            .collect()
    }

    /// Adds a field and its parts; an entry has `per_entry` of them, 0 if entries differ.
    fn add(
        &mut self,
        name: &str,
        values: &FieldValues,
        parent: Option<usize>,
        per_entry: u64,
    ) -> Result<(), String> {
        check_name(name)?;
        if self.child(parent, name).is_some() {
            return Err(format!("there are two fields `{name}`"));
        }
        let role = values.role();
        let mut record = FieldRecord::new(name, parent, role, &values.type_name());
        record.type_alias = values.type_alias();
        let values = values.untyped();
        record.repetition = match values {
            FieldValues::Array { length, .. } | FieldValues::Bits { length, .. } => Some(*length),
            _ => None,
        };
        let length = record.repetition.unwrap_or(1) as u64;
        let field = self.push_field(record);
        self.add_columns(field, &self.elements(values), per_entry * length);
        let inner = match role {
            Role::Leaf | Role::Record => per_entry * length,
            Role::Collection | Role::Variant | Role::Streamer => 0,
        };
        let parent = Some(field);
        match values {
            FieldValues::List { items, .. }
            | FieldValues::Array { items, .. }
            | FieldValues::Optional { items, .. }
            | FieldValues::Wrapped { values: items, .. } => self.add("_0", items, parent, inner),
            FieldValues::Record { members, .. } => members
                .iter()
                .try_for_each(|member| self.add(&member.name, &member.values, parent, inner)),
            FieldValues::Variant { alternatives, .. } => (0..)
                .zip(alternatives)
                .try_for_each(|(n, part)| self.add(&format!("_{n}"), part, parent, inner)),
            FieldValues::Projected(_) => {
                Err("only a field of the top can be a projection".to_owned())
            }
            _ => Ok(()),
        }
    }

    /// Adds the columns of a field, for each representation.
    fn add_columns(&mut self, field: usize, elements: &[Element], per_entry: u64) {
        let codes = |encoding| elements.iter().map(move |e| e.code_and_bits(encoding));
        let mut encodings = self.encodings.clone();
        // What is encoded one way only has one representation.
        encodings.dedup_by(|second, first| codes(*second).eq(codes(*first)));
        let representations = u16::try_from(encodings.len()).unwrap_or(u16::MAX);
        let first = self.columns.len();
        for (representation, encoding) in (0..).zip(encodings) {
            for (index, element) in elements.iter().enumerate() {
                self.columns.push(ColumnRecord {
                    field,
                    element: *element,
                    encoding,
                    // Behind offsets each entry has as many as it likes.
                    per_entry: if index == 0 { per_entry } else { 0 },
                    representation,
                    representations,
                    primary: first + index,
                });
            }
        }
    }

    /// Columns of a field itself, in one representation.
    fn elements(&self, values: &FieldValues) -> Vec<Element> {
        match values {
            FieldValues::Numbers(numbers) => vec![numbers.element()],
            FieldValues::Packed(packing, _) => vec![packing.element()],
            FieldValues::Chars(_) => vec![Element::Char],
            FieldValues::Bytes(_) => vec![Element::Byte],
            FieldValues::Text(_) => vec![self.offset, Element::Char],
            FieldValues::Streamed { .. } => vec![self.offset, Element::Byte],
            FieldValues::Bits { .. } => vec![Element::Bit],
            FieldValues::List { .. } | FieldValues::Optional { .. } => vec![self.offset],
            FieldValues::Variant { .. } => vec![Element::Switch],
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(fields: &[Field]) -> Result<Schema> {
        Schema::of(fields, &NtupleOptions::new())
    }

    #[test]
    fn a_projection_shows_the_columns_of_its_source() {
        let muons = FieldValues::record("", vec![Field::new("pt", vec![1.0_f32])]);
        let fields = [
            Field::new("muons", FieldValues::list(&[0, 1], muons)),
            Field::new("nMuon", FieldValues::counts_of("muons")),
            Field::new("Muon_pt", FieldValues::member_of("muons", "pt")),
        ];

        let schema = schema(&fields).unwrap();

        assert_eq!(schema.columns.len(), 2);
        assert_eq!(schema.aliases, [(0, 3), (0, 4), (1, 5)]);
        assert_eq!(schema.fields[4].type_name, "ROOT::VecOps::RVec<float>");
    }

    #[test]
    fn a_projection_of_nothing_is_refused() {
        let fields = [Field::new("n", FieldValues::counts_of("muons"))];

        let message = schema(&fields).unwrap_err().to_string();

        assert_eq!(message, "field `n`: no field `muons` comes before it");
    }

    #[test]
    fn streamed_objects_are_bytes_behind_offsets() {
        let objects = FieldValues::Streamed {
            type_name: "Hit".to_owned(),
            objects: vec![vec![1, 2]],
        };

        let schema = schema(&[Field::new("hit", objects)]).unwrap();

        assert_eq!(schema.fields[0].role, Role::Streamer);
        let elements: Vec<Element> = schema.columns.iter().map(|c| c.element).collect();
        assert_eq!(elements, [Element::Index64, Element::Byte]);
    }

    #[test]
    fn two_fields_of_one_name_are_refused() {
        let fields = [Field::new("x", vec![1_i32]), Field::new("x", vec![1_i32])];

        let message = schema(&fields).unwrap_err().to_string();

        assert_eq!(message, "field `x`: there are two fields `x`");
    }

    #[test]
    fn an_entry_has_as_many_elements_as_its_arrays_say_and_no_fixed_number_behind_offsets() {
        let values = vec![0_i32; 6];
        let fields = [
            Field::new("a", FieldValues::array(2, FieldValues::array(3, values))),
            Field::new("s", FieldValues::text(&["abc"])),
        ];

        let schema = schema(&fields).unwrap();

        let per_entry: Vec<u64> = schema.columns.iter().map(|c| c.per_entry).collect();
        assert_eq!(per_entry, [6, 1, 0]);
    }
}
