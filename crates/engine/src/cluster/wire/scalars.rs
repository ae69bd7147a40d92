//! Operators on lists in a plan: a call is named as its operands were written, so that must travel
//! with it.

use std::sync::Arc;

use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::ScalarUDF;

use crate::physics::{Spelling, spelled_operator, spelling_of};

/// Writes how the operands of a call are written; nothing for functions that the registry has.
pub(super) fn write_scalar(function: &ScalarUDF, bytes: &mut Vec<u8>) -> Result<()> {
    if let Some(spelling) = spelling_of(function) {
        bytes.extend(spelling.to_bytes()?);
    }
    Ok(())
}

/// The function that was written.
pub(super) fn read_scalar(name: &str, bytes: &[u8]) -> Result<Arc<ScalarUDF>> {
    if bytes.is_empty() {
        return plan_err!("the plan holds the function `{name}`, which this process does not know");
    }
    spelled_operator(name, Spelling::from_bytes(bytes)?)
}

#[cfg(test)]
mod tests {
    use arrow::array::RecordBatch;
    use arrow::datatypes::{DataType, Field, Schema};
    use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
    use datafusion::datasource::{MemTable, provider_as_source};
    use datafusion::execution::runtime_env::RuntimeEnv;
    use datafusion::logical_expr::{Expr, LogicalPlanBuilder, col, lit};
    use datafusion::prelude::SessionContext;
    use datafusion_proto::logical_plan::AsLogicalPlan;
    use hepframe_root_source::Caches;

    use super::*;
    use crate::cluster::tables::encode_plan;
    use crate::cluster::wire::{LogicalCodec, WirePlan, cluster_config, cluster_state};
    use crate::physics::resolve;

    /// `y + 1.5 + 1.5 ..`, which was written with `x`, of a table with both.
    fn replaced(scan: &LogicalPlanBuilder) -> Expr {
        let chain = (0..3).fold(col("x"), |sum, _| sum + lit(1.5));
        let chain = resolve(chain, scan.schema()).unwrap();
        chain
            .transform_up(|part| {
                Ok(match part {
                    Expr::Column(_) => Transformed::yes(col("y")),
                    other => Transformed::no(other),
                })
            })
            .data()
            .unwrap()
    }

    #[test]
    fn columns_keep_their_names_on_the_way_though_operands_were_replaced() {
        let list = DataType::new_list(DataType::Float64, true);
        let columns = ["x", "y"].map(|name| Field::new(name, list.clone(), true));
        let rows = RecordBatch::new_empty(Arc::new(Schema::new(columns.to_vec())));
        let table = MemTable::try_new(rows.schema(), vec![vec![rows]]).unwrap();
        let scan = LogicalPlanBuilder::scan("t", provider_as_source(Arc::new(table)), None);
        let scan = scan.unwrap();
        let column = replaced(&scan);
        let plan = scan.project(vec![column]).unwrap().build().unwrap();

        let codec = LogicalCodec::new(Caches::default());
        let bytes = encode_plan(&plan, &codec).unwrap();
        let state = cluster_state(cluster_config(), Arc::new(RuntimeEnv::default())).unwrap();
        let context = SessionContext::new_with_state(state).task_ctx();
        let read = WirePlan::try_decode(&bytes).unwrap();
        let read = read.try_into_logical_plan(&context, &codec).unwrap();

        assert_eq!(read.schema(), plan.schema());
        assert!(plan.schema().field(0).name().contains("(x, "));
    }
}
