//! Reductions over combinations become one function with a program.
//!
//! ```text
//! hep_argmin(abs(hep_mass(.. hep_member(pt, 3, 0) ..) - 172.5))
//!   ──▶ hep_fused('{"over":{"combinations":3}, ..}', pt, eta, phi, mass)
//! ```
//!
//! Nothing per combination is stored then ([`hepframe_physics::fused`]). What [`translate`] does not
//! know stays as it is and gives the same result, only slower.

mod translate;

use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};

use super::functions::{Op, op_of};
use translate::fused;

/// The rule; runs before common expressions are moved to projections of their own.
#[derive(Debug, Default)]
pub(crate) struct FuseCombinations;

impl OptimizerRule for FuseCombinations {
    fn name(&self) -> &'static str {
        "fuse_combinations"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::BottomUp)
    }

    fn supports_rewrite(&self) -> bool {
        true
    }

    fn rewrite(
        &self,
        plan: LogicalPlan,
        _: &dyn OptimizerConfig,
    ) -> Result<Transformed<LogicalPlan>> {
        let schema = merge_schema(&plan.inputs());
        let names = NamePreserver::new(&plan);
        let fuse = |expr: Expr| {
            let name = names.save(&expr);
            let fused = expr.transform_down(|part| match &part {
                Expr::ScalarFunction(call) if op_of(call).is_some_and(is_reduction) => {
                    Ok(match fused(call, &schema)? {
                        Some(fused) => Transformed::yes(fused),
                        None => Transformed::no(part),
                    })
                }
                _ => Ok(Transformed::no(part)),
            })?;
            Ok(fused.update_data(|expr| name.restore(expr)))
        };
        let rewritten = plan.map_expressions(fuse)?;
        if rewritten.transformed {
            rewritten.map_data(LogicalPlan::recompute_schema)
        } else {
            Ok(rewritten)
        }
    }
}

fn is_reduction(op: Op) -> bool {
    matches!(
        op,
        Op::ArgMin | Op::ArgMax | Op::Any | Op::All | Op::Count | Op::Sum | Op::Min | Op::Max
    )
}
