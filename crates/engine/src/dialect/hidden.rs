//! Columns that a statement's tables have beside what `*` stands for, and so are taken out of its
//! result; columns of other relations that have the same name are not.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use datafusion::common::TableReference;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{Query, Select, SetExpr, TableAlias, TableFactor, Visitor};

use super::scope::{ColumnNames, name_parts};
use super::tree::{is_star, names_of, walk};

/// Before the name of a column that is listed beside a `*` which has it too.
pub(super) const LISTED: &str = "#listed.";

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Hidden {
    pub(super) names: BTreeSet<String>,
    /// (relation, column): a hidden name that is a column there in its own right.
    theirs: BTreeSet<(String, String)>,
}

impl Hidden {
    /// These names, but not as columns of relations that have them anyway.
    pub(super) fn new(
        names: BTreeSet<String>,
        relations: &[(String, Source)],
        columns: &ColumnNames,
    ) -> Self {
        let mut theirs = BTreeSet::new();
        for (relation, source) in relations {
            let has = |name: &str| match source {
                Source::Table(written) => columns.shows(written, name),
                Source::Listed(listed) => listed.iter().any(|listed| listed == name),
            };
            let found = names.iter().filter(|name| has(name));
            theirs.extend(found.map(|name| (relation.clone(), name.clone())));
        }
        Self { names, theirs }
    }

    /// True if results stay as they are.
    pub(crate) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The name that a column of the result is shown under; `None` if it is not.
    pub(crate) fn shown<'a>(
        &self,
        relation: Option<&TableReference>,
        name: &'a str,
    ) -> Option<&'a str> {
        if let Some(listed) = name.strip_prefix(LISTED) {
            return Some(listed);
        }
        let is_theirs = || {
            let relation = relation.map_or("", TableReference::table);
            let mut theirs = self.theirs.iter();
            theirs.any(|(of, column)| of == relation && column == name)
        };
        (!self.names.contains(name) || is_theirs()).then_some(name)
    }
}

/// Where a relation has its columns from.
#[derive(Debug, Clone)]
pub(super) enum Source {
    /// A table, as written.
    Table(String),
    /// A sub-query that lists them.
    Listed(Vec<String>),
}

/// The relations of a statement, by the name that qualifies their columns.
pub(super) fn relations(statement: &Statement) -> Vec<(String, Source)> {
    let mut relations = Relations::default();
    walk(statement, &mut relations);
    let Relations { found, with } = relations;
    let resolved = |(name, source)| match &source {
        Source::Table(written) => match with.get(written) {
            Some(listed) => (name, Source::Listed(listed.clone())),
            None => (name, source),
        },
        Source::Listed(_) => (name, source),
    };
    found.into_iter().map(resolved).collect()
}

#[derive(Default)]
struct Relations {
    found: Vec<(String, Source)>,
    /// Common table expressions.
    with: BTreeMap<String, Vec<String>>,
}

impl Visitor for Relations {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        for table in query.with.iter().flat_map(|with| &with.cte_tables) {
            let name = table.alias.name.value.clone();
            self.with.insert(name, listed(&table.query, &table.alias));
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        match factor {
            TableFactor::Table { name, alias, .. } => {
                if let Some(parts) = name_parts(name) {
                    let alias = alias.as_ref().map(|alias| alias.name.value.clone());
                    let source = Source::Table(parts.join("."));
                    let name = alias.or_else(|| parts.last().cloned());
                    self.found.extend(name.map(|name| (name, source)));
                }
            }
            TableFactor::Derived {
                subquery,
                alias: Some(alias),
                ..
            } => {
                let columns = Source::Listed(listed(subquery, alias));
                self.found.push((alias.name.value.clone(), columns));
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

/// The columns of a sub-query that names each of them.
fn listed(query: &Query, alias: &TableAlias) -> Vec<String> {
    if !alias.columns.is_empty() {
        let columns = alias.columns.iter();
        return columns.map(|column| column.name.value.clone()).collect();
    }
    match first_select(&query.body) {
        Some(select) if !select.projection.iter().any(is_star) => names_of(select).collect(),
        _ => Vec::new(),
    }
}

/// The SELECT that names the columns of a query.
fn first_select(body: &SetExpr) -> Option<&Select> {
    match body {
        SetExpr::Select(select) => Some(select),
        SetExpr::Query(query) => first_select(&query.body),
        SetExpr::SetOperation { left, .. } => first_select(left),
        _ => None,
    }
}
