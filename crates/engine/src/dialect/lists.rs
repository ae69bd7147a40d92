//! Hands constructs that may concern lists to our planner, which knows the types.
//!
//! DataFusion's planner asks us about binary operators only. So `-x`, `NOT x`, `CAST(x AS ..)`,
//! `BETWEEN`, `IN` and words such as `sum(x)` become a private binary operator here; where `x` is
//! no list, the planner turns them back into what they were (`physics::resolve`). A field after a
//! bracket or parenthesis (`Muon[0].pt`) becomes a name in quotes, the only form that it takes.

use std::ops::ControlFlow;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    AccessExpr, Array, BinaryOperator, DataType, Expr, Function, FunctionArg, FunctionArgExpr,
    FunctionArguments, Subscript, UnaryOperator, Value, VisitorMut,
};

use super::tree::walk_mut;
use crate::physics::TAG;

/// Words for lists that are aggregates (or functions of text) otherwise.
const WORDS: [&str; 10] = [
    "sum", "min", "max", "mean", "avg", "count", "any", "all", "first", "reverse",
];
/// Aggregates that take one number of each event.
const OF_NUMBERS: [&str; 22] = [
    "sum",
    "min",
    "max",
    "mean",
    "avg",
    "median",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "var",
    "var_pop",
    "var_population",
    "var_samp",
    "var_sample",
    "approx_median",
    "approx_percentile_cont",
    "percentile_cont",
    "quantile_cont",
    "corr",
    "covar",
    "covar_pop",
    "covar_samp",
];
/// A longer list of values is about numbers, such as those of runs, never about lists.
const LONGEST_IN: usize = 64;

/// Rewrites the statement in place.
pub(crate) fn rewrite_lists(statement: &mut Statement) {
    walk_mut(statement, &mut Rewriter);
}

struct Rewriter;

impl VisitorMut for Rewriter {
    type Break = ();

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Expr::CompoundFieldAccess { root, access_chain } = expr {
            quote_fields(root, access_chain);
            close_slices(access_chain);
        } else if let Some(tagged) = tagged(expr) {
            *expr = tagged;
        } else if let Expr::Function(function) = expr {
            mark_aggregate(function);
        }
        ControlFlow::Continue(())
    }
}

fn quote_fields(root: &Expr, chain: &mut [AccessExpr]) {
    // Names right after a column belong to its compound name.
    let of_column = match root {
        Expr::Identifier(_) => chain
            .iter()
            .take_while(|access| matches!(access, AccessExpr::Dot(Expr::Identifier(_))))
            .count(),
        _ => 0,
    };
    for access in &mut chain[of_column..] {
        if let AccessExpr::Dot(field) = access
            && let Expr::Identifier(name) = field
        {
            *field = Expr::value(Value::SingleQuotedString(name.value.clone()));
        }
    }
}

/// `x[1:]` and `x[:-1]`: an end that is left out is null, since DataFusion's planner wants both.
fn close_slices(chain: &mut [AccessExpr]) {
    for access in chain {
        if let AccessExpr::Subscript(Subscript::Slice {
            lower_bound,
            upper_bound,
            ..
        }) = access
        {
            lower_bound.get_or_insert_with(null);
            upper_bound.get_or_insert_with(null);
        }
    }
}

fn tagged(expr: &Expr) -> Option<Expr> {
    Some(match expr {
        Expr::UnaryOp {
            op: UnaryOperator::Minus,
            expr: of,
        } if !matches!(**of, Expr::Value(_)) => tag("negative", of, null()),
        Expr::UnaryOp {
            op: UnaryOperator::Not,
            expr: of,
        } => tag("not", of, null()),
        Expr::Cast {
            expr: of,
            data_type,
            ..
        } if is_of_numbers(data_type) && !matches!(**of, Expr::Value(_)) => {
            let mut target = expr.clone();
            if let Expr::Cast { expr: of, .. } = &mut target {
                **of = null();
            }
            tag("cast", of, target)
        }
        Expr::Between {
            expr: of,
            negated,
            low,
            high,
        } => {
            let word = if *negated { "not_between" } else { "between" };
            tag(word, of, array(vec![(**low).clone(), (**high).clone()]))
        }
        Expr::InList {
            expr: of,
            list,
            negated,
        } if !list.is_empty() && list.len() <= LONGEST_IN => tag(
            if *negated { "not_in" } else { "in" },
            of,
            array(list.clone()),
        ),
        Expr::Function(function) => return tagged_call(function),
        _ => return None,
    })
}

/// A plain call of a word with one argument. With DISTINCT, FILTER or OVER it is an aggregate.
fn tagged_call(function: &Function) -> Option<Expr> {
    let name = function.name.to_string().to_ascii_lowercase();
    let name = name.trim_matches('"');
    let FunctionArguments::List(list) = &function.args else {
        return None;
    };
    let is_plain = function.over.is_none()
        && function.filter.is_none()
        && function.null_treatment.is_none()
        && function.within_group.is_empty()
        && list.duplicate_treatment.is_none()
        && list.clauses.is_empty();
    if !is_plain {
        return None;
    }
    let args: Option<Vec<Expr>> = list
        .args
        .iter()
        .map(|arg| match arg {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr.clone()),
            _ => None,
        })
        .collect();
    match args?.as_slice() {
        [of] if WORDS.contains(&name) => Some(tag(name, of, null())),
        [of, rest @ ..] if name == "concat" => Some(tag(name, of, array(rest.to_vec()))),
        _ => None,
    }
}

/// `sum(DISTINCT x)`, `sum(x) FILTER (..)`, `sum(x) OVER (..)` and `median(x)` are aggregates of
/// numbers: our planner gets a look at `x`, to refuse lists in words that help.
fn mark_aggregate(function: &mut Function) {
    let name = function.name.to_string().to_ascii_lowercase();
    if !OF_NUMBERS.contains(&name.as_str()) {
        return;
    }
    let mark = |of: &Expr| {
        let name = Expr::value(Value::SingleQuotedString(name.clone()));
        tag("aggregated", of, name)
    };
    for by in &mut function.within_group {
        by.expr = mark(&by.expr);
    }
    if let FunctionArguments::List(list) = &mut function.args {
        for arg in &mut list.args {
            if let FunctionArg::Unnamed(FunctionArgExpr::Expr(of)) = arg
                && !matches!(of, Expr::Value(_))
            {
                *of = mark(of);
            }
        }
    }
}

fn tag(word: &str, of: &Expr, rest: Expr) -> Expr {
    Expr::Nested(Box::new(Expr::BinaryOp {
        left: Box::new(of.clone()),
        op: BinaryOperator::PGCustomBinaryOperator(vec![TAG.to_owned(), word.to_owned()]),
        right: Box::new(rest),
    }))
}

fn array(elem: Vec<Expr>) -> Expr {
    Expr::Array(Array { elem, named: false })
}

fn null() -> Expr {
    Expr::value(Value::Null)
}

/// Casts to other types have rules of their own in the planner.
fn is_of_numbers(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::TinyInt(_)
            | DataType::TinyIntUnsigned(_)
            | DataType::UTinyInt
            | DataType::SmallInt(_)
            | DataType::SmallIntUnsigned(_)
            | DataType::USmallInt
            | DataType::Int(_)
            | DataType::IntUnsigned(_)
            | DataType::Integer(_)
            | DataType::IntegerUnsigned(_)
            | DataType::UnsignedInteger
            | DataType::BigInt(_)
            | DataType::BigIntUnsigned(_)
            | DataType::UBigInt
            | DataType::Float(_)
            | DataType::Real
            | DataType::Double(_)
            | DataType::DoublePrecision
            | DataType::Boolean
            | DataType::Bool
    )
}
