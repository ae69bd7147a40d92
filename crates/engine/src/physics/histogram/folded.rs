//! `hep_histograms(calls, argument, ...)`: many calls of `h1` and its sisters as one aggregate.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{internal_datafusion_err, internal_err};
use datafusion::error::Result;
use datafusion::logical_expr::function::{
    AccumulatorArgs, AggregateFunctionSimplification, StateFieldsArgs,
};
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, Expr, Signature, Volatility};
use hepframe_physics::histogram::{Spec, struct_type};

use super::accumulator::BookAccumulator;
use super::aggregate::{evaluated, planned};
use super::arguments::{Argument, Function};
use super::book;
use super::columns::Columns;
use super::fill::Filled;

/// The aggregate's name.
pub(crate) const HISTOGRAMS: &str = "hep_histograms";

/// The aggregate. Its first argument lists the calls, as in `h1 0 1 2 3;hep_h1_if 4 0 1 2 3`: the
/// name of each and the numbers of its arguments among those that follow.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct FoldedAggregate {
    signature: Signature,
}

impl FoldedAggregate {
    pub(super) fn new() -> Self {
        Self {
            // Types are looked at by `Function::check`, which can say more.
            signature: Signature::variadic_any(Volatility::Immutable),
        }
    }
}

impl AggregateUDFImpl for FoldedAggregate {
    fn name(&self) -> &str {
        HISTOGRAMS
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        let item = Field::new_list_field(struct_type(), true);
        Ok(DataType::List(Arc::new(item)))
    }

    fn return_field(&self, _: &[FieldRef]) -> Result<FieldRef> {
        let data_type = self.return_type(&[])?;
        Ok(Arc::new(Field::new(self.name(), data_type, false)))
    }

    fn is_nullable(&self) -> bool {
        false
    }

    /// For plans that no optimizer has seen.
    fn accumulator(&self, arguments: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        let specs = specs(&evaluated(&arguments))?;
        let book = BookAccumulator::new(specs, Filled::Book, 1)?;
        Ok(Box::new(book))
    }

    fn state_fields(&self, arguments: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        Ok(BookAccumulator::state_fields(&arguments))
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    /// Makes `hep_book` of the call, now that constants are folded.
    fn simplify(&self) -> Option<AggregateFunctionSimplification> {
        Some(Box::new(|call, context| {
            simplified(&call.params.args, context)
        }))
    }
}

fn simplified(args: &[Expr], context: &SimplifyContext) -> Result<Expr> {
    let specs = specs(&planned(args, context)?)?;
    let mut columns = Columns::new(args.get(1..).unwrap_or_default());
    let specs: Vec<Spec> = specs.iter().map(|spec| columns.only(spec)).collect();
    book(&specs, columns.found)
}

/// What to fill, by the numbers of the arguments behind the first.
fn specs(arguments: &[Argument]) -> Result<Vec<Spec>> {
    let Some((
        Argument {
            constant: Some(calls),
            ..
        },
        arguments,
    )) = arguments.split_first()
    else {
        return internal_err!("{HISTOGRAMS} begins with a text that lists the calls");
    };
    let calls = calls.try_as_str().flatten().unwrap_or_default();
    calls.split(';').map(|call| spec(call, arguments)).collect()
}

fn spec(call: &str, arguments: &[Argument]) -> Result<Spec> {
    let unknown = || internal_datafusion_err!("{HISTOGRAMS} does not know the call `{call}`");
    let mut words = call.split(' ');
    let name = words.next().unwrap_or_default();
    let (function, masked) = Function::of_name(name).ok_or_else(unknown)?;
    let numbers = words
        .map(|number| {
            number
                .parse()
                .ok()
                .filter(|number| *number < arguments.len())
        })
        .collect::<Option<Vec<usize>>>()
        .ok_or_else(unknown)?;
    let own: Vec<Argument> = numbers.iter().map(|n| arguments[*n].clone()).collect();
    let types: Vec<_> = own.iter().map(|one| one.data_type.clone()).collect();
    function.check(masked, &types)?;
    let spec = function.spec(masked, &own)?;
    let moved = |place: usize| numbers[place];
    Ok(Spec {
        coordinates: spec.coordinates.into_iter().map(moved).collect(),
        sample: spec.sample.map(moved),
        weight: spec.weight.map(moved),
        mask: spec.mask.map(moved),
        axes: spec.axes,
    })
}
