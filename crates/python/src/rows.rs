//! Rows as Arrow streams, one batch after the other or all at once.

use std::sync::Arc;
use std::sync::mpsc::sync_channel;

use arrow::array::{AsArray, RecordBatch, RecordBatchIterator, RecordBatchReader};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Fields, SchemaRef};
use arrow::error::ArrowError;
use arrow::ffi::FFI_ArrowSchema;
use arrow::ffi_stream::FFI_ArrowArrayStream;
use futures::TryStreamExt;
use hepframe_engine::histogram::{Histogram, is_histogram};
use hepframe_engine::{EngineError, RowStream};
use parking_lot::Mutex;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict};

use crate::error::invalid;
use crate::wait::{AbortOnDrop, Home, Threads, Watch, progress, receive, wait};

/// Hands a reader over as the Arrow C stream that the `PyCapsule` interface asks for.
fn stream_capsule<'py>(
    py: Python<'py>,
    reader: Box<dyn RecordBatchReader + Send>,
) -> PyResult<Bound<'py, PyCapsule>> {
    PyCapsule::new_with_value(py, FFI_ArrowArrayStream::new(reader), c"arrow_array_stream")
}

/// Names of columns, each with the paths of what is in it: `Muon`, `Muon.pt`.
pub(crate) fn paths(columns: &Fields) -> Vec<String> {
    let mut paths = Vec::with_capacity(columns.len());
    for column in columns {
        paths.push(column.name().clone());
        if let DataType::Struct(members) = innermost(column.data_type()) {
            let members = self::paths(members).into_iter();
            paths.extend(members.map(|member| format!("{}.{member}", column.name())));
        }
    }
    paths
}

/// The type inside all lists.
fn innermost(data_type: &DataType) -> &DataType {
    match data_type {
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            innermost(item.data_type())
        }
        other => other,
    }
}

/// Names and types of columns.
#[pyclass(frozen, module = "hepframe._native")]
pub(crate) struct Schema(pub(crate) SchemaRef);

#[pymethods]
impl Schema {
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        let schema = FFI_ArrowSchema::try_from(self.0.as_ref())
            .map_err(|error| invalid(py, error.to_string()))?;
        PyCapsule::new_with_value(py, schema, c"arrow_schema")
    }
}

/// Rows in memory.
#[pyclass(frozen, module = "hepframe._native")]
pub(crate) struct Batches {
    pub(crate) schema: SchemaRef,
    pub(crate) batches: Vec<RecordBatch>,
}

#[pymethods]
impl Batches {
    fn schema(&self) -> Schema {
        Schema(Arc::clone(&self.schema))
    }

    fn num_rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    fn one(&self, py: Python<'_>) -> PyResult<Self> {
        let schema = Arc::clone(&self.schema);
        let batches = match self.batches.as_slice() {
            [one] => vec![one.clone()],
            batches => {
                let one = py.detach(|| concat_batches(&schema, batches));
                vec![one.map_err(|error| invalid(py, error.to_string()))?]
            }
        };
        Ok(Self { schema, batches })
    }

    fn histograms(&self, py: Python<'_>) -> PyResult<Vec<(String, Vec<Option<String>>)>> {
        let mut found = Vec::new();
        for (place, field) in self.schema.fields().iter().enumerate() {
            if !is_histogram(field.data_type()) {
                continue;
            }
            let mut rows = Vec::with_capacity(self.num_rows());
            for batch in &self.batches {
                let column = batch.column(place).as_struct();
                for row in 0..batch.num_rows() {
                    let histogram = Histogram::from_struct(column, row)
                        .map_err(|error| invalid(py, error.to_string()))?;
                    rows.push(histogram.map(|histogram| histogram.to_uhi_json()));
                }
            }
            found.push((field.name().clone(), rows));
        }
        Ok(found)
    }

    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        // The protocol lets us give the types that we have.
        drop(requested_schema);
        let batches: Vec<_> = self.batches.iter().cloned().map(Ok).collect();
        let reader = RecordBatchIterator::new(batches, Arc::clone(&self.schema));
        stream_capsule(py, Box::new(reader))
    }
}

/// The rows of a running query. Whoever drops them ends it.
#[pyclass(frozen, module = "hepframe._native")]
pub(crate) struct Rows {
    home: Home,
    schema: SchemaRef,
    watch: Watch,
    rows: Mutex<Option<RowStream>>,
    /// Parts of the query run on these, whatever happens to others.
    threads: Option<Arc<Threads>>,
}

impl Rows {
    pub(crate) fn new(home: Home, rows: RowStream, watch: Watch) -> Self {
        Self {
            home,
            schema: rows.schema(),
            watch,
            rows: Mutex::new(Some(rows)),
            threads: home.threads().ok(),
        }
    }
}

#[pymethods]
impl Rows {
    fn schema(&self) -> Schema {
        Schema(Arc::clone(&self.schema))
    }

    fn next(&self, py: Python<'_>) -> PyResult<Option<Batches>> {
        self.home.check(py)?;
        // Taken out while it is waited for: an interrupt then drops it and with it the query.
        let Some(mut rows) = self.rows.lock().take() else {
            return Ok(None);
        };
        let (rows, batch) = wait(py, self.home, &self.watch, async move {
            let batch = rows.try_next().await?;
            Ok::<_, EngineError>((rows, batch))
        })?;
        let Some(batch) = batch else {
            return Ok(None);
        };
        *self.rows.lock() = Some(rows);
        Ok(Some(Batches {
            schema: Arc::clone(&self.schema),
            batches: vec![batch],
        }))
    }

    fn progress<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        progress(py, &self.watch.progress)
    }

    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        drop(requested_schema);
        self.home.check(py)?;
        let Some(rows) = self.rows.lock().take() else {
            return Err(invalid(
                py,
                "these rows were taken already; run the query again",
            ));
        };
        let reader = Reader {
            home: self.home,
            schema: Arc::clone(&self.schema),
            rows: Some(rows),
            _threads: self.threads.clone(),
        };
        stream_capsule(py, Box::new(reader))
    }
}

/// Rows for a reader that knows nothing of futures.
struct Reader {
    home: Home,
    schema: SchemaRef,
    rows: Option<RowStream>,
    _threads: Option<Arc<Threads>>,
}

impl Reader {
    /// The next batch and the rows behind it; `None` at the end.
    fn step(
        &self,
        mut rows: RowStream,
    ) -> Result<Option<(RowStream, RecordBatch)>, Box<dyn std::error::Error + Send + Sync>> {
        if !self.home.is_here() {
            return Err("the query belongs to the process that this one was forked from".into());
        }
        let (tell, told) = sync_channel(1);
        let threads = self.home.threads()?;
        let Some(handle) = threads.handle() else {
            return Err("the engine has ended".into());
        };
        let task = handle.spawn(async move {
            let batch = rows.try_next().await;
            // Nobody listens any more once the wait was interrupted.
            let _unheard = tell.send(batch.map(|batch| batch.map(|batch| (rows, batch))));
        });
        let _ends = AbortOnDrop(task.abort_handle());
        Ok(receive(self.home, &told)??)
    }
}

impl Iterator for Reader {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let rows = self.rows.take()?;
        match self.step(rows) {
            Ok(Some((rest, batch))) => {
                self.rows = Some(rest);
                Some(Ok(batch))
            }
            Ok(None) => None,
            Err(why) => Some(Err(ArrowError::ExternalError(why))),
        }
    }
}

impl RecordBatchReader for Reader {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}
