//! Which entry of which file an error is about that only knows the row of a batch.
//!
//! Kernels see batches. Once a statement has failed there is time to look: it runs again over parts
//! of a table, growing from its start until one fails, then over halves of that one until a single
//! entry is left.
//!
//! ```text
//! entries  ├─ok─┤├──ok──┤├────────fails────────┤ ...
//!                        ├───ok────┤├──fails──┤ ... ├┤ one entry that fails all by itself
//! ```
//!
//! That needs no knowledge of what failed, works wherever the statement runs, and never tells a
//! wrong entry: the message is that of the statement over the one entry.

mod parts;

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use datafusion::common::DFSchemaRef;
use datafusion::common::tree_node::{Transformed, TransformedResult};
use datafusion::datasource::provider_as_source;
use datafusion::error::{DataFusionError, Result as PlanResult};
use datafusion::logical_expr::{EmptyRelation, LogicalPlan};
use datafusion::physical_plan::execute_stream;
use futures::StreamExt;
use hepframe_physics::with_place;

use self::parts::Parts;
use crate::error::EngineError;
use crate::plan::Planned;
use crate::session::Session;

/// How long a user waits for the entry; after that the row of the batch has to do.
const PATIENCE: Duration = Duration::from_secs(20);

/// Entries of the first part that is tried: read faster than most statements are planned.
const FIRST_ENTRIES: u64 = 4096;

/// How much longer each part is than the one before.
const GROWTH: u64 = 4;

/// The error with the entry and the file, if it tells the row of a batch and they can be found.
pub(crate) async fn with_entry(
    session: &Session,
    planned: &Planned,
    error: EngineError,
) -> EngineError {
    if with_place(&error.to_string(), "").is_none() {
        return error;
    }
    let found = tokio::time::timeout(PATIENCE, find(session, planned)).await;
    match found {
        Ok(Some(message)) => EngineError::Query {
            source: DataFusionError::Execution(message),
        },
        // The error as it is says enough.
        Ok(None) | Err(_) => error,
    }
}

/// The message of the first entry that fails; `None` if no single entry does.
async fn find(session: &Session, planned: &Planned) -> Option<String> {
    let plan = only_rows(&planned.plan);
    let leaves = leaves(plan).ok()?;
    // What else the statement reads may be what fails, or may be needed for anything to fail.
    let alone = leaves.len() == 1;
    for others_are_empty in [true, false] {
        if alone && others_are_empty {
            continue;
        }
        for (leaf, table) in leaves.iter().enumerate() {
            let Some(table) = table else {
                continue;
            };
            let search = Search {
                session,
                planned,
                plan,
                leaf,
                table,
                others_are_empty,
            };
            // What stops the search of one table is no news: the statement has failed already.
            let Ok(Some((entry, message))) = search.first_failing().await else {
                continue;
            };
            // If the first entry fails, so may everything: then another table is the reason.
            let is_this_table = alone || others_are_empty || entry > 0;
            if let Some(place) = table.place_of(entry).filter(|_| is_this_table) {
                return with_place(&message, &place);
            }
        }
    }
    None
}

/// The part of a statement that makes rows: it can run again without writing anything.
fn only_rows(plan: &LogicalPlan) -> &LogicalPlan {
    match plan {
        LogicalPlan::Copy(_)
        | LogicalPlan::Dml(_)
        | LogicalPlan::Ddl(_)
        | LogicalPlan::Analyze(_) => plan.inputs().first().copied().unwrap_or(plan),
        _ => plan,
    }
}

/// One table of one statement, searched.
struct Search<'a> {
    session: &'a Session,
    planned: &'a Planned,
    plan: &'a LogicalPlan,
    /// Which of the plan's leaves is searched.
    leaf: usize,
    table: &'a Parts,
    others_are_empty: bool,
}

impl Search<'_> {
    async fn first_failing(&self) -> PlanResult<Option<(u64, String)>> {
        let all = self.table.entries();
        let (mut start, mut length) = (0, FIRST_ENTRIES);
        let mut failing = loop {
            if start >= all {
                return Ok(None);
            }
            let part = start..start.saturating_add(length).min(all);
            if self.failure_in(part.clone()).await?.is_some() {
                break part;
            }
            start = part.end;
            length = length.saturating_mul(GROWTH);
        };
        while failing.end - failing.start > 1 {
            let middle = failing.start + (failing.end - failing.start) / 2;
            let left = failing.start..middle;
            failing = match self.failure_in(left.clone()).await? {
                Some(_) => left,
                None => middle..failing.end,
            };
        }
        let entry = failing.start;
        Ok(self
            .failure_in(failing)
            .await?
            .map(|message| (entry, message)))
    }

    /// What the statement says over these entries, if that tells the row of a batch.
    async fn failure_in(&self, entries: Range<u64>) -> PlanResult<Option<String>> {
        let Err(error) = self.run(entries).await else {
            return Ok(None);
        };
        let message = self.planned.explain(self.session, error).to_string();
        match with_place(&message, "") {
            Some(_) => Ok(Some(message)),
            None => Err(DataFusionError::Execution(message)),
        }
    }

    async fn run(&self, entries: Range<u64>) -> PlanResult<()> {
        let plan = self.over(entries)?;
        let context = self.session.context();
        let plan = context.state().create_physical_plan(&plan).await?;
        let mut rows = execute_stream(plan, context.task_ctx())?;
        while let Some(batch) = rows.next().await {
            batch?;
        }
        Ok(())
    }

    /// The plan over these entries of the table.
    fn over(&self, entries: Range<u64>) -> PlanResult<LogicalPlan> {
        with_leaves(self.plan, |number, leaf| {
            if number == self.leaf {
                return self.narrowed(leaf, entries.clone());
            }
            Ok(self.others_are_empty.then(|| empty(leaf.schema())))
        })
    }

    fn narrowed(&self, leaf: &LogicalPlan, entries: Range<u64>) -> PlanResult<Option<LogicalPlan>> {
        let LogicalPlan::TableScan(scan) = leaf else {
            return Ok(None);
        };
        let part = self.table.among(entries)?;
        Ok(part.map(|part| {
            let mut scan = scan.clone();
            scan.source = provider_as_source(part);
            LogicalPlan::TableScan(scan)
        }))
    }
}

/// The tables that a plan reads, each time that it does; `None` for those that are read as a whole.
fn leaves(plan: &LogicalPlan) -> PlanResult<Vec<Option<Parts>>> {
    let mut tables = Vec::new();
    with_leaves(plan, |_, leaf| {
        tables.push(Parts::of(leaf)?);
        Ok(None)
    })?;
    Ok(tables)
}

/// The plan with what `replace` gives instead of its leaves, which are counted from 0.
fn with_leaves(
    plan: &LogicalPlan,
    mut replace: impl FnMut(usize, &LogicalPlan) -> PlanResult<Option<LogicalPlan>>,
) -> PlanResult<LogicalPlan> {
    let mut number = 0;
    plan.clone()
        .transform_up_with_subqueries(|node| {
            if !matches!(node, LogicalPlan::TableScan(_) | LogicalPlan::Values(_)) {
                return Ok(Transformed::no(node));
            }
            let replaced = replace(number, &node)?;
            number += 1;
            Ok(replaced.map_or_else(|| Transformed::no(node), Transformed::yes))
        })
        .data()
}

fn empty(schema: &DFSchemaRef) -> LogicalPlan {
    LogicalPlan::EmptyRelation(EmptyRelation {
        produce_one_row: false,
        schema: Arc::clone(schema),
    })
}
