//! Fields to layouts: which columns hold the values of a C++ type.

use std::sync::Arc;

use super::elements::Encoding;
use super::layout::{FieldLayout, PhysicalColumn};
use super::leaf_types::{cardinality_type, is_index, leaf_type};
use super::physical::PhysicalColumns;
use super::schema::{Field, MAX_DEPTH, Role, Schema};
use crate::error::{Result, RootError};
use crate::naming::UniqueNames;

/// Most alternatives of a variant, a limit of RNTuple.
const MAX_ALTERNATIVES: usize = 125;

/// Finds the layouts of fields.
pub(super) struct Layouts<'a> {
    pub(super) schema: &'a Schema,
    pub(super) columns: PhysicalColumns<'a>,
}

/// A member of a record.
#[derive(Debug)]
pub(super) struct Member {
    /// Unlike those of the record's other members.
    pub(super) name: String,
    /// Its name in C++, if that is taken by another member, one of a base class.
    pub(super) wanted: Option<String>,
    pub(super) field: usize,
}

impl Layouts<'_> {
    /// How the values of a field are stored.
    ///
    /// # Errors
    ///
    /// [`RootError::Unsupported`] for types that are not read, [`RootError::Malformed`] where the
    /// columns do not go with the type or the entries.
    pub(super) fn of(&mut self, id: usize) -> Result<FieldLayout> {
        let schema = self.schema;
        let field = &schema.fields[id];
        check_depth(field)?;
        match field.role {
            Role::Leaf => self.leaf(field),
            Role::Collection => {
                let item = self.only_child(field)?;
                let offsets = self.offsets(field)?;
                let item = Box::new(self.of(item)?);
                if !is_optional(field) {
                    return Ok(FieldLayout::List { offsets, item });
                }
                if item.is_nullable() {
                    let why = "a missing value in a value that may be missing, too";
                    return Err(unsupported(field, why));
                }
                Ok(FieldLayout::Optional { offsets, item })
            }
            Role::Record => {
                let mut members = Vec::new();
                for member in members_of(schema, field)? {
                    members.push((member.name, self.of(member.field)?));
                }
                Ok(FieldLayout::Record { members })
            }
            Role::Variant => {
                let many = field.children.len();
                if many == 0 || many > MAX_ALTERNATIVES {
                    return Err(malformed(
                        field,
                        &format!("a variant of {many} alternatives"),
                    ));
                }
                let switch = self.column(field, 0, |e| e == Encoding::Switch)?;
                let alternatives = field.children.iter().map(|&child| self.of(child));
                Ok(FieldLayout::Variant {
                    switch,
                    alternatives: alternatives.collect::<Result<_>>()?,
                })
            }
            Role::Streamed => Err(unsupported(
                field,
                "its objects are streamed as a whole, not split into columns",
            )),
            Role::Unknown(role) => Err(unsupported(
                field,
                format!("its role {role} in the schema is not known here"),
            )),
        }
    }

    /// A collection of which only the member `member` of its items is wanted.
    ///
    /// # Errors
    ///
    /// As [`of`](Self::of).
    pub(super) fn list_of(&mut self, collection: &Field, member: usize) -> Result<FieldLayout> {
        Ok(FieldLayout::List {
            offsets: self.offsets(collection)?,
            item: Box::new(self.of(member)?),
        })
    }

    fn leaf(&mut self, field: &Field) -> Result<FieldLayout> {
        if let Some(length) = field.length {
            let length = u32::try_from(length)
                .ok()
                .filter(|&n| i32::try_from(n).is_ok());
            let Some(length) = length else {
                return Err(unsupported(field, "an array of 2³¹ items or more"));
            };
            let item = if field.children.is_empty() {
                FieldLayout::Number {
                    column: self.column(field, 0, |e| e == Encoding::Bit)?,
                    data_type: arrow::datatypes::DataType::Boolean,
                }
            } else {
                self.of(self.only_child(field)?)?
            };
            let item = Box::new(item);
            return Ok(FieldLayout::Array { length, item });
        }
        if field.columns.is_empty() && !field.children.is_empty() {
            // An enumeration or a `std::atomic`: its only child is the number.
            return self.of(self.only_child(field)?);
        }
        if field.type_name == "std::string" {
            return Ok(FieldLayout::Text {
                offsets: self.offsets(field)?,
                bytes: self.column(field, 1, |e| e == Encoding::Char)?,
            });
        }
        if let Some(data_type) = cardinality_type(&field.type_name) {
            let offsets = self.offsets(field)?;
            return Ok(FieldLayout::Cardinality { offsets, data_type });
        }
        let Some(leaf) = leaf_type(&field.type_name) else {
            return Err(unsupported(field, "it is not known here"));
        };
        Ok(FieldLayout::Number {
            column: self.column(field, 0, |encoding| leaf.reads(encoding))?,
            data_type: leaf.data_type,
        })
    }

    fn offsets(&mut self, field: &Field) -> Result<Arc<PhysicalColumn>> {
        self.column(field, 0, is_index)
    }

    /// A column of a field, whose encodings must be good for it.
    fn column(
        &mut self,
        field: &Field,
        position: usize,
        is_good: impl Fn(Encoding) -> bool,
    ) -> Result<Arc<PhysicalColumn>> {
        let Some(&of) = field.columns.get(position) else {
            let there = field.columns.len();
            return Err(malformed(field, &format!("it has {there} columns")));
        };
        let column = self.columns.get(of)?;
        let mut encodings = column.clusters.iter().map(|cluster| cluster.encoding);
        if let Some(bad) = encodings.find(|&encoding| !is_good(encoding)) {
            return Err(malformed(
                field,
                &format!("its elements are stored as {bad:?}"),
            ));
        }
        Ok(column)
    }

    fn only_child(&self, field: &Field) -> Result<usize> {
        match field.children[..] {
            [only] => Ok(only),
            _ => {
                let many = field.children.len();
                Err(malformed(
                    field,
                    &format!("it has {many} fields below instead of one"),
                ))
            }
        }
    }
}

/// The members of a record: its own, then those of its base classes, the last class first.
///
/// A member that hides one of a base class comes before it, so it keeps its name; so uproot has it.
///
/// # Errors
///
/// A record without any.
pub(super) fn members_of(schema: &Schema, record: &Field) -> Result<Vec<Member>> {
    let mut names = UniqueNames::default();
    let mut members = Vec::new();
    let mut classes = vec![record];
    while let Some(class) = classes.pop() {
        for &id in &class.children {
            let field = &schema.fields[id];
            if field.name.starts_with(':') && field.role == Role::Record {
                classes.push(field);
                continue;
            }
            let wanted = field.name.trim_start_matches(':').to_owned();
            let name = names.claim(wanted.clone());
            members.push(Member {
                wanted: (name != wanted).then_some(wanted),
                name,
                field: id,
            });
        }
    }
    if members.is_empty() {
        return Err(unsupported(record, "a record without members"));
    }
    Ok(members)
}

/// Refuses fields that are nested too deeply.
pub(super) fn check_depth(field: &Field) -> Result<()> {
    if field.depth < MAX_DEPTH {
        return Ok(());
    }
    Err(unsupported(
        field,
        format!("it is nested deeper than {MAX_DEPTH} fields"),
    ))
}

/// True for collections of one value or none.
pub(super) fn is_optional(field: &Field) -> bool {
    ["std::optional<", "std::unique_ptr<"]
        .iter()
        .any(|prefix| field.type_name.starts_with(prefix))
}

/// The type in C++; a word where it has none.
pub(super) fn type_name(field: &Field) -> &str {
    match (field.type_name.as_str(), field.role) {
        ("", Role::Collection) => "collection",
        ("", Role::Record) => "record",
        ("", _) => "untyped",
        (name, _) => name,
    }
}

fn unsupported(field: &Field, why: impl Into<String>) -> RootError {
    RootError::unsupported(type_name(field), why)
}

fn malformed(field: &Field, why: &str) -> RootError {
    let why = format!(
        "field `{}` of type `{}`: {why}",
        field.name,
        type_name(field)
    );
    RootError::malformed("RNTuple header", 0, why)
}
