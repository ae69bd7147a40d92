//! Collections: a statement that mentions `Muon` sees the lists `Muon_*` under that name.
//!
//! ```text
//! FROM t AS e   ──▶   FROM (SELECT *, hep_make('pt', "Muon_pt", 'eta', "Muon_eta") AS "Muon" FROM t) AS e
//! ```
//!
//! Only tables of which a collection is mentioned are rewritten, so other statements plan as fast
//! as before and see no other columns.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use arrow::datatypes::Schema;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList, FunctionArguments, Ident,
    ObjectName, Query, Select, SelectItem, SetExpr, Statement as SqlStatement, TableAlias,
    TableFactor, Value, Visitor, VisitorMut,
};

use super::parse::parse_statements;
use super::scope::{ColumnNames, name_parts, quoted};
use super::tree::{walk, walk_mut};
use crate::physics::is_list;

/// Adds the collections that the statement mentions to its tables; returns their names.
pub(crate) fn rewrite_collections(
    statement: &mut Statement,
    columns: &ColumnNames,
) -> BTreeSet<String> {
    let mut mentioned = Mentioned::default();
    walk(statement, &mut mentioned);
    let mut rewriter = Rewriter {
        columns,
        mentioned: std::mem::take(&mut mentioned.names),
        added: BTreeSet::new(),
    };
    walk_mut(statement, &mut rewriter);
    walk_mut(
        statement,
        &mut Headings {
            relations: mentioned.relations,
        },
    );
    rewriter.added
}

/// Tables and aliases of the statement, as they qualify a column.
pub(super) fn relations_of(statement: &Statement) -> BTreeSet<String> {
    let mut mentioned = Mentioned::default();
    walk(statement, &mut mentioned);
    mentioned.relations
}

/// `Muon.pt` is called so: a field has no name that is its own.
struct Headings {
    relations: BTreeSet<String>,
}

impl VisitorMut for Headings {
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

/// The collections of a table, those that `wanted` picks: name → (field, column).
pub(super) fn collections(
    schema: &Schema,
    wanted: &dyn Fn(&str) -> bool,
) -> BTreeMap<String, Vec<(String, String)>> {
    let mut found: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for field in schema.fields() {
        if !is_list(field.data_type()) {
            continue;
        }
        let column = field.name();
        for (place, separator) in column.match_indices(['_', '.']) {
            let (name, rest) = column.split_at(place);
            let member = &rest[separator.len()..];
            if !name.is_empty()
                && !member.is_empty()
                && !member.contains('.')
                && wanted(name)
                && schema.column_with_name(name).is_none()
            {
                let fields = found.entry(name.to_owned()).or_default();
                fields.push((member.to_owned(), column.clone()));
            }
        }
    }
    found
}

/// The collection of this name, if a table has it: (field, column).
pub(crate) fn collections_of(schema: &Schema, name: &str) -> Option<Vec<(String, String)>> {
    collections(schema, &|wanted| wanted == name).remove(name)
}

/// Every name in the statement that can be a column.
#[derive(Default)]
struct Mentioned {
    names: BTreeSet<String>,
    /// Tables and aliases, as they qualify a column.
    relations: BTreeSet<String>,
}

impl Visitor for Mentioned {
    type Break = ();

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        let alias = match factor {
            TableFactor::Table { name, alias, .. } => {
                if let Some(parts) = name_parts(name) {
                    self.relations.insert(parts.join("."));
                    self.relations.extend(parts.last().cloned());
                }
                alias
            }
            TableFactor::Derived { alias, .. }
            | TableFactor::UNNEST { alias, .. }
            | TableFactor::Function { alias, .. }
            | TableFactor::NestedJoin { alias, .. } => alias,
            _ => &None,
        };
        self.relations
            .extend(alias.as_ref().map(|alias| alias.name.value.clone()));
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        match expr {
            Expr::Identifier(ident) => {
                self.names.insert(ident.value.clone());
            }
            Expr::CompoundIdentifier(idents) => {
                self.names
                    .extend(idents.iter().map(|ident| ident.value.clone()));
            }
            Expr::CompoundFieldAccess { access_chain, .. } => {
                for access in access_chain {
                    if let datafusion::sql::sqlparser::ast::AccessExpr::Dot(Expr::Identifier(
                        ident,
                    )) = access
                    {
                        self.names.insert(ident.value.clone());
                    }
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

struct Rewriter<'a> {
    columns: &'a ColumnNames,
    mentioned: BTreeSet<String>,
    added: BTreeSet<String>,
}

impl VisitorMut for Rewriter<'_> {
    type Break = ();

    fn post_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        if let Some(wrapped) = self.wrapped(factor) {
            *factor = wrapped;
        }
        ControlFlow::Continue(())
    }
}

impl Rewriter<'_> {
    fn wrapped(&mut self, factor: &TableFactor) -> Option<TableFactor> {
        let TableFactor::Table { name, alias, .. } = factor else {
            return None;
        };
        let parts = name_parts(name)?;
        let schema = self.columns.schema_of(&parts.join("."))?;
        let alias = match alias {
            Some(alias) if alias.columns.is_empty() => alias.clone(),
            Some(_) => return None,
            None => TableAlias {
                explicit: true,
                name: quoted(parts.last()?.clone()),
                columns: Vec::new(),
                at: None,
            },
        };
        let wanted = |name: &str| self.mentioned.contains(name);
        let found = collections(schema, &wanted);
        if found.is_empty() {
            return None;
        }
        let mut inner = factor.clone();
        if let TableFactor::Table { alias, .. } = &mut inner {
            *alias = None;
        }
        let mut subquery = select_everything()?;
        let SetExpr::Select(select) = subquery.body.as_mut() else {
            return None;
        };
        select.from.first_mut()?.relation = inner;
        add(select, &found);
        self.added.extend(found.into_keys());
        Some(TableFactor::Derived {
            lateral: false,
            subquery: Box::new(subquery),
            alias: Some(alias),
            sample: None,
        })
    }
}

fn add(select: &mut Select, found: &BTreeMap<String, Vec<(String, String)>>) {
    for (name, fields) in found {
        select.projection.push(SelectItem::ExprWithAlias {
            expr: collection(fields),
            alias: quoted(name.clone()),
        });
    }
}

/// `hep_make('pt', "Muon_pt", ...)`.
pub(super) fn collection(fields: &[(String, String)]) -> Expr {
    let args = fields
        .iter()
        .flat_map(|(field, column)| {
            [
                Expr::value(Value::SingleQuotedString(field.clone())),
                Expr::Identifier(quoted(column.clone())),
            ]
        })
        .collect();
    function("hep_make", args)
}

/// A plain call.
pub(super) fn function(name: &str, args: Vec<Expr>) -> Expr {
    let argument = |expr| FunctionArg::Unnamed(FunctionArgExpr::Expr(expr));
    Expr::Function(Function {
        name: ObjectName::from(vec![Ident::new(name)]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args: args.into_iter().map(argument).collect(),
            clauses: Vec::new(),
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

/// `SELECT * FROM t`, to be filled.
pub(super) fn select_everything() -> Option<Query> {
    let statement = parse_statements("SELECT * FROM t").ok()?.pop_front()?;
    match statement {
        Statement::Statement(sql) => match *sql {
            SqlStatement::Query(query) => Some(*query),
            _ => None,
        },
        _ => None,
    }
}
