//! Collections: the lists `Muon_*` and `Muon.*` of a table, under the name `Muon`.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use arrow::datatypes::Schema;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    AccessExpr, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList,
    FunctionArguments, Ident, Join, JoinConstraint, JoinOperator, ObjectName, Query, Select,
    Statement as SqlStatement, TableFactor, Value, Visitor,
};

use super::parse::parse_statements;
use super::scope::{name_parts, quoted};
use super::tree::walk;
use crate::physics::is_list;

/// Every name in the statement that can be a column, and its tables.
pub(super) fn mentioned(statement: &Statement) -> Mentioned {
    let mut mentioned = Mentioned::default();
    walk(statement, &mut mentioned);
    mentioned
}

/// Tables and aliases of the statement, as they qualify a column.
pub(super) fn relations_of(statement: &Statement) -> BTreeSet<String> {
    mentioned(statement).relations
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
pub(super) struct Mentioned {
    pub(super) names: BTreeSet<String>,
    /// Tables and aliases, as they qualify a column.
    pub(super) relations: BTreeSet<String>,
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

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        for join in select.from.iter().flat_map(|from| &from.joins) {
            let mut join = join.clone();
            let names = using_columns(&mut join).iter().filter_map(name_parts);
            self.names.extend(names.map(|parts| parts.join(".")));
        }
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
                    if let AccessExpr::Dot(Expr::Identifier(ident)) = access {
                        self.names.insert(ident.value.clone());
                    }
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

/// Columns that a join names in USING.
pub(super) fn using_columns(join: &mut Join) -> &mut [ObjectName] {
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
