//! Runs futures for Python: without the GIL, with an ear for Ctrl-C, and telling how far they are.

use std::future::Future;
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Arc, OnceLock};
use std::thread::ThreadId;
use std::time::Duration;

use hepframe_engine::{EngineError, Progress, STACK_BYTES};
use parking_lot::Mutex;
use pyo3::exceptions::{PyKeyboardInterrupt, PyRuntimeError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::AbortHandle;

use crate::error::{broken, forked, raised};

/// Time between two looks at signals and progress.
const STEP: Duration = Duration::from_millis(100);

/// Threads, and the process that they live in.
type Owned = (u32, Arc<Threads>);

/// The engine's threads for each kind of session.
static THREADS: Mutex<[Option<Owned>; 2]> = Mutex::new([None, None]);

/// Signals come to the thread that started Python.
static MAIN_THREAD: OnceLock<ThreadId> = OnceLock::new();

/// Takes this thread for Python's main one: the module is imported there, as a rule. On another
/// thread looking for signals finds none, which does no harm.
pub(crate) fn remember_main_thread() {
    MAIN_THREAD.get_or_init(|| std::thread::current().id());
}

/// Where a session computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In this process.
    Process,
    /// On a cluster: its connections live on the threads that made them.
    Cluster,
}

/// The process that something was made in, whose threads are not in a fork of it, and where it computes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Home {
    process: u32,
    place: Place,
}

impl Home {
    pub(crate) fn new(place: Place) -> Self {
        Self {
            process: std::process::id(),
            place,
        }
    }

    /// False in a forked child.
    pub(crate) fn is_here(self) -> bool {
        self.process == std::process::id()
    }

    /// An error in a forked child.
    pub(crate) fn check(self, py: Python<'_>) -> PyResult<()> {
        if self.is_here() {
            Ok(())
        } else {
            Err(forked(py))
        }
    }

    /// The threads that compute here; a forked child starts its own.
    pub(crate) fn threads(self) -> io::Result<Arc<Threads>> {
        let process = std::process::id();
        let mut known = THREADS.lock();
        let known = &mut known[self.place as usize];
        match known {
            Some((owner, threads)) if *owner == process => Ok(Arc::clone(threads)),
            _ => {
                let threads = Arc::new(Threads::start()?);
                if let Some((_, others)) = known.replace((process, Arc::clone(&threads))) {
                    // Another process's threads cannot be ended in this one.
                    let _kept = Box::leak(Box::new(others));
                }
                Ok(threads)
            }
        }
    }

    /// Leaves the threads of an interrupted query to themselves: some joins compute for minutes
    /// without looking up, and the next query must not wait for them.
    fn leave_threads(self) {
        if self.place == Place::Process {
            let left = THREADS.lock()[self.place as usize].take();
            drop(left);
        }
    }
}

/// The engine's threads. Dropped by their last user, they end as soon as they look up.
pub(crate) struct Threads(Option<Runtime>);

impl Threads {
    fn start() -> io::Result<Self> {
        Builder::new_multi_thread()
            .thread_name("hepframe")
            .thread_stack_size(STACK_BYTES)
            .enable_all()
            .build()
            .map(|runtime| Self(Some(runtime)))
    }

    /// Where tasks are started.
    pub(crate) fn handle(&self) -> Option<&Handle> {
        self.0.as_ref().map(Runtime::handle)
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
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
/// ends its query. In a forked child, if the home is its parent's.
pub(crate) fn wait<T: Send + 'static>(
    py: Python<'_>,
    home: Home,
    watch: &Watch,
    future: impl Future<Output = Result<T, EngineError>> + Send + 'static,
) -> PyResult<T> {
    home.check(py)?;
    if Handle::try_current().is_ok() {
        return Err(PyRuntimeError::new_err(
            "a function that a query calls cannot run a query itself; compute what it needs before",
        ));
    }
    let threads = home.threads()?;
    let Some(handle) = threads.handle() else {
        return Err(unexpected());
    };
    let (tell, told) = sync_channel(1);
    let task = handle.spawn(async move {
        // Nobody listens any more once the wait was interrupted.
        let _unheard = tell.send(future.await);
    });
    let ends = AbortOnDrop(task.abort_handle());
    let told = Mutex::new(told);
    loop {
        match py.detach(|| told.lock().recv_timeout(STEP)) {
            Ok(answer) => return answer.map_err(|error| raised(py, error)),
            Err(RecvTimeoutError::Timeout) => {
                py.check_signals()
                    .and_then(|()| watch.tell(py))
                    .inspect_err(|_| home.leave_threads())?;
            }
            Err(RecvTimeoutError::Disconnected) => {
                drop(ends);
                return Err(unexpected());
            }
        }
    }
}

/// Where the last failure was that nobody foresaw, and what it said.
static FAILURE: Mutex<Option<String>> = Mutex::new(None);

/// Keeps what is said of a panic for the exception, in place of a backtrace on the user's screen.
pub(crate) fn catch_failures() {
    if std::env::var_os("RUST_BACKTRACE").is_none() {
        std::panic::set_hook(Box::new(|failure| {
            *FAILURE.lock() = Some(failure.to_string().replace('\n', " "));
        }));
    }
}

fn unexpected() -> PyErr {
    let failure = FAILURE.lock().take().unwrap_or_default();
    Python::attach(|py| broken(py, &failure))
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
pub(crate) fn receive<T>(home: Home, told: &Receiver<T>) -> Result<T, String> {
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
                    home.leave_threads();
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
    told.set_item("bytes_from_disk", cost.bytes_from_disk)?;
    told.set_item("columns_from_cache", cost.columns_from_cache)?;
    told.set_item("columns_read", cost.columns_read)?;
    told.set_item("files", cost.files)?;
    Ok(told)
}
