//! One expression by itself, with the rewrites that it would get in a statement.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use arrow::datatypes::SchemaRef;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    AccessExpr, Expr, SelectItem, SetExpr, Statement as SqlStatement, VisitorMut,
};

use super::collections::{collection, collections, mentioned};
use super::lists::rewrite_lists;
use super::names::rewrite_names;
use super::parse::parse_statements;
use super::scope::ColumnNames;
use super::tree::walk_mut;
use crate::error::{EngineError, Result};

/// What the columns of an expression are called while it is rewritten.
const TABLE: &str = "frame";

/// Parses an expression over the columns of `schema`.
///
/// # Errors
/// [`EngineError::Syntax`]; [`EngineError::NotOneExpression`].
pub(crate) fn parse_expression(text: &str, schema: &SchemaRef) -> Result<Expr> {
    let not_one = || EngineError::NotOneExpression {
        text: text.to_owned(),
    };
    // A line of its own: a comment at the end of the text ends there.
    let mut statements = parse_statements(&format!("SELECT {text}\nFROM {TABLE}"))?;
    let (Some(mut statement), None) = (statements.pop_front(), statements.pop_front()) else {
        return Err(not_one());
    };
    let mut columns = ColumnNames::default();
    columns.add(TABLE.to_owned(), SchemaRef::clone(schema), []);
    rewrite_names(&mut statement, &columns);
    let names = mentioned(&statement).names;
    walk_mut(
        &mut statement,
        &mut Substitute {
            found: collections(schema, &|name| names.contains(name)),
        },
    );
    rewrite_lists(&mut statement);
    only_item(statement).ok_or_else(not_one)
}

/// Parses a literal that we wrote ourselves.
pub(super) fn parse_literal(text: &str) -> Result<Expr> {
    let statement = parse_statements(&format!("SELECT {text}"))?.pop_front();
    let item = statement.and_then(|statement| match statement {
        Statement::Statement(sql) => match *sql {
            SqlStatement::Query(query) => match *query.body {
                SetExpr::Select(mut select) => select.projection.pop(),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    });
    match item {
        Some(SelectItem::UnnamedExpr(expr)) => Ok(expr),
        _ => Err(EngineError::NotOneExpression {
            text: text.to_owned(),
        }),
    }
}

/// The expression of a statement that selects just one.
fn only_item(statement: Statement) -> Option<Expr> {
    let Statement::Statement(sql) = statement else {
        return None;
    };
    let SqlStatement::Query(query) = *sql else {
        return None;
    };
    let is_plain = query.order_by.is_none() && query.limit_clause.is_none() && query.with.is_none();
    let SetExpr::Select(mut select) = *query.body else {
        return None;
    };
    let is_plain = is_plain && select.selection.is_none() && select.from.len() == 1;
    match (select.projection.pop(), select.projection.pop()) {
        (Some(SelectItem::UnnamedExpr(expr)), None) if is_plain => Some(expr),
        _ => None,
    }
}

/// Puts collections where their names are: an expression has no FROM that could offer them.
struct Substitute {
    found: BTreeMap<String, Vec<(String, String)>>,
}

impl VisitorMut for Substitute {
    type Break = ();

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        let substituted = match expr {
            Expr::Identifier(name) => self.found.get(&name.value).map(|fields| collection(fields)),
            Expr::CompoundIdentifier(names) => {
                let fields = names.first().and_then(|name| self.found.get(&name.value));
                fields.map(|fields| Expr::CompoundFieldAccess {
                    root: Box::new(collection(fields)),
                    access_chain: names[1..]
                        .iter()
                        .map(|name| AccessExpr::Dot(Expr::Identifier(name.clone())))
                        .collect(),
                })
            }
            _ => None,
        };
        if let Some(substituted) = substituted {
            *expr = substituted;
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::datatypes::{DataType, Field, Schema};
    use rstest::rstest;

    use super::*;

    fn schema() -> SchemaRef {
        let list = DataType::new_list(DataType::Float32, true);
        Arc::new(Schema::new(vec![
            Field::new("MET_pt", DataType::Float32, true),
            Field::new("Jet_pt", list.clone(), true),
            Field::new("Jet_eta", list, true),
        ]))
    }

    #[rstest]
    #[case::a_column("MET_pt * 2", "MET_pt * 2")]
    #[case::a_field("Jet.pt", r#"hep_make('pt', "Jet_pt", 'eta', "Jet_eta").'pt'"#)]
    #[case::a_collection("len(Jet)", r#"len(hep_make('pt', "Jet_pt", 'eta', "Jet_eta"))"#)]
    #[case::a_comment("MET_pt -- in GeV", "MET_pt")]
    fn names_mean_what_they_mean_in_sql(#[case] written: &str, #[case] meant: &str) {
        assert_eq!(
            parse_expression(written, &schema()).unwrap().to_string(),
            meant
        );
    }

    #[rstest]
    #[case::two("MET_pt, Jet_pt")]
    #[case::a_statement("1; SELECT 2")]
    #[case::more("MET_pt FROM other WHERE 1 IN (SELECT 1")]
    #[case::nothing("")]
    fn anything_else_is_refused(#[case] written: &str) {
        assert!(parse_expression(written, &schema()).is_err());
    }
}
