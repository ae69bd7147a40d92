//! A call on a batch: its arguments for the kernels, and the kernels that need more than one line.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, ListArray, StructArray};
use arrow::buffer::NullBuffer;
use arrow::compute;
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::common::{Result, ScalarValue, exec_err, internal_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs};
use hepframe_physics::fused::Program;
use hepframe_physics::lists::{self, Broadcast, Operand, Position};
use hepframe_physics::{Formula, PhysicsError, combinations};

use super::evaluate::{as_list_array, element_wise};
use super::op::Op;
use super::told::Caller;
use crate::physics::types::{element, is_list};

/// A call on a batch.
pub(super) struct Call<'a> {
    pub(super) word: &'a str,
    pub(super) args: &'a ScalarFunctionArgs,
    pub(super) caller: Caller<'a>,
}

impl Call<'_> {
    pub(super) fn told<T>(&self, result: Result<T, PhysicsError>) -> Result<T> {
        result.map_err(|error| self.caller.told(error))
    }

    pub(super) fn array(&self, index: usize) -> Result<ArrayRef> {
        match self.args.args.get(index) {
            Some(value) => value.to_array(self.args.number_rows),
            None => exec_err!("{}() takes more arguments", self.word),
        }
    }

    pub(super) fn list(&self, index: usize) -> Result<ListArray> {
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

    pub(super) fn lists(&self, from: usize) -> Result<Vec<ListArray>> {
        (from..self.args.args.len())
            .map(|index| self.list(index))
            .collect()
    }

    pub(super) fn two_lists(
        &self,
        kernel: fn(&ListArray, &ListArray) -> Result<ListArray, PhysicsError>,
    ) -> Result<ArrayRef> {
        let (left, right) = (self.list(0)?, self.list(1)?);
        Ok(Arc::new(self.told(kernel(&left, &right))?))
    }

    pub(super) fn list_to_list(
        &self,
        kernel: fn(&ListArray) -> Result<ListArray, PhysicsError>,
    ) -> Result<ArrayRef> {
        Ok(Arc::new(self.told(kernel(&self.list(0)?))?))
    }

    pub(super) fn literal(&self, index: usize) -> Option<&ScalarValue> {
        match self.args.args.get(index) {
            Some(ColumnarValue::Scalar(value)) => Some(value),
            _ => None,
        }
    }

    pub(super) fn integer(&self, index: usize) -> Result<i64> {
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

    pub(super) fn size(&self, index: usize) -> Result<usize> {
        let value = self.integer(index)?;
        usize::try_from(value).or_else(|_| exec_err!("{}(): {value} is negative", self.word))
    }

    pub(super) fn integers(&self, index: usize) -> Result<Int64Array> {
        let array = compute::cast(&self.array(index)?, &DataType::Int64)?;
        Ok(array.as_primitive::<Int64Type>().clone())
    }

    pub(super) fn radius(&self, index: usize) -> Result<f64> {
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
    pub(super) fn with_position(
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

    pub(super) fn reduced(&self, op: Op) -> Result<ArrayRef> {
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

    pub(super) fn combined(&self, op: Op) -> Result<ArrayRef> {
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

    pub(super) fn top_k(&self) -> Result<ArrayRef> {
        let k = usize::try_from(self.integer(1)?).unwrap_or(0);
        Ok(Arc::new(self.told(lists::top_k(&self.list(0)?, k))?))
    }

    pub(super) fn slice(&self) -> Result<ArrayRef> {
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

    pub(super) fn concat(&self) -> Result<ArrayRef> {
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
    pub(super) fn make(&self) -> Result<ArrayRef> {
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

    /// One struct per event; where all fields of a member are null there is none.
    pub(super) fn make_struct(&self, op: Op) -> Result<ArrayRef> {
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
        let nulls = (op == Op::MakeStruct && nulls.len() == columns.len()).then(|| {
            NullBuffer::from_iter((0..rows).map(|row| nulls.iter().any(|of| of.is_valid(row))))
        });
        Ok(Arc::new(StructArray::try_new_with_length(
            fields.clone(),
            columns,
            nulls,
            rows,
        )?))
    }

    pub(super) fn if_else(&self) -> Result<ColumnarValue> {
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

    pub(super) fn any_within(&self) -> Result<ArrayRef> {
        let lists = self.lists_of_doubles()?;
        let [eta, phi, other_eta, other_phi] = &lists;
        let radius = self.radius(4)?;
        Ok(Arc::new(self.told(combinations::any_within(
            eta, phi, other_eta, other_phi, radius,
        ))?))
    }

    pub(super) fn nearest(&self) -> Result<ArrayRef> {
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

    pub(super) fn lists_of_doubles<const N: usize>(&self) -> Result<[ListArray; N]> {
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
    pub(super) fn fused(&self) -> Result<ArrayRef> {
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

    pub(super) fn elementwise(&self, formula: Formula) -> Result<ArrayRef> {
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
