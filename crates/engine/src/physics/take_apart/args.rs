//! The arguments of a call that is taken apart.

use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::Expr;

use super::value::Value;
use crate::physics::functions::Op;

/// The arguments of a call, taken one after the other.
pub(super) struct Args {
    op: Op,
    values: std::vec::IntoIter<Value>,
}

impl Args {
    pub(super) fn new(op: Op, values: Vec<Value>) -> Self {
        Self {
            op,
            values: values.into_iter(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    pub(super) fn next(&mut self) -> Result<Value> {
        match self.values.next() {
            Some(value) => Ok(value),
            None => plan_err!("{:?} takes more arguments", self.op),
        }
    }

    pub(super) fn flat(&mut self) -> Result<Expr> {
        self.next()?.into_expr()
    }

    pub(super) fn optional_flat(&mut self) -> Result<Option<Expr>> {
        self.values.next().map(Value::into_expr).transpose()
    }

    pub(super) fn flats(&mut self) -> Result<Vec<Expr>> {
        self.values.by_ref().map(Value::into_expr).collect()
    }

    pub(super) fn rest(&mut self) -> Vec<Value> {
        self.values.by_ref().collect()
    }
}
