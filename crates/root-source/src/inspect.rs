//! What `hepframe inspect` shows: trees, clusters, columns, sizes.

use arrow::datatypes::DataType;
use datafusion::catalog::Session;
use datafusion::error::Result;
use hepframe_root_io::{Column, FileIndex, FileOpener, ObjectKey, Place, TreeOpener, Want};
use serde::{Deserialize, Serialize};

use crate::error::{SourceError, placed, plain_reason};
use crate::fetch::{FileReader, Headers};
use crate::list::list;
use crate::metadata_cache::{CachedTree, MetadataCache, TreeKey};
use crate::options::ScanOptions;
use crate::schema::ColumnShape;
use crate::uri::RootUri;

/// One file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FileReport {
    /// Path or URL.
    pub file: String,
    /// Files that the location means; this is the first of them.
    #[serde(default)]
    pub file_count: usize,
    /// Size in bytes.
    pub bytes: u64,
    /// Version of the ROOT that wrote it, e.g. `6.32/06`.
    pub root_version: String,
    /// UUID in the header.
    pub uuid: String,
    /// True if the file was never closed: what is listed was found by walking its records.
    pub recovered: bool,
    /// Trees; only the one asked for if the URI names one.
    pub trees: Vec<TreeReport>,
    /// Everything else in the file, counted by class.
    pub other_objects: Vec<ObjectCount>,
}

/// How many objects of a class a file holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectCount {
    /// C++ class.
    pub class: String,
    /// Number of objects.
    pub count: usize,
}

/// One tree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TreeReport {
    /// Path in the file.
    pub path: String,
    /// Cycle.
    pub cycle: u16,
    /// C++ class.
    pub class: String,
    /// Title.
    pub title: String,
    /// Number of entries.
    pub entries: u64,
    /// Number of clusters.
    pub clusters: usize,
    /// False if no column of it can be read; `reason` says why.
    pub supported: bool,
    /// Why the tree cannot be read.
    pub reason: Option<String>,
    /// Columns in the file's order.
    pub columns: Vec<ColumnReport>,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnReport {
    /// SQL name.
    pub name: String,
    /// Branch as ROOT prints it.
    pub branch: String,
    /// C++ type.
    pub cpp_type: String,
    /// Arrow type, if the column can be read.
    pub arrow_type: Option<String>,
    /// Why it cannot be read.
    pub unsupported_reason: Option<String>,
    /// Codec and level.
    pub codec: String,
    /// Number of baskets.
    pub baskets: usize,
    /// Bytes on disk.
    pub disk_bytes: u64,
    /// Bytes unpacked.
    pub memory_bytes: u64,
    /// Something to know, e.g. that the name was changed to make it unique.
    pub note: Option<String>,
}

/// Describes a file; the first one if the URI means several.
///
/// # Errors
///
/// No such file or tree, bad bytes, failed reads. A tree that cannot be parsed is an error only
/// if the URI names it; otherwise the report says why.
pub async fn inspect(
    state: &dyn Session,
    uri: &RootUri,
    cache: &MetadataCache,
) -> Result<FileReport> {
    let listing = list(state, &uri.location).await?;
    let file_count = listing.files.len();
    let meta = listing
        .files
        .into_iter()
        .next()
        .ok_or(SourceError::NoLocation)?;
    let store = state.runtime_env().object_store(&listing.store)?;
    let reader = FileReader::new(store, &listing.store, meta, &ScanOptions::default());

    let mut headers = Headers::of(&reader);
    let opener = FileOpener::new(reader.meta().size, Want::Everything);
    let index = headers.drive(opener, &reader.place()).await?;
    let keys: Vec<&ObjectKey> = match &uri.tree {
        Some(name) => {
            vec![
                index
                    .find_tree(Some(name))
                    .map_err(|e| placed(e, reader.place()))?,
            ]
        }
        None => index.trees(),
    };
    let mut trees = Vec::with_capacity(keys.len());
    for key in keys {
        let report = match describe(&mut headers, &reader, &index, key, cache).await {
            Ok(cached) => tree_report(key, &cached),
            Err(error) if uri.tree.is_some() => return Err(error),
            Err(error) => unreadable(key, plain_reason(&error)),
        };
        trees.push(report);
    }
    Ok(FileReport {
        file: reader.name().to_owned(),
        file_count,
        bytes: reader.meta().size,
        root_version: spelled_version(index.root_version),
        uuid: index.uuid.clone(),
        recovered: index.recovered,
        trees,
        other_objects: count_others(&index),
    })
}

async fn describe(
    headers: &mut Headers<'_>,
    reader: &FileReader,
    index: &FileIndex,
    key: &ObjectKey,
    cache: &MetadataCache,
) -> Result<std::sync::Arc<CachedTree>> {
    let name = key.spelled();
    let place = Place {
        tree: Some(name.clone()),
        ..reader.place()
    };
    let cache_key = TreeKey::new(reader.name(), reader.meta(), Some(&name));
    let parse = async {
        let opener = TreeOpener::new(index, key).map_err(|e| placed(e, place.clone()))?;
        let tree = headers.drive(opener, &place).await?;
        Ok(std::sync::Arc::new(CachedTree::new(
            tree,
            &index.uuid,
            name.clone(),
        )))
    };
    cache.get_or_parse(&cache_key, Box::pin(parse)).await
}

fn tree_report(key: &ObjectKey, cached: &CachedTree) -> TreeReport {
    let tree = &cached.tree;
    let columns: Vec<ColumnReport> = tree
        .columns
        .iter()
        .zip(cached.shape.iter())
        .map(|(c, s)| column_report(c, s))
        .collect();
    TreeReport {
        path: key.path.clone(),
        cycle: key.cycle,
        class: key.class.clone(),
        title: tree.title.clone(),
        entries: tree.entries,
        clusters: tree.cluster_borders.len().saturating_sub(1),
        supported: columns.is_empty() || columns.iter().any(|c| c.arrow_type.is_some()),
        reason: None,
        columns,
    }
}

fn unreadable(key: &ObjectKey, reason: String) -> TreeReport {
    TreeReport {
        path: key.path.clone(),
        cycle: key.cycle,
        class: key.class.clone(),
        title: String::new(),
        entries: 0,
        clusters: 0,
        supported: false,
        reason: Some(reason),
        columns: Vec::new(),
    }
}

fn column_report(column: &Column, shape: &ColumnShape) -> ColumnReport {
    ColumnReport {
        name: column.name.clone(),
        branch: column.branch.clone(),
        cpp_type: column.cpp_type.clone(),
        arrow_type: shape
            .readable
            .as_ref()
            .ok()
            .map(|field| spelled_type(field.data_type())),
        unsupported_reason: shape
            .readable
            .as_ref()
            .err()
            .map(|reason| reason.why.clone()),
        codec: column.codec.clone(),
        baskets: column.baskets.len(),
        disk_bytes: column.zip_bytes,
        memory_bytes: column.tot_bytes,
        note: column.note.clone(),
    }
}

/// Short names: `List(Float32)`, `FixedSizeList(3, Float32)`.
fn spelled_type(data_type: &DataType) -> String {
    match data_type {
        DataType::List(item) => format!("List({})", spelled_type(item.data_type())),
        DataType::FixedSizeList(item, n) => {
            format!("FixedSizeList({n}, {})", spelled_type(item.data_type()))
        }
        DataType::Struct(fields) => {
            let parts: Vec<String> = fields
                .iter()
                .map(|field| format!("{}: {}", field.name(), spelled_type(field.data_type())))
                .collect();
            format!("Struct({})", parts.join(", "))
        }
        DataType::Union(fields, _) => {
            let parts: Vec<String> = fields
                .iter()
                .map(|(_, field)| spelled_type(field.data_type()))
                .collect();
            format!("Union({})", parts.join(", "))
        }
        other => other.to_string(),
    }
}

/// 63206 → `6.32/06`.
fn spelled_version(version: u32) -> String {
    let (major, minor, patch) = (version / 10_000, version / 100 % 100, version % 100);
    format!("{major}.{minor:02}/{patch:02}")
}

fn count_others(index: &FileIndex) -> Vec<ObjectCount> {
    let mut counts = std::collections::BTreeMap::new();
    for key in index
        .objects
        .iter()
        .filter(|key| !key.is_ttree() && !key.is_rntuple())
    {
        *counts.entry(key.class.clone()).or_insert(0) += 1;
    }
    counts
        .into_iter()
        .map(|(class, count)| ObjectCount { class, count })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::datatypes::Field;

    use super::*;

    #[test]
    fn a_version_reads_as_root_prints_it() {
        assert_eq!(spelled_version(63_206), "6.32/06");
        assert_eq!(spelled_version(52_302), "5.23/02");
    }

    #[test]
    fn types_are_spelled_without_field_names() {
        let inner =
            DataType::FixedSizeList(Arc::new(Field::new("item", DataType::Float32, false)), 3);
        let list = DataType::List(Arc::new(Field::new("item", inner, false)));

        assert_eq!(spelled_type(&list), "List(FixedSizeList(3, Float32))");
    }
}
