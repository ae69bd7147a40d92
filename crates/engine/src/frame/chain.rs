//! The chain of a frame's steps, and the plan of it alone.

use std::sync::Arc;

use datafusion::error::Result as PlanResult;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};

use super::steps::{Node, Step};

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
pub(super) fn chain(node: &Arc<Node>) -> Vec<&Arc<Node>> {
    let mut chain = vec![node];
    while let Some(before) = chain.last().and_then(|node| node.before()) {
        chain.push(before);
    }
    chain.reverse();
    chain
}
