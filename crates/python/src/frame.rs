//! Frames and their steps.

use std::path::PathBuf;
use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use hepframe_engine::EngineError;
use hepframe_engine::frame::{Column, JoinKind};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::booking::{Booking, PyAxis};
use crate::error::{invalid, raised};
use crate::rows::{Batches, Rows, Schema};
use crate::wait::{Here, Watch, progress, wait};

/// A chain of steps over a table.
#[pyclass(frozen, module = "hepframe._native")]
pub(crate) struct Frame {
    here: Here,
    pub(crate) inner: hepframe_engine::frame::Frame,
}

impl Frame {
    pub(crate) fn of(inner: hepframe_engine::frame::Frame) -> Self {
        Self {
            here: Here::new(),
            inner,
        }
    }

    fn inner(&self, py: Python<'_>) -> PyResult<&hepframe_engine::frame::Frame> {
        self.here.check(py)?;
        Ok(&self.inner)
    }

    /// The frame after a step.
    fn stepped(
        &self,
        py: Python<'_>,
        step: impl FnOnce(
            &hepframe_engine::frame::Frame,
        ) -> Result<hepframe_engine::frame::Frame, EngineError>,
    ) -> PyResult<Self> {
        step(self.inner(py)?)
            .map(Self::of)
            .map_err(|error| raised(py, error))
    }
}

#[pymethods]
impl Frame {
    fn schema(&self) -> Schema {
        Schema(self.inner.schema())
    }

    fn columns(&self) -> Vec<String> {
        let schema = self.inner.schema();
        schema
            .fields()
            .iter()
            .map(|field| field.name().clone())
            .collect()
    }

    fn define(&self, py: Python<'_>, name: &str, expression: &str) -> PyResult<Self> {
        self.stepped(py, |frame| frame.define(name, expression))
    }

    fn redefine(&self, py: Python<'_>, name: &str, expression: &str) -> PyResult<Self> {
        self.stepped(py, |frame| frame.redefine(name, expression))
    }

    fn filter(&self, py: Python<'_>, expression: &str, name: &str) -> PyResult<Self> {
        self.stepped(py, |frame| frame.filter(expression, name))
    }

    fn select(&self, py: Python<'_>, expressions: Vec<(String, Option<String>)>) -> PyResult<Self> {
        self.stepped(py, |frame| {
            // New columns get their names one after the other, then all are put in order.
            let mut names = Vec::with_capacity(expressions.len());
            let mut frame = frame.clone();
            for (expression, name) in expressions {
                match name {
                    None => names.push(Column::Text(expression)),
                    Some(name) => {
                        frame = match frame.schema().column_with_name(&name) {
                            Some(_) => frame.redefine(&name, &expression)?,
                            None => frame.define(&name, &expression)?,
                        };
                        names.push(Column::from(hepframe_engine::frame::col(&name)));
                    }
                }
            }
            frame.select(&names)
        })
    }

    fn limit(&self, py: Python<'_>, rows: usize) -> PyResult<Self> {
        self.stepped(py, |frame| frame.limit(rows))
    }

    fn sort(&self, py: Python<'_>, expression: &str, descending: bool) -> PyResult<Self> {
        self.stepped(py, |frame| frame.sort(expression, descending))
    }

    fn aggregate(
        &self,
        py: Python<'_>,
        by: Vec<String>,
        aggregates: Vec<(String, String)>,
    ) -> PyResult<Self> {
        let by: Vec<&str> = by.iter().map(String::as_str).collect();
        let aggregates: Vec<(&str, &str)> = aggregates
            .iter()
            .map(|(name, expression)| (name.as_str(), expression.as_str()))
            .collect();
        self.stepped(py, |frame| frame.aggregate(&by, &aggregates))
    }

    fn join(&self, py: Python<'_>, right: &Self, on: Vec<String>, how: &str) -> PyResult<Self> {
        let kind = match how {
            "inner" => JoinKind::Inner,
            "left" => JoinKind::Left,
            other => {
                let why = format!("a join is \"inner\" or \"left\", not \"{other}\"");
                return Err(invalid(py, why));
            }
        };
        let on: Vec<&str> = on.iter().map(String::as_str).collect();
        self.stepped(py, |frame| frame.join(&right.inner, &on, kind))
    }

    fn union(&self, py: Python<'_>, others: Vec<Py<Self>>) -> PyResult<Self> {
        let others: Vec<_> = others
            .iter()
            .map(|other| other.get().inner.clone())
            .collect();
        self.stepped(py, |frame| frame.union(&others))
    }

    #[pyo3(signature = (watch = None))]
    fn cache(&self, py: Python<'_>, watch: Option<Py<PyAny>>) -> PyResult<Self> {
        let frame = self.inner(py)?.clone();
        let watch = Watch::new(watch);
        let told = watch.progress.clone();
        wait(py, &watch, async move { frame.cache_watched(&told).await }).map(Self::of)
    }

    #[pyo3(signature = (analyze, watch = None))]
    fn explain(&self, py: Python<'_>, analyze: bool, watch: Option<Py<PyAny>>) -> PyResult<String> {
        let frame = self.inner(py)?.clone();
        wait(py, &Watch::new(watch), async move {
            frame.explain(analyze).await
        })
    }

    #[pyo3(signature = (path, watch = None))]
    fn write_parquet(
        &self,
        py: Python<'_>,
        path: PathBuf,
        watch: Option<Py<PyAny>>,
    ) -> PyResult<u64> {
        let frame = self.inner(py)?.clone();
        let watch = Watch::new(watch);
        let told = watch.progress.clone();
        wait(py, &watch, async move {
            frame.write_parquet_watched(path, &told).await
        })
    }

    #[pyo3(signature = (watch = None))]
    fn rows(&self, py: Python<'_>, watch: Option<Py<PyAny>>) -> PyResult<Rows> {
        let frame = self.inner(py)?.clone();
        let watch = Watch::new(watch);
        let told = watch.progress.clone();
        let rows = wait(py, &watch, async move {
            frame.query_watched(&told)?.execute().await
        })?;
        Ok(Rows::new(rows, watch))
    }

    #[pyo3(signature = (watch = None))]
    fn collect<'py>(
        &self,
        py: Python<'py>,
        watch: Option<Py<PyAny>>,
    ) -> PyResult<(Batches, Bound<'py, PyDict>)> {
        let frame = self.inner(py)?.clone();
        let watch = Watch::new(watch);
        let told = watch.progress.clone();
        let schema = frame.schema();
        let batches = wait(py, &watch, async move {
            frame.query_watched(&told)?.collect().await
        })?;
        let schema = batches.first().map_or(schema, RecordBatch::schema);
        let batches = Batches {
            schema: Arc::clone(&schema),
            batches,
        };
        Ok((batches, progress(py, &watch.progress)?))
    }

    #[pyo3(signature = (axes, sample = None, weight = None))]
    fn histogram(
        &self,
        py: Python<'_>,
        axes: Vec<(String, PyAxis)>,
        sample: Option<&str>,
        weight: Option<&str>,
    ) -> PyResult<Booking> {
        Booking::histogram(self.inner(py)?, axes, sample, weight).map_err(|error| raised(py, error))
    }

    fn count(&self, py: Python<'_>) -> PyResult<Booking> {
        Ok(Booking(self.inner(py)?.count()))
    }

    fn reduce(&self, py: Python<'_>, how: &str, expression: &str) -> PyResult<Booking> {
        let frame = self.inner(py)?;
        let booking = match how {
            "sum" => frame.sum(expression),
            "mean" => frame.mean(expression),
            "min" => frame.min(expression),
            "max" => frame.max(expression),
            other => return Err(invalid(py, format!("there is no reduction \"{other}\""))),
        };
        booking.map(Booking).map_err(|error| raised(py, error))
    }

    fn take(&self, py: Python<'_>, expression: &str) -> PyResult<Booking> {
        let booking = self.inner(py)?.take(expression);
        booking.map(Booking).map_err(|error| raised(py, error))
    }

    fn report(&self, py: Python<'_>) -> PyResult<Booking> {
        Ok(Booking(self.inner(py)?.report()))
    }
}
