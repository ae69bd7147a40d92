//! Batches to bytes, one encoder per format behind one type.

use std::io::Write;
use std::sync::Arc;

use arrow::array::{ArrayRef, StringBuilder};
use arrow::compute::cast;
use arrow::csv;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::ipc::writer::FileWriter as ArrowFileWriter;
use arrow::json;
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::errors::ParquetError;
use datafusion::parquet::file::properties::WriterProperties;
use hepframe_physics::histogram::is_histogram;

use super::histograms::{OurTypes, uhi_texts};
use super::variants::not_for_parquet;

/// Formats that rows can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OutputFormat {
    /// Parquet, zstd.
    Parquet,
    /// Arrow IPC file.
    Arrow,
    /// Comma-separated, with a header line.
    Csv,
    /// Tab-separated, with a header line.
    Tsv,
    /// A JSON object per line.
    JsonLines,
    /// One JSON array of objects.
    JsonArray,
}

impl OutputFormat {
    /// By the extension of a file name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        let (_, extension) = name.rsplit_once('.')?;
        Some(match extension.to_ascii_lowercase().as_str() {
            "parquet" | "pq" => Self::Parquet,
            "arrow" | "feather" | "ipc" => Self::Arrow,
            "csv" => Self::Csv,
            "tsv" => Self::Tsv,
            "json" | "ndjson" | "jsonl" => Self::JsonLines,
            _ => return None,
        })
    }
}

/// Writes batches to a writer as text (CSV, TSV, JSON) or in a binary format.
pub struct TextWriter<W: Write + Send> {
    encoder: Encoder<W>,
}

enum Encoder<W: Write + Send> {
    Parquet {
        writer: Box<ArrowWriter<W>>,
        columns: bool,
    },
    Arrow(Box<ArrowFileWriter<W>>),
    Csv {
        writer: Box<csv::Writer<W>>,
        schema: SchemaRef,
        columns: bool,
    },
    JsonLines(json::Writer<W, json::writer::LineDelimited>),
    JsonArray(json::Writer<W, json::writer::JsonArray>),
}

impl<W: Write + Send> std::fmt::Debug for TextWriter<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TextWriter").finish_non_exhaustive()
    }
}

impl<W: Write + Send> TextWriter<W> {
    /// Begins the output; a header is written at once, so that no rows still give a valid file.
    ///
    /// # Errors
    /// If the writer fails or the format cannot hold the columns.
    pub fn new(format: OutputFormat, schema: &SchemaRef, writer: W) -> Result<Self, ArrowError> {
        let encoder = match format {
            OutputFormat::Parquet => Encoder::Parquet {
                writer: Box::new(parquet_writer(schema, writer)?),
                columns: !schema.fields().is_empty(),
            },
            OutputFormat::Arrow => {
                Encoder::Arrow(Box::new(ArrowFileWriter::try_new(writer, schema)?))
            }
            OutputFormat::Csv => csv_encoder(schema, writer, b',')?,
            OutputFormat::Tsv => csv_encoder(schema, writer, b'\t')?,
            OutputFormat::JsonLines => Encoder::JsonLines(json_builder().build(writer)),
            OutputFormat::JsonArray => Encoder::JsonArray(json_builder().build(writer)),
        };
        Ok(Self { encoder })
    }

    /// Appends rows.
    ///
    /// # Errors
    /// If the writer fails or a value cannot be written in this format.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        match &mut self.encoder {
            // Without columns there is nothing to hold a row.
            Encoder::Parquet { columns: false, .. } | Encoder::Csv { columns: false, .. } => Ok(()),
            Encoder::Parquet { writer, .. } => writer.write(batch).map_err(from_parquet),
            Encoder::Arrow(writer) => writer.write(batch),
            Encoder::Csv { writer, schema, .. } => writer.write(&flat(batch, schema)?),
            Encoder::JsonLines(writer) => writer.write(batch),
            Encoder::JsonArray(writer) => writer.write(batch),
        }
    }

    /// Ends the output and gives the writer back.
    ///
    /// # Errors
    /// If the writer fails.
    pub fn finish(self) -> Result<W, ArrowError> {
        match self.encoder {
            Encoder::Parquet { writer, .. } => writer.into_inner().map_err(from_parquet),
            Encoder::Arrow(mut writer) => {
                writer.finish()?;
                writer.into_inner()
            }
            Encoder::Csv { writer, .. } => Ok(writer.into_inner()),
            Encoder::JsonLines(mut writer) => {
                writer.finish()?;
                Ok(writer.into_inner())
            }
            Encoder::JsonArray(mut writer) => {
                writer.finish()?;
                Ok(writer.into_inner())
            }
        }
    }
}

fn parquet_writer<W: Write + Send>(
    schema: &SchemaRef,
    writer: W,
) -> Result<ArrowWriter<W>, ArrowError> {
    if let Some(why) = not_for_parquet(schema) {
        return Err(ArrowError::ParquetError(why));
    }
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .build();
    ArrowWriter::try_new(writer, Arc::clone(schema), Some(properties)).map_err(from_parquet)
}

/// A writer's own failure (disk full, reader gone) must stay recognisable.
fn from_parquet(error: ParquetError) -> ArrowError {
    match error {
        ParquetError::External(inner) => ArrowError::ExternalError(inner),
        other => ArrowError::ParquetError(other.to_string()),
    }
}

fn json_builder() -> json::WriterBuilder {
    json::WriterBuilder::new()
        .with_explicit_nulls(true)
        .with_encoder_factory(Arc::new(OurTypes))
}

fn csv_encoder<W: Write + Send>(
    schema: &SchemaRef,
    writer: W,
    delimiter: u8,
) -> Result<Encoder<W>, ArrowError> {
    let mut writer = csv::WriterBuilder::new()
        .with_header(true)
        .with_delimiter(delimiter)
        .build(writer);
    let schema = flat_schema(schema);
    let columns = !schema.fields().is_empty();
    if columns {
        writer.write(&RecordBatch::new_empty(Arc::clone(&schema)))?;
    }
    Ok(Encoder::Csv {
        writer: Box::new(writer),
        schema,
        columns,
    })
}

/// CSV has no lists and structs: they become text, as they are shown in a table.
fn flat_schema(schema: &SchemaRef) -> SchemaRef {
    let fields: Vec<_> = schema
        .fields()
        .iter()
        .map(|field| match needs_text(field.data_type()) {
            true => Arc::new(Field::new(field.name(), DataType::Utf8, true)),
            false => Arc::clone(field),
        })
        .collect();
    Arc::new(Schema::new(fields))
}

fn flat(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let columns = batch
        .columns()
        .iter()
        .map(|column| match needs_text(column.data_type()) {
            true => as_text(column),
            false => Ok(Arc::clone(column)),
        })
        .collect::<Result<Vec<_>, _>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)
}

fn needs_text(data_type: &DataType) -> bool {
    data_type.is_nested() || matches!(data_type, DataType::Dictionary(..))
}

fn as_text(column: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    if matches!(column.data_type(), DataType::Dictionary(..)) {
        return cast(column, &DataType::Utf8);
    }
    if is_histogram(column.data_type()) {
        return uhi_texts(column);
    }
    let options = FormatOptions::default().with_null("null");
    let formatter = ArrayFormatter::try_new(column.as_ref(), &options)?;
    let mut texts = StringBuilder::with_capacity(column.len(), column.len() * 8);
    for row in 0..column.len() {
        if column.is_null(row) {
            texts.append_null();
        } else {
            texts.append_value(formatter.value(row).try_to_string()?);
        }
    }
    Ok(Arc::new(texts.finish()))
}

#[cfg(test)]
mod tests {
    use arrow::array::{Float32Array, Int32Array, ListArray};
    use arrow::datatypes::Float32Type;

    use super::*;

    fn batch() -> RecordBatch {
        let lists = ListArray::from_iter_primitive::<Float32Type, _, _>([
            Some(vec![Some(41.5), Some(2.0)]),
            Some(vec![]),
        ]);
        RecordBatch::try_from_iter([
            (
                "n",
                Arc::new(Int32Array::from(vec![Some(2), None])) as ArrayRef,
            ),
            ("pt", Arc::new(lists) as ArrayRef),
            (
                "met",
                Arc::new(Float32Array::from(vec![1.5, f32::NAN])) as ArrayRef,
            ),
        ])
        .unwrap()
    }

    fn written(format: OutputFormat, batches: &[RecordBatch]) -> Vec<u8> {
        let mut writer = TextWriter::new(format, &batch().schema(), Vec::new()).unwrap();
        for batch in batches {
            writer.write(batch).unwrap();
        }
        writer.finish().unwrap()
    }

    #[test]
    fn csv_shows_lists_as_text_and_nulls_as_nothing() {
        let text = String::from_utf8(written(OutputFormat::Csv, &[batch()])).unwrap();

        assert_eq!(text, "n,pt,met\n2,\"[41.5, 2.0]\",1.5\n,[],NaN\n");
    }

    #[test]
    fn csv_without_rows_is_a_header() {
        let text = String::from_utf8(written(OutputFormat::Tsv, &[])).unwrap();

        assert_eq!(text, "n\tpt\tmet\n");
    }

    #[test]
    fn json_has_an_object_per_line_with_nulls_spelled_out() {
        let text = String::from_utf8(written(OutputFormat::JsonLines, &[batch()])).unwrap();

        assert_eq!(
            text,
            "{\"n\":2,\"pt\":[41.5,2.0],\"met\":1.5}\n{\"n\":null,\"pt\":[],\"met\":null}\n"
        );
    }

    #[test]
    fn json_without_rows_is_an_empty_array() {
        assert_eq!(written(OutputFormat::JsonArray, &[]), b"[]");
    }

    #[test]
    fn arrow_and_parquet_without_rows_keep_the_columns() {
        use arrow::ipc::reader::FileReader;
        use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

        let arrow = written(OutputFormat::Arrow, &[]);
        let reader = FileReader::try_new(std::io::Cursor::new(arrow), None).unwrap();
        assert_eq!(reader.schema(), batch().schema());

        let parquet = written(OutputFormat::Parquet, &[]);
        let bytes = datafusion::parquet::data_type::AsBytes::as_bytes(&parquet).to_vec();
        let path = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(path.path(), bytes).unwrap();
        let file = std::fs::File::open(path.path()).unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        assert_eq!(reader.schema().fields().len(), 3);
    }

    #[test]
    fn every_format_takes_a_result_without_columns() {
        let schema = Arc::new(Schema::empty());
        for format in [
            OutputFormat::Parquet,
            OutputFormat::Arrow,
            OutputFormat::Csv,
            OutputFormat::JsonLines,
            OutputFormat::JsonArray,
        ] {
            let writer = TextWriter::new(format, &schema, Vec::new()).unwrap();
            writer.finish().unwrap();
        }
    }
}
