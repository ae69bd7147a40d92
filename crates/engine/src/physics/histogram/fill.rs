//! `hep_fill` and `hep_book`: the aggregates that histograms become.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{plan_datafusion_err, plan_err};
use datafusion::error::Result;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, Expr, Signature, Volatility, lit};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Literal;
use datafusion::scalar::ScalarValue;
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

/// `hep_fill(specs, column, ...)` and `hep_book(specs, column, ...)`.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct FillAggregate {
    filled: Filled,
    signature: Signature,
}

impl FillAggregate {
    pub(super) fn new(filled: Filled) -> Self {
        Self {
            filled,
            signature: Signature::variadic_any(Volatility::Immutable),
        }
    }
}

/// The first argument of `hep_book` (and of `hep_fill`, for one histogram): what to fill from the
/// columns that follow it.
///
/// # Errors
/// If the specs cannot be written as text.
pub(super) fn book_literal(specs: &[Spec]) -> Result<Expr> {
    let text = Spec::to_text(specs).map_err(|error| plan_datafusion_err!("{}", words(&error)))?;
    // Of a dictionary DataFusion repeats only keys, which it keeps ready.
    Ok(lit(ScalarValue::Dictionary(
        Box::new(DataType::Int32),
        Box::new(ScalarValue::Utf8(Some(text))),
    )))
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
        let specs = arguments.exprs.first().and_then(literal_text);
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
        Ok(Box::new(BookAccumulator::new(specs, self.filled, 1)?))
    }

    fn state_fields(&self, arguments: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        Ok(BookAccumulator::state_fields(&arguments))
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }
}

fn literal_text(expression: &Arc<dyn PhysicalExpr>) -> Option<&str> {
    let literal = expression.downcast_ref::<Literal>()?;
    match literal.value() {
        ScalarValue::Dictionary(_, text) => text.try_as_str().flatten(),
        text => text.try_as_str().flatten(),
    }
}
