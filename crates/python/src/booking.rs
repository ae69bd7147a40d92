//! What is booked on frames, and the answers.

use std::sync::Arc;

use arrow::array::Array;
use arrow::datatypes::{Field, Schema};
use arrow::record_batch::RecordBatch;
use hepframe_engine::EngineError;
use hepframe_engine::frame::{Answer, Column, Frame, axis, edges, integers, names};
use hepframe_engine::histogram::Axis;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyAnyMethods, PyTuple};

use crate::rows::Batches;

/// Something that a scan computes.
#[pyclass(frozen, module = "hepframe._native")]
pub(crate) struct Booking(pub(crate) hepframe_engine::frame::Booking);

/// An axis, or why it is none.
pub(crate) struct PyAxis(Result<Axis, EngineError>);

impl<'py> FromPyObject<'_, 'py> for PyAxis {
    type Error = PyErr;

    fn extract(told: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let told = told.cast::<PyTuple>()?;
        let kind: String = told.get_item(0)?.extract()?;
        let given = |place| told.get_item(place);
        Ok(Self(match kind.as_str() {
            "regular" => axis(
                given(1)?.extract()?,
                given(2)?.extract()?,
                given(3)?.extract()?,
            ),
            "edges" => edges(&given(1)?.extract::<Vec<f64>>()?),
            "names" => {
                let given: Vec<String> = given(1)?.extract()?;
                names(&given.iter().map(String::as_str).collect::<Vec<_>>())
            }
            "integers" => integers(&given(1)?.extract::<Vec<i64>>()?),
            other => return Err(PyValueError::new_err(format!("no such axis: {other}"))),
        }))
    }
}

impl Booking {
    /// A histogram over one axis or more.
    ///
    /// # Errors
    /// As the frame's.
    pub(crate) fn histogram(
        frame: &Frame,
        axes: Vec<(String, PyAxis)>,
        sample: Option<String>,
        weight: Option<String>,
    ) -> Result<Self, EngineError> {
        let axes = axes
            .into_iter()
            .map(|(column, axis)| (Column::Text(column), axis.0))
            .collect();
        let booking = frame.histogram(axes, sample.map(Column::from))?;
        Ok(Self(match weight {
            Some(weight) => booking.weighted(weight)?,
            None => booking,
        }))
    }
}

/// An answer, as the contract has it: its kind and its value.
#[derive(IntoPyObject)]
pub(crate) enum Answered {
    /// As UHI JSON.
    Histogram((&'static str, String)),
    Count((&'static str, u64)),
    Number((&'static str, Option<f64>)),
    Integer((&'static str, Option<i128>)),
    Values((&'static str, Batches)),
    Report((&'static str, Vec<(String, u64, u64)>)),
}

/// The answer as Python takes it.
pub(crate) fn answered(answer: Answer) -> Answered {
    match answer {
        Answer::Histogram(histogram) => Answered::Histogram(("histogram", histogram.to_uhi_json())),
        Answer::Count(count) => Answered::Count(("count", count)),
        Answer::Number(number) => Answered::Number(("number", number)),
        Answer::Integer(number) => Answered::Integer(("number", number)),
        Answer::Values(values) => {
            let field = Field::new("values", values.data_type().clone(), true);
            let schema = Arc::new(Schema::new(vec![field]));
            let rows = RecordBatch::try_new(Arc::clone(&schema), vec![values]);
            // One column of its own type always makes a batch.
            let batches = rows.into_iter().collect();
            Answered::Values(("values", Batches { schema, batches }))
        }
        Answer::Report(report) => {
            let cuts = report.cuts.into_iter();
            let cuts = cuts.map(|cut| (cut.name, cut.seen, cut.passed)).collect();
            Answered::Report(("report", cuts))
        }
    }
}
