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
use futures::TryStreamExt;
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
    let mut config = ListingTableConfig::new(url.clone())
        .with_listing_options(options)
        .infer_partitions_from_path(state)
        .await?;
    let columns_of_paths = config.options.as_ref();
    if columns_of_paths.is_none_or(|options| options.table_partition_cols.is_empty()) {
        config.table_paths = vec![without_hidden(url, extension)?];
    }
    for url in &config.table_paths {
        let store = state.runtime_env().object_store(url)?;
        let files = url.list_all_files(state, store.as_ref(), extension).await?;
        // A scan leaves out empty files. Without others there is no schema to infer, and the message
        // about that names no pattern.
        let mut filled = files.try_filter(|file| std::future::ready(file.size > 0));
        if filled.try_next().await?.is_none() {
            return Err(not_found(location));
        }
    }
    let table = ListingTable::try_new(config.infer_schema(state).await?)?;
    Ok(Arc::new(table))
}

/// The location without files whose names begin with a dot, where DataFusion's patterns can say so:
/// in a directory of files with this extension, and for `*.parquet`.
fn without_hidden(url: ListingTableUrl, extension: &str) -> Result<ListingTableUrl> {
    let pattern = match url.get_glob() {
        None if !extension.is_empty() => format!("[!.]*{extension}"),
        Some(pattern) if pattern.as_str().starts_with("*.") => format!("[!.]{pattern}"),
        _ => return Ok(url),
    };
    url.with_glob(&pattern)
}

/// The table with the names of the files that it has now instead of patterns, which plans do not
/// carry: in another process, a pattern would be its whole directory.
///
/// # Errors
/// If the files cannot be listed, or a pattern tells files in directories like `year=2026`.
pub(crate) async fn without_patterns(
    state: &SessionState,
    table: &ListingTable,
) -> Result<Option<Arc<dyn TableProvider>>> {
    let locations = table.table_paths();
    if locations
        .iter()
        .all(|location| location.get_glob().is_none())
    {
        return Ok(None);
    }
    if !table.options().table_partition_cols.is_empty() {
        return without_extension_pattern(table).map(Some);
    }
    let mut named = Vec::new();
    for location in locations {
        let store = state.runtime_env().object_store(location)?;
        let extension = table.options().file_extension.as_str();
        let files = location
            .list_all_files(state, store.as_ref(), extension)
            .await?;
        let mut files: Vec<_> = files.try_collect().await?;
        files.sort_by(|one, other| one.location.cmp(&other.location));
        for file in files {
            let mut url = location.get_url().clone();
            url.path_segments_mut()
                .map_err(|()| DataFusionError::Internal("a location without a path".to_owned()))?
                .clear()
                .extend(file.location.as_ref().split('/'));
            named.push(ListingTableUrl::try_new(url, None)?);
        }
    }
    let config = ListingTableConfig::new_with_multi_paths(named)
        .with_listing_options(table.options().clone())
        .with_schema(table.schema());
    Ok(Some(Arc::new(ListingTable::try_new(config)?)))
}

/// A table of directories like `year=2026`, whose names are looked up below its location, so it has
/// to keep that. `STORED AS CSV` makes it with the pattern `*.csv`, which plans can say otherwise.
fn without_extension_pattern(table: &ListingTable) -> Result<Arc<dyn TableProvider>> {
    let extension = match &table.table_paths()[..] {
        [location] => location.get_glob().as_ref().map(|pattern| pattern.as_str()),
        _ => None,
    };
    let extension = extension
        .and_then(|pattern| pattern.strip_prefix('*'))
        .filter(|extension| !extension.contains(['*', '?', '[']));
    let (Some(extension), Some(location)) = (extension, table.table_paths().first()) else {
        return Err(DataFusionError::Plan(
            "on a cluster, files in directories like `year=2026` cannot be told by a pattern; \
             name the directory, and say WHERE"
                .to_owned(),
        ));
    };
    let options = table.options().clone().with_file_extension(extension);
    let columns_of_paths = options.table_partition_cols.len();
    let schema = table.schema();
    let of_files: Vec<usize> = (0..schema.fields().len() - columns_of_paths).collect();
    let location = ListingTableUrl::try_new(location.get_url().clone(), None)?;
    let config = ListingTableConfig::new(location)
        .with_listing_options(options)
        .with_schema(Arc::new(schema.project(&of_files)?));
    Ok(Arc::new(ListingTable::try_new(config)?))
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
