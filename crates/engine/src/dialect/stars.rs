//! `SELECT Muon.*`: all lists of a collection, as the columns that they are in the file; and all
//! columns of a table, where a statement says so without a `*`.

use std::ops::ControlFlow;

use datafusion::sql::parser::{CopyToSource, Statement};
use datafusion::sql::sqlparser::ast::{
    Expr, ObjectName, Select, SelectItem, SelectItemQualifiedWildcardKind, SetExpr,
    Statement as SqlStatement, TableFactor, VisitorMut, WildcardAdditionalOptions,
};

use super::collections::{collections_of, relations_of, select_everything};
use super::scope::{ColumnNames, Scope, name_parts, quoted};
use super::tree::walk_mut;

/// Writes out the columns that `Muon.*` and `t.Muon.*` stand for, where `Muon` is no table.
pub(crate) fn expand_collections(statement: &mut Statement, columns: &ColumnNames) {
    let relations = relations_of(statement);
    walk_mut(statement, &mut Collections { columns, relations });
}

/// `evt.*` stands for all columns that begin with `evt.`, unless `evt` is a table.
pub(super) fn columns_below(item: &SelectItem, scope: &Scope<'_>) -> Option<Vec<SelectItem>> {
    let SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), options) =
        item
    else {
        return None;
    };
    let parts = name_parts(name)?;
    if *options != WildcardAdditionalOptions::default()
        || scope.relations.contains_key(parts.last()?)
    {
        return None;
    }
    let prefix = format!("{}.", parts.join("."));
    let columns: Vec<_> = scope
        .in_order
        .iter()
        .filter(|column| column.starts_with(&prefix))
        .map(|column| SelectItem::UnnamedExpr(Expr::Identifier(quoted(column.clone()))))
        .collect();
    (!columns.is_empty()).then_some(columns)
}

/// `COPY t` and `DESCRIBE t` as those of `SELECT * FROM t`, where that shows other columns than `t`
/// has.
pub(super) fn spell_out(statement: &mut Statement, columns: &ColumnNames) {
    let everything = |table: &ObjectName| {
        columns.whole_fields_of(&name_parts(table)?.join("."))?;
        let mut query = select_everything()?;
        if let SetExpr::Select(select) = query.body.as_mut() {
            let relation = &mut select.from.first_mut()?.relation;
            if let TableFactor::Table { name, .. } = relation {
                *name = table.clone();
            }
        }
        Some(Box::new(query))
    };
    match statement {
        Statement::Explain(explain) => spell_out(&mut explain.statement, columns),
        Statement::CopyTo(copy) => {
            if let CopyToSource::Relation(table) = &copy.source
                && let Some(query) = everything(table)
            {
                copy.source = CopyToSource::Query(query);
            }
        }
        Statement::Statement(sql) => {
            if let SqlStatement::ExplainTable {
                describe_alias,
                table_name,
                ..
            } = sql.as_ref()
                && let Some(query) = everything(table_name)
            {
                **sql = SqlStatement::Explain {
                    describe_alias: *describe_alias,
                    analyze: false,
                    verbose: false,
                    query_plan: false,
                    estimate: false,
                    statement: Box::new(SqlStatement::Query(query)),
                    format: None,
                    options: None,
                };
            }
        }
        Statement::CreateExternalTable(_) | Statement::Reset(_) => {}
    }
}

/// The wildcards of a SELECT.
#[derive(Default)]
pub(super) struct Stars {
    all: bool,
    /// `t` of `t.*`.
    of: Vec<String>,
}

impl Stars {
    pub(super) fn of(select: &Select) -> Self {
        let mut stars = Self::default();
        for item in &select.projection {
            match item {
                SelectItem::Wildcard(_) => stars.all = true,
                SelectItem::QualifiedWildcard(
                    SelectItemQualifiedWildcardKind::ObjectName(name),
                    _,
                ) => stars
                    .of
                    .extend(name_parts(name).and_then(|mut parts| parts.pop())),
                _ => {}
            }
        }
        stars
    }

    /// True if they stand for the columns of the table of this name, among others.
    pub(super) fn show(&self, table: &str) -> bool {
        self.all || self.of.iter().any(|name| name == table)
    }
}

struct Collections<'a> {
    columns: &'a ColumnNames,
    relations: std::collections::BTreeSet<String>,
}

impl VisitorMut for Collections<'_> {
    type Break = ();

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        for item in std::mem::take(&mut select.projection) {
            match self.expanded(&item) {
                Some(columns) => select.projection.extend(columns),
                None => select.projection.push(item),
            }
        }
        ControlFlow::Continue(())
    }
}

impl Collections<'_> {
    fn expanded(&self, item: &SelectItem) -> Option<Vec<SelectItem>> {
        let SelectItem::QualifiedWildcard(
            SelectItemQualifiedWildcardKind::ObjectName(name),
            options,
        ) = item
        else {
            return None;
        };
        let parts = name_parts(name)?;
        if *options != WildcardAdditionalOptions::default()
            || self.relations.contains(&parts.join("."))
        {
            return None;
        }
        let (collection, table) = match parts.as_slice() {
            [collection] => (collection, None),
            [table, collection] if self.relations.contains(table) => (collection, Some(table)),
            _ => return None,
        };
        let mut schemas = self.columns.schemas();
        let fields = schemas.find_map(|schema| collections_of(schema, collection))?;
        let column = |(_, column): (String, String)| {
            SelectItem::UnnamedExpr(match table {
                Some(table) => {
                    Expr::CompoundIdentifier(vec![quoted(table.clone()), quoted(column)])
                }
                None => Expr::Identifier(quoted(column)),
            })
        };
        Some(fields.into_iter().map(column).collect())
    }
}
