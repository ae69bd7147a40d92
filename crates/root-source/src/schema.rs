//! One schema for many files.
//!
//! The table has every column of every file, in the order of first appearance. A column that
//! some file lacks is nullable and null there. A column of different types takes a type that
//! holds all of them without loss, or there is an error naming both files.
//!
//! A column that cannot be read in one file is left out of the table, even if other files hold
//! it in a readable type: half a column under the name of a whole one would be a trap.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema, SchemaRef};
use hepframe_root_io::{RootError, Tree};
use serde::{Deserialize, Serialize};

use crate::error::SourceError;
use crate::widen::widen;

/// A column that is in the file but not in the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnsupportedColumn {
    /// SQL name it would have.
    pub name: String,
    /// Its C++ type.
    pub cpp_type: String,
    /// Why it cannot be read.
    pub why: String,
    /// File, as the user may write it.
    pub file: String,
    /// Tree in the file.
    pub tree: String,
    /// Branch in the tree.
    pub branch: String,
}

impl fmt::Display for UnsupportedColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "column `{}`: file `{}`, tree `{}`, branch `{}`: C++ type `{}` is not supported: {}",
            self.name, self.file, self.tree, self.branch, self.cpp_type, self.why
        )
    }
}

/// What the schema needs to know of one column of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ColumnShape {
    pub(crate) name: String,
    pub(crate) readable: Result<FieldRef, Unreadable>,
    pub(crate) note: Option<String>,
}

/// Why a column is not in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unreadable {
    pub(crate) branch: String,
    pub(crate) cpp_type: String,
    pub(crate) why: String,
}

/// Columns of one tree of one file; computed once when the tree is parsed.
pub(crate) type TreeShape = Vec<ColumnShape>;

/// The shape of a parsed tree.
pub(crate) fn shape_of(tree: &Tree) -> TreeShape {
    tree.columns
        .iter()
        .map(|column| {
            let readable = column.field().map(Arc::new).map_err(|error| {
                let (cpp_type, why) = match error.root_cause() {
                    RootError::Unsupported { type_name, why } => (type_name.clone(), why.clone()),
                    other => (column.cpp_type.clone(), other.to_string()),
                };
                Unreadable {
                    branch: column.branch.clone(),
                    cpp_type,
                    why,
                }
            });
            ColumnShape {
                name: column.name.clone(),
                readable,
                note: column.note.clone(),
            }
        })
        .collect()
}

/// One file, as far as the schema is concerned.
#[derive(Debug, Clone)]
pub(crate) struct FileShape<'a> {
    pub(crate) file: &'a str,
    pub(crate) tree: &'a str,
    pub(crate) columns: &'a Arc<TreeShape>,
    /// Text columns known to hold bytes that are not UTF-8.
    pub(crate) binary: BTreeSet<String>,
}

/// The table's schema and what is to be told about it.
#[derive(Debug)]
pub(crate) struct Unified {
    pub(crate) schema: SchemaRef,
    pub(crate) unsupported: Vec<UnsupportedColumn>,
    pub(crate) notes: Vec<String>,
}

/// A column of the table while files are added.
struct Merged {
    name: String,
    data_type: DataType,
    /// A value may be missing where the column is there.
    nullable: bool,
    metadata: HashMap<String, String>,
    seen_in: usize,
    first_file: String,
}

/// Joins the columns of all files.
///
/// # Errors
///
/// [`SourceError::TypesDiffer`].
pub(crate) fn unify(files: &[FileShape<'_>]) -> Result<Unified, SourceError> {
    let mut merged: Vec<Merged> = Vec::new();
    let mut place: HashMap<&str, usize> = HashMap::new();
    let mut unsupported: Vec<UnsupportedColumn> = Vec::new();
    let mut notes: Vec<String> = Vec::new();
    // Most files of a table have the same columns: those are counted, not compared one by one.
    for alike in files.chunk_by(|left, right| left.columns == right.columns) {
        let Some(file) = alike.first() else { continue };
        for column in file.columns.iter() {
            let field = match &column.readable {
                Ok(field) => field,
                Err(reason) => {
                    if !unsupported.iter().any(|known| known.name == column.name) {
                        unsupported.push(unsupported_column(file, column, reason));
                    }
                    continue;
                }
            };
            if let Some(note) = &column.note {
                let note = format!("column `{}`: {note}", column.name);
                if !notes.contains(&note) {
                    notes.push(note);
                }
            }
            match place.get(column.name.as_str()) {
                Some(&at) => add(&mut merged[at], field, alike.len(), file.file)?,
                None => {
                    place.insert(&column.name, merged.len());
                    merged.push(Merged {
                        name: column.name.clone(),
                        data_type: field.data_type().clone(),
                        nullable: field.is_nullable(),
                        metadata: field.metadata().clone(),
                        seen_in: alike.len(),
                        first_file: file.file.to_owned(),
                    });
                }
            }
        }
    }
    let left_out: BTreeSet<&str> = unsupported.iter().map(|u| u.name.as_str()).collect();
    let binary: BTreeSet<&String> = files.iter().flat_map(|file| &file.binary).collect();
    let fields: Fields = merged
        .into_iter()
        .filter(|column| !left_out.contains(column.name.as_str()))
        .map(|column| {
            let nullable = column.nullable || column.seen_in < files.len();
            let field =
                Field::new(&column.name, column.data_type, nullable).with_metadata(column.metadata);
            if binary.contains(&column.name) {
                field_as_binary(&field)
            } else {
                field
            }
        })
        .collect();
    Ok(Unified {
        schema: Arc::new(Schema::new(fields)),
        unsupported,
        notes,
    })
}

fn unsupported_column(
    file: &FileShape<'_>,
    column: &ColumnShape,
    reason: &Unreadable,
) -> UnsupportedColumn {
    UnsupportedColumn {
        name: column.name.clone(),
        cpp_type: reason.cpp_type.clone(),
        why: reason.why.clone(),
        file: file.file.to_owned(),
        tree: file.tree.to_owned(),
        branch: reason.branch.clone(),
    }
}

fn add(merged: &mut Merged, field: &Field, files: usize, file: &str) -> Result<(), SourceError> {
    let more = field.data_type();
    let Some(wider) = widen(&merged.data_type, more) else {
        return Err(SourceError::TypesDiffer {
            column: merged.name.clone(),
            left_file: merged.first_file.clone(),
            left_type: merged.data_type.clone(),
            right_file: file.to_owned(),
            right_type: more.clone(),
        });
    };
    merged.data_type = wider;
    merged.nullable |= field.is_nullable();
    merged.seen_in += files;
    Ok(())
}

/// The schema with the text of one column declared binary; `None` if there is no such text.
pub(crate) fn binary_schema(schema: &Schema, column: &str) -> Option<Schema> {
    let index = schema.index_of(column).ok()?;
    let field = schema.field(index);
    if as_binary(field.data_type()) == *field.data_type() {
        return None;
    }
    let mut fields: Vec<_> = schema.fields().iter().cloned().collect();
    fields[index] = Arc::new(field_as_binary(field));
    Some(Schema::new(fields))
}

/// The same field with all its text declared binary.
pub(crate) fn field_as_binary(field: &Field) -> Field {
    field.clone().with_data_type(as_binary(field.data_type()))
}

/// The type with all its text replaced by bytes.
pub(crate) fn as_binary(data_type: &DataType) -> DataType {
    let inner = |field: &FieldRef| Arc::new(field_as_binary(field));
    match data_type {
        DataType::Utf8 => DataType::Binary,
        DataType::List(item) => DataType::List(inner(item)),
        DataType::FixedSizeList(item, n) => DataType::FixedSizeList(inner(item), *n),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(inner).collect()),
        DataType::Union(fields, mode) => {
            let fields = fields.iter().map(|(id, field)| (id, inner(field)));
            DataType::Union(fields.collect(), *mode)
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(item: DataType) -> DataType {
        DataType::List(Arc::new(Field::new("item", item, false)))
    }

    fn shape(columns: &[(&str, DataType)]) -> Arc<TreeShape> {
        Arc::new(
            columns
                .iter()
                .map(|(name, data_type)| ColumnShape {
                    name: (*name).to_owned(),
                    readable: Ok(Arc::new(Field::new(*name, data_type.clone(), false))),
                    note: None,
                })
                .collect(),
        )
    }

    fn file<'a>(file: &'a str, columns: &'a Arc<TreeShape>) -> FileShape<'a> {
        FileShape {
            file,
            tree: "t",
            columns,
            binary: BTreeSet::new(),
        }
    }

    #[test]
    fn columns_come_in_order_of_first_appearance_and_are_null_where_missing() {
        let a = shape(&[("x", DataType::Int32), ("y", DataType::Float32)]);
        let b = shape(&[
            ("y", DataType::Float64),
            ("z", DataType::Int8),
            ("x", DataType::Int32),
        ]);

        let unified = unify(&[file("a", &a), file("a2", &a), file("b", &b)]).unwrap();

        let expected = Schema::new(vec![
            Field::new("x", DataType::Int32, false),
            Field::new("y", DataType::Float64, false),
            Field::new("z", DataType::Int8, true),
        ]);
        assert_eq!(*unified.schema, expected);
    }

    #[test]
    fn types_that_do_not_fit_name_both_files() {
        let a = shape(&[("x", DataType::UInt64)]);
        let b = shape(&[("x", DataType::Int32)]);

        let error = unify(&[file("a.root", &a), file("b.root", &b)])
            .unwrap_err()
            .to_string();

        assert_eq!(
            error,
            "column `x` is UInt64 in file `a.root`, but Int32 in file `b.root`, and no type holds \
             both without loss"
        );
    }

    #[test]
    fn a_column_unreadable_in_one_file_is_left_out_and_explained() {
        let a = shape(&[("x", DataType::Int32), ("y", DataType::Int32)]);
        let b = Arc::new(vec![ColumnShape {
            name: "x".into(),
            readable: Err(Unreadable {
                branch: "x".into(),
                cpp_type: "map<int,int>".into(),
                why: "no maps".into(),
            }),
            note: None,
        }]);

        let unified = unify(&[file("a.root", &a), file("b.root", &b)]).unwrap();

        assert_eq!(unified.schema.fields().len(), 1);
        assert_eq!(
            unified.unsupported[0].to_string(),
            "column `x`: file `b.root`, tree `t`, branch `x`: C++ type `map<int,int>` is not \
             supported: no maps"
        );
    }

    #[test]
    fn text_known_to_be_no_text_is_binary_at_any_depth() {
        let a = shape(&[("x", list(DataType::Utf8)), ("y", DataType::Utf8)]);
        let mut one = file("a", &a);
        one.binary.insert("x".into());

        let unified = unify(&[one]).unwrap();

        assert_eq!(unified.schema.field(0).data_type(), &list(DataType::Binary));
        assert_eq!(unified.schema.field(1).data_type(), &DataType::Utf8);
    }
}
