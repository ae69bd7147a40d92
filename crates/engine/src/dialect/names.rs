//! Names with dots: `evt.N` is the column `"evt.N"`, not field `N` of a table or struct `evt`.
//!
//! A ROOT sub-branch is a flat column whose name holds the path (`evt.P.fX`). SQL reads a dot as
//! "table dot column" or "struct dot field". For every name with dots this module looks among
//! the columns that the statement can see:
//!
//! 1. `t.evt.N`, where `t` is a table (or alias) with a column `evt.N`: that column of `t`;
//! 2. else the longest prefix that is a column: `evt.P.fX.y` → field `y` of `"evt.P.fX"`;
//! 3. else it is left as written, for DataFusion to resolve or to refuse.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use arrow::datatypes::SchemaRef;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    AccessExpr, ExcludeSelectItem, Expr, Ident, Join, JoinConstraint, JoinOperator, ObjectName,
    Select, SelectItem, SelectItemQualifiedWildcardKind, Subscript, TableAlias, TableFactor, Value,
    Visitor, VisitorMut, WildcardAdditionalOptions,
};

use super::tree::{walk, walk_mut};

/// Columns of the tables that a statement names.
#[derive(Debug, Default)]
pub(crate) struct ColumnNames {
    /// By the table's name as written, parts joined with a dot.
    tables: HashMap<String, SchemaRef>,
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
}

/// Rewrites all names with dots of the statement in place.
pub(crate) fn rewrite_names(statement: &mut Statement, columns: &ColumnNames) {
    let mut scope = Scope::new(columns);
    walk(statement, &mut scope);
    if scope.dotted.is_empty() && !scope.has_lambdas {
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

/// What names can mean anywhere in the statement.
///
/// One scope for the whole statement: a sub-query sees a little too much, which matters only
/// where two tables of one statement disagree about a name with dots.
struct Scope<'a> {
    columns: &'a ColumnNames,
    /// Columns whose name holds a dot, in order of appearance for `evt.*`.
    dotted: HashSet<String>,
    in_order: Vec<String>,
    /// Table or alias → its columns; `None` for sub-queries and common table expressions.
    relations: HashMap<String, Vec<Option<SchemaRef>>>,
    has_lambdas: bool,
}

impl<'a> Scope<'a> {
    fn new(columns: &'a ColumnNames) -> Self {
        let mut scope = Self {
            columns,
            dotted: HashSet::new(),
            in_order: Vec::new(),
            relations: HashMap::new(),
            has_lambdas: false,
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
    fn split(&self, parts: &[String]) -> Option<(usize, usize)> {
        if let Some(sources) = self.relations.get(&parts[0]) {
            for len in (1..parts.len()).rev() {
                let candidate = parts[1..=len].join(".");
                let has = |source: &Option<SchemaRef>| match source {
                    Some(schema) => schema.column_with_name(&candidate).is_some(),
                    None => self.dotted.contains(&candidate),
                };
                if sources.iter().any(has) {
                    return (len > 1).then_some((1, len));
                }
            }
        }
        for len in (1..=parts.len()).rev() {
            let candidate = parts[..len].join(".");
            if len > 1 && self.dotted.contains(&candidate) {
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

    fn is_plain_column(&self, name: &str) -> bool {
        self.columns
            .tables
            .values()
            .any(|schema| schema.column_with_name(name).is_some())
    }

    /// `evt.N` as an object name (in USING, EXCLUDE): one quoted name if it is a column.
    fn whole_column(&self, name: &ObjectName) -> Option<ObjectName> {
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
        ControlFlow::Continue(())
    }
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
        let (table_len, column_len) = self.scope.split(&parts)?;
        let column_end = table_len + column_len;
        let mut resolved: Vec<Ident> = idents[..table_len].to_vec();
        resolved.push(quoted(parts[table_len..column_end].join(".")));
        resolved.extend_from_slice(&idents[column_end..]);
        Some(match <[Ident; 1]>::try_from(resolved) {
            Ok([single]) => Expr::Identifier(single),
            Err(several) => Expr::CompoundIdentifier(several),
        })
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

    /// `evt.*` stands for all columns that begin with `evt.`, unless `evt` is a table.
    fn expand_star(&self, item: &SelectItem) -> Option<Vec<SelectItem>> {
        let SelectItem::QualifiedWildcard(
            SelectItemQualifiedWildcardKind::ObjectName(name),
            options,
        ) = item
        else {
            return None;
        };
        let parts = name_parts(name)?;
        if *options != WildcardAdditionalOptions::default()
            || self.scope.relations.contains_key(parts.last()?)
        {
            return None;
        }
        let prefix = format!("{}.", parts.join("."));
        let columns: Vec<_> = self
            .scope
            .in_order
            .iter()
            .filter(|column| column.starts_with(&prefix))
            .map(|column| SelectItem::UnnamedExpr(Expr::Identifier(quoted(column.clone()))))
            .collect();
        (!columns.is_empty()).then_some(columns)
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
            match self.expand_star(&item) {
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

fn using_columns(join: &mut Join) -> &mut [ObjectName] {
    match &mut join.join_operator {
        JoinOperator::Join(JoinConstraint::Using(names))
        | JoinOperator::Inner(JoinConstraint::Using(names))
        | JoinOperator::Left(JoinConstraint::Using(names))
        | JoinOperator::LeftOuter(JoinConstraint::Using(names))
        | JoinOperator::Right(JoinConstraint::Using(names))
        | JoinOperator::RightOuter(JoinConstraint::Using(names))
        | JoinOperator::FullOuter(JoinConstraint::Using(names)) => names,
        _ => &mut [],
    }
}

fn name_parts(name: &ObjectName) -> Option<Vec<String>> {
    name.0
        .iter()
        .map(|part| part.as_ident().map(|ident| ident.value.clone()))
        .collect()
}

fn quoted(name: String) -> Ident {
    Ident::with_quote('"', name)
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
