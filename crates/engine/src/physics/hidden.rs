//! Takes columns out of a result, gives others their names back.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, Result, TableReference};
use datafusion::logical_expr::{Expr, LogicalPlan, Projection};

/// The plan with each output column under the name that `shown` gives it, without those that it
/// gives none; looks through what wraps a query.
pub(crate) fn with_shown_columns(
    plan: LogicalPlan,
    shown: &dyn for<'a> Fn(Option<&TableReference>, &'a str) -> Option<&'a str>,
) -> Result<LogicalPlan> {
    match plan {
        LogicalPlan::Explain(_)
        | LogicalPlan::Analyze(_)
        | LogicalPlan::Copy(_)
        | LogicalPlan::Ddl(_)
        | LogicalPlan::Dml(_) => Ok(plan
            .map_children(|child| with_shown_columns(child, shown).map(Transformed::yes))?
            .data),
        query => {
            let schema = Arc::clone(query.schema());
            let stays = |relation, name| shown(relation, name) == Some(name);
            if schema
                .iter()
                .all(|(table, field)| stays(table, field.name()))
            {
                return Ok(query);
            }
            let columns = schema
                .iter()
                .filter_map(|(table, field)| {
                    let name = shown(table, field.name())?;
                    let column = Expr::Column(Column::from((table, field)));
                    Some(if name == field.name() {
                        column
                    } else {
                        column.alias(name)
                    })
                })
                .collect();
            Projection::try_new(columns, Arc::new(query)).map(LogicalPlan::Projection)
        }
    }
}
