//! The columns that one histogram reads, checked to fit together.

use arrow::buffer::OffsetBuffer;

use super::axis::{Axis, Kind};
use super::column::{Column, Data, from_i32};
use super::spec::Spec;
use crate::{PhysicsError, Result, RowOfBatch};

/// The columns of one histogram.
pub(super) struct Input<'a> {
    pub(super) coordinates: Vec<(&'a Axis, &'a Column)>,
    pub(super) sample: Option<&'a Column>,
    pub(super) weight: Option<&'a Column>,
    pub(super) mask: Option<&'a Column>,
    /// Where the list of each event begins; `None` if there is no list.
    pub(super) offsets: Option<&'a OffsetBuffer<i32>>,
    rows: usize,
    lists: usize,
    columns: usize,
}

impl<'a> Input<'a> {
    /// Finds the columns that `spec` names and checks that they fit.
    pub(super) fn new(spec: &'a Spec, columns: &'a [Option<Column>]) -> Result<Self> {
        let all = spec
            .columns()
            .map(|(role, column)| Ok((role, find(columns, column)?)))
            .collect::<Result<Vec<_>>>()?;
        let offsets = common_offsets(&all)?;
        let column = |number: Option<usize>| number.map(|n| find(columns, n)).transpose();
        let mut coordinates = Vec::with_capacity(spec.axes.len());
        for (axis, number) in spec.axes.iter().zip(&spec.coordinates) {
            let column = find(columns, *number)?;
            let wants_text = matches!(axis.kind(), Kind::Names { .. });
            if wants_text != column.is_text() {
                let (axis, column) = match wants_text {
                    true => ("an axis of names", "numbers"),
                    false => ("an axis of numbers", "texts"),
                };
                return Err(PhysicsError::bad_call(format!(
                    "histogram: {axis} cannot be filled with {column}"
                )));
            }
            coordinates.push((axis, column));
        }
        let (sample, weight) = (column(spec.sample)?, column(spec.weight)?);
        if sample.into_iter().chain(weight).any(Column::is_text) {
            return Err(PhysicsError::bad_call(
                "histogram: weights and what a profile averages must be numbers, not texts",
            ));
        }
        let mask = column(spec.mask)?;
        if mask.is_some_and(|mask| !matches!(mask.data, Data::Truths(_))) {
            return Err(PhysicsError::bad_call(
                "histogram: the mask must be boolean, or a list of booleans for each event",
            ));
        }
        Ok(Self {
            coordinates,
            sample,
            weight,
            mask,
            offsets,
            rows: all.first().map_or(0, |(_, column)| column.rows()),
            columns: all.len(),
            lists: all.iter().filter(|(_, c)| c.offsets.is_some()).count(),
        })
    }

    /// Number of elements: of all lists, or of all events if there is no list.
    pub(super) fn elements(&self) -> usize {
        match self.offsets {
            Some(offsets) => offsets.last().map_or(0, |last| from_i32(*last)),
            None => self.rows,
        }
    }

    /// True if a value of an event has to be repeated for the elements of its lists.
    pub(super) fn some_have_no_list(&self) -> bool {
        self.lists < self.columns
    }
}

fn find(columns: &[Option<Column>], number: usize) -> Result<&Column> {
    columns.get(number).and_then(Option::as_ref).ok_or_else(|| {
        let count = columns.len();
        PhysicsError::bad_call(format!(
            "histogram: it needs column {number}, but only {count} are given"
        ))
    })
}

/// The offsets that all lists share; `None` if there is no list.
fn common_offsets<'a>(
    columns: &[(&'static str, &'a Column)],
) -> Result<Option<&'a OffsetBuffer<i32>>> {
    let mut first: Option<(&str, &OffsetBuffer<i32>)> = None;
    let rows = columns.first().map_or(0, |(_, column)| column.rows());
    for (role, column) in columns {
        if column.rows() != rows {
            return Err(PhysicsError::bad_call(format!(
                "histogram: x has {rows} events and {role} has {}",
                column.rows()
            )));
        }
        match (first, &column.offsets) {
            (_, None) => {}
            (None, Some(offsets)) => first = Some((role, offsets)),
            (Some((first_role, expected)), Some(offsets)) => {
                let same = expected.inner().inner().ptr_eq(offsets.inner().inner());
                if !same && expected != offsets {
                    return Err(lengths_differ(first_role, expected, role, offsets));
                }
            }
        }
    }
    Ok(first.map(|(_, offsets)| offsets))
}

#[cold]
fn lengths_differ(
    left_role: &str,
    left: &OffsetBuffer<i32>,
    right_role: &str,
    right: &OffsetBuffer<i32>,
) -> PhysicsError {
    let lengths = left.lengths().zip(right.lengths());
    let differing = lengths.enumerate().find(|(_, (left, right))| left != right);
    let (row, (left, right)) = differing.unwrap_or_default();
    let row = RowOfBatch(row);
    PhysicsError::bad_call(format!(
        "histogram: in {row}, {left_role} has {left} values and {right_role} has {right}; lists must be equally long (or one value for the event)"
    ))
}
