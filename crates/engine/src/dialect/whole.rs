//! Whole fields: what the flat columns of a table are parts of.
//!
//! ```text
//! columns                  their paths          fields
//! run                      (none)               run
//! Muon.pt, Muon.charge     Muon[].pt, ...       Muon   hep_make('pt', "Muon.pt", 'charge', "Muon.charge")
//! evt.id, evt.hits.e       evt.id, evt.hits[].e evt    hep_make_class('id', "evt.id", 'hits', hep_make('e', "evt.hits.e"))
//! ```
//!
//! Only tables of ROOT files say so, in the metadata of their columns (ADR 2).

use std::collections::BTreeSet;

use arrow::datatypes::{DataType, Schema};
use datafusion::sql::sqlparser::ast::{Expr, Value};

use super::collections::function;
use super::scope::quoted;
use crate::physics::is_list;

/// Metadata of a column: its path in the field that it is a part of, `Muon[].pt`.
pub(crate) const PATH: &str = "hepframe.path";

/// The fields of a table, as its file has them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct WholeFields {
    fields: Vec<(String, Part)>,
    parts: BTreeSet<String>,
}

/// A field, or a member of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// The column of this name.
    Column(String),
    /// A class: its members.
    Record(Vec<(String, Self)>),
    /// A collection of a class: its members, which hold lists.
    Collection(Vec<(String, Self)>),
}

impl WholeFields {
    /// The fields that the columns tell; `None` if no column is a part of one.
    pub(crate) fn of(schema: &Schema) -> Option<Self> {
        let mut whole = Self::default();
        for field in schema.fields() {
            let column = field.name();
            let path = field.metadata().get(PATH);
            let placed = path.is_some_and(|path| {
                let root = path.split(['.', '[']).next().unwrap_or_default();
                let is_free = schema.column_with_name(root).is_none();
                is_free
                    && place(
                        &mut whole.fields,
                        path,
                        "",
                        column,
                        is_list(field.data_type()),
                    )
            });
            if placed {
                whole.parts.insert(column.clone());
            } else {
                let field = (column.clone(), Part::Column(column.clone()));
                whole.fields.push(field);
            }
        }
        (!whole.parts.is_empty()).then_some(whole)
    }

    /// All fields, in the order of the file.
    pub(crate) fn fields(&self) -> &[(String, Part)] {
        &self.fields
    }

    /// The field of this name, if it is put together.
    pub(crate) fn get(&self, name: &str) -> Option<&Part> {
        let (_, part) = self.fields.iter().find(|(field, _)| field == name)?;
        (!matches!(part, Part::Column(_))).then_some(part)
    }

    /// True for a column that `SELECT *` shows as a part of a field only.
    pub(crate) fn is_part(&self, column: &str) -> bool {
        self.parts.contains(column)
    }

    /// All such columns.
    pub(super) fn parts(&self) -> &BTreeSet<String> {
        &self.parts
    }
}

impl Part {
    /// The part in SQL, over the columns of its table.
    pub(super) fn sql(&self) -> Expr {
        let (name, members) = match self {
            Self::Column(column) => return Expr::Identifier(quoted(column.clone())),
            Self::Record(members) => ("hep_make_class", members),
            Self::Collection(members) => ("hep_make", members),
        };
        let args = members.iter().flat_map(|(member, part)| {
            let member = Value::SingleQuotedString(member.clone());
            [Expr::value(member), part.sql()]
        });
        function(name, args.collect())
    }
}

/// Puts a column where its path says; false if something else is there.
fn place(
    fields: &mut Vec<(String, Part)>,
    path: &str,
    above: &str,
    column: &str,
    is_list: bool,
) -> bool {
    let Some((first, rest)) = path.split_once('.') else {
        // Names of columns are unique, those of members need not be.
        let name = column.strip_prefix(above).unwrap_or(path).to_owned();
        let is_free = !path.ends_with("[]") && fields.iter().all(|(field, _)| *field != name);
        if is_free {
            fields.push((name, Part::Column(column.to_owned())));
        }
        return is_free;
    };
    let name = first.strip_suffix("[]").unwrap_or(first);
    let is_collection = name != first;
    if is_collection && !is_list {
        return false;
    }
    let above = format!("{above}{name}.");
    if let Some((_, part)) = fields.iter_mut().find(|(field, _)| field == name) {
        return match part {
            Part::Record(members) if !is_collection => {
                place(members, rest, &above, column, is_list)
            }
            Part::Collection(members) if is_collection => {
                place(members, rest, &above, column, is_list)
            }
            _ => false,
        };
    }
    let mut members = Vec::new();
    let placed = place(&mut members, rest, &above, column, is_list);
    if placed {
        let part = match is_collection {
            true => Part::Collection(members),
            false => Part::Record(members),
        };
        fields.push((name.to_owned(), part));
    }
    placed
}

/// A name with dots that is no column, as a column and fields inside it: `evt.hits.e` where there
/// is a column `evt`.
pub(crate) fn field_path<'a>(schema: &'a Schema, name: &'a str) -> Option<(&'a str, Vec<&'a str>)> {
    if schema.column_with_name(name).is_some() {
        return None;
    }
    name.match_indices('.').find_map(|(dot, _)| {
        let (column, fields) = (&name[..dot], &name[dot + 1..]);
        let (_, field) = schema.column_with_name(column)?;
        let fields: Vec<&str> = fields.split('.').collect();
        has_path(field.data_type(), &fields).then_some((column, fields))
    })
}

fn has_path(data_type: &DataType, fields: &[&str]) -> bool {
    let Some((first, rest)) = fields.split_first() else {
        return true;
    };
    crate::physics::record(data_type)
        .and_then(|members| members.find(first))
        .is_some_and(|(_, member)| has_path(member.data_type(), rest))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use arrow::datatypes::Field;
    use rstest::rstest;

    use super::*;

    fn column(name: &str, path: Option<&str>) -> Field {
        let is_list = path.is_some_and(|path| path.contains("[]"));
        let number = DataType::Float32;
        let data_type = if is_list {
            DataType::new_list(number, false)
        } else {
            number
        };
        let metadata = path.map(|path| (PATH.to_owned(), path.to_owned()));
        Field::new(name, data_type, false).with_metadata(HashMap::from_iter(metadata))
    }

    fn shown(columns: &[(&str, Option<&str>)]) -> Vec<String> {
        let columns: Vec<Field> = columns.iter().map(|(n, path)| column(n, *path)).collect();
        let whole = WholeFields::of(&Schema::new(columns)).unwrap_or_default();
        let fields = whole.fields().iter();
        fields
            .map(|(name, part)| format!("{name}: {}", part.sql()))
            .collect()
    }

    #[test]
    fn columns_of_one_field_are_put_together_in_the_order_of_the_file() {
        let fields = shown(&[
            ("run", None),
            ("evt.id", Some("evt.id")),
            ("evt.hits.e", Some("evt.hits[].e")),
            ("Muon.pt", Some("Muon[].pt")),
            ("Muon.eta", Some("Muon[].eta")),
            ("evt.sub.x", Some("evt.sub.x")),
        ]);

        assert_eq!(
            fields,
            [
                r#"run: "run""#,
                r#"evt: hep_make_class('id', "evt.id", 'hits', hep_make('e', "evt.hits.e"), 'sub', hep_make_class('x', "evt.sub.x"))"#,
                r#"Muon: hep_make('pt', "Muon.pt", 'eta', "Muon.eta")"#,
            ]
        );
    }

    #[test]
    fn members_of_one_name_keep_what_tells_their_columns_apart() {
        let fields = shown(&[("evt.x", Some("evt.x")), ("evt.x#2", Some("evt.x"))]);

        assert_eq!(
            fields,
            [r#"evt: hep_make_class('x', "evt.x", 'x#2', "evt.x#2")"#]
        );
    }

    #[rstest]
    #[case::a_column_of_that_name(&[("Muon", None), ("Muon.pt", Some("Muon[].pt"))])]
    #[case::no_member(&[("Muon.pt", Some("Muon[]"))])]
    fn columns_that_do_not_fit_stay_columns(#[case] columns: &[(&str, Option<&str>)]) {
        assert_eq!(shown(columns), Vec::<String>::new());
    }

    #[test]
    fn a_field_is_a_collection_or_a_record_and_the_other_stays_a_column() {
        let fields = shown(&[("a.x", Some("a[].x")), ("a.y", Some("a.y"))]);

        assert_eq!(fields, [r#"a: hep_make('x', "a.x")"#, r#"a.y: "a.y""#]);
    }

    #[rstest]
    #[case::a_field("s.x", Some(("s", vec!["x"])))]
    #[case::none("s.y", None)]
    #[case::a_column("a.b", None)]
    fn a_name_with_dots_is_a_path_into_a_column(
        #[case] name: &str,
        #[case] path: Option<(&str, Vec<&str>)>,
    ) {
        let number = |name: &str| Field::new(name, DataType::Int32, false);
        let record = DataType::Struct(vec![number("x")].into());
        let schema = Schema::new(vec![Field::new("s", record, false), number("a.b")]);

        assert_eq!(field_path(&schema, name), path);
    }
}
