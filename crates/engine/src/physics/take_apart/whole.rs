//! Lists and collections as a whole: sorted, joined, counted.

use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{Expr, lit};

use super::args::Args;
use super::lower::Lower;
use super::value::{Kind, Record, Value};
use crate::physics::functions::{Op, call};

impl Lower<'_> {
    pub(super) fn sort(&self, whole: Value, key: Option<Expr>) -> Result<Value> {
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

    pub(super) fn top_k(&self, mut args: Args) -> Result<Value> {
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

    pub(super) fn concat(&self, wholes: Vec<Value>) -> Result<Value> {
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
            kind: Kind::List,
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

pub(super) fn length(op: Op, whole: &Value) -> Result<Value> {
    match whole.representative() {
        Some(part) => Ok(Value::Flat(call(op, vec![part.clone()])?)),
        None => plan_err!("a collection without fields has no length"),
    }
}
