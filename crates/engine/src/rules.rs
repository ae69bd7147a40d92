//! DataFusion's physical rules, kept from what gives wrong rows in version 55.
//!
//! * Filters are pushed down by the names of columns: below a join whose sides have columns of one
//!   name, that may be the wrong one ([25259](https://github.com/apache/datafusion/pull/25259)).
//! * A sort-merge join with a further condition mixes up the condition's columns
//!   ([24414](https://github.com/apache/datafusion/issues/24414),
//!   [25489](https://github.com/apache/datafusion/pull/25489)).

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::joins::{HashJoinExec, PartitionMode, SortMergeJoinExec};
use datafusion::physical_plan::sorts::sort::SortExec;

type Rule = Arc<dyn PhysicalOptimizerRule + Send + Sync>;

/// What DataFusion calls both of its rules that push filters down.
const PUSHES_FILTERS: &str = "FilterPushdown";

/// The rules of every session.
pub(crate) fn physical_rules() -> Vec<Rule> {
    let theirs = PhysicalOptimizer::new().rules.into_iter();
    let guarded = theirs.map(|rule| -> Rule {
        if rule.name().starts_with(PUSHES_FILTERS) {
            Arc::new(UnlessNamesRepeat(rule))
        } else {
            rule
        }
    });
    std::iter::once(Arc::new(HashConditionalJoins) as Rule)
        .chain(guarded)
        .collect()
}

/// Pushes filters down, unless one could meet two columns of its name.
#[derive(Debug)]
struct UnlessNamesRepeat(Rule);

impl PhysicalOptimizerRule for UnlessNamesRepeat {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        config: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if may_mix_up_columns(&plan)? {
            return Ok(plan);
        }
        self.0.optimize(plan, config)
    }

    fn name(&self) -> &str {
        self.0.name()
    }

    fn schema_check(&self) -> bool {
        self.0.schema_check()
    }
}

/// True if a node that pushes filters has columns of one name below it.
fn may_mix_up_columns(plan: &Arc<dyn ExecutionPlan>) -> Result<bool> {
    let mut found = false;
    plan.apply(|node| {
        let pushes = node.is::<FilterExec>()
            || node.is::<HashJoinExec>()
            || node.is::<SortExec>()
            || node.is::<AggregateExec>();
        if pushes {
            for child in node.children() {
                found |= child.exists(|below| Ok(has_repeated_name(below)))?;
            }
        }
        Ok(if found {
            TreeNodeRecursion::Stop
        } else {
            TreeNodeRecursion::Continue
        })
    })?;
    Ok(found)
}

fn has_repeated_name(node: &Arc<dyn ExecutionPlan>) -> bool {
    let schema = node.schema();
    let mut seen = HashSet::new();
    schema
        .fields()
        .iter()
        .any(|field| !seen.insert(field.name()))
}

/// Turns sort-merge joins with a further condition into hash joins.
#[derive(Debug)]
struct HashConditionalJoins;

impl PhysicalOptimizerRule for HashConditionalJoins {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _config: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| {
            let join = node.downcast_ref::<SortMergeJoinExec>();
            let Some(join) = join.filter(|join| join.filter().is_some()) else {
                return Ok(Transformed::no(node));
            };
            let hashed = HashJoinExec::try_new(
                Arc::clone(join.left()),
                Arc::clone(join.right()),
                join.on().to_vec(),
                join.filter().clone(),
                &join.join_type(),
                None,
                PartitionMode::Partitioned,
                join.null_equality(),
                false,
            )?;
            Ok(Transformed::yes(Arc::new(hashed) as _))
        })
        .data()
    }

    fn name(&self) -> &'static str {
        "hash_conditional_joins"
    }

    fn schema_check(&self) -> bool {
        true
    }
}
