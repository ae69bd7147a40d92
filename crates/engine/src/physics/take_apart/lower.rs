//! What our functions do to symbolic values.

use std::collections::HashMap;

use arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::common::{Column, DFSchema, Result, ScalarValue};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{Expr, ExprSchemable, lit};

use super::args::Args;
use super::fields::make;
use super::value::{Kind, Record, Value};
use super::whole::length;
use crate::physics::functions::{Op, call, op_of};
use crate::physics::types::is_list;

/// Evaluates the expressions of one node.
pub(super) struct Lower<'a> {
    /// Columns of the node's inputs that are taken apart.
    pub(super) definitions: &'a HashMap<Column, Value>,
    /// Columns of the node's inputs.
    pub(super) schema: &'a DFSchema,
}

impl Lower<'_> {
    /// The expression without collections; one that is a result as a whole is put together.
    pub(super) fn flat(&self, expr: Expr) -> Result<Expr> {
        self.value(expr)?.into_expr()
    }

    /// What the expression stands for.
    pub(super) fn value(&self, expr: Expr) -> Result<Value> {
        match expr {
            Expr::Column(column) => Ok(match self.definition(&column) {
                Some(value) => value.clone(),
                None => Value::Flat(Expr::Column(column)),
            }),
            Expr::Alias(alias) => Ok(match self.value(*alias.expr)? {
                Value::Flat(flat) => Value::Flat(flat.alias_qualified(alias.relation, alias.name)),
                record @ Value::Record(_) => record,
            }),
            Expr::ScalarFunction(function) => self.function(function),
            Expr::IsNull(inner) => Ok(Value::Flat(Expr::IsNull(Box::new(self.presence(*inner)?)))),
            Expr::IsNotNull(inner) => Ok(Value::Flat(Expr::IsNotNull(Box::new(
                self.presence(*inner)?,
            )))),
            other => other
                .map_children(|child| self.flat(child).map(Transformed::yes))
                .data()
                .map(Value::Flat),
        }
    }

    /// Definitions are by full name; expressions may leave the table out.
    fn definition(&self, column: &Column) -> Option<&Value> {
        self.definitions.get(column).or_else(|| {
            let mut same_name = self
                .definitions
                .iter()
                .filter(|(defined, _)| column.relation.is_none() && defined.name == column.name);
            let (_, value) = same_name.next()?;
            same_name.next().is_none().then_some(value)
        })
    }

    /// A member of a collection is there if its first field is; a class always is.
    fn presence(&self, expr: Expr) -> Result<Expr> {
        match self.value(expr)? {
            Value::Record(Record {
                kind: Kind::Class, ..
            }) => Ok(lit(true)),
            Value::Record(record) if !record.is_list() => {
                match Value::Record(record.clone()).representative() {
                    Some(part) => Ok(part.clone()),
                    None => Value::Record(record).into_expr(),
                }
            }
            other => other.into_expr(),
        }
    }

    fn function(&self, function: ScalarFunction) -> Result<Value> {
        let Some(op) = op_of(&function) else {
            return self.foreign_function(function);
        };
        let args = function
            .args
            .into_iter()
            .map(|arg| self.value(arg))
            .collect::<Result<Vec<_>>>()?;
        self.apply(op, args)
    }

    /// Functions that are not ours see flat values; `get_field` of a record is one of ours.
    fn foreign_function(&self, function: ScalarFunction) -> Result<Value> {
        let is_field = function.func.name() == "get_field";
        let mut args = Vec::with_capacity(function.args.len());
        for arg in function.args {
            args.push(self.value(arg)?);
        }
        if is_field && matches!(args.first(), Some(Value::Record(_))) {
            let mut args = args.into_iter();
            let mut value = args.next().unwrap_or(Value::Flat(lit(ScalarValue::Null)));
            for name in args {
                value = self.field(&value, &name.into_expr()?)?;
            }
            return Ok(value);
        }
        let args = args
            .into_iter()
            .map(Value::into_expr)
            .collect::<Result<_>>()?;
        Ok(Value::Flat(Expr::ScalarFunction(ScalarFunction::new_udf(
            function.func,
            args,
        ))))
    }

    fn apply(&self, op: Op, args: Vec<Value>) -> Result<Value> {
        let mut args = Args::new(op, args);
        match op {
            Op::Make => make(Kind::List, args),
            Op::MakeStruct => make(Kind::Member, args),
            Op::MakeClass => make(Kind::Class, args),
            Op::Field => {
                let whole = args.next()?;
                self.field(&whole, &args.flat()?)
            }
            Op::WithField => self.with_field(args.next()?, &args.flat()?, args.next()?),
            Op::Mask | Op::Take | Op::Slice | Op::Reverse => {
                let whole = args.next()?;
                let rest = args.flats()?;
                whole.map(&mut |part| call(op, with_first(part, &rest)))
            }
            Op::At => {
                let whole = args.next()?;
                self.at(whole, &args.flat()?)
            }
            Op::First => self.at(args.next()?, &lit(0_i64)),
            Op::Last => self.at(args.next()?, &lit(-1_i64)),
            Op::Concat => self.concat(args.rest()),
            Op::Sort => self.sort(args.next()?, args.optional_flat()?),
            Op::TopK => self.top_k(args),
            Op::Index | Op::Len => length(op, &args.next()?),
            Op::Count => match args.next()? {
                collection @ Value::Record(_) => length(Op::Len, &collection),
                Value::Flat(list) => Ok(Value::Flat(call(op, vec![list])?)),
            },
            Op::Pairs | Op::Combinations | Op::Cartesian | Op::BestBy => self.combine(op, args),
            Op::Sum => match args.next()? {
                collection @ Value::Record(_) => self
                    .vector(&collection)?
                    .map_to_members(&mut |part| call(Op::Sum, vec![part])),
                Value::Flat(list) => Ok(Value::Flat(call(op, vec![list])?)),
            },
            Op::P4
            | Op::P4Cartesian
            | Op::P4Add
            | Op::P4Subtract
            | Op::InvMass
            | Op::Boost
            | Op::AnyWithin
            | Op::Nearest
            | Op::Elementwise(_) => self.with_vectors(op, args),
            Op::Repeat
            | Op::Key
            | Op::Argsort
            | Op::Fused
            | Op::Once
            | Op::IfElse
            | Op::Member
            | Op::Place
            | Op::Cross
            | Op::CrossPlace
            | Op::Min
            | Op::Max
            | Op::Mean
            | Op::Any
            | Op::All
            | Op::ArgMin
            | Op::ArgMax => Ok(Value::Flat(call(op, args.flats()?)?)),
        }
    }

    pub(super) fn data_type(&self, expr: &Expr) -> Result<DataType> {
        expr.get_type(self.schema)
    }

    pub(super) fn is_list(&self, value: &Value) -> Result<bool> {
        match value {
            Value::Record(record) => Ok(record.is_list()),
            Value::Flat(expr) => Ok(is_list(&self.data_type(expr)?)),
        }
    }

    /// A single value repeated to the length of a list.
    pub(super) fn as_long_as(&self, part: Expr, list: &Expr) -> Result<Expr> {
        if is_list(&self.data_type(&part)?) {
            return Ok(part);
        }
        call(Op::Repeat, vec![part, list.clone()])
    }
}

pub(super) fn with_first(first: Expr, rest: &[Expr]) -> Vec<Expr> {
    let mut args = vec![first];
    args.extend_from_slice(rest);
    args
}
