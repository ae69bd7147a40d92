//! Histograms in text formats: JSON that Python's histogram packages read.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringBuilder};
use arrow::datatypes::FieldRef;
use arrow::error::ArrowError;
use arrow::json::writer::{EncoderOptions, NullableEncoder};
use arrow::json::{Encoder, EncoderFactory};
use hepframe_physics::histogram::{Histogram, is_histogram};

use super::variants;

/// A column of histograms as texts.
pub(super) fn uhi_texts(column: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let mut texts = StringBuilder::new();
    for text in uhi(column.as_ref())? {
        texts.append_option(text);
    }
    Ok(Arc::new(texts.finish()))
}

fn uhi(column: &dyn Array) -> Result<Vec<Option<String>>, ArrowError> {
    let structs = column
        .as_struct_opt()
        .ok_or_else(|| ArrowError::CastError(format!("{} is no histogram", column.data_type())))?;
    (0..structs.len())
        .map(|row| {
            let histogram = Histogram::from_struct(structs, row)
                .map_err(|error| ArrowError::ExternalError(Box::new(error)))?;
            Ok(histogram.map(|histogram| histogram.to_uhi_json()))
        })
        .collect()
}

/// Makes arrow's JSON writer put histograms in as objects, and variants as their values.
#[derive(Debug)]
pub(super) struct OurTypes;

impl EncoderFactory for OurTypes {
    fn make_default_encoder<'a>(
        &self,
        _: &'a FieldRef,
        array: &'a dyn Array,
        options: &'a EncoderOptions,
    ) -> Result<Option<NullableEncoder<'a>>, ArrowError> {
        if !is_histogram(array.data_type()) {
            return variants::encoder(array, options);
        }
        let encoder = Box::new(Texts(uhi(array)?));
        Ok(Some(NullableEncoder::new(encoder, array.nulls().cloned())))
    }
}

struct Texts(Vec<Option<String>>);

impl Encoder for Texts {
    fn encode(&mut self, row: usize, out: &mut Vec<u8>) {
        let text = self.0.get(row).and_then(Option::as_deref);
        out.extend_from_slice(text.unwrap_or("null").as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use arrow::record_batch::RecordBatch;
    use hepframe_physics::histogram::{Axis, Book, Spec, structs_of};

    use super::super::encode::{OutputFormat, TextWriter};
    use super::*;

    #[test]
    fn histograms_are_for_python_in_text_formats() {
        let axis = Axis::regular(1, 0.0, 1.0).unwrap();
        let histograms = Book::new(vec![Spec::counting(vec![axis])])
            .unwrap()
            .finish();
        let column = Arc::new(structs_of(&histograms).unwrap()) as ArrayRef;
        let batch = RecordBatch::try_from_iter([("h", column)]).unwrap();
        let written = |format| {
            let mut writer = TextWriter::new(format, &batch.schema(), Vec::new()).unwrap();
            writer.write(&batch).unwrap();
            String::from_utf8(writer.finish().unwrap()).unwrap()
        };

        let json = histograms[0].to_uhi_json();
        assert_eq!(
            written(OutputFormat::JsonLines),
            format!("{{\"h\":{json}}}\n")
        );
        let quoted = json.replace('"', "\"\"");
        assert_eq!(written(OutputFormat::Csv), format!("h\n\"{quoted}\"\n"));
    }
}
