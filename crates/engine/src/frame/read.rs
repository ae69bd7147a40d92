//! Answers from the one row that a plan of bookings gives.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::ScalarValue;
use datafusion::error::{DataFusionError, Result as PlanResult};

use super::answer::{Answer, Cut, Report};
use crate::histogram::Histogram;

/// Where a booking's answer is found in the row.
pub(super) enum Wanted {
    /// The number of the histogram in the book.
    Histogram(usize),
    Count(String),
    Number(String),
    Values(String, DataType),
    /// Per cut: its name, the columns of those seen and passed.
    Report(Vec<(String, String, String)>),
}

/// The name of the column that holds all histograms.
pub(super) const BOOK: &str = "book";

/// All histograms of the row.
pub(super) fn histograms(row: &RecordBatch, wanted: &[Wanted]) -> PlanResult<Vec<Histogram>> {
    if !wanted.iter().any(|one| matches!(one, Wanted::Histogram(_))) {
        return Ok(Vec::new());
    }
    let missing = || DataFusionError::Internal("the histograms are missing".to_owned());
    let list = row
        .column_by_name(BOOK)
        .and_then(|column| column.as_list_opt::<i32>());
    let histograms = list.ok_or_else(missing)?.value(0);
    let histograms = histograms.as_struct_opt().ok_or_else(missing)?;
    (0..histograms.len())
        .map(|place| match Histogram::from_struct(histograms, place) {
            Ok(Some(histogram)) => Ok(histogram),
            Ok(None) => Err(missing()),
            Err(error) => Err(DataFusionError::External(Box::new(error))),
        })
        .collect()
}

/// The answer to one booking.
pub(super) fn answer(
    row: &RecordBatch,
    wanted: &Wanted,
    histograms: &[Histogram],
) -> PlanResult<Answer> {
    let missing = || DataFusionError::Internal("an answer is missing".to_owned());
    let column = |name: &str| row.column_by_name(name).ok_or_else(missing);
    let count = |name: &str| -> PlanResult<u64> {
        let count = column(name)?
            .as_primitive_opt::<Int64Type>()
            .ok_or_else(missing)?;
        u64::try_from(count.value(0)).map_err(|_| missing())
    };
    Ok(match wanted {
        Wanted::Histogram(place) => {
            let histogram = histograms.get(*place).ok_or_else(missing)?;
            Answer::Histogram(Box::new(histogram.clone()))
        }
        Wanted::Count(name) => Answer::Count(count(name)?),
        Wanted::Number(name) => {
            let number = ScalarValue::try_from_array(column(name)?, 0)?;
            match number {
                ScalarValue::Float64(number) => Answer::Number(number),
                ScalarValue::Int64(number) => Answer::Integer(number.map(i128::from)),
                ScalarValue::UInt64(number) => Answer::Integer(number.map(i128::from)),
                _ => return Err(missing()),
            }
        }
        Wanted::Values(name, data_type) => {
            let list = column(name)?.as_list_opt::<i32>().ok_or_else(missing)?;
            Answer::Values(match list.is_valid(0) {
                true => list.value(0),
                false => ScalarValue::try_new_null(data_type)?.to_array_of_size(0)?,
            })
        }
        Wanted::Report(cuts) => {
            let cuts = cuts
                .iter()
                .map(|(name, seen, passed)| {
                    Ok(Cut {
                        name: name.clone(),
                        seen: count(seen)?,
                        passed: count(passed)?,
                    })
                })
                .collect::<PlanResult<_>>()?;
            Answer::Report(Report { cuts })
        }
    })
}
