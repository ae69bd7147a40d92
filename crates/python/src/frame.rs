//! Frames and their steps.

use std::path::PathBuf;
use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use hepframe_engine::EngineError;
use hepframe_engine::frame::{Column, JoinKind};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::booking::{Booking, PyAxis};
use crate::error::invalid;
use crate::rows::{Batches, Rows, Schema, paths};
use crate::wait::{Home, Watch, progress, wait};

/// A chain of steps over a table.
#[pyclass(frozen, module = "hepframe._native")]
pub(crate) struct Frame {
    home: Home,
    pub(crate) inner: hepframe_engine::frame::Frame,
}

impl Frame {
    pub(crate) fn of(home: Home, inner: hepframe_engine::frame::Frame) -> Self {
        Self { home, inner }
    }

    fn inner(&self, py: Python<'_>) -> PyResult<&hepframe_engine::frame::Frame> {
        self.home.check(py)?;
        Ok(&self.inner)
    }

    /// The frame after a step.
    fn stepped(
        &self,
        py: Python<'_>,
        step: impl FnOnce(
            &hepframe_engine::frame::Frame,
        ) -> Result<hepframe_engine::frame::Frame, EngineError>
        + Send
        + 'static,
    ) -> PyResult<Self> {
        self.planned(py, step)
            .map(|frame| Self::of(self.home, frame))
    }

    /// What a step of planning gives. It runs on the engine's threads, whose stack is made for it.
    fn planned<T: Send + 'static>(
        &self,
        py: Python<'_>,
        step: impl FnOnce(&hepframe_engine::frame::Frame) -> Result<T, EngineError> + Send + 'static,
    ) -> PyResult<T> {
        let frame = self.inner(py)?.clone();
        wait(
            py,
            self.home,
            &Watch::new(None),
            async move { step(&frame) },
        )
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

    fn paths(&self) -> Vec<String> {
        paths(self.inner.schema().fields())
    }

    fn define(&self, py: Python<'_>, name: String, expression: String) -> PyResult<Self> {
        self.stepped(py, move |frame| frame.define(&name, expression))
    }

    fn redefine(&self, py: Python<'_>, name: String, expression: String) -> PyResult<Self> {
        self.stepped(py, move |frame| frame.redefine(&name, expression))
    }

    fn filter(&self, py: Python<'_>, expression: String, name: String) -> PyResult<Self> {
        self.stepped(py, move |frame| frame.filter(expression, &name))
    }

    fn select(&self, py: Python<'_>, expressions: Vec<(String, Option<String>)>) -> PyResult<Self> {
        self.stepped(py, move |frame| {
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
        self.stepped(py, move |frame| frame.limit(rows))
    }

    fn sort(&self, py: Python<'_>, expression: String, descending: bool) -> PyResult<Self> {
        self.stepped(py, move |frame| frame.sort(expression, descending))
    }

    fn aggregate(
        &self,
        py: Python<'_>,
        by: Vec<String>,
        aggregates: Vec<(String, String)>,
    ) -> PyResult<Self> {
        self.stepped(py, move |frame| {
            let by: Vec<&str> = by.iter().map(String::as_str).collect();
            let aggregates: Vec<(&str, &str)> = aggregates
                .iter()
                .map(|(name, expression)| (name.as_str(), expression.as_str()))
                .collect();
            frame.aggregate(&by, &aggregates)
        })
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
        let right = right.inner(py)?.clone();
        self.stepped(py, move |frame| {
            let on: Vec<&str> = on.iter().map(String::as_str).collect();
            frame.join(&right, &on, kind)
        })
    }

    fn union(&self, py: Python<'_>, others: Vec<Py<Self>>) -> PyResult<Self> {
        let others: Vec<_> = others
            .iter()
            .map(|other| other.get().inner.clone())
            .collect();
        self.stepped(py, move |frame| frame.union(&others))
    }

    #[pyo3(signature = (watch = None))]
    fn cache(&self, py: Python<'_>, watch: Option<Py<PyAny>>) -> PyResult<Self> {
        let frame = self.inner(py)?.clone();
        let watch = Watch::new(watch);
        let told = watch.progress.clone();
        wait(py, self.home, &watch, async move {
            frame.cache_watched(&told).await
        })
        .map(|frame| Self::of(self.home, frame))
    }

    #[pyo3(signature = (analyze, watch = None))]
    fn explain(&self, py: Python<'_>, analyze: bool, watch: Option<Py<PyAny>>) -> PyResult<String> {
        let frame = self.inner(py)?.clone();
        wait(py, self.home, &Watch::new(watch), async move {
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
        wait(py, self.home, &watch, async move {
            frame.write_parquet_watched(path, &told).await
        })
    }

    #[pyo3(signature = (watch = None))]
    fn rows(&self, py: Python<'_>, watch: Option<Py<PyAny>>) -> PyResult<Rows> {
        let frame = self.inner(py)?.clone();
        let watch = Watch::new(watch);
        let told = watch.progress.clone();
        let rows = wait(py, self.home, &watch, async move {
            frame.query_watched(&told)?.execute().await
        })?;
        Ok(Rows::new(self.home, rows, watch))
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
        let batches = wait(py, self.home, &watch, async move {
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
        sample: Option<String>,
        weight: Option<String>,
    ) -> PyResult<Booking> {
        self.planned(py, move |frame| {
            Booking::histogram(frame, axes, sample, weight)
        })
    }

    fn count(&self, py: Python<'_>) -> PyResult<Booking> {
        Ok(Booking(self.inner(py)?.count()))
    }

    fn reduce(&self, py: Python<'_>, how: String, expression: String) -> PyResult<Booking> {
        let reduce = match how.as_str() {
            "sum" => hepframe_engine::frame::Frame::sum,
            "mean" => hepframe_engine::frame::Frame::mean,
            "min" => hepframe_engine::frame::Frame::min,
            "max" => hepframe_engine::frame::Frame::max,
            other => return Err(invalid(py, format!("there is no reduction \"{other}\""))),
        };
        self.planned(py, move |frame| reduce(frame, expression).map(Booking))
    }

    fn take(&self, py: Python<'_>, expression: String) -> PyResult<Booking> {
        self.planned(py, move |frame| frame.take(expression).map(Booking))
    }

    fn report(&self, py: Python<'_>) -> PyResult<Booking> {
        Ok(Booking(self.inner(py)?.report()))
    }
}
