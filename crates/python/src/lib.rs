//! The engine as a Python module: `hepframe._native`, which the package `hepframe` is written on.
//!
//! Thin on purpose: every method converts its arguments, gives the GIL away, and calls the engine.
//!
//! | module | does |
//! |---|---|
//! | `wait` | runs futures for Python: signals, progress, forks |
//! | `error` | the engine's errors as the package's exceptions |
//! | `session` | sessions, here and on a cluster |
//! | `frame` | frames and their steps |
//! | `booking` | what is booked on frames, and the answers |
//! | `rows` | rows as Arrow streams |
//! | `value` | Python values as parameters of SQL |
//! | `function` | Python functions of arrays |
#![deny(unsafe_code)]
#![allow(
    clippy::needless_pass_by_value,
    clippy::wrong_self_convention,
    reason = "arguments and names are as Python's side wants them"
)]

mod booking;
mod error;
mod frame;
mod function;
mod rows;
mod session;
mod value;
mod wait;

use pyo3::prelude::*;

/// Queries of many threads allocate much; as in the command.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The module.
#[pymodule]
mod _native {
    use pyo3::exceptions::PyOSError;
    use pyo3::prelude::*;

    #[pymodule_export]
    use super::booking::Booking;
    #[pymodule_export]
    use super::frame::Frame;
    #[pymodule_export]
    use super::rows::{Batches, Rows, Schema};
    #[pymodule_export]
    use super::session::Session;

    /// Writes made-up events.
    #[pyfunction]
    fn write_demo(
        py: Python<'_>,
        path: std::path::PathBuf,
        events: u64,
        seed: u64,
    ) -> PyResult<()> {
        use hepframe_root_write::{Codec, write_demo_file};

        py.detach(|| write_demo_file(&path, events, seed, Codec::Zstd(5), |_| ()))
            .map_err(|error| {
                PyOSError::new_err(format!("cannot write {}: {error}", path.display()))
            })
    }

    /// The page of all functions.
    #[pyfunction]
    fn physics_reference() -> String {
        hepframe_engine::physics_reference()
    }

    /// Words of SQL.
    #[pyfunction]
    fn keywords() -> Vec<&'static str> {
        hepframe_engine::KEYWORDS.to_vec()
    }

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        super::wait::remember_main_thread();
        super::wait::catch_failures();
        module.add("version", env!("CARGO_PKG_VERSION"))
    }
}
