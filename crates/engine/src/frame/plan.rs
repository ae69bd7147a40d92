//! Many bookings as one plan.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::Column as Name;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::error::{DataFusionError, Result as PlanResult};
use datafusion::functions_aggregate::expr_fn as aggregate;
use datafusion::logical_expr::{
    Expr, ExprFunctionExt, ExprSchemable, LogicalPlan, LogicalPlanBuilder, cast, lit, when,
};

use super::answer::Answer;
use super::book::{Booked, Booking, Reduction};
use super::read::{BOOK, Wanted, answer, histograms};
use super::steps::{Node, Step, query_of};
use crate::error::{EngineError, Result};
use crate::histogram::Spec;
use crate::physics::{Op, book, call, is_list};
use crate::session::Session;
use crate::statistics::Progress;

/// The plan of a frame by itself: one node per step.
pub(super) fn native(node: &Arc<Node>) -> PlanResult<LogicalPlan> {
    let chain = chain(node);
    let mut builder: Option<LogicalPlanBuilder> = None;
    for node in chain {
        builder = Some(match (&node.step, builder) {
            (Step::Start(plan), _) => LogicalPlanBuilder::from(plan.clone()),
            (_, None) => return datafusion::common::internal_err!("a frame starts with a table"),
            (Step::Define { name, expr, .. }, Some(builder)) => {
                let columns = node
                    .schema
                    .iter()
                    .map(|(qualifier, field)| match field.name() == name {
                        true => expr.clone().alias(name),
                        false => Expr::Column((qualifier, field).into()),
                    })
                    .collect::<Vec<_>>();
                builder.project(columns)?
            }
            (Step::Filter { predicate, .. }, Some(builder)) => builder.filter(predicate.clone())?,
        });
    }
    match builder {
        Some(builder) => builder.build(),
        None => datafusion::common::internal_err!("a frame starts with a table"),
    }
}

/// All nodes up to this one, the start first.
fn chain(node: &Arc<Node>) -> Vec<&Arc<Node>> {
    let mut chain = vec![node];
    while let Some(before) = chain.last().and_then(|node| node.before()) {
        chain.push(before);
    }
    chain.reverse();
    chain
}

impl Session {
    /// Computes everything that is booked: all bookings over the same table in one scan.
    ///
    /// Answers come in the order of the bookings. A define behind filters is computed for every
    /// event that passed the filters that all bookings share.
    ///
    /// # Errors
    /// Whatever stops the scan.
    pub async fn run(&self, bookings: &[Booking]) -> Result<Vec<Answer>> {
        self.run_watched(bookings, &Progress::default()).await
    }

    /// As [`Session::run`], watched from elsewhere.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub async fn run_watched(
        &self,
        bookings: &[Booking],
        progress: &Progress,
    ) -> Result<Vec<Answer>> {
        let mut answers: Vec<Option<Answer>> = vec![None; bookings.len()];
        for places in of_one_table(bookings) {
            let together: Vec<&Booking> = places.iter().map(|place| &bookings[*place]).collect();
            let found = self.run_together(&together, progress).await?;
            for (place, answer) in places.iter().zip(found) {
                answers[*place] = Some(answer);
            }
        }
        Ok(answers.into_iter().flatten().collect())
    }

    async fn run_together(
        &self,
        bookings: &[&Booking],
        progress: &Progress,
    ) -> Result<Vec<Answer>> {
        let told = |error| self.explain(error);
        let (plan, wanted) = Together::plan(bookings).map_err(told)?;
        let Some(first) = bookings.first() else {
            return Ok(Vec::new());
        };
        let rows = query_of(self, plan, &first.node.tables, progress.clone())
            .collect()
            .await?;
        let Some(row) = rows.iter().find(|batch| batch.num_rows() == 1) else {
            return Err(EngineError::Query {
                source: DataFusionError::Internal("an aggregate gives one row".to_owned()),
            });
        };
        let histograms = histograms(row, &wanted).map_err(told)?;
        wanted
            .iter()
            .map(|wanted| answer(row, wanted, &histograms).map_err(told))
            .collect()
    }
}

/// The places of the bookings over each table.
fn of_one_table(bookings: &[Booking]) -> Vec<Vec<usize>> {
    let mut starts: HashMap<*const Node, usize> = HashMap::new();
    let mut tables: Vec<Vec<usize>> = Vec::new();
    for (place, booking) in bookings.iter().enumerate() {
        let start = Arc::as_ptr(chain(&booking.node)[0]);
        let table = *starts.entry(start).or_insert(tables.len());
        match tables.get_mut(table) {
            Some(places) => places.push(place),
            None => tables.push(vec![place]),
        }
    }
    tables
}

/// A plan in the making.
struct Together<'a> {
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
    fn plan(bookings: &[&'a Booking]) -> PlanResult<(LogicalPlan, Vec<Wanted>)> {
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
                let is_list = is_list(&of.get_type(&booking.node.schema)?);
                let of = replaced(of, &hidden)?;
                let of = if is_list {
                    per_event(*reduction, of)?
                } else {
                    of
                };
                let of = cast(of, DataType::Float64);
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
