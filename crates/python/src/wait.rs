//! Runs futures for Python: without the GIL, with an ear for Ctrl-C, and telling how far they are.

use std::future::Future;
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread::ThreadId;
use std::time::Duration;

use hepframe_engine::{EngineError, Progress};
use parking_lot::Mutex;
use pyo3::exceptions::{PyKeyboardInterrupt, PyRuntimeError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::AbortHandle;

use crate::error::{forked, raised};

/// Time between two looks at signals and progress.
const STEP: Duration = Duration::from_millis(100);

/// The engine's threads, and the process that they live in.
static RUNTIME: Mutex<Option<(u32, &'static Runtime)>> = Mutex::new(None);

/// Signals come to the thread that started Python.
static MAIN_THREAD: OnceLock<ThreadId> = OnceLock::new();

/// Takes this thread for Python's main one: the module is imported there, as a rule. On another
/// thread looking for signals finds none, which does no harm.
pub(crate) fn remember_main_thread() {
    MAIN_THREAD.get_or_init(|| std::thread::current().id());
}

/// The process that something was made in: its threads are not in a fork of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Here(u32);

impl Here {
    pub(crate) fn new() -> Self {
        Self(std::process::id())
    }

    /// False in a forked child.
    pub(crate) fn is_here(self) -> bool {
        self.0 == std::process::id()
    }

    /// An error in a forked child.
    pub(crate) fn check(self, py: Python<'_>) -> PyResult<()> {
        if self.is_here() {
            Ok(())
        } else {
            Err(forked(py))
        }
    }
}

/// The engine's threads in this process; a forked child starts its own.
pub(crate) fn runtime() -> PyResult<&'static Runtime> {
    let process = std::process::id();
    let mut known = RUNTIME.lock();
    match *known {
        Some((owner, runtime)) if owner == process => Ok(runtime),
        _ => {
            let runtime = Builder::new_multi_thread()
                .thread_name("hepframe")
                .enable_all()
                .build()
                .map_err(|error| {
                    PyRuntimeError::new_err(format!("cannot start the engine's threads: {error}"))
                })?;
            // For the rest of the process: queries may outlive whoever started them.
            let runtime: &'static Runtime = Box::leak(Box::new(runtime));
            *known = Some((process, runtime));
            Ok(runtime)
        }
    }
}

/// Who wants to know how far a query is.
pub(crate) struct Watch {
    pub(crate) progress: Progress,
    told: Option<Py<PyAny>>,
}

impl Watch {
    pub(crate) fn new(told: Option<Py<PyAny>>) -> Self {
        Self {
            progress: Progress::default(),
            told,
        }
    }

    fn tell(&self, py: Python<'_>) -> PyResult<()> {
        if let Some(told) = &self.told {
            told.call1(py, (progress(py, &self.progress)?,))?;
        }
        Ok(())
    }
}

/// Runs a future of the engine to its end.
///
/// # Errors
/// The engine's; `KeyboardInterrupt`, and whatever `watch` raises: then the future is dropped, which
/// ends its query.
pub(crate) fn wait<T: Send + 'static>(
    py: Python<'_>,
    watch: &Watch,
    future: impl Future<Output = Result<T, EngineError>> + Send + 'static,
) -> PyResult<T> {
    if Handle::try_current().is_ok() {
        return Err(PyRuntimeError::new_err(
            "a function that a query calls cannot run a query itself; compute what it needs before",
        ));
    }
    let (tell, told) = sync_channel(1);
    let task = runtime()?.spawn(async move {
        // Nobody listens any more once the wait was interrupted.
        let _unheard = tell.send(future.await);
    });
    let task = AbortOnDrop(task.abort_handle());
    let told = Mutex::new(told);
    loop {
        match py.detach(|| told.lock().recv_timeout(STEP)) {
            Ok(answer) => return answer.map_err(|error| raised(py, error)),
            Err(RecvTimeoutError::Timeout) => {
                py.check_signals()?;
                watch.tell(py)?;
            }
            Err(RecvTimeoutError::Disconnected) => {
                drop(task);
                return Err(PyRuntimeError::new_err(
                    "the engine failed where it should not; please report this with the query",
                ));
            }
        }
    }
}

/// A task that ends with whoever waits for it.
pub(crate) struct AbortOnDrop(pub(crate) AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Waits for one message where Python may not be listening: a reader of a stream. Signals are looked
/// for on the main thread alone, as other threads could wait for the GIL in vain.
///
/// # Errors
/// A text if the wait was interrupted, or nothing will come.
pub(crate) fn receive<T>(told: &Receiver<T>) -> Result<T, String> {
    let is_main = MAIN_THREAD.get() == Some(&std::thread::current().id());
    loop {
        match told.recv_timeout(STEP) {
            Ok(message) => return Ok(message),
            Err(RecvTimeoutError::Timeout) if is_main => {
                let interrupted = Python::attach(|py| match py.check_signals() {
                    Ok(()) => false,
                    Err(error) => {
                        if !error.is_instance_of::<PyKeyboardInterrupt>(py) {
                            error.write_unraisable(py, None);
                        }
                        true
                    }
                });
                if interrupted {
                    return Err("interrupted".to_owned());
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Err("the query ended early".to_owned()),
        }
    }
}

/// `Progress` of the contract.
pub(crate) fn progress<'py>(py: Python<'py>, progress: &Progress) -> PyResult<Bound<'py, PyDict>> {
    let cost = progress.statistics();
    let told = PyDict::new(py);
    told.set_item("fraction", progress.fraction())?;
    told.set_item("tasks", progress.tasks())?;
    told.set_item("rows", cost.rows)?;
    told.set_item("wall_ms", cost.wall_ms)?;
    told.set_item("bytes_read", cost.bytes_read)?;
    told.set_item("bytes_from_cache", cost.bytes_from_cache)?;
    told.set_item("columns_from_cache", cost.columns_from_cache)?;
    told.set_item("columns_read", cost.columns_read)?;
    told.set_item("files", cost.files)?;
    Ok(told)
}
