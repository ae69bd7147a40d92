//! `hep_histogram(book, number)`: one histogram of a book.

use std::sync::Arc;

use arrow::array::{Array, AsArray, UInt32Array};
use arrow::compute::take;
use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{exec_datafusion_err, internal_err, plan_err};
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::scalar::ScalarValue;
use hepframe_physics::histogram::{is_histogram, struct_type};

use super::fill::histogram_field;
use crate::physics::types::element;

/// The function's name.
pub(crate) const HISTOGRAM_AT: &str = "hep_histogram";

/// The function.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct HistogramAt {
    signature: Signature,
}

impl HistogramAt {
    pub(super) fn new() -> Self {
        Self {
            signature: Signature::any(2, Volatility::Immutable),
        }
    }
}

impl ScalarUDFImpl for HistogramAt {
    fn name(&self) -> &str {
        HISTOGRAM_AT
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        match types {
            [book, _] if element(book).is_some_and(is_histogram) => Ok(struct_type()),
            _ => plan_err!("{HISTOGRAM_AT} wants the histograms of hep_book, and a number"),
        }
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let types: Vec<_> = args
            .arg_fields
            .iter()
            .map(|f| f.data_type().clone())
            .collect();
        self.return_type(&types)?;
        Ok(Arc::new(histogram_field(self.name())))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [
            book,
            ColumnarValue::Scalar(ScalarValue::Int64(Some(number))),
        ] = arguments.args.as_slice()
        else {
            return internal_err!(
                "{HISTOGRAM_AT} takes a book, and a number that is the same for all"
            );
        };
        let books = book.to_array(arguments.number_rows)?;
        let Some(books) = books.as_list_opt::<i32>() else {
            return internal_err!(
                "{HISTOGRAM_AT} takes a list of histograms, not {}",
                books.data_type()
            );
        };
        let places = books.value_offsets().windows(2).map(|ends| {
            let place = i64::from(ends[0]) + number;
            let place = (place < i64::from(ends[1])).then(|| u32::try_from(place).ok());
            place
                .flatten()
                .ok_or_else(|| exec_datafusion_err!("a book has no histogram {number}"))
        });
        let places: UInt32Array = places.collect::<Result<Vec<u32>>>()?.into();
        Ok(ColumnarValue::Array(take(books.values(), &places, None)?))
    }
}
