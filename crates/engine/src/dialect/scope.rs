//! What a name with dots can mean in a statement: its tables, aliases and columns.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use arrow::datatypes::{Schema, SchemaRef};
use datafusion::sql::sqlparser::ast::{
    Expr, Ident, ObjectName, Select, SelectItem, TableAlias, TableFactor, Visitor,
};

use super::collections::collections_of;
use super::whole::WholeFields;

/// Columns of the tables that a statement names.
#[derive(Debug, Default)]
pub(crate) struct ColumnNames {
    /// By the table's name as written, parts joined with a dot.
    tables: HashMap<String, SchemaRef>,
    /// Those of them whose columns are parts of fields.
    whole: HashMap<String, WholeFields>,
    /// Columns that are in the files but not in the tables.
    unsupported: Vec<String>,
}

impl ColumnNames {
    /// Adds a table under the name that the statement uses for it.
    ///
    /// `unsupported` columns are resolved like others, so that the error names them in full.
    pub(crate) fn add(
        &mut self,
        written: String,
        schema: SchemaRef,
        unsupported: impl IntoIterator<Item = String>,
    ) {
        self.tables.insert(written, schema);
        self.unsupported.extend(unsupported);
    }

    /// Tells what the columns of a table are parts of.
    pub(crate) fn add_whole(&mut self, written: String, whole: WholeFields) {
        self.whole.insert(written, whole);
    }

    /// The fields of a table, if columns of it are parts of some.
    pub(super) fn whole_fields_of(&self, written: &str) -> Option<&WholeFields> {
        self.whole.get(written)
    }

    /// True for a column of this table that `SELECT *` shows by itself.
    pub(super) fn shows(&self, written: &str, column: &str) -> bool {
        let is_part = |whole: &WholeFields| whole.is_part(column);
        let schema = self.schema_of(written);
        schema.is_some_and(|schema| schema.column_with_name(column).is_some())
            && !self.whole_fields_of(written).is_some_and(is_part)
    }

    /// The columns of all tables.
    pub(super) fn schemas(&self) -> impl Iterator<Item = &SchemaRef> {
        self.tables.values()
    }

    /// The columns of a table by the name that the statement uses for it.
    pub(super) fn schema_of(&self, written: &str) -> Option<&SchemaRef> {
        self.tables.get(written)
    }
}

/// True for the name of lists that are columns of a class in a class: `evt.hits` of `evt.hits.e`.
fn has_collection(schema: &Schema, name: &str) -> bool {
    let mut columns = schema.fields().iter();
    columns.any(|column| column.name().starts_with(name)) && collections_of(schema, name).is_some()
}

/// What names can mean anywhere in the statement.
///
/// One scope for the whole statement: a sub-query sees a little too much, which matters only
/// where two tables of one statement disagree about a name with dots.
pub(super) struct Scope<'a> {
    pub(super) columns: &'a ColumnNames,
    /// Columns whose name holds a dot, in order of appearance for `evt.*`.
    pub(super) dotted: HashSet<String>,
    pub(super) in_order: Vec<String>,
    /// Table or alias → its columns; `None` for sub-queries and common table expressions.
    pub(super) relations: HashMap<String, Vec<Option<SchemaRef>>>,
    pub(super) has_lambdas: bool,
    /// True if a name like `"evt.N"` is there.
    pub(super) has_quoted_dots: bool,
}

impl<'a> Scope<'a> {
    pub(super) fn new(columns: &'a ColumnNames) -> Self {
        let mut scope = Self {
            columns,
            dotted: HashSet::new(),
            in_order: Vec::new(),
            relations: HashMap::new(),
            has_lambdas: false,
            has_quoted_dots: false,
        };
        for schema in columns.tables.values() {
            for field in schema.fields() {
                scope.add_dotted(field.name());
            }
        }
        let unsupported = columns.unsupported.iter().filter(|name| name.contains('.'));
        scope.dotted.extend(unsupported.cloned());
        scope
    }

    fn add_dotted(&mut self, name: &str) {
        if name.contains('.') && self.dotted.insert(name.to_owned()) {
            self.in_order.push(name.to_owned());
        }
    }

    fn add_relation(&mut self, name: &str, schema: Option<SchemaRef>) {
        self.relations
            .entry(name.to_owned())
            .or_default()
            .push(schema);
    }

    /// How many parts name the table and how many the column; `None` to leave it as written.
    pub(super) fn split(&self, parts: &[String]) -> Option<(usize, usize)> {
        if let Some(sources) = self.relations.get(&parts[0]) {
            for len in (1..parts.len()).rev() {
                let candidate = parts[1..=len].join(".");
                let has = |source: &Option<SchemaRef>| match source {
                    Some(schema) => {
                        schema.column_with_name(&candidate).is_some()
                            || (len > 1 && has_collection(schema, &candidate))
                    }
                    None => self.dotted.contains(&candidate),
                };
                if sources.iter().any(has) {
                    return (len > 1).then_some((1, len));
                }
            }
        }
        for len in (1..=parts.len()).rev() {
            let candidate = parts[..len].join(".");
            if len > 1 && (self.dotted.contains(&candidate) || self.is_collection(&candidate)) {
                return Some((0, len));
            }
            if len == 1 && self.is_plain_column(&candidate) {
                return None;
            }
        }
        self.split_qualified(parts)
    }

    /// `schema.table.evt.N`.
    fn split_qualified(&self, parts: &[String]) -> Option<(usize, usize)> {
        for table_len in 2..parts.len().min(4) {
            let Some(schema) = self.columns.tables.get(&parts[..table_len].join(".")) else {
                continue;
            };
            for len in (2..=parts.len() - table_len).rev() {
                let candidate = parts[table_len..table_len + len].join(".");
                if schema.column_with_name(&candidate).is_some() {
                    return Some((table_len, len));
                }
            }
        }
        None
    }

    fn is_collection(&self, name: &str) -> bool {
        let mut schemas = self.columns.schemas();
        schemas.any(|schema| has_collection(schema, name))
    }

    fn is_plain_column(&self, name: &str) -> bool {
        self.columns
            .tables
            .values()
            .any(|schema| schema.column_with_name(name).is_some())
    }

    /// `evt.N` as an object name (in USING, EXCLUDE): one quoted name if it is a column.
    pub(super) fn whole_column(&self, name: &ObjectName) -> Option<ObjectName> {
        let parts = name_parts(name)?;
        let joined = parts.join(".");
        (parts.len() > 1 && self.dotted.contains(&joined))
            .then(|| ObjectName::from(vec![quoted(joined)]))
    }
}

impl Visitor for Scope<'_> {
    type Break = ();

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        match factor {
            TableFactor::Table { name, alias, .. } => {
                let parts = name_parts(name).unwrap_or_default();
                let schema = self.columns.tables.get(&parts.join(".")).cloned();
                match (alias, parts.last()) {
                    (Some(alias), _) => self.add_relation(&alias.name.value, schema),
                    (None, Some(last)) => self.add_relation(last, schema),
                    (None, None) => {}
                }
            }
            TableFactor::Derived {
                alias: Some(TableAlias { name, columns, .. }),
                ..
            } => {
                self.add_relation(&name.value, None);
                for column in columns {
                    self.add_dotted(&column.name.value);
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        for item in &select.projection {
            if let SelectItem::ExprWithAlias { alias, .. } = item {
                self.add_dotted(&alias.value);
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        self.has_lambdas |= matches!(expr, Expr::Lambda(_));
        self.has_quoted_dots |= match expr {
            Expr::Identifier(name) => name.value.contains('.'),
            Expr::CompoundIdentifier(names) => names.iter().any(|name| name.value.contains('.')),
            _ => false,
        };
        ControlFlow::Continue(())
    }
}

pub(super) fn name_parts(name: &ObjectName) -> Option<Vec<String>> {
    name.0
        .iter()
        .map(|part| part.as_ident().map(|ident| ident.value.clone()))
        .collect()
}

pub(super) fn quoted(name: String) -> Ident {
    Ident::with_quote('"', name)
}

/// A name as people write it: quoted if it has to be.
pub(super) fn written(name: &str) -> Ident {
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    match name.chars().all(is_word) {
        true => Ident::new(name),
        false => quoted(name.to_owned()),
    }
}
