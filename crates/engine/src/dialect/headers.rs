//! Headings: `SELECT sum(pt)` gives a column `sum(pt)`, as typed.
//!
//! DataFusion spells an expression out with the full name of each table, and a table named by
//! its location has a long one: `sum(/data/2012/run*.root:Events.pt)`.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{Expr, Ident, Select, SelectItem, VisitorMut};

use super::scope::quoted;
use super::tree::walk_mut;

/// Gives every expression of a SELECT list that has no alias its own text as one.
pub(crate) fn name_columns(statement: &mut Statement) {
    walk_mut(statement, &mut Headings);
}

struct Headings;

impl VisitorMut for Headings {
    type Break = ();

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        for item in &mut select.projection {
            if let SelectItem::UnnamedExpr(expr) = item
                && !names_itself(expr)
            {
                let alias = Ident::with_quote('"', typed(expr));
                *item = SelectItem::ExprWithAlias {
                    expr: expr.clone(),
                    alias,
                };
            }
        }
        ControlFlow::Continue(())
    }
}

/// The parser keeps functions as they were typed, but for those it has its own syntax for; `all`,
/// `any` and `sort` are quoted by `parse`.
fn typed(expr: &Expr) -> String {
    expr.to_string()
        .replace("FLOOR(", "floor(")
        .replace("CEIL(", "ceil(")
        .replace("\"all\"(", "all(")
        .replace("\"any\"(", "any(")
        .replace("\"sort\"(", "sort(")
}

/// Columns keep their names; `unnest` of a struct makes several columns and names them itself.
fn names_itself(expr: &Expr) -> bool {
    match expr {
        Expr::Identifier(_) | Expr::CompoundIdentifier(_) | Expr::Wildcard(_) => true,
        Expr::QualifiedWildcard(..) => true,
        Expr::Function(function) => function.name.to_string().eq_ignore_ascii_case("unnest"),
        Expr::Nested(inner) => names_itself(inner),
        _ => false,
    }
}

/// Calls `Muon.pt` so: a field has no name that is its own. Columns of `relations` have.
pub(super) fn name_fields(statement: &mut Statement, relations: BTreeSet<String>) {
    walk_mut(statement, &mut Fields { relations });
}

struct Fields {
    relations: BTreeSet<String>,
}

impl VisitorMut for Fields {
    type Break = ();

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        for item in &mut select.projection {
            if let SelectItem::UnnamedExpr(expr @ Expr::CompoundIdentifier(_)) = item
                && let Expr::CompoundIdentifier(parts) = expr
                && let Some((_, table)) = parts.split_last()
            {
                let table: Vec<&str> = table.iter().map(|part| part.value.as_str()).collect();
                if !self.relations.contains(&table.join(".")) {
                    let alias = quoted(expr.to_string());
                    *item = SelectItem::ExprWithAlias {
                        expr: expr.clone(),
                        alias,
                    };
                }
            }
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::parse_statements;

    fn named(sql: &str) -> String {
        let mut statement = parse_statements(sql).unwrap().pop_front().unwrap();
        name_columns(&mut statement);
        statement.to_string()
    }

    #[test]
    fn an_expression_is_named_as_typed() {
        assert_eq!(
            named("SELECT Sum(pt), x, x[1], count(*) AS n FROM t"),
            r#"SELECT Sum(pt) AS "Sum(pt)", x, x[1] AS "x[1]", count(*) AS n FROM t"#
        );
    }

    #[test]
    fn unnest_names_its_columns_itself() {
        assert_eq!(named("SELECT unnest(s) FROM t"), "SELECT unnest(s) FROM t");
    }
}
