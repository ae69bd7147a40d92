//! `uhi(histogram)`: JSON for Python's histogram packages.

use std::sync::Arc;

use arrow::array::{Array, AsArray, StringBuilder};
use arrow::datatypes::DataType;
use datafusion::common::{exec_datafusion_err, plan_err};
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};
use hepframe_physics::histogram::{Histogram, is_histogram};

use super::words;

/// The function.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Uhi {
    signature: Signature,
}

impl Uhi {
    pub(super) fn new() -> Self {
        Self {
            signature: Signature::any(1, Volatility::Immutable),
        }
    }
}

impl ScalarUDFImpl for Uhi {
    fn name(&self) -> &str {
        "uhi"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        match types {
            [histogram] if is_histogram(histogram) => Ok(DataType::Utf8),
            _ => plan_err!(
                "uhi wants a histogram, as of h1, h2, h3 or profile: uhi(h1(x, 50, 0, 100))"
            ),
        }
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let columns = ColumnarValue::values_to_arrays(&arguments.args)?;
        let histograms = columns.first().and_then(|column| column.as_struct_opt());
        let Some(histograms) = histograms else {
            return plan_err!("uhi wants a histogram");
        };
        let mut texts = StringBuilder::new();
        for row in 0..histograms.len() {
            let histogram = Histogram::from_struct(histograms, row)
                .map_err(|error| exec_datafusion_err!("{}", words(&error)))?;
            texts.append_option(histogram.map(|histogram| histogram.to_uhi_json()));
        }
        Ok(ColumnarValue::Array(Arc::new(texts.finish())))
    }
}
