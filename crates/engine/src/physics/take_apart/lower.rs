//! What our functions do to symbolic values.

use std::collections::HashMap;

use arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::common::{Column, DFSchema, Result, ScalarValue, plan_err};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{Expr, ExprSchemable, lit};

use super::args::Args;
use super::value::{Record, Value, text_of};
use crate::physics::functions::{Op, call, op_of, short_number};
use crate::physics::types::{is_list, record};

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

    /// A member of a collection is there if its first field is.
    fn presence(&self, expr: Expr) -> Result<Expr> {
        match self.value(expr)? {
            Value::Record(record) if !record.is_list => {
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
            Op::Make | Op::MakeStruct => make(op == Op::Make, args),
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
            Value::Record(record) => Ok(record.is_list),
            Value::Flat(expr) => Ok(is_list(&self.data_type(expr)?)),
        }
    }

    pub(super) fn field(&self, whole: &Value, name: &Expr) -> Result<Value> {
        let Some(name) = text_of(name) else {
            return plan_err!("a field has a name in quotes, not {name}");
        };
        if let Value::Record(record) = whole
            && let Some(value) = record.get(name)
        {
            return Ok(value.clone());
        }
        match whole {
            Value::Flat(expr) if self.has_field(expr, name)? => {
                push_field(expr.clone(), name).map(Value::Flat)
            }
            _ => self.component(whole, name).map(Value::Flat),
        }
    }

    pub(super) fn has_field(&self, expr: &Expr, name: &str) -> Result<bool> {
        let data_type = self.data_type(expr)?;
        Ok(record(&data_type).is_some_and(|fields| fields.find(name).is_some()))
    }

    /// A single value repeated to the length of a list.
    pub(super) fn as_long_as(&self, part: Expr, list: &Expr) -> Result<Expr> {
        if is_list(&self.data_type(&part)?) {
            return Ok(part);
        }
        call(Op::Repeat, vec![part, list.clone()])
    }

    fn with_field(&self, whole: Value, name: &Expr, added: Value) -> Result<Value> {
        let Some(name) = text_of(name) else {
            return plan_err!("with_field() takes a name in quotes, not {name}");
        };
        let mut record = match whole {
            Value::Record(record) => record,
            Value::Flat(expr) => self.opened(&expr)?,
        };
        let added = match added {
            Value::Flat(Expr::Literal(number, metadata)) => {
                let number = short_number(&number).unwrap_or(number);
                Value::Flat(Expr::Literal(number, metadata))
            }
            other => other,
        };
        let added = match added {
            Value::Flat(part) if record.is_list => {
                let whole = Value::Record(record.clone());
                match whole.representative() {
                    Some(list) => Value::Flat(self.as_long_as(part, list)?),
                    None => Value::Flat(part),
                }
            }
            other => other,
        };
        record.fields.retain(|(field, _)| field != name);
        record.fields.push((name.to_owned(), added));
        Ok(Value::Record(record))
    }

    /// A column of structs as a record of its fields.
    fn opened(&self, expr: &Expr) -> Result<Record> {
        let data_type = self.data_type(expr)?;
        let Some(fields) = record(&data_type) else {
            return plan_err!("{expr} is no collection");
        };
        let fields = fields
            .iter()
            .map(|field| {
                let part = push_field(expr.clone(), field.name())?;
                Ok((field.name().clone(), Value::Flat(part)))
            })
            .collect::<Result<_>>()?;
        Ok(Record {
            is_list: is_list(&data_type),
            fields,
        })
    }

    fn sort(&self, whole: Value, key: Option<Expr>) -> Result<Value> {
        match (key, whole) {
            (None, Value::Flat(list)) => Ok(Value::Flat(call(Op::Sort, vec![list])?)),
            (None, Value::Record(_)) => {
                plan_err!("sort() of a collection takes a key: sort(Jet, Jet.pt)")
            }
            (Some(key), whole) => {
                let order = call(Op::Argsort, vec![key_of(&whole, key)?])?;
                whole.map(&mut |part| call(Op::Take, vec![part, order.clone()]))
            }
        }
    }

    fn top_k(&self, mut args: Args) -> Result<Value> {
        let whole = args.next()?;
        let count = args.flat()?;
        let key = args.optional_flat()?;
        let key = key.map(|key| key_of(&whole, key)).transpose()?;
        match (key, whole) {
            (None, Value::Flat(list)) => Ok(Value::Flat(call(Op::TopK, vec![list, count])?)),
            (None, Value::Record(_)) => {
                plan_err!("top_k() of a collection takes a key: top_k(Jet, 2, Jet.pt)")
            }
            (Some(key), whole) => {
                let order = call(Op::Argsort, vec![key, lit(true)])?;
                let first = call(Op::Slice, vec![order, lit(0_i64), count])?;
                whole.map(&mut |part| call(Op::Take, vec![part, first.clone()]))
            }
        }
    }

    fn concat(&self, wholes: Vec<Value>) -> Result<Value> {
        if wholes.iter().all(|whole| matches!(whole, Value::Flat(_))) {
            let args = wholes
                .into_iter()
                .map(Value::into_expr)
                .collect::<Result<_>>()?;
            return Ok(Value::Flat(call(Op::Concat, args)?));
        }
        let records = wholes
            .into_iter()
            .map(|whole| match whole {
                Value::Record(record) => Ok(record),
                Value::Flat(expr) => self.opened(&expr),
            })
            .collect::<Result<Vec<_>>>()?;
        let Some(first) = records.first() else {
            return plan_err!("concat() takes at least one list");
        };
        let mut fields = Vec::new();
        for (name, _) in &first.fields {
            let parts: Option<Vec<Value>> = records
                .iter()
                .map(|record| record.get(name).cloned())
                .collect();
            if let Some(parts) = parts {
                fields.push((name.clone(), self.concat(parts)?));
            }
        }
        Ok(Value::Record(Record {
            is_list: true,
            fields,
        }))
    }
}

/// A key of a list. Of another collection it may differ in length, which is checked then; a key
/// that is computed of the list itself cannot.
pub(super) fn key_of(whole: &Value, key: Expr) -> Result<Expr> {
    let mut parts = Vec::new();
    whole.parts("", &mut parts);
    let of_key = key.column_refs();
    let is_own = parts
        .iter()
        .any(|(_, part)| !part.column_refs().is_disjoint(&of_key));
    match whole.representative() {
        Some(list) if !is_own => call(Op::Key, vec![key, list.clone()]),
        _ => Ok(key),
    }
}

/// `field(mask(x, m), f)` is `mask(field(x, f), m)`: the field that is used is all that is read.
pub(super) fn push_field(expr: Expr, name: &str) -> Result<Expr> {
    match expr {
        Expr::ScalarFunction(mut function)
            if matches!(
                op_of(&function),
                Some(
                    Op::Mask
                        | Op::At
                        | Op::Take
                        | Op::Slice
                        | Op::Reverse
                        | Op::Member
                        | Op::First
                        | Op::Last
                )
            ) && !function.args.is_empty() =>
        {
            let whole = std::mem::take(&mut function.args[0]);
            function.args[0] = push_field(whole, name)?;
            Ok(Expr::ScalarFunction(function))
        }
        other => call(Op::Field, vec![other, lit(name)]),
    }
}

pub(super) fn with_first(first: Expr, rest: &[Expr]) -> Vec<Expr> {
    let mut args = vec![first];
    args.extend_from_slice(rest);
    args
}

fn make(is_list: bool, mut args: Args) -> Result<Value> {
    let mut fields = Vec::with_capacity(args.len() / 2);
    while args.len() > 0 {
        let name = args.flat()?;
        let Some(name) = text_of(&name) else {
            return plan_err!("a field has a name in quotes, not {name}");
        };
        fields.push((name.to_owned(), args.next()?));
    }
    Ok(Value::Record(Record { is_list, fields }))
}

fn length(op: Op, whole: &Value) -> Result<Value> {
    match whole.representative() {
        Some(part) => Ok(Value::Flat(call(op, vec![part.clone()])?)),
        None => plan_err!("a collection without fields has no length"),
    }
}
