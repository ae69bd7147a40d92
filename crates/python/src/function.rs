//! Python functions of arrays as functions of the engine.

use arrow::array::{Array, ArrayData, make_array};
use arrow::compute::{cast, concat};
use arrow::datatypes::Schema;
use arrow_pyarrow::{FromPyArrow, ToPyArrow};
use hepframe_engine::UserFunction;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::error::invalid;

/// A function that takes and gives pyarrow arrays.
///
/// # Errors
/// If `output` is not exactly one type.
pub(crate) fn user_function(
    py: Python<'_>,
    name: &str,
    function: Py<PyAny>,
    inputs: &Schema,
    output: &Schema,
) -> PyResult<UserFunction> {
    let types = inputs.fields().iter();
    let inputs = types.map(|field| field.data_type().clone()).collect();
    let [returns] = output.fields().as_ref() else {
        return Err(invalid(py, "a function gives one column"));
    };
    let returns = returns.data_type().clone();
    let wanted = returns.clone();
    let compute = move |arrays: Vec<arrow::array::ArrayRef>| {
        Python::attach(|py| {
            let arrays = arrays
                .iter()
                .map(|array| array.to_data().to_pyarrow(py))
                .collect::<PyResult<Vec<_>>>()?;
            let given = function.bind(py).call1(PyTuple::new(py, arrays)?)?;
            array_of(py, &given)
        })
        .map_err(|error: PyErr| error.to_string())
        .and_then(|array| cast(&array, &wanted).map_err(|error| error.to_string()))
    };
    Ok(UserFunction::new(name, inputs, returns, compute))
}

/// The array that a function gave: of pyarrow (chunked or not), `NumPy`, awkward, a list.
fn array_of(py: Python<'_>, given: &Bound<'_, PyAny>) -> PyResult<arrow::array::ArrayRef> {
    let arrow = py
        .import("hepframe._udf")?
        .call_method1("as_arrow", (given,))?;
    let chunks: Vec<Bound<'_, PyAny>> = arrow.extract()?;
    let arrays = chunks
        .iter()
        .map(|chunk| ArrayData::from_pyarrow_bound(chunk).map(make_array))
        .collect::<PyResult<Vec<_>>>()?;
    let arrays: Vec<&dyn Array> = arrays.iter().map(AsRef::as_ref).collect();
    concat(&arrays).map_err(|error| invalid(py, error.to_string()))
}
