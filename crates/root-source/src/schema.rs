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

use crate::error::SourceError;

/// A column that is in the file but not in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    pub(crate) readable: Result<DataType, Unreadable>,
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
            let readable = column
                .field()
                .map(|field| field.data_type().clone())
                .map_err(|error| {
                    let (cpp_type, why) = match error.root_cause() {
                        RootError::Unsupported { type_name, why } => {
                            (type_name.clone(), why.clone())
                        }
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
            let data_type = match &column.readable {
                Ok(data_type) => data_type,
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
                Some(&at) => add(&mut merged[at], data_type, alike.len(), file.file)?,
                None => {
                    place.insert(&column.name, merged.len());
                    merged.push(Merged {
                        name: column.name.clone(),
                        data_type: data_type.clone(),
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
            let nullable = column.seen_in < files.len();
            let field = Field::new(&column.name, column.data_type, nullable);
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

fn add(merged: &mut Merged, more: &DataType, files: usize, file: &str) -> Result<(), SourceError> {
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
    merged.seen_in += files;
    Ok(())
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
        other => other.clone(),
    }
}

/// The narrowest type that holds all values of both without loss.
fn widen(left: &DataType, right: &DataType) -> Option<DataType> {
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

    fn shape(columns: &[(&str, DataType)]) -> Arc<TreeShape> {
        Arc::new(
            columns
                .iter()
                .map(|(name, data_type)| ColumnShape {
                    name: (*name).to_owned(),
                    readable: Ok(data_type.clone()),
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
