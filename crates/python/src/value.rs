//! Python values as parameters of SQL.

use std::collections::BTreeMap;

use hepframe_engine::Parameter;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};

/// Values by name.
pub(crate) fn parameters_of(given: &Bound<'_, PyDict>) -> PyResult<BTreeMap<String, Parameter>> {
    given
        .iter()
        .map(|(name, value)| {
            let name: String = name.extract()?;
            let value = parameter(&value).map_err(|error| {
                let why = error.value(given.py()).to_string();
                PyTypeError::new_err(format!("value of `{name}`: {why}"))
            })?;
            Ok((name, value))
        })
        .collect()
}

fn parameter(value: &Bound<'_, PyAny>) -> PyResult<Parameter> {
    if value.is_none() {
        Ok(Parameter::Null)
    } else if value.is_instance_of::<PyBool>() {
        Ok(Parameter::Bool(value.extract()?))
    } else if value.is_instance_of::<PyInt>() {
        match value.extract::<i64>() {
            Ok(integer) => Ok(Parameter::Integer(integer)),
            Err(_) => value
                .extract()
                .map(Parameter::Unsigned)
                .map_err(|_| PyTypeError::new_err(format!("{value} does not fit into 64 bits"))),
        }
    } else if value.is_instance_of::<PyFloat>() {
        Ok(Parameter::Float(value.extract()?))
    } else if value.is_instance_of::<PyString>() {
        Ok(Parameter::Text(value.extract()?))
    } else if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
        let items = value.try_iter()?.map(|item| parameter(&item?));
        items.collect::<PyResult<_>>().map(Parameter::List)
    } else if let Some(plain) = value.getattr_opt("tolist")? {
        // NumPy's scalars and arrays, pandas' series.
        parameter(&plain.call0()?)
    } else {
        Err(PyTypeError::new_err(format!(
            "{} cannot be a value in SQL; None, bool, int, float, str, and lists of these can",
            value.get_type().name()?
        )))
    }
}
