//! Variants (`std::variant`) in text formats: the value that each has.

use arrow::array::{Array, AsArray, UnionArray};
use arrow::datatypes::{DataType, Schema};
use arrow::error::ArrowError;
use arrow::json::Encoder;
use arrow::json::writer::{EncoderOptions, NullableEncoder, make_encoder};

/// Makes arrow's JSON writer put the value of a variant in; null for one without a value.
///
/// # Errors
/// If one of the alternatives cannot be JSON.
pub(super) fn encoder<'a>(
    array: &'a dyn Array,
    options: &'a EncoderOptions,
) -> Result<Option<NullableEncoder<'a>>, ArrowError> {
    let (Some(variants), DataType::Union(fields, _)) = (array.as_union_opt(), array.data_type())
    else {
        return Ok(None);
    };
    let alternatives = fields
        .iter()
        .map(|(id, field)| Ok((id, make_encoder(field, variants.child(id), options)?)))
        .collect::<Result<_, ArrowError>>()?;
    let values = Values {
        variants,
        alternatives,
    };
    Ok(Some(NullableEncoder::new(Box::new(values), None)))
}

struct Values<'a> {
    variants: &'a UnionArray,
    alternatives: Vec<(i8, NullableEncoder<'a>)>,
}

impl Encoder for Values<'_> {
    fn encode(&mut self, row: usize, out: &mut Vec<u8>) {
        let (held, place) = (self.variants.type_id(row), self.variants.value_offset(row));
        let mut alternatives = self.alternatives.iter_mut();
        match alternatives.find(|(id, _)| *id == held) {
            Some((_, value)) if !value.is_null(place) => value.encode(place, out),
            _ => out.extend_from_slice(b"null"),
        }
    }
}

/// Why Parquet cannot hold these columns, of which one has variants: there is no such type, and
/// arrow's writer panics. `None` if it can.
pub(super) fn not_for_parquet(schema: &Schema) -> Option<String> {
    let name = column_of_variants(schema)?;
    Some(format!(
        "Parquet has no type for the variants of column `{name}`; write .arrow or .json, or leave \
         it out: SELECT * EXCLUDE (\"{name}\")"
    ))
}

/// Why COPY cannot write these columns to a file of this kind (`parquet`, `json`): it has other
/// writers than results. `None` if it can, or if they are no variants that keep it from it.
pub(crate) fn not_for_copy(kind: &str, schema: &Schema) -> Option<String> {
    let name = column_of_variants(schema)?;
    let is_text = match kind {
        "parquet" => false,
        "json" | "csv" => true,
        _ => return None,
    };
    let why = if is_text {
        "COPY cannot write variants as text, as those"
    } else {
        "Parquet has no type for the variants"
    };
    Some(format!(
        "{why} of column `{name}`; copy to .arrow, or leave it out: SELECT * EXCLUDE (\"{name}\")"
    ))
}

fn column_of_variants(schema: &Schema) -> Option<&str> {
    let mut fields = schema.fields().iter();
    let field = fields.find(|field| has_variant(field.data_type()))?;
    Some(field.name())
}

fn has_variant(data_type: &DataType) -> bool {
    match data_type {
        DataType::Union(..) => true,
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::FixedSizeList(item, _)
        | DataType::Map(item, _) => has_variant(item.data_type()),
        DataType::Struct(fields) => fields.iter().any(|field| has_variant(field.data_type())),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int32Array, NullArray, StringArray};
    use arrow::buffer::ScalarBuffer;
    use arrow::datatypes::{Field, UnionFields};
    use arrow::record_batch::RecordBatch;

    use super::super::encode::{OutputFormat, TextWriter};
    use super::*;

    fn batch() -> RecordBatch {
        let fields = [
            Field::new("none", DataType::Null, true),
            Field::new("_0", DataType::Int32, false),
            Field::new("_1", DataType::Utf8, false),
        ];
        let children: Vec<ArrayRef> = vec![
            Arc::new(NullArray::new(1)),
            Arc::new(Int32Array::from(vec![7])),
            Arc::new(StringArray::from(vec!["a"])),
        ];
        let variants = UnionArray::try_new(
            UnionFields::try_new([0, 1, 2], fields).unwrap(),
            ScalarBuffer::from(vec![2, 0, 1]),
            Some(ScalarBuffer::from(vec![0, 0, 0])),
            children,
        );
        RecordBatch::try_from_iter([("v", Arc::new(variants.unwrap()) as ArrayRef)]).unwrap()
    }

    #[test]
    fn json_has_the_value_that_a_variant_holds() {
        let mut writer =
            TextWriter::new(OutputFormat::JsonLines, &batch().schema(), Vec::new()).unwrap();
        writer.write(&batch()).unwrap();

        let text = String::from_utf8(writer.finish().unwrap()).unwrap();
        assert_eq!(text, "{\"v\":\"a\"}\n{\"v\":null}\n{\"v\":7}\n");
    }

    #[test]
    fn parquet_refuses_variants_by_name() {
        let error = TextWriter::new(OutputFormat::Parquet, &batch().schema(), Vec::new());

        let message = error.unwrap_err().to_string();
        assert!(message.contains("column `v`"), "{message}");
    }
}
