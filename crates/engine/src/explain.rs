//! From DataFusion's errors to sentences that help.

use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::common::{Column, SchemaError};
use datafusion::error::DataFusionError;
use datafusion::execution::SessionState;
use hepframe_root_source::{RootColumns, UnsupportedColumn, root_columns};

use crate::dialect::WholeFields;
use crate::error::EngineError;
use crate::functions::nearest_functions;
use crate::nearest::nearest;
use crate::sentences::{no_condition, same_names, ungrouped_column};

/// A table of the statement, by the name that the statement uses.
#[derive(Debug, Clone)]
pub(crate) struct NamedTable {
    pub(crate) name: String,
    pub(crate) provider: Arc<dyn TableProvider>,
}

impl NamedTable {
    /// Branches of this table that cannot be read.
    pub(crate) fn unsupported_columns(&self) -> &[UnsupportedColumn] {
        self.root().map_or(&[], |root| root.unsupported_columns())
    }

    /// What its columns are parts of. Tables of ROOT files alone say so: rows that went through a
    /// query keep the metadata of their columns, but need no longer be whole.
    pub(crate) fn whole_fields(&self) -> Option<WholeFields> {
        self.root()?;
        WholeFields::of(&self.provider.schema())
    }

    /// The table as a ROOT table, if it is one.
    pub(crate) fn root(&self) -> Option<&dyn RootColumns> {
        root_columns(self.provider.as_ref())
    }
}

/// What is known about a statement that failed.
pub(crate) struct Circumstances<'a> {
    pub(crate) state: &'a SessionState,
    /// Tables the statement reads.
    pub(crate) tables: &'a [NamedTable],
    /// (alias, name of the table) as written.
    pub(crate) aliases: &'a [(String, String)],
    /// Names in FROM that are no table.
    pub(crate) missing: &'a [String],
    /// Tables of the session.
    pub(crate) session_tables: &'a [String],
}

impl Circumstances<'_> {
    /// The table behind a name or an alias.
    fn named(&self, name: &str) -> String {
        let alias = self.aliases.iter().find(|(alias, _)| alias == name);
        alias.map_or(name, |(_, table)| table).to_owned()
    }

    fn has_column(&self, table: &str, column: &str) -> bool {
        self.tables
            .iter()
            .filter(|known| known.name == table)
            .any(|known| known.provider.schema().column_with_name(column).is_some())
    }
}

/// The error that a user sees.
pub(crate) fn explain(error: DataFusionError, circumstances: &Circumstances<'_>) -> EngineError {
    match own_error(error) {
        Ok(engine_error) => engine_error,
        Err(error) => explain_root(error, circumstances),
    }
}

/// Our own errors travel through DataFusion as "external" ones.
fn own_error(error: DataFusionError) -> Result<EngineError, DataFusionError> {
    match error {
        DataFusionError::External(inner) => match inner.downcast::<EngineError>() {
            Ok(own) => Ok(*own),
            Err(inner) => match inner.downcast::<DataFusionError>() {
                Ok(inner) => own_error(*inner),
                Err(inner) => Err(DataFusionError::External(inner)),
            },
        },
        DataFusionError::Context(text, inner) => {
            own_error(*inner).map_err(|inner| DataFusionError::Context(text, Box::new(inner)))
        }
        DataFusionError::Diagnostic(diagnostic, inner) => own_error(*inner)
            .map_err(|inner| DataFusionError::Diagnostic(diagnostic, Box::new(inner))),
        other => Err(other),
    }
}

fn explain_root(error: DataFusionError, circumstances: &Circumstances<'_>) -> EngineError {
    let explained = match error.find_root() {
        DataFusionError::SchemaError(schema_error, _) => match schema_error.as_ref() {
            SchemaError::FieldNotFound {
                field,
                valid_fields,
            } => Some(unknown_column(field, valid_fields, circumstances)),
            SchemaError::AmbiguousReference { field } => {
                Some(ambiguous_column(field, circumstances))
            }
            SchemaError::DuplicateQualifiedField { .. }
            | SchemaError::DuplicateUnqualifiedField { .. } => None,
        },
        // DataFusion tells these only in words.
        DataFusionError::Plan(message) if message.contains("must be in GROUP BY") => {
            ungrouped_column(message, circumstances)
        }
        DataFusionError::Plan(message)
            if message.starts_with("Projections require unique expression names") =>
        {
            same_names(message, circumstances)
        }
        DataFusionError::Plan(message)
            if message.contains("non-boolean predicate '") && !message.contains("List(") =>
        {
            no_condition(message, circumstances)
        }
        DataFusionError::Plan(message) if message.starts_with("Invalid function '") => message
            .split('\'')
            .nth(1)
            .map(|name| unknown_function(name, circumstances)),
        DataFusionError::Plan(message)
            if message.starts_with("table ") && message.contains("not found") =>
        {
            circumstances
                .missing
                .first()
                .map(|name| unknown_table(name, circumstances))
        }
        _ => None,
    };
    explained.unwrap_or(EngineError::Query { source: error })
}

fn unknown_column(
    field: &Column,
    valid_fields: &[Column],
    circumstances: &Circumstances<'_>,
) -> EngineError {
    let name = match &field.relation {
        Some(relation) => format!("{relation}.{}", field.name),
        None => field.name.clone(),
    };
    let unsupported = circumstances
        .tables
        .iter()
        .flat_map(NamedTable::unsupported_columns);
    if let Some(column) = unsupported.into_iter().find(|column| {
        column.name == name || column.name == field.name || is_part_of(&name, &column.name)
    }) {
        return EngineError::UnsupportedColumn {
            column: column.name.clone(),
            description: column.to_string(),
        };
    }

    let is_part = |table: &NamedTable| {
        let whole = table.whole_fields();
        whole.is_some_and(|whole| whole.is_part(&field.name))
    };
    if circumstances.tables.iter().any(is_part) {
        let whole = field.name.split('.').next().unwrap_or_default().to_owned();
        return EngineError::PartOfField { name, whole };
    }

    let qualifier = field
        .relation
        .as_ref()
        .map(|relation| circumstances.named(relation.table()));
    let table = match (&qualifier, circumstances.tables) {
        (Some(qualifier), tables) => tables.iter().find(|table| table.name == *qualifier),
        (None, [table]) => Some(table),
        (None, _) => None,
    };
    let schemas: Vec<_> = match table {
        Some(table) => vec![table.provider.schema()],
        None => circumstances
            .tables
            .iter()
            .map(|table| table.provider.schema())
            .collect(),
    };
    let from_tables = schemas
        .iter()
        .flat_map(|s| s.fields().iter().map(|f| f.name().as_str()));
    let from_query = valid_fields.iter().map(|column| column.name.as_str());
    let all: Vec<&str> = from_tables.chain(from_query).collect();
    let wanted = if table.is_some() { &field.name } else { &name };
    let mut found = nearest(wanted, all.iter().copied());
    if found.is_empty() {
        found = nearest(&field.name, all);
    }
    let shown = if table.is_some() && field.relation.is_some() {
        field.name.clone()
    } else {
        name
    };
    let only = match circumstances.tables {
        [only] => Some(only),
        _ => None,
    };
    EngineError::UnknownColumn {
        name: shown,
        table: table.or(only).map(|table| table.name.clone()),
        nearest: found,
    }
}

/// `evt.P.fX` is asked for and `evt.P` is what cannot be read.
fn is_part_of(name: &str, column: &str) -> bool {
    name.strip_prefix(column)
        .is_some_and(|rest| rest.starts_with('.'))
}

fn ambiguous_column(field: &Column, circumstances: &Circumstances<'_>) -> EngineError {
    let aliased = circumstances
        .aliases
        .iter()
        .map(|(alias, table)| (alias, table));
    let itself = circumstances
        .tables
        .iter()
        .map(|table| (&table.name, &table.name));
    let is_aliased = |name: &str| circumstances.aliases.iter().any(|(_, table)| table == name);
    let candidates: Vec<String> = aliased
        .chain(itself.filter(|(name, _)| !is_aliased(name)))
        .filter(|(_, table)| circumstances.has_column(table, &field.name))
        .map(|(name, _)| format!("{}.{}", quoted_if_needed(name), field.name))
        .collect();
    if circumstances.tables.len() == 1 && candidates.len() == 1 {
        let name = field.name.clone();
        return EngineError::SameNames { name };
    }
    EngineError::AmbiguousColumn {
        name: field.name.clone(),
        candidates,
    }
}

fn quoted_if_needed(name: &str) -> String {
    if name.chars().all(|c| c.is_alphanumeric() || c == '_') {
        name.to_owned()
    } else {
        format!("\"{name}\"")
    }
}

fn unknown_function(name: &str, circumstances: &Circumstances<'_>) -> EngineError {
    EngineError::UnknownFunction {
        name: name.to_owned(),
        nearest: nearest_functions(circumstances.state, name),
    }
}

fn unknown_table(name: &str, circumstances: &Circumstances<'_>) -> EngineError {
    let tables = circumstances.session_tables;
    EngineError::UnknownTable {
        name: name.to_owned(),
        nearest: nearest(name, tables.iter().map(String::as_str)),
        tables: tables.to_vec(),
    }
}
