//! Takes columns out of a result.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, Result};
use datafusion::logical_expr::{Expr, LogicalPlan, Projection};

/// The plan without the output columns that `is_hidden` picks; looks through what wraps a query.
pub(crate) fn without_columns(
    plan: LogicalPlan,
    is_hidden: &dyn Fn(&str) -> bool,
) -> Result<LogicalPlan> {
    match plan {
        LogicalPlan::Explain(_)
        | LogicalPlan::Analyze(_)
        | LogicalPlan::Copy(_)
        | LogicalPlan::Ddl(_)
        | LogicalPlan::Dml(_) => Ok(plan
            .map_children(|child| without_columns(child, is_hidden).map(Transformed::yes))?
            .data),
        query => {
            let schema = Arc::clone(query.schema());
            if !schema.fields().iter().any(|field| is_hidden(field.name())) {
                return Ok(query);
            }
            let kept = schema
                .iter()
                .filter(|(_, field)| !is_hidden(field.name()))
                .map(|column| Expr::Column(Column::from(column)))
                .collect();
            Projection::try_new(kept, Arc::new(query)).map(LogicalPlan::Projection)
        }
    }
}
