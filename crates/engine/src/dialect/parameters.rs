//! Values for `$name`: literals of the right type in the parsed statement, never text in text.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{Expr, Value, VisitorMut};

use super::expression::parse_literal;
use super::tree::walk_mut;
use crate::error::{EngineError, Result};
use crate::nearest::nearest;

/// A value that a statement is given.
#[derive(Debug, Clone, PartialEq)]
pub enum Parameter {
    /// NULL.
    Null,
    /// TRUE or FALSE.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A whole number beyond those with a sign.
    Unsigned(u64),
    /// A number, NaN and infinities among them.
    Float(f64),
    /// A text.
    Text(String),
    /// `[..]`, or what stands in `IN ($name)`.
    List(Vec<Self>),
}

impl Parameter {
    /// As SQL writes it.
    fn to_sql(&self) -> String {
        match self {
            Self::Null => "NULL".to_owned(),
            Self::Bool(value) => value.to_string(),
            Self::Integer(i64::MIN) => format!("({} - 1)", i64::MIN + 1),
            Self::Integer(value) => value.to_string(),
            Self::Unsigned(value) => value.to_string(),
            Self::Float(value) if value.is_finite() => format!("{value:?}"),
            Self::Float(value) => format!("CAST('{value}' AS DOUBLE)"),
            Self::Text(text) => format!("'{}'", text.replace('\'', "''")),
            Self::List(values) => {
                let values: Vec<String> = values.iter().map(Self::to_sql).collect();
                format!("[{}]", values.join(", "))
            }
        }
    }

    fn to_expr(&self) -> Result<Expr> {
        parse_literal(&self.to_sql()).map(|expr| match expr {
            Expr::UnaryOp { .. } => Expr::Nested(Box::new(expr)),
            expr => expr,
        })
    }
}

/// Puts the values where `$name` stands.
///
/// # Errors
/// [`EngineError::UnknownParameter`] for a name without a value.
pub(crate) fn bind(
    statement: &mut Statement,
    parameters: &BTreeMap<String, Parameter>,
) -> Result<()> {
    let mut values = BTreeMap::new();
    for (name, value) in parameters {
        let items = match value {
            Parameter::List(items) => {
                let items = items.iter().map(Parameter::to_expr);
                Some(items.collect::<Result<Vec<_>>>()?)
            }
            _ => None,
        };
        values.insert(name.clone(), (value.to_expr()?, items));
    }
    let mut bind = Bind {
        values,
        missing: BTreeSet::new(),
    };
    walk_mut(statement, &mut bind);
    match bind.missing.pop_first() {
        None => Ok(()),
        Some(name) => Err(EngineError::UnknownParameter {
            nearest: nearest(&name, parameters.keys().map(String::as_str)),
            name,
        }),
    }
}

struct Bind {
    /// By name: the value, and its items if it is a list.
    values: BTreeMap<String, (Expr, Option<Vec<Expr>>)>,
    missing: BTreeSet<String>,
}

impl VisitorMut for Bind {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Expr::InList { list, .. } = expr
            && let [one] = list.as_slice()
            && let Some((_, Some(items))) = name_of(one).and_then(|name| self.values.get(&name))
        {
            list.clone_from(items);
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Some(name) = name_of(expr) {
            match self.values.get(&name) {
                Some((value, _)) => expr.clone_from(value),
                // `$1` belongs to PREPARE.
                None if name.bytes().all(|byte| byte.is_ascii_digit()) => {}
                None => {
                    self.missing.insert(name);
                }
            }
        }
        ControlFlow::Continue(())
    }
}

/// The name of a parameter, without its `$`.
fn name_of(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::Placeholder(name) => Some(name.trim_start_matches(['$', ':']).to_owned()),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::parse::parse_statements;
    use super::*;

    fn bound(text: &str, value: Parameter) -> Result<String> {
        let mut statement = parse_statements(text)?.pop_front().unwrap();
        bind(&mut statement, &BTreeMap::from([("x".to_owned(), value)]))?;
        Ok(statement.to_string())
    }

    #[rstest]
    #[case::a_number("SELECT MET_pt > $x", Parameter::Float(0.1), "SELECT MET_pt > 0.1")]
    #[case::below_zero("SELECT 1 - $x", Parameter::Integer(-2), "SELECT 1 - (-2)")]
    #[case::a_text(
        "SELECT $x",
        Parameter::Text("it's; DROP TABLE t --".to_owned()),
        "SELECT 'it''s; DROP TABLE t --'"
    )]
    #[case::nothing("SELECT $x", Parameter::Null, "SELECT NULL")]
    #[case::a_limit("SELECT 1 LIMIT $x", Parameter::Integer(3), "SELECT 1 LIMIT 3")]
    #[case::a_slice("SELECT Jet_pt[0:$x]", Parameter::Integer(3), "SELECT Jet_pt[0:3]")]
    #[case::not_a_number(
        "SELECT $x",
        Parameter::Float(f64::NAN),
        "SELECT CAST('NaN' AS DOUBLE)"
    )]
    #[case::members(
        "SELECT 1 WHERE run IN ($x)",
        Parameter::List(vec![Parameter::Integer(1), Parameter::Integer(2)]),
        "SELECT 1 WHERE run IN (1, 2)"
    )]
    fn a_value_stands_where_its_name_stood(
        #[case] text: &str,
        #[case] value: Parameter,
        #[case] expected: &str,
    ) {
        assert_eq!(bound(text, value).unwrap(), expected);
    }

    #[test]
    fn a_name_without_a_value_is_an_error() {
        let error = bound("SELECT $xx", Parameter::Null).unwrap_err();

        assert_eq!(
            error.to_string(),
            "there is no value for `$xx`; did you mean `x`?"
        );
    }
}
