//! Columns of frames: text in the SQL dialect, or built in code.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::common::{DFSchema, Result as PlanResult, Spans};
use datafusion::execution::SessionState;
use datafusion::logical_expr::{Expr, lit};
use datafusion::sql::sqlparser::ast::ExprWithAlias;

use super::whole::part_of_column;
use crate::dialect::{collections_of, parse_expression};
use crate::error::{EngineError, Result};
use crate::explain::NamedTable;
use crate::physics::{self, Op, op_of_word, resolve, without_nan};
use crate::session::Session;

/// A column of a frame: `"Jet_pt * 1.02"`, or an expression built in code.
///
/// Both mean the same: operators work on lists, `Jet` stands for the lists `Jet_*`.
#[derive(Debug, Clone)]
pub enum Column {
    /// As after `SELECT`.
    Text(String),
    /// Built with [`col`] and the operators of expressions.
    Built(Expr),
}

impl From<&str> for Column {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Column {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&String> for Column {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<Expr> for Column {
    fn from(expr: Expr) -> Self {
        Self::Built(expr)
    }
}

/// The column of this name; a collection, if there is no such column.
#[must_use]
pub fn col(name: &str) -> Expr {
    Expr::Column(datafusion::common::Column {
        relation: None,
        name: name.to_owned(),
        spans: Spans::new(),
    })
}

/// A collection made of lists of the same lengths: `collection(&[("pt", col("Jet_pt")), ..])`.
///
/// # Errors
/// None that is known.
pub fn collection(fields: &[(&str, Expr)]) -> Result<Expr> {
    let args = fields
        .iter()
        .flat_map(|(name, list)| [lit(*name), list.clone()])
        .collect();
    ours(Op::Make, args)
}

/// `of.name`: a field of a collection, or a component of a four-vector.
///
/// # Errors
/// None that is known; a field that is not there is found when the column is used.
pub fn field(of: Expr, name: &str) -> Result<Expr> {
    ours(Op::Field, vec![of, lit(name)])
}

/// `of[index]`, counted from 0, from the end if negative.
///
/// # Errors
/// None that is known.
pub fn at(of: Expr, index: i64) -> Result<Expr> {
    ours(Op::At, vec![of, lit(index)])
}

/// `of[flags]`: the elements whose flag is true.
///
/// # Errors
/// None that is known.
pub fn mask(of: Expr, flags: Expr) -> Result<Expr> {
    ours(Op::Mask, vec![of, flags])
}

/// A function by the word that SQL has for it: `call("best_by", vec![..])`. Words such as `sum` and
/// `any` are those of lists, per event.
///
/// # Errors
/// [`EngineError::UnknownFunction`].
pub fn call(word: &str, args: Vec<Expr>) -> Result<Expr> {
    if let Some(op) = op_of_word(word) {
        return ours(op, args);
    }
    let functions = datafusion::functions::all_default_functions();
    match functions
        .into_iter()
        .find(|function| function.name() == word)
    {
        Some(function) => Ok(function.call(args)),
        None => Err(EngineError::UnknownFunction {
            name: word.to_owned(),
            nearest: Vec::new(),
        }),
    }
}

fn ours(op: Op, args: Vec<Expr>) -> Result<Expr> {
    physics::call(op, args).map_err(|source| EngineError::Query { source })
}

/// The expression over the columns of `schema`, which come from `tables`, with all that concerns
/// lists decided.
pub(super) fn expression(
    session: &Session,
    tables: &[NamedTable],
    column: &Column,
    schema: &DFSchema,
) -> Result<Expr> {
    let arrow: SchemaRef = SchemaRef::clone(schema.inner());
    let parsed = match column {
        // A name needs no parser; there may be ten thousands of them.
        Column::Text(text) if is_word(text) => {
            match schema.qualified_field_with_unqualified_name(text) {
                Ok(found) => return Ok(Expr::Column(found.into())),
                Err(_) => Some(parse_expression(text, &arrow)?),
            }
        }
        Column::Text(text) => Some(parse_expression(text, &arrow)?),
        Column::Built(_) => None,
    };
    let alone = parsed.map(|expr| ExprWithAlias { expr, alias: None });
    let planned = {
        let state = session.context().state_ref();
        let state = state.read();
        match (alone, column) {
            (Some(alone), _) => state.create_logical_expr_from_sql_expr(alone, schema),
            (None, Column::Built(expr)) => Ok(expr.clone()),
            (None, Column::Text(text)) => Ok(col(text)),
        }
        .and_then(|expr| named(expr, schema, &arrow, &state))
    };
    planned
        .and_then(|expr| resolve(expr, schema))
        .and_then(|expr| match column {
            // SQL's planner has seen to the others.
            Column::Built(_) => without_nan(expr, schema),
            Column::Text(_) => Ok(expr),
        })
        .map_err(|error| session.explain_over(tables, error))
}

/// A name as SQL writes it without quotes.
fn is_word(text: &str) -> bool {
    let is_letter = |letter: char| letter.is_ascii_alphabetic() || letter == '_';
    text.starts_with(is_letter)
        && text
            .chars()
            .all(|one| is_letter(one) || one.is_ascii_digit())
}

/// Names become columns, or collections; functions those of the session.
fn named(
    expr: Expr,
    schema: &DFSchema,
    arrow: &SchemaRef,
    state: &SessionState,
) -> PlanResult<Expr> {
    expr.transform_up(|part| match part {
        Expr::Column(column) if column.relation.is_none() => {
            match schema.qualified_field_with_unqualified_name(&column.name) {
                Ok(found) => Ok(Transformed::yes(Expr::Column(found.into()))),
                Err(error) => match collections_of(arrow, &column.name) {
                    None if column.name.contains('.') => {
                        match part_of_column(&column.name, schema)? {
                            Some(part) => Ok(Transformed::yes(part)),
                            None => Err(error),
                        }
                    }
                    Some(fields) => {
                        let args = fields
                            .into_iter()
                            .flat_map(|(name, list)| [lit(name), col(&list)])
                            .collect();
                        physics::call(Op::Make, args).map(Transformed::yes)
                    }
                    None => Err(error),
                },
            }
        }
        // Ours of the same name takes lists.
        Expr::ScalarFunction(mut call) => {
            if let Some(registered) = state.scalar_functions().get(call.func.name()) {
                call.func = Arc::clone(registered);
            }
            Ok(Transformed::yes(Expr::ScalarFunction(call)))
        }
        other => Ok(Transformed::no(other)),
    })
    .data()
}
