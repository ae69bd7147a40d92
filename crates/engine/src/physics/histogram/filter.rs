//! `FILTER` of a histogram becomes a mask.
//!
//! DataFusion would copy all columns of a batch for each filter, and knows none for the elements
//! of lists.

use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::expr_rewriter::FunctionRewrite;
use datafusion::logical_expr::{AggregateUDF, Expr};

use super::aggregate::HistogramAggregate;
use super::arguments::Function;

/// The rewrite; runs before types are coerced.
#[derive(Debug)]
pub(crate) struct FilterToMask;

impl FunctionRewrite for FilterToMask {
    fn name(&self) -> &'static str {
        "hepframe_histogram_filters"
    }

    fn rewrite(&self, expr: Expr, _: &DFSchema, _: &ConfigOptions) -> Result<Transformed<Expr>> {
        let Expr::AggregateFunction(mut call) = expr else {
            return Ok(Transformed::no(expr));
        };
        let name = call.func.name();
        let function = Function::ALL.into_iter().find(|f| f.name(false) == name);
        let filtered = function.and_then(|function| Some((function, call.params.filter.take()?)));
        let Some((function, filter)) = filtered else {
            return Ok(Transformed::no(Expr::AggregateFunction(call)));
        };
        call.func = Arc::new(AggregateUDF::from(HistogramAggregate::new(function, true)));
        call.params.args.insert(0, *filter);
        Ok(Transformed::yes(Expr::AggregateFunction(call)))
    }
}
