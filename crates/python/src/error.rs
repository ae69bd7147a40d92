//! The engine's errors as the exceptions of `hepframe.errors`.

use hepframe_engine::EngineError;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

/// Where the exceptions are.
const MODULE: &str = "hepframe.errors";

/// The exception for an error of the engine; its text is the engine's.
pub(crate) fn raised(py: Python<'_>, error: EngineError) -> PyErr {
    let message = error.to_string();
    if let Some(missing) = error.missing_file() {
        return made(py, "FileNotFound", message, Some(missing));
    }
    let (class, names) = match error {
        EngineError::UnknownColumn { name, nearest, .. } => {
            ("UnknownColumn", Some((name, nearest)))
        }
        EngineError::AmbiguousColumn { name, candidates } => {
            ("UnknownColumn", Some((name, candidates)))
        }
        EngineError::PartOfField { name, whole } => ("UnknownColumn", Some((name, vec![whole]))),
        EngineError::UnknownTable { name, nearest, .. } => ("UnknownTable", Some((name, nearest))),
        EngineError::UnknownFunction { name, nearest } => {
            ("UnknownFunction", Some((name, nearest)))
        }
        EngineError::UnknownParameter { name, nearest } => {
            ("UnknownParameter", Some((name, nearest)))
        }
        EngineError::UnsupportedColumn { .. } => ("UnsupportedColumn", None),
        EngineError::Histogram { .. } => ("InvalidHistogram", None),
        EngineError::ClusterUrl { .. } | EngineError::Unreachable { .. } => ("Unreachable", None),
        EngineError::Remote { .. } | EngineError::ResultsLost { .. } => ("ClusterError", None),
        EngineError::NotOnCluster { .. } => ("NotOnCluster", None),
        EngineError::Syntax(_)
        | EngineError::NotOneStatement { .. }
        | EngineError::NotOneExpression { .. }
        | EngineError::ColumnExists { .. }
        | EngineError::ReadRoot { .. }
        | EngineError::NotGrouped { .. }
        | EngineError::SameNames { .. }
        | EngineError::NoCondition { .. }
        | EngineError::FunctionExists { .. }
        | EngineError::JoinOnNothing
        | EngineError::UnionOfTypes { .. }
        | EngineError::Query { .. } => ("InvalidQuery", None),
        _ => ("HepframeError", None),
    };
    made(py, class, message, names)
}

/// For a session in a forked child of its process.
pub(crate) fn forked(py: Python<'_>) -> PyErr {
    let message = "this session was made before the process was forked, and its threads are not in the \
                   child; make a new hepframe.Session() in the child, or start workers by `spawn` \
                   or joblib's `loky`";
    made(py, "SessionForked", message.to_owned(), None)
}

/// For a failure that nobody foresaw, ours or of a library.
pub(crate) fn broken(py: Python<'_>, failure: &str) -> PyErr {
    let message = format!(
        "the engine failed where it should not, perhaps on a damaged file; please report this with the \
         query: {failure}"
    );
    made(py, "EngineFailure", message, None)
}

/// For arguments that the package should have caught.
pub(crate) fn invalid(py: Python<'_>, message: impl Into<String>) -> PyErr {
    made(py, "InvalidQuery", message.into(), None)
}

fn made(
    py: Python<'_>,
    class: &str,
    message: String,
    names: Option<(String, Vec<String>)>,
) -> PyErr {
    let made = py.import(MODULE).and_then(|errors| {
        let class = errors.getattr(class)?;
        match &names {
            Some((name, nearest)) => class.call1((&message, name, nearest)),
            None => class.call1((&message,)),
        }
    });
    match made {
        Ok(exception) => PyErr::from_value(exception),
        Err(_) => PyRuntimeError::new_err(message),
    }
}
