//! From DataFusion's arguments to kernels and back.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, ListArray, StructArray};
use arrow::buffer::NullBuffer;
use arrow::compute;
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::common::{DataFusionError, Result, ScalarValue, exec_err, internal_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs};
use hepframe_physics::fused::Program;
use hepframe_physics::lists::{self, Broadcast, Operand, Order, Position};
use hepframe_physics::{Formula, PhysicsError, combinations};

use super::op::Op;
use super::told::Caller;
use crate::physics::types::{element, is_list};

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
        Op::MakeStruct => call.make_struct()?,
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
        Op::Repeat => {
            let values = call.array(0)?;
            Arc::new(call.told(lists::repeat_values(&values, &call.list(1)?))?)
        }
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
fn as_list_array(array: &ArrayRef) -> Result<ArrayRef> {
    match array.data_type() {
        DataType::FixedSizeList(field, _) | DataType::LargeList(field) => {
            Ok(compute::cast(array, &DataType::List(Arc::clone(field)))?)
        }
        _ => Ok(Arc::clone(array)),
    }
}

/// A call on a batch.
struct Call<'a> {
    word: &'a str,
    args: &'a ScalarFunctionArgs,
    caller: Caller<'a>,
}

impl Call<'_> {
    fn told<T>(&self, result: Result<T, PhysicsError>) -> Result<T> {
        result.map_err(|error| self.caller.told(error))
    }

    fn array(&self, index: usize) -> Result<ArrayRef> {
        match self.args.args.get(index) {
            Some(value) => value.to_array(self.args.number_rows),
            None => exec_err!("{}() takes more arguments", self.word),
        }
    }

    fn list(&self, index: usize) -> Result<ListArray> {
        let array = as_list_array(&self.array(index)?)?;
        match array.as_list_opt::<i32>() {
            Some(list) => Ok(list.clone()),
            None => exec_err!(
                "{}() takes a list as argument {}, not {}",
                self.word,
                index + 1,
                array.data_type()
            ),
        }
    }

    fn lists(&self, from: usize) -> Result<Vec<ListArray>> {
        (from..self.args.args.len())
            .map(|index| self.list(index))
            .collect()
    }

    fn two_lists(
        &self,
        kernel: fn(&ListArray, &ListArray) -> Result<ListArray, PhysicsError>,
    ) -> Result<ArrayRef> {
        let (left, right) = (self.list(0)?, self.list(1)?);
        Ok(Arc::new(self.told(kernel(&left, &right))?))
    }

    fn list_to_list(
        &self,
        kernel: fn(&ListArray) -> Result<ListArray, PhysicsError>,
    ) -> Result<ArrayRef> {
        Ok(Arc::new(self.told(kernel(&self.list(0)?))?))
    }

    fn literal(&self, index: usize) -> Option<&ScalarValue> {
        match self.args.args.get(index) {
            Some(ColumnarValue::Scalar(value)) => Some(value),
            _ => None,
        }
    }

    fn integer(&self, index: usize) -> Result<i64> {
        let value = self
            .literal(index)
            .map(|value| value.cast_to(&DataType::Int64));
        match value {
            Some(Ok(ScalarValue::Int64(Some(value)))) => Ok(value),
            _ => exec_err!(
                "{}() takes a plain number as argument {}",
                self.word,
                index + 1
            ),
        }
    }

    fn size(&self, index: usize) -> Result<usize> {
        let value = self.integer(index)?;
        usize::try_from(value).or_else(|_| exec_err!("{}(): {value} is negative", self.word))
    }

    fn integers(&self, index: usize) -> Result<Int64Array> {
        let array = compute::cast(&self.array(index)?, &DataType::Int64)?;
        Ok(array.as_primitive::<Int64Type>().clone())
    }

    fn radius(&self, index: usize) -> Result<f64> {
        let value = self
            .literal(index)
            .map(|value| value.cast_to(&DataType::Float64));
        match value {
            Some(Ok(ScalarValue::Float64(Some(value)))) => Ok(value),
            _ => exec_err!(
                "{}() takes a plain number as its radius, the same for all events",
                self.word
            ),
        }
    }

    /// Runs a kernel that takes a position: one for all events, or one each.
    fn with_position(
        &self,
        index: usize,
        kernel: impl FnOnce(Position<'_>) -> Result<ArrayRef, PhysicsError>,
    ) -> Result<ArrayRef> {
        if self.literal(index).is_some_and(|value| !value.is_null()) {
            return self.told(kernel(Position::Constant(self.integer(index)?)));
        }
        let positions = self.integers(index)?;
        self.told(kernel(Position::PerEvent(&positions)))
    }

    fn reduced(&self, op: Op) -> Result<ArrayRef> {
        let list = self.list(0)?;
        Ok(match op {
            Op::Sum => self.told(lists::sum(&list))?,
            Op::Min => self.told(lists::min(&list))?,
            Op::Max => self.told(lists::max(&list))?,
            Op::Mean => Arc::new(self.told(lists::mean(&list))?),
            Op::Count => Arc::new(self.told(lists::count(&list))?),
            Op::Any => Arc::new(self.told(lists::any(&list))?),
            Op::All => Arc::new(self.told(lists::all(&list))?),
            Op::ArgMin => Arc::new(self.told(lists::argmin(&list))?),
            Op::ArgMax => Arc::new(self.told(lists::argmax(&list))?),
            other => return internal_err!("{other:?} is no reduction"),
        })
    }

    fn combined(&self, op: Op) -> Result<ArrayRef> {
        Ok(match op {
            Op::Member => {
                let (size, member) = (self.size(1)?, self.size(2)?);
                Arc::new(self.told(combinations::member(&self.list(0)?, size, member))?)
            }
            Op::Place => {
                let (size, member) = (self.size(1)?, self.size(2)?);
                let rank = self.integers(3)?;
                let list = self.list(0)?;
                Arc::new(self.told(combinations::member_index_at(&list, size, member, &rank))?)
            }
            Op::Cross => {
                let lists = self.lists(1)?;
                let lists: Vec<&ListArray> = lists.iter().collect();
                Arc::new(self.told(combinations::cross_member(&lists, self.size(0)?))?)
            }
            Op::CrossPlace => {
                let lists = self.lists(2)?;
                let lists: Vec<&ListArray> = lists.iter().collect();
                let (member, rank) = (self.size(0)?, self.integers(1)?);
                Arc::new(self.told(combinations::cross_member_index_at(&lists, member, &rank))?)
            }
            other => return internal_err!("{other:?} is not about combinations"),
        })
    }

    fn top_k(&self) -> Result<ArrayRef> {
        let k = usize::try_from(self.integer(1)?).unwrap_or(0);
        Ok(Arc::new(self.told(lists::top_k(&self.list(0)?, k))?))
    }

    fn slice(&self) -> Result<ArrayRef> {
        let bounds = [1, 2].map(|index| match self.args.args.get(index) {
            None => Ok(None),
            Some(ColumnarValue::Scalar(value)) if value.is_null() => Ok(None),
            Some(_) => self.integers(index).map(Some),
        });
        let [start, stop] = bounds;
        let (start, stop) = (start?, stop?);
        let start = start.as_ref().map(Position::PerEvent);
        let stop = stop.as_ref().map(Position::PerEvent);
        Ok(Arc::new(self.told(lists::slice(
            &self.list(0)?,
            start,
            stop,
        ))?))
    }

    fn concat(&self) -> Result<ArrayRef> {
        let to = self.args.return_field.data_type();
        let lists = (0..self.args.args.len())
            .map(|index| {
                let list: ArrayRef = Arc::new(self.list(index)?);
                Ok(compute::cast(&list, to)?.as_list::<i32>().clone())
            })
            .collect::<Result<Vec<_>>>()?;
        let lists: Vec<&ListArray> = lists.iter().collect();
        Ok(Arc::new(self.told(lists::concat(&lists))?))
    }

    /// Lists of the same lengths as one list of structs.
    fn make(&self) -> Result<ArrayRef> {
        let lists = (0..self.args.args.len() / 2)
            .map(|pair| self.list(2 * pair + 1))
            .collect::<Result<Vec<_>>>()?;
        let operands: Vec<Operand<'_>> = lists.iter().map(Operand::List).collect();
        let broadcast = self.told(Broadcast::new(&operands))?;
        let Some(DataType::Struct(fields)) = element(self.args.return_field.data_type()) else {
            return internal_err!("{} makes collections", self.word);
        };
        let members = StructArray::try_new_with_length(
            fields.clone(),
            broadcast.children().to_vec(),
            None,
            broadcast.elements(),
        )?;
        Ok(Arc::new(self.told(broadcast.wrap(Arc::new(members)))?))
    }

    /// One member per event; where all its fields are null there is none.
    fn make_struct(&self) -> Result<ArrayRef> {
        let columns = (0..self.args.args.len() / 2)
            .map(|pair| self.array(2 * pair + 1))
            .collect::<Result<Vec<_>>>()?;
        let DataType::Struct(fields) = self.args.return_field.data_type() else {
            return internal_err!("{} makes structs", self.word);
        };
        let rows = self.args.number_rows;
        let nulls: Vec<NullBuffer> = columns
            .iter()
            .map_while(|column| column.logical_nulls())
            .collect();
        let nulls = (nulls.len() == columns.len()).then(|| {
            NullBuffer::from_iter((0..rows).map(|row| nulls.iter().any(|of| of.is_valid(row))))
        });
        Ok(Arc::new(StructArray::try_new_with_length(
            fields.clone(),
            columns,
            nulls,
            rows,
        )?))
    }

    /// A field of a column that holds structs.
    fn field(&self) -> Result<ArrayRef> {
        let Some(Some(name)) = self.literal(1).and_then(ScalarValue::try_as_str) else {
            return exec_err!("{}() takes a name in quotes", self.word);
        };
        let whole = self.array(0)?;
        let missing = || DataFusionError::Execution(format!("no field `{name}` to read"));
        if let Some(members) = whole.as_struct_opt() {
            return members.column_by_name(name).cloned().ok_or_else(missing);
        }
        let list = self.list(0)?;
        let members = list.values().as_struct_opt().ok_or_else(missing)?;
        let column = members.column_by_name(name).ok_or_else(missing)?;
        let fields = ListArray::try_new(
            Arc::new(arrow::datatypes::Field::new_list_field(
                column.data_type().clone(),
                true,
            )),
            list.offsets().clone(),
            Arc::clone(column),
            list.nulls().cloned(),
        )?;
        Ok(Arc::new(fields))
    }

    fn if_else(&self) -> Result<ColumnarValue> {
        let to = element(self.args.return_field.data_type())
            .unwrap_or_else(|| self.args.return_field.data_type())
            .clone();
        element_wise(
            self.caller,
            &self.args.args,
            self.args.number_rows,
            &mut |args, rows| {
                let condition = args[0].to_array(rows)?;
                let condition = compute::cast(&condition, &DataType::Boolean)?;
                let (value, otherwise) = (
                    compute::cast(&args[1].to_array(rows)?, &to)?,
                    compute::cast(&args[2].to_array(rows)?, &to)?,
                );
                Ok(compute::kernels::zip::zip(
                    condition.as_boolean(),
                    &value,
                    &otherwise,
                )?)
            },
        )
        .map(ColumnarValue::Array)
    }

    fn any_within(&self) -> Result<ArrayRef> {
        let lists = self.lists_of_doubles()?;
        let [eta, phi, other_eta, other_phi] = &lists;
        let radius = self.radius(4)?;
        Ok(Arc::new(self.told(combinations::any_within(
            eta, phi, other_eta, other_phi, radius,
        ))?))
    }

    fn nearest(&self) -> Result<ArrayRef> {
        let lists = self.lists_of_doubles()?;
        let [eta, phi, other_eta, other_phi] = &lists;
        let radius = match self.args.args.len() > 4 {
            true => Some(self.radius(4)?),
            false => None,
        };
        Ok(Arc::new(self.told(combinations::nearest(
            eta, phi, other_eta, other_phi, radius,
        ))?))
    }

    fn lists_of_doubles<const N: usize>(&self) -> Result<[ListArray; N]> {
        let to = crate::physics::types::list_of(DataType::Float64);
        let lists = (0..N)
            .map(|index| {
                let list: ArrayRef = Arc::new(self.list(index)?);
                Ok(compute::cast(&list, &to)?.as_list::<i32>().clone())
            })
            .collect::<Result<Vec<_>>>()?;
        lists
            .try_into()
            .or_else(|_| exec_err!("{}() takes more lists", self.word))
    }

    /// Runs a program over combinations; its lists come first, then the values per event.
    fn fused(&self) -> Result<ArrayRef> {
        let Some(Some(text)) = self.literal(0).and_then(ScalarValue::try_as_str) else {
            return internal_err!("{} takes its program as a literal", self.word);
        };
        let program = self.told(Program::from_json(text))?;
        let (mut lists, mut values) = (Vec::new(), Vec::new());
        for index in 1..self.args.args.len() {
            let array = self.array(index)?;
            if is_list(array.data_type()) {
                lists.push(self.list(index)?);
            } else {
                values.push(array);
            }
        }
        let lists: Vec<&ListArray> = lists.iter().collect();
        self.told(program.evaluate(&lists, &values, self.args.number_rows))
    }

    fn elementwise(&self, formula: Formula) -> Result<ArrayRef> {
        element_wise(
            self.caller,
            &self.args.args,
            self.args.number_rows,
            &mut |args, rows| {
                let columns = args
                    .iter()
                    .map(|arg| {
                        let array = compute::cast(&arg.to_array(rows)?, &DataType::Float64)?;
                        Ok(array.as_primitive::<Float64Type>().clone())
                    })
                    .collect::<Result<Vec<_>>>()?;
                let columns: Vec<&Float64Array> = columns.iter().collect();
                Ok(Arc::new(self.told(formula.evaluate(&columns))?))
            },
        )
    }
}
