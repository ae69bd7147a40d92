//! Many histograms of one SELECT become one call.
//!
//! ```text
//! SELECT h1(x, 9, 0, 1) AS a, ...   ──▶   SELECT hep_histogram("#book", 0) AS a, ... FROM
//! FROM t                                    (SELECT hep_histograms('h1 0 1 2 3;...', x, 9, 0, 1, ...) AS "#book" FROM t)
//! ```
//!
//! The time of DataFusion's planner grows with the square of the aggregates in a SELECT list; this
//! way there is one, whose arguments are the different arguments of all histograms.

use std::collections::HashMap;
use std::ops::ControlFlow;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, GroupByExpr, Query, Select,
    SelectItem, SetExpr, TableAlias, TableFactor, Value, VisitorMut, visit_expressions,
};

use super::collections::{function, select_everything};
use super::scope::quoted;
use super::tree::walk_mut;
use crate::physics::{HISTOGRAM_AT, HISTOGRAMS, histogram_call};

/// Fewer are planned as they are: EXPLAIN then shows what was typed.
const FEWEST: usize = 16;
/// The column of all histograms.
const BOOK: &str = "#book";
/// Functions that give another value each time they are called.
const VOLATILE: [&str; 2] = ["random", "uuid"];

/// Folds the histograms of every query with many of them.
pub(crate) fn fold_histograms(statement: &mut Statement) {
    walk_mut(statement, &mut Folder);
}

struct Folder;

impl VisitorMut for Folder {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        if query.order_by.is_none()
            && let SetExpr::Select(select) = query.body.as_mut()
            && let Some(folded) = folded(select)
        {
            **select = folded;
        }
        ControlFlow::Continue(())
    }
}

/// The SELECT with its histograms folded; `None` if that is of no use, or might change what it
/// means.
fn folded(select: &Select) -> Option<Select> {
    let is_plain = select.distinct.is_none()
        && select.group_by == GroupByExpr::Expressions(Vec::new(), Vec::new())
        && select.having.is_none()
        && select.qualify.is_none()
        && select.into.is_none();
    if select.projection.len() < FEWEST || !is_plain {
        return None;
    }
    let mut calls = Calls::default();
    let mut outer = Vec::with_capacity(select.projection.len());
    let mut inner = Vec::new();
    for (place, item) in select.projection.iter().enumerate() {
        let SelectItem::ExprWithAlias { expr, alias } = item else {
            return None;
        };
        let expr = match calls.taken(expr) {
            Some(taken) => taken,
            None if mentions_histogram(expr) => return None,
            None => {
                let hidden = quoted(format!("#{place}"));
                inner.push(SelectItem::ExprWithAlias {
                    expr: expr.clone(),
                    alias: hidden.clone(),
                });
                Expr::Identifier(hidden)
            }
        };
        let alias = alias.clone();
        outer.push(SelectItem::ExprWithAlias { expr, alias });
    }
    if calls.written.len() < FEWEST {
        return None;
    }
    inner.push(SelectItem::ExprWithAlias {
        expr: calls.call(),
        alias: quoted(BOOK.to_owned()),
    });
    around(select, inner, outer)
}

/// `SELECT outer FROM (the SELECT, with `inner` for its list)`.
fn around(select: &Select, inner: Vec<SelectItem>, outer: Vec<SelectItem>) -> Option<Select> {
    let mut within = select_everything()?;
    let mut without = select_everything()?;
    let (SetExpr::Select(of_within), SetExpr::Select(of_without)) =
        (within.body.as_mut(), without.body.as_mut())
    else {
        return None;
    };
    **of_within = Select {
        projection: inner,
        ..select.clone()
    };
    of_without.projection = outer;
    of_without.from.first_mut()?.relation = TableFactor::Derived {
        lateral: false,
        subquery: Box::new(within),
        alias: Some(TableAlias {
            explicit: true,
            name: quoted("#books".to_owned()),
            columns: Vec::new(),
            at: None,
        }),
        sample: None,
    };
    match *without.body {
        SetExpr::Select(select) => Some(*select),
        _ => None,
    }
}

/// Calls of `h1` and its sisters, with every different argument once.
#[derive(Default)]
struct Calls {
    /// Per call: the function, the numbers of its arguments.
    written: Vec<String>,
    arguments: Vec<Expr>,
    places: HashMap<Expr, usize>,
}

impl Calls {
    /// What stands for a histogram, or for the JSON of one; `None` for anything else.
    fn taken(&mut self, expr: &Expr) -> Option<Expr> {
        let Expr::Function(call) = expr else {
            return None;
        };
        if let Some(histogram) = self.histogram(call) {
            return Some(histogram);
        }
        let FunctionArguments::List(list) = &call.args else {
            return None;
        };
        let [FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Function(inner)))] =
            list.args.as_slice()
        else {
            return None;
        };
        if name_of(call) != "uhi" {
            return None;
        }
        let histogram = self.histogram(inner)?;
        Some(function("uhi", vec![histogram]))
    }

    fn histogram(&mut self, call: &Function) -> Option<Expr> {
        let name = histogram_call(&name_of(call), call.filter.is_some())?;
        let FunctionArguments::List(list) = &call.args else {
            return None;
        };
        let is_plain = call.over.is_none()
            && call.null_treatment.is_none()
            && call.within_group.is_empty()
            && list.duplicate_treatment.is_none()
            && list.clauses.is_empty();
        if !is_plain {
            return None;
        }
        let arguments = list.args.iter().map(|argument| match argument {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
            _ => None,
        });
        let arguments: Vec<&Expr> = arguments.collect::<Option<_>>()?;
        let mut written = name.to_owned();
        for argument in call.filter.as_deref().into_iter().chain(arguments) {
            written.push_str(&format!(" {}", self.place(argument)));
        }
        self.written.push(written);
        let number = Value::Number((self.written.len() - 1).to_string(), false);
        let book = Expr::Identifier(quoted(BOOK.to_owned()));
        Some(function(HISTOGRAM_AT, vec![book, Expr::value(number)]))
    }

    fn place(&mut self, argument: &Expr) -> usize {
        if let Some(place) = self.places.get(argument) {
            return *place;
        }
        let place = self.arguments.len();
        self.arguments.push(argument.clone());
        if !calls(argument, &|name| VOLATILE.contains(&name)) {
            self.places.insert(argument.clone(), place);
        }
        place
    }

    fn call(self) -> Expr {
        let written = Value::SingleQuotedString(self.written.join(";"));
        let mut args = vec![Expr::value(written)];
        args.extend(self.arguments);
        function(HISTOGRAMS, args)
    }
}

fn name_of(call: &Function) -> String {
    call.name.to_string().to_ascii_lowercase()
}

fn mentions_histogram(expr: &Expr) -> bool {
    calls(expr, &|name| histogram_call(name, false).is_some())
}

/// True if a function that `is_one` picks is called anywhere in the expression.
fn calls(expr: &Expr, is_one: &dyn Fn(&str) -> bool) -> bool {
    let found = visit_expressions(expr, |part| match part {
        Expr::Function(call) if is_one(&name_of(call)) => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    });
    found.is_break()
}
