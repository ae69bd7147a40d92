//! Parquet, CSV, JSON and Arrow files as tables, through DataFusion's own readers.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::common::Result;
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::arrow::ArrowFormat;
use datafusion::datasource::file_format::csv::CsvFormat;
use datafusion::datasource::file_format::file_compression_type::FileCompressionType;
use datafusion::datasource::file_format::json::JsonFormat;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{
    ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl,
};
use datafusion::error::DataFusionError;
use datafusion::execution::SessionState;
use url::Url;

use super::format::{Format, existing_path};
use crate::error::EngineError;
use crate::nearest::nearest;

/// Opens files of one format as one table.
///
/// # Errors
/// [`EngineError::FileNotFound`] (inside `External`) if the location holds no file.
pub(super) async fn open(
    state: &SessionState,
    location: &str,
    format: Format,
) -> Result<Arc<dyn TableProvider>> {
    let url = listing_url(location)?;
    if !location.contains("://") && url.get_glob().is_none() && existing_path(location).is_none() {
        return Err(not_found(location));
    }
    if format == Format::Arrow
        && let Some(path) = existing_path(location).filter(|path| path.is_file())
        && !is_arrow(&path).unwrap_or(true)
    {
        let error = EngineError::NotArrow {
            location: location.to_owned(),
        };
        return Err(DataFusionError::External(Box::new(error)));
    }
    let extension = if url.is_collection() && url.get_glob().is_none() {
        format.extension()
    } else {
        ""
    };
    let options =
        ListingOptions::new(file_format(state, location, format)).with_file_extension(extension);
    let config = ListingTableConfig::new(url)
        .with_listing_options(options)
        .infer_partitions_from_path(state)
        .await?
        .infer_schema(state)
        .await?;
    let table = ListingTable::try_new(config)?;
    if table
        .list_files_for_scan(state, &[], Some(1))
        .await?
        .file_groups
        .is_empty()
    {
        return Err(not_found(location));
    }
    Ok(Arc::new(table))
}

/// Whether a file begins as Arrow files or streams do. The reader takes the length that stands there
/// for memory to allocate, whatever it is.
fn is_arrow(path: &Path) -> std::io::Result<bool> {
    let mut file = std::fs::File::open(path)?;
    let size = file.metadata()?.len();
    let mut start = [0_u8; 8];
    if size < 8 {
        return Ok(false);
    }
    file.read_exact(&mut start)?;
    let [a, b, c, d, rest @ ..] = start;
    // A stream of today marks its messages, one of long ago begins with the length at once.
    let length = match [a, b, c, d] {
        [0xff, 0xff, 0xff, 0xff] => u32::from_le_bytes(rest),
        length => u32::from_le_bytes(length),
    };
    Ok(start.starts_with(b"ARROW1") || u64::from(length) < size)
}

/// A location as DataFusion lists it; a file that exists is meant literally, `*` or not.
pub(super) fn listing_url(location: &str) -> Result<ListingTableUrl> {
    if let Some(path) = existing_path(location)
        && path.is_file()
        && let Ok(absolute) = std::path::absolute(&path)
        && let Ok(url) = Url::from_file_path(absolute)
    {
        return ListingTableUrl::try_new(url, None);
    }
    ListingTableUrl::parse(location)
}

fn file_format(state: &SessionState, location: &str, format: Format) -> Arc<dyn FileFormat> {
    let options = state.default_table_options();
    match format {
        Format::Csv(compression) => Arc::new(
            CsvFormat::default()
                .with_options(options.csv)
                .with_has_header(true)
                .with_file_compression_type(compression),
        ),
        Format::Tsv(compression) => Arc::new(
            CsvFormat::default()
                .with_options(options.csv)
                .with_has_header(true)
                .with_delimiter(b'\t')
                .with_file_compression_type(compression),
        ),
        Format::Json(compression) => Arc::new(
            JsonFormat::default()
                .with_options(options.json)
                .with_newline_delimited(!is_json_array(location, compression))
                .with_file_compression_type(compression),
        ),
        Format::Arrow => Arc::new(ArrowFormat),
        Format::Parquet | Format::Root => {
            Arc::new(ParquetFormat::default().with_options(options.parquet))
        }
    }
}

/// `[{..}, {..}]` instead of an object per line.
fn is_json_array(location: &str, compression: FileCompressionType) -> bool {
    let mut start = [0; 256];
    let read = std::fs::File::open(location).and_then(|mut file| file.read(&mut start));
    compression == FileCompressionType::UNCOMPRESSED
        && read.is_ok_and(|read| {
            start[..read]
                .iter()
                .find(|byte| !byte.is_ascii_whitespace())
                == Some(&b'[')
        })
}

/// "No such file", with the names in its directory that come near.
pub(super) fn not_found(location: &str) -> DataFusionError {
    let path = Path::new(location);
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let names: Vec<String> = std::fs::read_dir(directory)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .collect();
    let wanted = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    let near = nearest(
        &wanted.unwrap_or_default(),
        names.iter().map(String::as_str),
    );
    let nearest = near
        .into_iter()
        .map(|name| path.with_file_name(name).to_string_lossy().into_owned())
        .collect();
    DataFusionError::External(Box::new(EngineError::FileNotFound {
        location: location.to_owned(),
        nearest,
    }))
}
