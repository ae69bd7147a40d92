//! What a projection keeps of collections: their parts, under hidden names.

use std::collections::{HashMap, HashSet};

use datafusion::common::{Column, Result};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{Expr, Operator};

use super::value::{Value, args_of};
use crate::physics::functions::{LiftKind, Op, kind_of};

/// The parts of collections that a projection keeps under hidden names.
#[derive(Default)]
pub(super) struct Stored {
    pub(super) exprs: Vec<Expr>,
    names: HashMap<Expr, String>,
}

impl Stored {
    pub(super) fn store(
        &mut self,
        value: Value,
        name: &str,
        hidden: &mut HashSet<String>,
    ) -> Result<Value> {
        let mut paths = Vec::new();
        value.parts(name, &mut paths);
        let mut paths: Vec<String> = paths.into_iter().map(|(path, _)| path).collect();
        paths.reverse();
        value.map(&mut |part| {
            let path = paths.pop().unwrap_or_default();
            Ok(self.store_part(part, &path, hidden))
        })
    }

    /// Stores what a part is made of: views of combinations are cheap to make again, and their
    /// lists are not. A mask of them is kept beside, so that what comes later can pass it over.
    fn store_part(&mut self, part: Expr, path: &str, hidden: &mut HashSet<String>) -> Expr {
        if let Some([view, mask]) = args_of(&part, Op::Mask)
            && is_view(view)
        {
            let (view, mask) = (view.clone(), mask.clone());
            let view = self.store_part(view, path, hidden);
            let mask = self.store_mask(mask, &format!("{path}.mask"), hidden);
            return with_args(part, vec![view, mask]);
        }
        let lists = if args_of(&part, Op::Member).is_some() {
            0..1
        } else if let Some(args) = args_of(&part, Op::Cross) {
            1..args.len()
        } else {
            return self.stored(part, path, hidden);
        };
        let Expr::ScalarFunction(mut function) = part else {
            return part;
        };
        for arg in &mut function.args[lists] {
            let list = std::mem::take(arg);
            *arg = self.stored(list, path, hidden);
        }
        Expr::ScalarFunction(function)
    }

    /// Comparisons of members are made again where they are needed: together with a reduction they
    /// are one program. Other masks are kept.
    fn store_mask(&mut self, mask: Expr, path: &str, hidden: &mut HashSet<String>) -> Expr {
        if !is_comparison(&mask) {
            return self.stored(mask, path, hidden);
        }
        match mask {
            Expr::ScalarFunction(mut call) if kind_of(&call).is_some() => {
                let args = call.args.into_iter();
                call.args = args.map(|arg| self.store_mask(arg, path, hidden)).collect();
                Expr::ScalarFunction(call)
            }
            Expr::Alias(alias) => self.store_mask(*alias.expr, path, hidden),
            literal @ Expr::Literal(..) => literal,
            part => self.store_part(part, path, hidden),
        }
    }

    fn stored(&mut self, part: Expr, path: &str, hidden: &mut HashSet<String>) -> Expr {
        Expr::Column(Column::new_unqualified(self.name_of(part, path, hidden)))
    }

    fn name_of(&mut self, part: Expr, path: &str, hidden: &mut HashSet<String>) -> String {
        if let Some(name) = self.names.get(&part) {
            return name.clone();
        }
        let name = unused(&format!("#{path}"), hidden);
        self.exprs.push(part.clone().alias(&name));
        self.names.insert(part, name.clone());
        name
    }
}

/// A hidden name that is not in use.
pub(super) fn unused(wanted: &str, hidden: &mut HashSet<String>) -> String {
    let mut name = wanted.to_owned();
    let mut number = 2;
    while !hidden.insert(name.clone()) {
        name = format!("{wanted}.{number}");
        number += 1;
    }
    name
}

fn is_view(part: &Expr) -> bool {
    args_of(part, Op::Member).is_some() || args_of(part, Op::Cross).is_some()
}

/// True for members of combinations and what compares them, nothing else.
fn is_comparison(expr: &Expr) -> bool {
    match expr {
        Expr::Literal(..) => true,
        Expr::Alias(alias) => is_comparison(&alias.expr),
        Expr::ScalarFunction(call) => {
            let compares = match kind_of(call) {
                Some(LiftKind::Operator(operator)) => matches!(
                    operator,
                    Operator::Eq
                        | Operator::NotEq
                        | Operator::Lt
                        | Operator::LtEq
                        | Operator::Gt
                        | Operator::GtEq
                        | Operator::And
                        | Operator::Or
                ),
                Some(LiftKind::Not) => true,
                _ => false,
            };
            is_view(expr) || (compares && call.args.iter().all(is_comparison))
        }
        _ => false,
    }
}

fn with_args(call: Expr, args: Vec<Expr>) -> Expr {
    match call {
        Expr::ScalarFunction(function) => {
            Expr::ScalarFunction(ScalarFunction::new_udf(function.func, args))
        }
        other => other,
    }
}
