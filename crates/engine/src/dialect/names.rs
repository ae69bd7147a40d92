//! Names with dots: `evt.N` is the column `"evt.N"`, not field `N` of a table or struct `evt`.
//!
//! A ROOT sub-branch is a flat column whose name holds the path (`evt.P.fX`). SQL reads a dot as
//! "table dot column" or "struct dot field". For every name with dots this module looks among
//! the columns that the statement can see:
//!
//! 1. `t.evt.N`, where `t` is a table (or alias) with a column `evt.N`: that column of `t`;
//! 2. else the longest prefix that is a column: `evt.P.fX.y` → field `y` of `"evt.P.fX"`;
//! 3. else it is left as written, for DataFusion to resolve or to refuse.
//!
//! The other way round, `"evt.N"` in quotes is field `N` where there is no such column but one `evt`.

use std::ops::ControlFlow;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    AccessExpr, ExcludeSelectItem, Expr, Ident, Select, SelectItem, Subscript, Value, VisitorMut,
};

use super::collections::using_columns;
use super::scope::{ColumnNames, Scope, quoted, written};
use super::stars::columns_below;
use super::tree::{walk, walk_mut};
use super::whole::field_path;

/// Rewrites all names with dots of the statement in place.
pub(crate) fn rewrite_names(statement: &mut Statement, columns: &ColumnNames) {
    let mut scope = Scope::new(columns);
    walk(statement, &mut scope);
    if scope.dotted.is_empty() && !scope.has_lambdas && !scope.has_quoted_dots {
        return;
    }
    walk_mut(
        statement,
        &mut Rewriter {
            scope,
            lambda_parameters: Vec::new(),
        },
    );
}

struct Rewriter<'a> {
    scope: Scope<'a>,
    lambda_parameters: Vec<Vec<String>>,
}

impl Rewriter<'_> {
    /// The expression for `parts` if it is something else than what SQL reads.
    fn resolve(&self, idents: &[Ident]) -> Option<Expr> {
        let parts: Vec<String> = idents.iter().map(|ident| ident.value.clone()).collect();
        if self
            .lambda_parameters
            .iter()
            .flatten()
            .any(|parameter| *parameter == parts[0])
        {
            return Some(field_of_lambda_parameter(idents));
        }
        let Some((table_len, column_len)) = self.scope.split(&parts) else {
            return self.field_of_column(idents);
        };
        let column_end = table_len + column_len;
        let mut resolved: Vec<Ident> = idents[..table_len].to_vec();
        resolved.push(quoted(parts[table_len..column_end].join(".")));
        resolved.extend_from_slice(&idents[column_end..]);
        Some(match <[Ident; 1]>::try_from(resolved) {
            Ok([single]) => Expr::Identifier(single),
            Err(several) => Expr::CompoundIdentifier(several),
        })
    }

    /// `"evt.N"` as `evt.N`, if that is a field of a column.
    fn field_of_column(&self, idents: &[Ident]) -> Option<Expr> {
        let (last, table) = idents.split_last()?;
        if !last.value.contains('.') || self.scope.dotted.contains(&last.value) {
            return None;
        }
        let mut schemas = self.scope.columns.schemas();
        let (column, fields) = schemas.find_map(|schema| field_path(schema, &last.value))?;
        let mut path = table.to_vec();
        path.extend(std::iter::once(column).chain(fields).map(written));
        Some(Expr::CompoundIdentifier(path))
    }

    /// `a.b[1].c` comes from the parser as root `a` and chain `.b`, `[1]`, `.c`.
    fn resolve_chain(&self, root: &Expr, chain: &[AccessExpr]) -> Option<Expr> {
        let mut idents = match root {
            Expr::Identifier(ident) => vec![ident.clone()],
            Expr::CompoundIdentifier(idents) => idents.clone(),
            _ => return None,
        };
        let dots = chain
            .iter()
            .map_while(|access| match access {
                AccessExpr::Dot(Expr::Identifier(ident)) => Some(ident.clone()),
                _ => None,
            })
            .collect::<Vec<_>>();
        let rest = &chain[dots.len()..];
        idents.extend(dots);
        if idents.len() < 2 {
            return None;
        }
        Some(match (self.resolve(&idents)?, rest) {
            (resolved, []) => resolved,
            (
                Expr::CompoundFieldAccess {
                    root,
                    mut access_chain,
                },
                rest,
            ) => {
                access_chain.extend_from_slice(rest);
                Expr::CompoundFieldAccess { root, access_chain }
            }
            (resolved, rest) => Expr::CompoundFieldAccess {
                root: Box::new(resolved),
                access_chain: rest.to_vec(),
            },
        })
    }

    fn rewrite_exclude(&self, item: &mut SelectItem) {
        let (SelectItem::Wildcard(options) | SelectItem::QualifiedWildcard(_, options)) = item
        else {
            return;
        };
        let names = match &mut options.opt_exclude {
            Some(ExcludeSelectItem::Single(name)) => std::slice::from_mut(name),
            Some(ExcludeSelectItem::Multiple(names)) => names.as_mut_slice(),
            None => return,
        };
        for name in names {
            if let Some(column) = self.scope.whole_column(name) {
                *name = column;
            }
        }
    }
}

impl VisitorMut for Rewriter<'_> {
    type Break = ();

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        let projection = std::mem::take(&mut select.projection);
        for mut item in projection {
            self.rewrite_exclude(&mut item);
            match columns_below(&item, &self.scope) {
                Some(columns) => select.projection.extend(columns),
                None => select.projection.push(item),
            }
        }
        for join in select.from.iter_mut().flat_map(|from| &mut from.joins) {
            for name in using_columns(join) {
                if let Some(column) = self.scope.whole_column(name) {
                    *name = column;
                }
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        let resolved = match expr {
            Expr::Identifier(name) => self.field_of_column(std::slice::from_ref(name)),
            Expr::CompoundIdentifier(idents) => self.resolve(idents),
            Expr::CompoundFieldAccess { root, access_chain } => {
                self.resolve_chain(root, access_chain)
            }
            Expr::Lambda(lambda) => {
                let names = lambda.params.iter().map(|p| p.name.value.clone()).collect();
                self.lambda_parameters.push(names);
                None
            }
            _ => None,
        };
        if let Some(resolved) = resolved {
            *expr = resolved;
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if matches!(expr, Expr::Lambda(_)) {
            self.lambda_parameters.pop();
        }
        ControlFlow::Continue(())
    }
}

/// `j.pt` as `j['pt']`, the only form that works on a lambda's parameter.
fn field_of_lambda_parameter(idents: &[Ident]) -> Expr {
    let field = |ident: &Ident| {
        let name = Value::SingleQuotedString(ident.value.clone()).with_empty_span();
        AccessExpr::Subscript(Subscript::Index {
            index: Expr::Value(name),
        })
    };
    Expr::CompoundFieldAccess {
        root: Box::new(Expr::Identifier(idents[0].clone())),
        access_chain: idents[1..].iter().map(field).collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::datatypes::{DataType, Field, Schema};
    use rstest::rstest;

    use super::*;
    use crate::dialect::parse_statements;

    fn rewritten(sql: &str) -> String {
        let field = |name: &str| Field::new(name, DataType::Int32, false);
        let mut columns = ColumnNames::default();
        columns.add(
            "t".to_owned(),
            Arc::new(Schema::new(vec![
                field("evt.N"),
                field("evt.P.fX"),
                field("evt.P"),
                field("Tracks.fP"),
                field("plain"),
            ])),
            ["evt.odd".to_owned()],
        );
        columns.add(
            "evt".to_owned(),
            Arc::new(Schema::new(vec![field("N"), field("id")])),
            [],
        );
        let mut statement = parse_statements(sql).unwrap().pop_front().unwrap();
        rewrite_names(&mut statement, &columns);
        statement.to_string()
    }

    #[rstest]
    #[case::a_dotted_column("SELECT evt.N FROM t", r#"SELECT "evt.N" FROM t"#)]
    #[case::with_the_table("SELECT t.evt.N FROM t", r#"SELECT t."evt.N" FROM t"#)]
    #[case::with_an_alias("SELECT e.evt.N FROM t AS e", r#"SELECT e."evt.N" FROM t AS e"#)]
    #[case::longest_first("SELECT evt.P.fX FROM t", r#"SELECT "evt.P.fX" FROM t"#)]
    #[case::then_a_field("SELECT evt.P.fY FROM t", r#"SELECT "evt.P".fY FROM t"#)]
    #[case::a_subscript("SELECT Tracks.fP[1] FROM t", r#"SELECT "Tracks.fP"[1] FROM t"#)]
    #[case::after_a_subscript(
        "SELECT t.Tracks.fP[1].x FROM t",
        r#"SELECT t."Tracks.fP"[1].x FROM t"#
    )]
    #[case::a_table_wins("SELECT evt.N FROM evt, t", "SELECT evt.N FROM evt, t")]
    #[case::unless_it_lacks_it("SELECT evt.P FROM evt, t", r#"SELECT "evt.P" FROM evt, t"#)]
    #[case::a_field_of_a_column("SELECT plain.x FROM t", "SELECT plain.x FROM t")]
    #[case::a_qualified_column("SELECT t.plain FROM t", "SELECT t.plain FROM t")]
    #[case::unsupported("SELECT evt.odd.x FROM t", r#"SELECT "evt.odd".x FROM t"#)]
    #[case::unknown("SELECT foo.bar FROM t", "SELECT foo.bar FROM t")]
    #[case::everywhere(
        "SELECT count(*) FROM t WHERE evt.N > 1 GROUP BY evt.P ORDER BY max(evt.N)",
        r#"SELECT count(*) FROM t WHERE "evt.N" > 1 GROUP BY "evt.P" ORDER BY max("evt.N")"#
    )]
    #[case::through_a_cte(
        "WITH c AS (SELECT evt.N FROM t) SELECT evt.N, c.evt.N FROM c",
        r#"WITH c AS (SELECT "evt.N" FROM t) SELECT "evt.N", c."evt.N" FROM c"#
    )]
    #[case::a_dotted_alias(
        r#"SELECT a.b FROM (SELECT plain AS "a.b" FROM t)"#,
        r#"SELECT "a.b" FROM (SELECT plain AS "a.b" FROM t)"#
    )]
    #[case::using(
        "SELECT 1 FROM t AS a JOIN t AS b USING (evt.N)",
        r#"SELECT 1 FROM t AS a JOIN t AS b USING("evt.N")"#
    )]
    #[case::a_star("SELECT Tracks.* FROM t", r#"SELECT "Tracks.fP" FROM t"#)]
    #[case::a_table_star("SELECT evt.* FROM evt, t", "SELECT evt.* FROM evt, t")]
    #[case::a_lambda(
        "SELECT list_filter(plain, evt -> evt.N > 1) FROM t",
        "SELECT list_filter(plain, evt -> evt['N'] > 1) FROM t"
    )]
    fn a_name_with_dots_means_the_column(#[case] written: &str, #[case] meant: &str) {
        assert_eq!(rewritten(written), meant);
    }
}
