//! Plans that were not made by our SQL or frames: lists work there too, and words that would
//! silently mean something else are refused.

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result, plan_err};
use datafusion::logical_expr::expr_rewriter::FunctionRewrite;
use datafusion::logical_expr::{Expr, ExprSchemable};

use super::resolve::resolve_one;
use super::types::is_list;

/// The safety net; runs before DataFusion coerces types.
#[derive(Debug)]
pub(crate) struct PhysicsRewrite;

impl FunctionRewrite for PhysicsRewrite {
    fn name(&self) -> &'static str {
        "hepframe_lists"
    }

    fn rewrite(
        &self,
        expr: Expr,
        schema: &DFSchema,
        _: &ConfigOptions,
    ) -> Result<Transformed<Expr>> {
        if let Expr::AggregateFunction(aggregate) = &expr
            && matches!(aggregate.func.name(), "min" | "max" | "sum" | "avg")
            && let [of] = aggregate.params.args.as_slice()
            && of.get_type(schema).is_ok_and(|of| is_list(&of))
        {
            let name = aggregate.func.name();
            return plan_err!(
                "{name}() over events takes one number per event, and `{of}` is a list; reduce \
                 it first ({name}({name}({of}))) or use unnest"
            );
        }
        resolve_one(expr, schema)
    }
}
