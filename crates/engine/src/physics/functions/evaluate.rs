//! From DataFusion's arguments to kernels and back.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute;
use arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue, internal_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs};
use hepframe_physics::lists::{self, Broadcast, Operand, Order, Position};

use super::call::Call;
use super::op::Op;
use super::told::Caller;
use crate::physics::types::is_list;

/// Runs a function on a batch.
///
/// # Errors
/// Lists of different lengths, with the row; sums that overflow.
pub(super) fn evaluate(op: Op, word: &str, args: &ScalarFunctionArgs) -> Result<ColumnarValue> {
    let call = Call {
        word,
        args,
        caller: Caller {
            word,
            args: &args.args,
            fields: &args.arg_fields,
        },
    };
    let array: ArrayRef = match op {
        Op::Make => call.make()?,
        Op::MakeStruct | Op::MakeClass => call.make_struct(op)?,
        Op::Field => call.field()?,
        Op::Mask => call.two_lists(lists::mask)?,
        Op::Take => call.two_lists(lists::take)?,
        Op::At => {
            let list = call.list(0)?;
            call.with_position(1, |at| lists::at(&list, at))?
        }
        Op::First | Op::Last => {
            let end = if op == Op::First { 0 } else { -1 };
            call.told(lists::at(&call.list(0)?, Position::Constant(end)))?
        }
        Op::Slice => call.slice()?,
        Op::Concat => call.concat()?,
        Op::Reverse => call.list_to_list(lists::reverse)?,
        Op::Sort => Arc::new(call.told(lists::sort(&call.list(0)?, Order::Ascending))?),
        Op::Argsort => {
            let order = match call.args.args.get(1) {
                Some(ColumnarValue::Scalar(ScalarValue::Boolean(Some(true)))) => Order::Descending,
                _ => Order::Ascending,
            };
            Arc::new(call.told(lists::argsort(&call.list(0)?, order))?)
        }
        Op::TopK => call.top_k()?,
        Op::Index => call.list_to_list(lists::index)?,
        Op::Len => Arc::new(lists::len(&call.list(0)?)),
        Op::Repeat => Arc::new(call.told(lists::repeat_values(&call.array(0)?, &call.list(1)?))?),
        Op::Key => {
            let (key, list) = (call.list(0)?, call.list(1)?);
            let operands = [Operand::List(&key), Operand::List(&list)];
            let checked = call.told(Broadcast::new(&operands))?;
            Arc::new(call.told(checked.wrap(Arc::clone(&checked.children()[0])))?)
        }
        Op::IfElse => return call.if_else(),
        Op::Sum
        | Op::Min
        | Op::Max
        | Op::Mean
        | Op::Count
        | Op::Any
        | Op::All
        | Op::ArgMin
        | Op::ArgMax => call.reduced(op)?,
        Op::Member | Op::Place | Op::Cross | Op::CrossPlace => call.combined(op)?,
        Op::Fused => call.fused()?,
        Op::Once => call.array(0)?,
        Op::AnyWithin => call.any_within()?,
        Op::Nearest => call.nearest()?,
        Op::Elementwise(formula) => call.elementwise(formula)?,
        Op::WithField
        | Op::Pairs
        | Op::Combinations
        | Op::Cartesian
        | Op::BestBy
        | Op::P4
        | Op::P4Cartesian
        | Op::P4Add
        | Op::P4Subtract
        | Op::InvMass
        | Op::Boost => {
            return internal_err!(
                "{word}() works on collections, which are taken apart while planning; this plan \
                 was made without that step"
            );
        }
    };
    Ok(ColumnarValue::Array(array))
}

/// Calls `each` on the elements of all lists at once; values per event are repeated, literals
/// stay single.
///
/// # Errors
/// Lists of different lengths, with the row, and what `each` says.
pub(super) fn element_wise(
    caller: Caller<'_>,
    args: &[ColumnarValue],
    rows: usize,
    each: &mut dyn FnMut(&[ColumnarValue], usize) -> Result<ArrayRef>,
) -> Result<ArrayRef> {
    if !args.iter().any(|arg| is_list(&arg.data_type())) {
        return each(args, rows);
    }
    let mut arrays: Vec<Option<ArrayRef>> = Vec::with_capacity(args.len());
    for arg in args {
        arrays.push(match arg {
            ColumnarValue::Array(array) if is_list(array.data_type()) => {
                Some(as_list_array(array)?)
            }
            ColumnarValue::Array(array) => Some(Arc::clone(array)),
            ColumnarValue::Scalar(list) if is_list(&list.data_type()) => {
                Some(as_list_array(&list.to_array_of_size(rows)?)?)
            }
            ColumnarValue::Scalar(_) => None,
        });
    }
    let operands: Vec<Operand<'_>> = arrays
        .iter()
        .flatten()
        .map(|array| match array.as_list_opt::<i32>() {
            Some(list) => Operand::List(list),
            None => Operand::PerEvent(array),
        })
        .collect();
    let broadcast = Broadcast::new(&operands).map_err(|error| caller.told(error))?;
    let mut children = broadcast.children().iter();
    let mut elements = Vec::with_capacity(args.len());
    for (arg, array) in args.iter().zip(&arrays) {
        elements.push(match (array, arg) {
            (None, literal) => literal.clone(),
            (Some(_), _) => match children.next() {
                Some(child) => ColumnarValue::Array(Arc::clone(child)),
                None => return internal_err!("{}: an operand got lost", caller.word),
            },
        });
    }
    // Lists of lists go one level deeper.
    let values = element_wise(caller, &elements, broadcast.elements(), each)?;
    let lists = broadcast.wrap(values).map_err(|error| caller.told(error))?;
    Ok(Arc::new(lists))
}

/// Lists of other layouts as the layout of the kernels.
pub(super) fn as_list_array(array: &ArrayRef) -> Result<ArrayRef> {
    match array.data_type() {
        DataType::FixedSizeList(field, _) | DataType::LargeList(field) => {
            Ok(compute::cast(array, &DataType::List(Arc::clone(field)))?)
        }
        _ => Ok(Arc::clone(array)),
    }
}
