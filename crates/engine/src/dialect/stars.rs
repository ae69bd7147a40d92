//! `SELECT Muon.*`: all lists of a collection, as the columns that they are in the file.

use std::ops::ControlFlow;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    Expr, Select, SelectItem, SelectItemQualifiedWildcardKind, VisitorMut,
    WildcardAdditionalOptions,
};

use super::collections::{collections_of, relations_of};
use super::scope::{ColumnNames, name_parts, quoted};
use super::tree::walk_mut;

/// Writes out the columns that `Muon.*` and `t.Muon.*` stand for, where `Muon` is no table.
pub(crate) fn expand_collections(statement: &mut Statement, columns: &ColumnNames) {
    let relations = relations_of(statement);
    walk_mut(statement, &mut Stars { columns, relations });
}

struct Stars<'a> {
    columns: &'a ColumnNames,
    relations: std::collections::BTreeSet<String>,
}

impl VisitorMut for Stars<'_> {
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

impl Stars<'_> {
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
