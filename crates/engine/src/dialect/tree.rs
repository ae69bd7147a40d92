//! Walking every query inside a DataFusion statement, whatever wraps it.

use std::collections::HashSet;
use std::ops::ControlFlow;

use datafusion::sql::parser::{CopyToSource, Statement};
use datafusion::sql::sqlparser::ast::{
    Expr, Query, Select, SelectItem, Statement as SqlStatement, TableFactor, Visit, VisitMut,
    Visitor, VisitorMut,
};

use super::cache_statements::cache_statement;

/// Applies a rewriting visitor to all SQL inside the statement.
///
/// DataFusion's own statements (`EXPLAIN`, `COPY`) are not part of the visitor's world, so this
/// function finds the queries in them.
pub(super) fn walk_mut(statement: &mut Statement, visitor: &mut impl VisitorMut) {
    // The visitors of this module never break off, so the result says nothing.
    match statement {
        Statement::Statement(sql) => drop(sql.visit(visitor)),
        Statement::CopyTo(copy) => match &mut copy.source {
            CopyToSource::Query(query) => drop(query.visit(visitor)),
            CopyToSource::Relation(name) => {
                drop(visitor.pre_visit_relation(name));
                drop(visitor.post_visit_relation(name));
            }
        },
        Statement::Explain(explain) => walk_mut(&mut explain.statement, visitor),
        Statement::CreateExternalTable(_) | Statement::Reset(_) => {}
    }
}

/// As [`walk_mut`], only looking.
pub(super) fn walk(statement: &Statement, visitor: &mut impl Visitor) {
    match statement {
        Statement::Statement(sql) => drop(sql.visit(visitor)),
        Statement::CopyTo(copy) => match &copy.source {
            CopyToSource::Query(query) => drop(query.visit(visitor)),
            CopyToSource::Relation(name) => {
                drop(visitor.pre_visit_relation(name));
                drop(visitor.post_visit_relation(name));
            }
        },
        Statement::Explain(explain) => walk(&explain.statement, visitor),
        Statement::CreateExternalTable(_) | Statement::Reset(_) => {}
    }
}

/// True for `*` and `t.*`.
pub(super) fn is_star(item: &SelectItem) -> bool {
    matches!(
        item,
        SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..)
    )
}

/// True if the statement shows "all columns" of some table: `SELECT *`, `t.*`, `DESCRIBE t`.
pub(crate) fn has_wildcard(statement: &Statement) -> bool {
    struct Stars(bool);
    impl Visitor for Stars {
        type Break = ();

        fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
            self.0 |= select.projection.iter().any(is_star);
            ControlFlow::Continue(())
        }

        fn pre_visit_statement(&mut self, statement: &SqlStatement) -> ControlFlow<()> {
            self.0 |= matches!(statement, SqlStatement::ExplainTable { .. });
            ControlFlow::Continue(())
        }
    }

    if let Statement::CopyTo(copy) = statement
        && matches!(copy.source, CopyToSource::Relation(_))
    {
        return true;
    }
    let mut stars = Stars(false);
    walk(statement, &mut stars);
    stars.0
}

/// The names that a SELECT lists.
pub(super) fn names_of(select: &Select) -> impl Iterator<Item = String> {
    select.projection.iter().filter_map(|item| match item {
        SelectItem::ExprWithAlias { alias, .. } => Some(alias.value.clone()),
        SelectItem::UnnamedExpr(Expr::Identifier(name)) => Some(name.value.clone()),
        SelectItem::UnnamedExpr(Expr::CompoundIdentifier(names)) => {
            names.last().map(|name| name.value.clone())
        }
        _ => None,
    })
}

/// Columns that the outermost SELECT lists by name; those beside a `*` are told apart elsewhere.
pub(crate) fn listed_columns(statement: &Statement) -> HashSet<String> {
    struct Listed {
        depth: usize,
        names: HashSet<String>,
    }
    impl Visitor for Listed {
        type Break = ();

        fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
            self.depth += 1;
            ControlFlow::Continue(())
        }

        fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
            self.depth -= 1;
            ControlFlow::Continue(())
        }

        fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
            if self.depth == 1 && !select.projection.iter().any(is_star) {
                self.names.extend(names_of(select));
            }
            ControlFlow::Continue(())
        }
    }

    let mut listed = Listed {
        depth: 0,
        names: HashSet::new(),
    };
    walk(statement, &mut listed);
    listed.names
}

/// True for statements whose rows are their purpose.
pub(crate) fn is_query(statement: &Statement) -> bool {
    if cache_statement(statement).is_some() {
        return true;
    }
    match statement {
        Statement::Statement(sql) => matches!(
            sql.as_ref(),
            SqlStatement::Query(_)
                | SqlStatement::ExplainTable { .. }
                | SqlStatement::ShowFunctions { .. }
                | SqlStatement::ShowVariable { .. }
                | SqlStatement::ShowVariables { .. }
                | SqlStatement::ShowColumns { .. }
                | SqlStatement::ShowTables { .. }
                | SqlStatement::ShowCreate { .. }
                | SqlStatement::Execute { .. }
        ),
        Statement::Explain(_) => true,
        Statement::CopyTo(_) | Statement::CreateExternalTable(_) | Statement::Reset(_) => false,
    }
}

/// Aliases of tables: (alias, name of the table as written).
pub(crate) fn aliases(statement: &Statement) -> Vec<(String, String)> {
    struct Aliases(Vec<(String, String)>);
    impl Visitor for Aliases {
        type Break = ();

        fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
            if let TableFactor::Table {
                name,
                alias: Some(alias),
                ..
            } = factor
            {
                let parts: Vec<_> = name
                    .0
                    .iter()
                    .filter_map(|part| part.as_ident().map(|ident| ident.value.as_str()))
                    .collect();
                self.0.push((alias.name.value.clone(), parts.join(".")));
            }
            ControlFlow::Continue(())
        }
    }

    let mut aliases = Aliases(Vec::new());
    walk(statement, &mut aliases);
    aliases.0
}
