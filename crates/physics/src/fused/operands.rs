//! The lists and columns that a program is evaluated on, as doubles.

use std::ops::Range;

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, ListArray, PrimitiveArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::DataType;

use super::op::Op;
use super::program::{Combination, Program};
use crate::lists::{Number, NumberKernel, View, dispatch, same_rows};
use crate::{PhysicsError, Result};

/// What a program is evaluated on.
pub(super) struct Operands<'a> {
    pub(super) lists: Vec<View>,
    pub(super) per_event: &'a [ArrayRef],
    /// Rows where any list is null.
    pub(super) nulls: Option<NullBuffer>,
    pub(super) rows: usize,
}

impl<'a> Operands<'a> {
    /// Checks types, rows and lengths. Per-event columns are counted after the lists in errors.
    pub(super) fn new(
        program: &Program,
        lists: &[&ListArray],
        per_event: &'a [ArrayRef],
        rows: usize,
    ) -> Result<Self> {
        program.check(lists.len(), per_event.len())?;
        for (number, list) in lists.iter().enumerate() {
            same_rows((0, rows), (number, list.len()))?;
        }
        for (number, column) in per_event.iter().enumerate() {
            same_rows((0, rows), (lists.len() + number, column.len()))?;
            check_type(column.data_type())?;
        }
        let operands = Self {
            lists: lists.iter().map(|list| View::of(list)).collect(),
            per_event,
            nulls: NullBuffer::union_many(lists.iter().map(|list| list.nulls())),
            rows,
        };
        for node in &program.nodes {
            if let Op::Input(list, member) = node.op {
                check_type(operands.lists[list].values.data_type())?;
                let leader = match program.combination {
                    Combination::Combinations(_) => 0,
                    Combination::Cross(_) => member,
                };
                operands.check_lengths(leader, list)?;
            }
        }
        Ok(operands)
    }

    pub(super) fn is_null(&self, row: usize) -> bool {
        self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row))
    }

    /// Refuses lists of different lengths, unless the row is null anyway.
    fn check_lengths(&self, left: usize, right: usize) -> Result<()> {
        let (left_view, right_view) = (&self.lists[left], &self.lists[right]);
        if left_view.offsets.ptr_eq(&right_view.offsets) || left_view.offsets == right_view.offsets
        {
            return Ok(());
        }
        for row in 0..self.rows {
            let (left_len, right_len) = (left_view.len(row), right_view.len(row));
            if left_len != right_len && !self.is_null(row) {
                return Err(PhysicsError::DifferentLengths {
                    left,
                    right,
                    row,
                    left_len,
                    right_len,
                });
            }
        }
        Ok(())
    }
}

/// Refuses what a double does not hold exactly.
fn check_type(data_type: &DataType) -> Result<()> {
    if matches!(
        data_type,
        DataType::Float32
            | DataType::Float64
            | DataType::Int8
            | DataType::Int16
            | DataType::Int32
            | DataType::UInt8
            | DataType::UInt16
            | DataType::UInt32
            | DataType::Boolean
    ) {
        return Ok(());
    }
    Err(PhysicsError::WrongType {
        kernel: "a fused reduction",
        found: data_type.clone(),
        wanted: "floats, booleans and integers of up to 32 bits",
    })
}

/// Appends values as doubles: null as NaN, a null flag as false.
pub(super) fn append(
    out: &mut Vec<f64>,
    values: &ArrayRef,
    ranges: impl Iterator<Item = Range<usize>>,
) -> Result<()> {
    if let Some(flags) = values.as_boolean_opt() {
        for at in ranges.flatten() {
            let is_true = flags.is_valid(at) && flags.value(at);
            out.push(f64::from(u8::from(is_true)));
        }
        return Ok(());
    }
    dispatch("a fused reduction", values, Append { out, ranges })
}

struct Append<'a, R> {
    out: &'a mut Vec<f64>,
    ranges: R,
}

impl<R: Iterator<Item = Range<usize>>> NumberKernel for Append<'_, R> {
    type Output = ();

    fn run<T>(self, values: &PrimitiveArray<T>) -> Result<()>
    where
        T: ArrowPrimitiveType<Native: Number>,
    {
        let numbers = values.values();
        match values.nulls() {
            None => {
                for range in self.ranges {
                    self.out
                        .extend(numbers[range].iter().map(|number| number.to_f64()));
                }
            }
            Some(nulls) => self.out.extend(self.ranges.flatten().map(|at| {
                if nulls.is_valid(at) {
                    numbers[at].to_f64()
                } else {
                    f64::NAN
                }
            })),
        }
        Ok(())
    }
}
