//! `h1`, `h2`, `h3` and `profile`, and their private forms with a mask in front.

use std::sync::Arc;

use arrow::array::{Int8Array, RecordBatch};
use arrow::datatypes::{DataType, Field, FieldRef, Schema};
use datafusion::common::plan_err;
use datafusion::error::Result;
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::function::{
    AccumulatorArgs, AggregateFunctionSimplification, StateFieldsArgs,
};
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{
    Accumulator, AggregateUDFImpl, ColumnarValue, Expr, Signature, Volatility,
};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::utils::collect_columns;
use datafusion::scalar::ScalarValue;
use hepframe_physics::histogram::struct_type;

use super::accumulator::BookAccumulator;
use super::arguments::{Argument, Function};
use super::columns::Columns;
use super::fill::{Filled, fill_call, histogram_field};

/// A histogram as it is called.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct HistogramAggregate {
    function: Function,
    /// The first argument says which rows, or which elements, are filled.
    masked: bool,
    signature: Signature,
}

impl HistogramAggregate {
    pub(super) fn new(function: Function, masked: bool) -> Self {
        Self {
            function,
            masked,
            // Types are looked at by `Function::check`, which can say more.
            signature: Signature::variadic_any(Volatility::Immutable),
        }
    }
}

impl AggregateUDFImpl for HistogramAggregate {
    fn name(&self) -> &str {
        self.function.name(self.masked)
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.function.check(self.masked, types)?;
        Ok(struct_type())
    }

    fn return_field(&self, fields: &[FieldRef]) -> Result<FieldRef> {
        let types: Vec<_> = fields.iter().map(|f| f.data_type().clone()).collect();
        self.return_type(&types)?;
        Ok(Arc::new(histogram_field(self.name())))
    }

    fn is_nullable(&self) -> bool {
        false
    }

    /// For plans that no optimizer has seen.
    fn accumulator(&self, arguments: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        refuse(
            self.name(),
            arguments.is_distinct,
            arguments.order_bys.len(),
        )?;
        let known = evaluated(&arguments);
        let spec = self.function.spec(self.masked, &known)?;
        Ok(Box::new(BookAccumulator::new(vec![spec], Filled::One, 0)?))
    }

    fn state_fields(&self, arguments: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        Ok(BookAccumulator::state_fields(&arguments))
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    /// Makes `hep_fill` of the call, now that constants are folded.
    fn simplify(&self) -> Option<AggregateFunctionSimplification> {
        let (function, masked) = (self.function, self.masked);
        Some(Box::new(move |call, context| {
            simplified(function, masked, call, context)
        }))
    }
}

fn simplified(
    function: Function,
    masked: bool,
    call: AggregateFunction,
    context: &SimplifyContext,
) -> Result<Expr> {
    let params = &call.params;
    refuse(function.name(false), params.distinct, params.order_by.len())?;
    let arguments = planned(&params.args, context)?;
    let spec = function.spec(masked, &arguments)?;
    let mut columns = Columns::new(&params.args);
    let spec = columns.only(&spec);
    let specs = std::slice::from_ref(&spec);
    fill_call(Filled::One, specs, columns.found, call.params.filter)
}

fn refuse(name: &str, distinct: bool, order_bys: usize) -> Result<()> {
    if distinct || order_bys > 0 {
        let what = if distinct { "DISTINCT" } else { "ORDER BY" };
        return plan_err!("{name} fills every event in any order; leave {what} out");
    }
    Ok(())
}

/// Arguments, as the optimizer knows them.
pub(super) fn planned(args: &[Expr], context: &SimplifyContext) -> Result<Vec<Argument>> {
    let argument = |argument: &Expr| {
        Ok(Argument {
            data_type: context.get_data_type(argument)?,
            constant: argument.as_literal().cloned(),
        })
    };
    args.iter().map(argument).collect()
}

/// Arguments of a plan that no optimizer has seen.
pub(super) fn evaluated(arguments: &AccumulatorArgs<'_>) -> Vec<Argument> {
    let expressions = arguments.exprs.iter().zip(arguments.expr_fields);
    expressions
        .map(|(expression, field)| Argument {
            data_type: field.data_type().clone(),
            constant: constant(expression),
        })
        .collect()
}

/// The value of an expression that no column has a part in.
fn constant(expression: &Arc<dyn PhysicalExpr>) -> Option<ScalarValue> {
    if !collect_columns(expression).is_empty() {
        return None;
    }
    let schema = Arc::new(Schema::new(vec![Field::new("row", DataType::Int8, false)]));
    let row = RecordBatch::try_new(schema, vec![Arc::new(Int8Array::from(vec![0]))]).ok()?;
    match expression.evaluate(&row).ok()? {
        ColumnarValue::Scalar(value) => Some(value),
        ColumnarValue::Array(array) => ScalarValue::try_from_array(&array, 0).ok(),
    }
}
