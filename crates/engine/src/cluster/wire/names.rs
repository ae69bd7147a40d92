//! Keeps names of tables whole on their way: `"a.b"` stays one name.
//!
//! A plan's bytes hold the table of a column as plain text (`a.b.x`), and whoever reads them takes
//! `a.b` for table `b` of schema `a` (`datafusion-proto` 55, `ColumnRelation`). Names of tables
//! themselves travel in parts. So the tables of columns are written with quotes, which the reader
//! understands, wherever they need some.

use bytes::BufMut;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, Result, TableReference};
use datafusion::execution::TaskContext;
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion_proto::logical_plan::{AsLogicalPlan, LogicalExtensionCodec};
use datafusion_proto::protobuf::LogicalPlanNode;

/// A logical plan as it travels: [`LogicalPlanNode`] with whole names. The bytes are the same.
#[derive(Debug, Clone)]
pub struct WirePlan(LogicalPlanNode);

impl AsLogicalPlan for WirePlan {
    fn try_decode(bytes: &[u8]) -> Result<Self> {
        LogicalPlanNode::try_decode(bytes).map(Self)
    }

    fn try_encode<B: BufMut>(&self, bytes: &mut B) -> Result<()> {
        self.0.try_encode(bytes)
    }

    fn try_into_logical_plan(
        &self,
        context: &TaskContext,
        codec: &dyn LogicalExtensionCodec,
    ) -> Result<LogicalPlan> {
        self.0.try_into_logical_plan(context, codec)
    }

    fn try_from_logical_plan(
        plan: &LogicalPlan,
        codec: &dyn LogicalExtensionCodec,
    ) -> Result<Self> {
        if !has_names_to_quote(plan)? {
            return LogicalPlanNode::try_from_logical_plan(plan, codec).map(Self);
        }
        let quoted = plan
            .clone()
            .transform_up_with_subqueries(quote_names)
            .data()?;
        LogicalPlanNode::try_from_logical_plan(&quoted, codec).map(Self)
    }
}

/// The name of a column's table as it must be written, if that is not as it is.
fn quoted(column: &Column) -> Option<TableReference> {
    let relation = column.relation.as_ref()?;
    let quoted = relation.to_quoted_string();
    (quoted != relation.to_string()).then(|| TableReference::bare(quoted))
}

fn has_names_to_quote(plan: &LogicalPlan) -> Result<bool> {
    let mut found = false;
    plan.apply_with_subqueries(|node| {
        node.apply_expressions(|expr| {
            expr.apply(|expr| {
                if let Expr::Column(column) = expr
                    && quoted(column).is_some()
                {
                    found = true;
                    return Ok(TreeNodeRecursion::Stop);
                }
                Ok(TreeNodeRecursion::Continue)
            })
        })
    })?;
    Ok(found)
}

/// The node with quotes in its expressions. Only good for being written: its schema is as before.
fn quote_names(node: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    if let LogicalPlan::Unnest(mut unnest) = node {
        for column in &mut unnest.exec_columns {
            quote(column);
        }
        return Ok(Transformed::yes(LogicalPlan::Unnest(unnest)));
    }
    node.map_expressions(|expr| {
        expr.transform_up(|mut expr| {
            let changed = match &mut expr {
                Expr::Column(column) => quote(column),
                _ => false,
            };
            Ok(Transformed::new_transformed(expr, changed))
        })
    })
}

/// True if the name needed it.
fn quote(column: &mut Column) -> bool {
    let Some(name) = quoted(column) else {
        return false;
    };
    column.relation = Some(name);
    true
}
