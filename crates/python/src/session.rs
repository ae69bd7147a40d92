//! Sessions, in this process or on a cluster.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use arrow::datatypes::SchemaRef;
use arrow::ffi_stream::ArrowArrayStreamReader;
use arrow::record_batch::RecordBatch;
use arrow_pyarrow::PyArrowType;
use hepframe_engine::{DiskOptions, SessionOptions};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::booking::{Answered, Booking, answered};
use crate::error::{invalid, raised};
use crate::frame::Frame;
use crate::function::user_function;
use crate::rows::paths;
use crate::value::parameters_of;
use crate::wait::{Home, Place, Watch, progress, wait};

/// Longest wait for columns that are on their way to the disk when a session ends, as of the command.
const DISK_FAREWELL: Duration = Duration::from_secs(3);

/// A place where tables, functions and the cache live.
#[pyclass(frozen, module = "hepframe._native")]
pub(crate) struct Session {
    home: Home,
    inner: hepframe_engine::Session,
}

impl Session {
    fn of(inner: hepframe_engine::Session) -> Self {
        let place = match inner.cluster() {
            Some(_) => Place::Cluster,
            None => Place::Process,
        };
        Self {
            home: Home::new(place),
            inner,
        }
    }

    fn inner(&self, py: Python<'_>) -> PyResult<&hepframe_engine::Session> {
        self.home.check(py)?;
        Ok(&self.inner)
    }
}

#[pymethods]
impl Session {
    #[new]
    #[pyo3(signature = (*, threads = None, memory = None, cache = None, cache_disk = None, batch_rows = None))]
    fn new(
        py: Python<'_>,
        threads: Option<usize>,
        memory: Option<usize>,
        cache: Option<u64>,
        cache_disk: Option<(PathBuf, u64)>,
        batch_rows: Option<usize>,
    ) -> PyResult<Self> {
        let options = SessionOptions {
            threads,
            memory_bytes: memory,
            cache_bytes: cache,
            cache_disk: cache_disk.map(|(dir, bytes)| DiskOptions { dir, bytes }),
            batch_rows,
            ..SessionOptions::default()
        };
        hepframe_engine::Session::local_with(&options)
            .map(Self::of)
            .map_err(|error| raised(py, error))
    }

    #[staticmethod]
    #[pyo3(signature = (url, *, user = None, token = None, batch_rows = None))]
    fn connect(
        py: Python<'_>,
        url: String,
        user: Option<String>,
        token: Option<String>,
        batch_rows: Option<usize>,
    ) -> PyResult<Self> {
        let options = SessionOptions {
            user,
            token,
            batch_rows,
            ..SessionOptions::default()
        };
        let connected = async move { hepframe_engine::Session::connect_with(&url, &options).await };
        let home = Home::new(Place::Cluster);
        wait(py, home, &Watch::new(None), connected).map(Self::of)
    }

    #[getter]
    fn url(&self) -> Option<&str> {
        self.inner
            .cluster()
            .map(hepframe_engine::cluster::ClusterClient::url)
    }

    #[pyo3(signature = (text, parameters, tables, watch = None))]
    fn sql(
        &self,
        py: Python<'_>,
        text: String,
        parameters: &Bound<'_, PyDict>,
        tables: BTreeMap<String, Py<Frame>>,
        watch: Option<Py<PyAny>>,
    ) -> PyResult<(Frame, Vec<String>)> {
        let session = self.inner(py)?.clone();
        let tables: BTreeMap<_, _> = tables
            .iter()
            .map(|(name, frame)| (name.clone(), frame.get().inner.clone()))
            .collect();
        let parameters = parameters_of(parameters)?;
        let watch = Watch::new(watch);
        let told = watch.progress.clone();
        let made = wait(py, self.home, &watch, async move {
            session.frame(&text, parameters, &tables, &told).await
        })?;
        Ok((Frame::of(self.home, made.frame), made.warnings))
    }

    #[pyo3(signature = (locations, watch = None))]
    fn read(
        &self,
        py: Python<'_>,
        locations: Vec<String>,
        watch: Option<Py<PyAny>>,
    ) -> PyResult<(Frame, Vec<String>)> {
        let session = self.inner(py)?.clone();
        let read = async move {
            let locations: Vec<&str> = locations.iter().map(String::as_str).collect();
            session.read_all(&locations).await
        };
        let frame = wait(py, self.home, &Watch::new(watch), read)?;
        let warnings = frame.warnings();
        Ok((Frame::of(self.home, frame), warnings))
    }

    fn from_arrow(
        &self,
        py: Python<'_>,
        data: PyArrowType<ArrowArrayStreamReader>,
    ) -> PyResult<Frame> {
        use arrow::record_batch::RecordBatchReader;

        let session = self.inner(py)?;
        let reader = data.0;
        let schema: SchemaRef = reader.schema();
        // The stream may be Python's own and take the GIL itself.
        let rows: Result<Vec<RecordBatch>, _> = py.detach(|| reader.collect());
        let rows = rows.map_err(|error| invalid(py, error.to_string()))?;
        session
            .frame_of_rows(schema, rows)
            .map(|frame| Frame::of(self.home, frame))
            .map_err(|error| raised(py, error))
    }

    fn register(&self, py: Python<'_>, name: &str, frame: &Frame) -> PyResult<()> {
        self.inner(py)?
            .register_frame(name, &frame.inner)
            .map_err(|error| raised(py, error))
    }

    fn deregister(&self, py: Python<'_>, name: &str) -> PyResult<bool> {
        self.inner(py)?
            .deregister(name)
            .map_err(|error| raised(py, error))
    }

    fn register_function(
        &self,
        py: Python<'_>,
        name: &str,
        function: Py<PyAny>,
        inputs: PyArrowType<arrow::datatypes::Schema>,
        output: PyArrowType<arrow::datatypes::Schema>,
    ) -> PyResult<()> {
        let function = user_function(py, name, function, &inputs.0, &output.0)?;
        self.inner(py)?
            .register_function(function)
            .map_err(|error| raised(py, error))
    }

    #[pyo3(signature = (bookings, watch = None))]
    fn run<'py>(
        &self,
        py: Python<'py>,
        bookings: Vec<Py<Booking>>,
        watch: Option<Py<PyAny>>,
    ) -> PyResult<(Vec<Answered>, Bound<'py, PyDict>)> {
        let session = self.inner(py)?.clone();
        let bookings: Vec<_> = bookings.iter().map(|one| one.get().0.clone()).collect();
        let watch = Watch::new(watch);
        let told = watch.progress.clone();
        let answers = wait(py, self.home, &watch, async move {
            session.run_watched(&bookings, &told).await
        })?;
        let answers = answers.into_iter().map(answered).collect();
        Ok((answers, progress(py, &watch.progress)?))
    }

    fn tables(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        let session = self.inner(py)?.clone();
        let names = async move {
            let tables = session.tables().await;
            Ok(tables.into_iter().map(|table| table.name).collect())
        };
        wait(py, self.home, &Watch::new(None), names)
    }

    fn table_columns(&self, py: Python<'_>) -> PyResult<BTreeMap<String, Vec<String>>> {
        let session = self.inner(py)?.clone();
        let columns = async move {
            let mut tables = session.tables().await;
            tables.extend(session.located_tables());
            let columns = tables.into_iter();
            let columns = columns.map(|table| (table.name, paths(table.schema.fields())));
            Ok(columns.collect())
        };
        wait(py, self.home, &Watch::new(None), columns)
    }

    fn finish_writing(&self, py: Python<'_>) {
        // A fork has not the thread that writes.
        if let Some(columns) = self.inner.caches().and_then(|caches| caches.columns)
            && self.home.is_here()
        {
            py.detach(|| columns.finish_writing(DISK_FAREWELL));
        }
    }

    fn keep_in_fork(&self) {
        // Ending the cache on disk waits for its thread, which a fork has not.
        let _kept = Box::leak(Box::new(self.inner.clone()));
    }

    fn functions(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        Ok(self.inner(py)?.functions())
    }

    #[pyo3(signature = (location, watch = None))]
    fn inspect(
        &self,
        py: Python<'_>,
        location: String,
        watch: Option<Py<PyAny>>,
    ) -> PyResult<String> {
        let session = self.inner(py)?.clone();
        let report = async move { session.inspect(&location).await };
        let report = wait(py, self.home, &Watch::new(watch), report)?;
        serde_json::to_string(&report).map_err(|error| invalid(py, error.to_string()))
    }
}
