//! Fields of collections: taken, added, put together.

use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{Expr, lit};

use super::args::Args;
use super::lower::Lower;
use super::value::{Kind, Record, Value, text_of};
use crate::physics::functions::{Op, call, op_of, short_number};
use crate::physics::types::{is_list, record};

impl Lower<'_> {
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

    pub(super) fn with_field(&self, whole: Value, name: &Expr, added: Value) -> Result<Value> {
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
            Value::Flat(part) if record.is_list() => {
                let whole = Value::Record(record.clone());
                match whole.representative() {
                    Some(list) => Value::Flat(self.as_long_as(part, list)?),
                    None => Value::Flat(part),
                }
            }
            other => other,
        };
        match record.fields.iter_mut().find(|(field, _)| field == name) {
            Some((_, value)) => *value = added,
            None => record.fields.push((name.to_owned(), added)),
        }
        Ok(Value::Record(record))
    }

    /// A column of structs as a record of its fields.
    pub(super) fn opened(&self, expr: &Expr) -> Result<Record> {
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
            kind: Kind::of(is_list(&data_type)),
            fields,
        })
    }
}

/// `field(mask(x, m), f)` is `mask(field(x, f), m)`: the field that is used is all that is read.
fn push_field(expr: Expr, name: &str) -> Result<Expr> {
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

pub(super) fn make(kind: Kind, mut args: Args) -> Result<Value> {
    let mut fields = Vec::with_capacity(args.len() / 2);
    while args.len() > 0 {
        let name = args.flat()?;
        let Some(name) = text_of(&name) else {
            return plan_err!("a field has a name in quotes, not {name}");
        };
        fields.push((name.to_owned(), args.next()?));
    }
    Ok(Value::Record(Record { kind, fields }))
}
