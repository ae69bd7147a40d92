//! Many bookings as one plan.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::common::{Column as Name, Result as PlanResult};
use datafusion::functions_aggregate::expr_fn as aggregate;
use datafusion::logical_expr::{
    Expr, ExprFunctionExt, ExprSchemable, LogicalPlan, LogicalPlanBuilder, cast, lit, when,
};

use super::book::{Booked, Booking, Reduction};
use super::chain::{chain, native};
use super::read::{BOOK, Wanted};
use super::steps::{Node, Step};
use crate::histogram::Spec;
use crate::physics::{Op, book, call, is_list};

/// A plan in the making.
pub(super) struct Together<'a> {
    /// Steps that became columns: by node, the names of its defines and its flag.
    hidden: HashMap<*const Node, Hidden>,
    /// Columns to compute, by depth behind the shared steps.
    levels: Vec<Vec<(String, Expr)>>,
    shared: HashSet<*const Node>,
    specs: Vec<Spec>,
    /// The distinct inputs of histograms.
    inputs: Vec<Expr>,
    places: HashMap<Expr, usize>,
    aggregates: Vec<Expr>,
    counts: HashMap<Option<Name>, String>,
    last_shared: &'a Arc<Node>,
}

/// What stands for a node's columns and its filters.
#[derive(Clone, Default)]
struct Hidden {
    defines: HashMap<String, Name>,
    flag: Option<Name>,
    depth: usize,
}

impl<'a> Together<'a> {
    pub(super) fn plan(bookings: &[&'a Booking]) -> PlanResult<(LogicalPlan, Vec<Wanted>)> {
        let shared = shared(bookings);
        let Some(last_shared) = shared.last().copied() else {
            return datafusion::common::internal_err!("bookings share their table");
        };
        let mut together = Self {
            hidden: HashMap::new(),
            levels: Vec::new(),
            shared: shared.iter().map(|node| Arc::as_ptr(node)).collect(),
            specs: Vec::new(),
            inputs: Vec::new(),
            places: HashMap::new(),
            aggregates: Vec::new(),
            counts: HashMap::new(),
            last_shared,
        };
        let mut wanted = Vec::with_capacity(bookings.len());
        for booking in bookings {
            wanted.push(together.book(booking)?);
        }
        Ok((together.finish()?, wanted))
    }

    fn finish(self) -> PlanResult<LogicalPlan> {
        let mut builder = LogicalPlanBuilder::from(native(self.last_shared)?);
        for level in self.levels {
            let mut columns: Vec<Expr> = builder
                .schema()
                .columns()
                .into_iter()
                .map(Expr::Column)
                .collect();
            columns.extend(level.into_iter().map(|(name, expr)| expr.alias(name)));
            builder = builder.project(columns)?;
        }
        let mut aggregates = self.aggregates;
        if !self.specs.is_empty() {
            aggregates.push(book(&self.specs, self.inputs)?.alias(BOOK));
        }
        if aggregates.is_empty() {
            // Reports without cuts ask for nothing, and an aggregate of nothing is none.
            aggregates.push(aggregate::count(lit(1_i64)));
        }
        builder.aggregate(Vec::<Expr>::new(), aggregates)?.build()
    }

    /// What stands for the columns of a node; adds what is missing.
    fn hidden(&mut self, node: &Arc<Node>) -> PlanResult<Hidden> {
        if self.shared.contains(&Arc::as_ptr(node)) {
            return Ok(Hidden::default());
        }
        if let Some(known) = self.hidden.get(&Arc::as_ptr(node)) {
            return Ok(known.clone());
        }
        let Some(before) = node.before() else {
            return Ok(Hidden::default());
        };
        let mut hidden = self.hidden(before)?;
        let number = self.hidden.len();
        let (name, expr) = match &node.step {
            Step::Start(_) => return Ok(hidden),
            Step::Define { name, expr, .. } => {
                let column = format!("#{number}.{name}");
                let expr = replaced(expr, &hidden)?;
                hidden
                    .defines
                    .insert(name.clone(), Name::new_unqualified(column.clone()));
                (column, expr)
            }
            Step::Filter { predicate, .. } => {
                let column = format!("#{number}.passes");
                let expr = replaced(predicate, &hidden)?;
                let expr = match hidden.flag.take() {
                    Some(flag) => Expr::Column(flag).and(expr),
                    None => expr,
                };
                hidden.flag = Some(Name::new_unqualified(column.clone()));
                (column, expr)
            }
        };
        if self.levels.len() <= hidden.depth {
            self.levels.push(Vec::new());
        }
        self.levels[hidden.depth].push((name, expr));
        hidden.depth += 1;
        self.hidden.insert(Arc::as_ptr(node), hidden.clone());
        Ok(hidden)
    }

    fn input(&mut self, expr: Expr) -> usize {
        if let Some(place) = self.places.get(&expr) {
            return *place;
        }
        self.inputs.push(expr.clone());
        self.places.insert(expr, self.inputs.len() - 1);
        self.inputs.len() - 1
    }

    fn named(&mut self, aggregate: Expr) -> String {
        let name = format!("a{}", self.aggregates.len());
        self.aggregates.push(aggregate.alias(&name));
        name
    }

    /// The column that counts events with this flag.
    fn counted(&mut self, flag: Option<Name>) -> PlanResult<String> {
        if let Some(name) = self.counts.get(&flag) {
            return Ok(name.clone());
        }
        let count = match &flag {
            None => aggregate::count(lit(1_i64)),
            Some(flag) => aggregate::count(when(Expr::Column(flag.clone()), lit(1_i64)).end()?),
        };
        let name = self.named(count);
        self.counts.insert(flag, name.clone());
        Ok(name)
    }

    fn book(&mut self, booking: &Booking) -> PlanResult<Wanted> {
        let hidden = self.hidden(&booking.node)?;
        match &booking.of {
            Booked::Histogram {
                axes,
                coordinates,
                sample,
                weight,
            } => {
                let mut places = Vec::with_capacity(coordinates.len());
                for coordinate in coordinates {
                    places.push(self.input(replaced(coordinate, &hidden)?));
                }
                let mut place = |expr: &Option<Expr>| -> PlanResult<Option<usize>> {
                    match expr {
                        Some(expr) => Ok(Some(self.input(replaced(expr, &hidden)?))),
                        None => Ok(None),
                    }
                };
                let (sample, weight) = (place(sample)?, place(weight)?);
                let mask = place(&hidden.flag.clone().map(Expr::Column))?;
                self.specs.push(Spec {
                    axes: axes.clone(),
                    coordinates: places,
                    sample,
                    weight,
                    mask,
                });
                Ok(Wanted::Histogram(self.specs.len() - 1))
            }
            Booked::Count => self.counted(hidden.flag).map(Wanted::Count),
            Booked::Reduced(reduction, of) => {
                let of_type = of.get_type(&booking.node.schema)?;
                let is_list = is_list(&of_type);
                let of = replaced(of, &hidden)?;
                let of = if is_list {
                    per_event(*reduction, of)?
                } else {
                    of
                };
                let of = cast(of, reduced_as(*reduction, &of_type));
                let of = match &hidden.flag {
                    Some(flag) => when(Expr::Column(flag.clone()), of).end()?,
                    None => of,
                };
                let reduced = match reduction {
                    Reduction::Sum => aggregate::sum(of),
                    Reduction::Mean => aggregate::avg(of),
                    Reduction::Min => aggregate::min(of),
                    Reduction::Max => aggregate::max(of),
                };
                Ok(Wanted::Number(self.named(reduced)))
            }
            Booked::Take(of) => {
                let data_type = of.get_type(&booking.node.schema)?;
                let values = aggregate::array_agg(replaced(of, &hidden)?);
                let values = match &hidden.flag {
                    Some(flag) => values.filter(Expr::Column(flag.clone())).build()?,
                    None => values,
                };
                Ok(Wanted::Values(self.named(values), data_type))
            }
            Booked::Report => {
                let mut cuts = Vec::new();
                for node in chain(&booking.node) {
                    if let Step::Filter {
                        before,
                        name: Some(name),
                        ..
                    } = &node.step
                    {
                        let (seen, passed) = (self.hidden(before)?.flag, self.hidden(node)?.flag);
                        cuts.push((name.clone(), self.counted(seen)?, self.counted(passed)?));
                    }
                }
                Ok(Wanted::Report(cuts))
            }
        }
    }
}

/// A list reduced to one number per event.
fn per_event(reduction: Reduction, of: Expr) -> PlanResult<Expr> {
    let op = match reduction {
        Reduction::Sum => Op::Sum,
        Reduction::Min => Op::Min,
        Reduction::Max => Op::Max,
        Reduction::Mean => {
            return datafusion::common::plan_err!(
                "mean() takes one number per event; book the sum and the count of the elements, or \
                 the mean of mean(list)"
            );
        }
    };
    call(op, vec![of])
}

/// The expression over the hidden columns that stand for defines.
fn replaced(expr: &Expr, hidden: &Hidden) -> PlanResult<Expr> {
    if hidden.defines.is_empty() {
        return Ok(expr.clone());
    }
    expr.clone()
        .transform(|part| {
            Ok(match &part {
                Expr::Column(column) => match hidden.defines.get(&column.name) {
                    Some(name) => Transformed::yes(Expr::Column(name.clone())),
                    None => Transformed::no(part),
                },
                _ => Transformed::no(part),
            })
        })
        .data()
}

/// The steps that all bookings begin with. A report counts at each named filter, so those before
/// which it counts are not among them.
fn shared<'a>(bookings: &[&'a Booking]) -> Vec<&'a Arc<Node>> {
    let chains: Vec<Vec<&Arc<Node>>> = bookings.iter().map(|one| chain(&one.node)).collect();
    let mut shared = Vec::new();
    let Some(first) = chains.first() else {
        return shared;
    };
    let has_report = bookings.iter().any(|one| matches!(one.of, Booked::Report));
    for (depth, node) in first.iter().enumerate() {
        let in_all = chains.iter().all(|chain| {
            chain
                .get(depth)
                .is_some_and(|other| Arc::ptr_eq(other, node))
        });
        let is_counted = has_report && matches!(&node.step, Step::Filter { name: Some(_), .. });
        if !in_all || is_counted {
            break;
        }
        shared.push(*node);
    }
    shared
}

/// The type in which values are reduced: whole numbers keep all their digits where none is added.
fn reduced_as(reduction: Reduction, of: &DataType) -> DataType {
    match (reduction, of) {
        (
            _,
            DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _),
        ) => reduced_as(reduction, item.data_type()),
        (Reduction::Min | Reduction::Max, DataType::UInt64) => DataType::UInt64,
        (Reduction::Min | Reduction::Max, of) if of.is_integer() => DataType::Int64,
        _ => DataType::Float64,
    }
}
