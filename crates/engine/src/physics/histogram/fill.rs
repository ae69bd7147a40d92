//! `hep_fill` and `hep_book`: the aggregates that histograms become.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{plan_datafusion_err, plan_err};
use datafusion::error::Result;
use datafusion::logical_expr::expr::{AggregateFunction, AggregateFunctionParams};
use datafusion::logical_expr::function::{
    AccumulatorArgs, AggregateFunctionSimplification, StateFieldsArgs,
};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, Expr, Signature, Volatility,
    udaf_default_display_name, udaf_default_human_display, udaf_default_schema_name,
};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Literal;
use hepframe_physics::histogram::{EXTENSION_KEY, EXTENSION_NAME, Spec, struct_type};

use super::accumulator::BookAccumulator;
use super::words;

/// What an aggregate answers with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Filled {
    /// A histogram.
    One,
    /// A list of histograms.
    Book,
}

/// `hep_fill(column, ...)` and `hep_book(column, ...)`, which know what to fill, and their forms
/// in the registry, `hep_fill(specs, column, ...)`, which are told by their first argument.
///
/// DataFusion makes a column of every argument in every batch, so the former are what runs.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct FillAggregate {
    filled: Filled,
    /// What to fill, as text.
    specs: Option<Arc<str>>,
    signature: Signature,
}

impl FillAggregate {
    /// One that is told what to fill by its first argument.
    pub(super) fn new(filled: Filled) -> Self {
        Self::with(filled, None)
    }

    fn with(filled: Filled, specs: Option<Arc<str>>) -> Self {
        Self {
            filled,
            specs,
            signature: Signature::variadic_any(Volatility::Immutable),
        }
    }

    /// `name(a, b)` as `name(specs, a, b)`: calls that differ in what they fill have other names.
    fn naming_specs(&self, call: String) -> String {
        match (&self.specs, call.split_once('(')) {
            (Some(specs), Some((name, arguments))) => format!("{name}({specs}, {arguments}"),
            _ => call,
        }
    }
}

/// The call that fills `specs` from `columns`, of which there is at least one.
///
/// # Errors
/// If the specs cannot be written as text.
pub(super) fn fill_call(
    filled: Filled,
    specs: &[Spec],
    columns: Vec<Expr>,
    filter: Option<Box<Expr>>,
) -> Result<Expr> {
    let text = Spec::to_text(specs).map_err(|error| plan_datafusion_err!("{}", words(&error)))?;
    Ok(call(filled, text.into(), columns, filter))
}

fn call(filled: Filled, specs: Arc<str>, columns: Vec<Expr>, filter: Option<Box<Expr>>) -> Expr {
    let fill = Arc::new(AggregateUDF::from(FillAggregate::with(filled, Some(specs))));
    let call = AggregateFunction::new_udf(fill, columns, false, filter, Vec::new(), None);
    Expr::AggregateFunction(call)
}

/// What an aggregate of this module fills, for other processes; `None` for all others.
pub(crate) fn specs_of(aggregate: &AggregateUDF) -> Option<&str> {
    let fill = aggregate.inner().downcast_ref::<FillAggregate>()?;
    fill.specs.as_deref()
}

/// The aggregate of this name that fills what [`specs_of`] said; `None` for other names.
pub(crate) fn aggregate_of(name: &str, specs: &str) -> Option<AggregateUDF> {
    let of_name = |filled: &Filled| FillAggregate::new(*filled).name() == name;
    let filled = [Filled::One, Filled::Book].into_iter().find(of_name)?;
    let fill = FillAggregate::with(filled, Some(specs.into()));
    Some(AggregateUDF::from(fill))
}

/// A column of histograms called `name`.
pub(super) fn histogram_field(name: &str) -> Field {
    let extension = (EXTENSION_KEY.to_owned(), EXTENSION_NAME.to_owned());
    Field::new(name, struct_type(), false).with_metadata(HashMap::from([extension]))
}

impl AggregateUDFImpl for FillAggregate {
    fn name(&self) -> &str {
        match self.filled {
            Filled::One => "hep_fill",
            Filled::Book => "hep_book",
        }
    }

    fn schema_name(&self, params: &AggregateFunctionParams) -> Result<String> {
        Ok(self.naming_specs(udaf_default_schema_name(self, params)?))
    }

    fn human_display(&self, params: &AggregateFunctionParams) -> Result<String> {
        Ok(self.naming_specs(udaf_default_human_display(self, params)?))
    }

    fn display_name(&self, params: &AggregateFunctionParams) -> Result<String> {
        Ok(self.naming_specs(udaf_default_display_name(self, params)?))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(match self.filled {
            Filled::One => struct_type(),
            Filled::Book => DataType::List(Arc::new(Field::new_list_field(struct_type(), true))),
        })
    }

    fn return_field(&self, _: &[FieldRef]) -> Result<FieldRef> {
        Ok(Arc::new(match self.filled {
            Filled::One => histogram_field(self.name()),
            Filled::Book => Field::new(self.name(), self.return_type(&[])?, false),
        }))
    }

    fn is_nullable(&self) -> bool {
        false
    }

    fn accumulator(&self, arguments: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        let (specs, skipped) = match &self.specs {
            Some(specs) => (Some(specs.as_ref()), 0),
            None => (arguments.exprs.first().and_then(literal_text), 1),
        };
        let Some(text) = specs else {
            return plan_err!(
                "the first argument of {} must be a text that says what to fill",
                self.name()
            );
        };
        let specs = Spec::from_text(text);
        let specs = specs.map_err(|error| plan_datafusion_err!("{}", words(&error)))?;
        if self.filled == Filled::One && specs.len() != 1 {
            return plan_err!("hep_fill makes one histogram, not {}", specs.len());
        }
        Ok(Box::new(BookAccumulator::new(specs, self.filled, skipped)?))
    }

    fn state_fields(&self, arguments: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        Ok(BookAccumulator::state_fields(&arguments))
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    /// Takes what to fill out of the arguments.
    fn simplify(&self) -> Option<AggregateFunctionSimplification> {
        if self.specs.is_some() {
            return None;
        }
        let filled = self.filled;
        Some(Box::new(move |original, _| {
            let params = &original.params;
            let specs = params.args.first().and_then(Expr::as_literal);
            let specs = specs.and_then(|text| text.try_as_str().flatten());
            let is_plain = !params.distinct && params.order_by.is_empty();
            match (specs, params.args.get(1..)) {
                (Some(specs), Some(columns @ [_, ..])) if is_plain => {
                    let filter = params.filter.clone();
                    Ok(call(filled, specs.into(), columns.to_vec(), filter))
                }
                _ => Ok(Expr::AggregateFunction(original)),
            }
        }))
    }
}

fn literal_text(expression: &Arc<dyn PhysicalExpr>) -> Option<&str> {
    let literal = expression.downcast_ref::<Literal>()?;
    literal.value().try_as_str().flatten()
}
