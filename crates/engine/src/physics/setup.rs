//! Puts physics into a session.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::execution::{FunctionRegistry, SessionState, SessionStateBuilder};
use datafusion::logical_expr::planner::ExprPlanner;
use datafusion::optimizer::common_subexpr_eliminate::CommonSubexprEliminate;
use datafusion::optimizer::{Analyzer, AnalyzerRule, Optimizer, OptimizerRule};

use super::functions::{LIFTED, functions, lift_function, lifted_operators};
use super::fuse::FuseCombinations;
use super::histogram;
use super::planner::PhysicsPlanner;
use super::rewrite::PhysicsRewrite;
use super::take_apart::TakeApart;
use crate::rules::physical_rules;

/// Rounds of DataFusion's rules. A second one tidies up what the first moved; every further one
/// numbers common expressions anew, so that the plan never seems finished, and changes nothing.
const PASSES: usize = 2;

/// A session's state with the functions and rules of physics.
///
/// # Errors
/// If a function cannot be registered.
pub(crate) fn with_physics(mut builder: SessionStateBuilder) -> Result<SessionState> {
    // DataFusion asks planners in order, and its own swallow every subscript.
    let mut planners: Vec<Arc<dyn ExprPlanner>> = vec![Arc::new(PhysicsPlanner)];
    planners.extend(builder.expr_planners().take().unwrap_or_default());
    // Types are coerced on flat columns.
    let mut rules: Vec<Arc<dyn AnalyzerRule + Send + Sync>> = vec![Arc::new(TakeApart)];
    rules.extend(Analyzer::new().rules);
    let mut optimizer = builder
        .optimizer_rules()
        .take()
        .unwrap_or_else(|| Optimizer::new().rules);
    let common_expressions = optimizer
        .iter()
        .position(|rule| rule.name() == CommonSubexprEliminate::new().name());
    let place = common_expressions.unwrap_or(optimizer.len());
    optimizer.insert(place, Arc::new(FuseCombinations));
    let config = builder.config().get_or_insert_default();
    let optimizing = &mut config.options_mut().optimizer;
    optimizing.max_passes = PASSES;
    // Drops rows (https://github.com/apache/datafusion/issues/24816, 25147).
    optimizing.enable_aggregate_dynamic_filter_pushdown = false;
    let mut state = builder
        .with_optimizer_rules(optimizer)
        .with_physical_optimizer_rules(physical_rules())
        .with_expr_planners(planners)
        .with_analyzer_rules(rules)
        .build();
    let scalars = functions().chain(lifted_operators());
    for function in scalars.chain(histogram::scalars()) {
        state.register_udf(function)?;
    }
    for function in histogram::aggregates() {
        state.register_udaf(function)?;
    }
    for name in LIFTED {
        if let Ok(function) = state.udf(name) {
            state.register_udf(Arc::new(lift_function(function)))?;
        }
    }
    state.register_function_rewrite(Arc::new(PhysicsRewrite))?;
    state.register_function_rewrite(Arc::new(histogram::FilterToMask))?;
    Ok(state)
}
