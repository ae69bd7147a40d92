//! What operators, subscripts and words mean for lists, collections and four-vectors.
//!
//! The one place that decides by type. SQL comes here through [`super::planner`], expressions
//! built in code through [`resolve`], plans of others through [`super::rewrite`].

use arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::common::{DFSchema, Result, ScalarValue, plan_err};
use datafusion::logical_expr::expr::{Cast, TryCast};
use datafusion::logical_expr::{Expr, ExprSchemable, Operator, cast, lit, try_cast};

use super::aggregated::with_casts_named;
use super::functions::{
    LiftKind, Op, call, is_arithmetic, is_lifted, lift_operator, lift_unary, type_of,
};
use super::integers::{integer_arithmetic, integer_negated};
use super::refused::{no_condition, no_list};
use super::types::{element, innermost, is_four_vector, is_list, list_of, record};

/// The expression with all that concerns lists decided, from the leaves up.
///
/// # Errors
/// Operands that do not fit.
pub(crate) fn resolve(expr: Expr, schema: &DFSchema) -> Result<Expr> {
    expr.transform_up(|part| resolve_one(part, schema)).data()
}

/// As [`resolve`], for an expression whose parts are decided.
pub(crate) fn resolve_one(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let decided = match &expr {
        Expr::BinaryExpr(binary) => binary_operator(
            binary.left.as_ref(),
            binary.op,
            binary.right.as_ref(),
            schema,
        )?,
        Expr::Between(between) if is_list_expr(&between.expr, schema) => Some(within(
            (*between.expr).clone(),
            (*between.low).clone(),
            (*between.high).clone(),
            between.negated,
        )?),
        Expr::Not(of) if is_list_expr(of, schema) => {
            Some(lift_unary(&LiftKind::Not, (**of).clone())?)
        }
        Expr::Negative(of) => match of.get_type(schema) {
            Ok(data_type) => match integer_negated(of, &data_type)? {
                None if is_list(&data_type) => {
                    Some(lift_unary(&LiftKind::Negative, (**of).clone())?)
                }
                negated => negated,
            },
            Err(_) => None,
        },
        Expr::Case(case) => {
            let conditions = case.when_then_expr.iter().map(|(when, _)| when);
            for condition in conditions {
                if is_list_expr(condition, schema) {
                    return plan_err!(
                        "CASE chooses once per event, and its condition is a list; use \
                         if_else(condition, value, otherwise) to choose per element, or any(..), \
                         all(..) or count(..) to make one condition of it"
                    );
                }
            }
            None
        }
        _ => None,
    };
    Ok(match decided {
        Some(decided) => Transformed::yes(decided),
        None => Transformed::no(expr),
    })
}

fn is_list_expr(expr: &Expr, schema: &DFSchema) -> bool {
    type_of(expr, schema).is_ok_and(|of| is_list(&of))
}

/// Lists of other layouts (fixed or large) as the layout that our functions take.
pub(crate) fn as_list(expr: Expr, data_type: &DataType) -> Expr {
    match data_type {
        DataType::FixedSizeList(field, _) | DataType::LargeList(field) => {
            cast(expr, list_of(field.data_type().clone()))
        }
        _ => expr,
    }
}

/// `left op right`, if a list or a four-vector is among them.
pub(crate) fn binary_operator(
    left: &Expr,
    operator: Operator,
    right: &Expr,
    schema: &DFSchema,
) -> Result<Option<Expr>> {
    let (Ok(left_type), Ok(right_type)) = (type_of(left, schema), type_of(right, schema)) else {
        return Ok(None);
    };
    let is_vector = |of: &DataType| record(of).is_some_and(is_four_vector);
    let has_record = record(&left_type).is_some() || record(&right_type).is_some();
    if is_vector(&left_type) && is_vector(&right_type) {
        let op = match operator {
            Operator::Plus => Op::P4Add,
            Operator::Minus => Op::P4Subtract,
            _ => return no_such_operator(operator),
        };
        return call(op, vec![left.clone(), right.clone()]).map(Some);
    }
    let has_list = is_list(&left_type) || is_list(&right_type);
    if has_record && (is_arithmetic(operator) || (has_list && is_lifted(operator))) {
        return no_such_operator(operator);
    }
    if !has_list {
        return integer_arithmetic(left, operator, right, schema);
    }
    // Others, such as IS DISTINCT FROM, compare lists as wholes.
    if !is_lifted(operator) {
        return Ok(None);
    }
    let left = as_list(
        exact_literal(left, &left_type, &right_type, operator),
        &left_type,
    );
    let right = as_list(
        exact_literal(right, &right_type, &left_type, operator),
        &right_type,
    );
    lift_operator(operator, left, right).map(Some)
}

fn no_such_operator<T>(operator: impl std::fmt::Display) -> Result<T> {
    plan_err!(
        "collections have no operator `{operator}`; apply it to a field, such as Muon.pt, or add \
         four-vectors (with pt, eta, phi, mass or px, py, pz, energy) with +"
    )
}

/// A literal in the type of the list that it is compared with, where that changes no result: it
/// spares a conversion of the whole list.
fn exact_literal(expr: &Expr, own: &DataType, other: &DataType, operator: Operator) -> Expr {
    let Expr::Literal(value, _) = expr else {
        return expr.clone();
    };
    let of = innermost(other);
    let is_comparison = matches!(
        operator,
        Operator::Gt
            | Operator::Lt
            | Operator::GtEq
            | Operator::LtEq
            | Operator::Eq
            | Operator::NotEq
    );
    if !is_comparison || is_list(own) || !of.is_numeric() {
        return expr.clone();
    }
    let Ok(there) = value.cast_to(of) else {
        return expr.clone();
    };
    match there.cast_to(own) {
        Ok(back) if back == *value => lit(there),
        _ => expr.clone(),
    }
}

/// `x BETWEEN low AND high` for a list.
fn within(of: Expr, low: Expr, high: Expr, is_negated: bool) -> Result<Expr> {
    let above = lift_operator(Operator::GtEq, of.clone(), low)?;
    let below = lift_operator(Operator::LtEq, of, high)?;
    let both = lift_operator(Operator::And, above, below)?;
    if is_negated {
        lift_unary(&LiftKind::Not, both)
    } else {
        Ok(both)
    }
}

/// What the pre-pass of the syntax tree hands over, now that the type of `of` is known.
///
/// Where `of` is no list, the result is what DataFusion would have planned by itself.
pub(crate) fn tagged(word: &str, of: Expr, rest: Expr, schema: &DFSchema) -> Result<Expr> {
    use datafusion::functions_aggregate::expr_fn as aggregate;

    let data_type = of.get_type(schema)?;
    let is_list = is_list(&data_type);
    let of = as_list(of, &data_type);
    let per_event = |op, of| call(op, vec![of]);
    Ok(match (word, is_list) {
        ("negative" | "not", _) if record(&data_type).is_some() => {
            return no_such_operator(if word == "not" { "NOT" } else { "-" });
        }
        ("not", false) if !matches!(data_type, DataType::Boolean | DataType::Null) => {
            return no_condition(&of, &data_type);
        }
        ("negative", _) => match integer_negated(&of, &data_type)? {
            Some(negated) => negated,
            None if is_list => lift_unary(&LiftKind::Negative, of)?,
            None => Expr::Negative(Box::new(of)),
        },
        ("not", true) => lift_unary(&LiftKind::Not, of)?,
        ("not", false) => Expr::Not(Box::new(of)),
        ("cast", _) => cast_to(of, &data_type, rest)?,
        ("aggregated", true) => return no_list(text_of(&rest)),
        ("aggregated", false) => with_casts_named(of),
        ("between" | "not_between", _) => {
            let (low, high) = bounds(rest)?;
            let is_negated = word == "not_between";
            if is_list {
                let low = literal_like(&low, &data_type, Operator::GtEq, schema)?;
                let high = literal_like(&high, &data_type, Operator::GtEq, schema)?;
                within(of, low, high, is_negated)?
            } else {
                Expr::Between(datafusion::logical_expr::Between::new(
                    Box::new(of),
                    is_negated,
                    Box::new(low),
                    Box::new(high),
                ))
            }
        }
        ("in" | "not_in", false) => of.in_list(items(rest)?, word == "not_in"),
        ("in" | "not_in", true) => one_of(&of, &data_type, items(rest)?, word == "not_in", schema)?,
        ("sum", true) => per_event(Op::Sum, of)?,
        ("sum", false) => aggregate::sum(with_casts_named(of)),
        ("min", true) => per_event(Op::Min, of)?,
        ("min", false) => aggregate::min(with_casts_named(of)),
        ("max", true) => per_event(Op::Max, of)?,
        ("max", false) => aggregate::max(with_casts_named(of)),
        ("mean" | "avg", true) => per_event(Op::Mean, of)?,
        ("mean" | "avg", false) => aggregate::avg(with_casts_named(of)),
        ("count", true) => per_event(Op::Count, of)?,
        ("count", false) => aggregate::count(with_casts_named(of)),
        ("any", true) => per_event(Op::Any, of)?,
        ("any", false) => aggregate::bool_or(with_casts_named(of)),
        ("all", true) => per_event(Op::All, of)?,
        ("all", false) => aggregate::bool_and(with_casts_named(of)),
        ("first", true) => per_event(Op::First, of)?,
        ("first", false) => aggregate::first_value(with_casts_named(of), Vec::new()),
        ("concat", true) => {
            let mut lists = vec![of];
            lists.extend(items(rest)?);
            call(Op::Concat, lists)?
        }
        ("concat", false) => {
            let mut texts = vec![of];
            texts.extend(items(rest)?);
            datafusion::functions::expr_fn::concat(texts)
        }
        ("reverse", true) => per_event(Op::Reverse, of)?,
        ("reverse", false) => datafusion::functions::expr_fn::reverse(of),
        (other, _) => return plan_err!("`{other}` is no word for lists"),
    })
}

/// The bounds of BETWEEN.
fn bounds(rest: Expr) -> Result<(Expr, Expr)> {
    match <[Expr; 2]>::try_from(items(rest)?) {
        Ok([low, high]) => Ok((low, high)),
        Err(_) => plan_err!("BETWEEN takes two bounds"),
    }
}

/// As [`exact_literal`], of an expression whose type is not known yet.
fn literal_like(
    expr: &Expr,
    list: &DataType,
    operator: Operator,
    schema: &DFSchema,
) -> Result<Expr> {
    let own = type_of(expr, schema)?;
    Ok(exact_literal(expr, &own, list, operator))
}

/// `x IN (value, ...)` for a list.
fn one_of(
    of: &Expr,
    data_type: &DataType,
    values: Vec<Expr>,
    is_negated: bool,
    schema: &DFSchema,
) -> Result<Expr> {
    let mut any: Option<Expr> = None;
    for value in values {
        let value = literal_like(&value, data_type, Operator::Eq, schema)?;
        let same = lift_operator(Operator::Eq, of.clone(), value)?;
        any = Some(match any {
            Some(any) => lift_operator(Operator::Or, any, same)?,
            None => same,
        });
    }
    match any {
        Some(any) if is_negated => lift_unary(&LiftKind::Not, any),
        Some(any) => Ok(any),
        None => plan_err!("IN takes at least one value"),
    }
}

fn text_of(literal: &Expr) -> &str {
    match literal {
        Expr::Literal(value, _) => value.try_as_str().flatten().unwrap_or_default(),
        _ => "",
    }
}

/// The target of a cast comes as a cast of null.
fn cast_to(of: Expr, data_type: &DataType, target: Expr) -> Result<Expr> {
    fn deep(data_type: &DataType, to: &DataType) -> DataType {
        match element(data_type) {
            Some(element) => list_of(deep(element, to)),
            None => to.clone(),
        }
    }
    match target {
        Expr::Cast(Cast { field, .. }) => Ok(cast(of, deep(data_type, field.data_type()))),
        Expr::TryCast(TryCast { field, .. }) => {
            Ok(try_cast(of, deep(data_type, field.data_type())))
        }
        Expr::Literal(null, _) if null.is_null() => {
            Ok(cast(of, deep(data_type, &null.data_type())))
        }
        other => plan_err!("CAST to `{other}` is not understood"),
    }
}

/// The items of an array literal.
fn items(array: Expr) -> Result<Vec<Expr>> {
    match array {
        Expr::ScalarFunction(function) if function.func.name() == "make_array" => Ok(function.args),
        Expr::Literal(ScalarValue::List(list), metadata) => (0..list.value_length(0))
            .map(|index| {
                let index = usize::try_from(index).unwrap_or(0);
                let value = ScalarValue::try_from_array(&list.value(0), index)?;
                Ok(Expr::Literal(value, metadata.clone()))
            })
            .collect(),
        other => plan_err!("a list of values is expected, not `{other}`"),
    }
}

/// `x[index]` and `x[from:to]`, counted from 0.
pub(crate) fn subscript(of: &Expr, index: &Expr, schema: &DFSchema) -> Result<Option<Expr>> {
    let data_type = type_of(of, schema)?;
    if !is_list(&data_type) {
        return Ok(None);
    }
    let index_type = type_of(index, schema)?;
    let op = match element(&index_type) {
        Some(DataType::Boolean) => Op::Mask,
        Some(inner) if is_list(inner) => {
            return plan_err!(
                "a mask in brackets has one true or false per element, and this has lists of \
                 them; cut a single list of the lists, such as x[0][x[0] > 2]"
            );
        }
        Some(_) => Op::Take,
        None if index_type.is_integer() || index_type.is_null() => Op::At,
        None => {
            return plan_err!(
                "a list takes a number, a list of numbers or a mask in brackets, not {index_type}"
            );
        }
    };
    let of = as_list(of.clone(), &data_type);
    call(op, vec![of, as_list(index.clone(), &index_type)]).map(Some)
}

/// `x.name`, for a collection or for a component that a four-vector has not as a field.
pub(crate) fn field(of: Expr, name: &str, data_type: &DataType) -> Result<Option<Expr>> {
    let Some(fields) = record(data_type) else {
        return Ok(None);
    };
    // Plain structs are DataFusion's, which reads single fields of Parquet files. A member that is
    // never null has values below structs that are null, which it would show.
    let member = fields.find(name).map(|(_, member)| member);
    if !is_list(data_type) && member.is_some_and(|member| member.is_nullable()) {
        return Ok(None);
    }
    call(Op::Field, vec![of, lit(name)]).map(Some)
}
