//! Opens trees: from a listed file to a parsed tree, through the cache.

use std::sync::Arc;

use datafusion::common::runtime::SpawnedTask;
use datafusion::error::{DataFusionError, Result};
use futures::{StreamExt, TryStreamExt};
use hepframe_root_io::{FileOpener, Place, TreeOpener, Want};

use crate::error::placed;
use crate::fetch::{FileReader, Headers};
use crate::metadata_cache::{CachedTree, MetadataCache, TreeKey};

/// Files opened at once: enough to keep all cores parsing while others wait for bytes.
const OPEN_AT_ONCE: usize = 16;

/// Opens one tree of one file; `None` means the only one.
///
/// # Errors
///
/// What root-io says of the bytes, with file and tree; failed reads.
pub(crate) async fn open_tree(
    reader: &FileReader,
    tree: Option<&str>,
    cache: &MetadataCache,
) -> Result<Arc<CachedTree>> {
    let key = |tree: Option<&str>| TreeKey::new(reader.name(), reader.meta(), tree);
    let opened = cache
        .get_or_parse(&key(tree), Box::pin(parse_tree(reader, tree)))
        .await?;
    if tree.is_none() {
        // Scans ask by name.
        cache.put(&key(Some(&opened.tree.path)), &opened);
    }
    Ok(opened)
}

async fn parse_tree(reader: &FileReader, tree: Option<&str>) -> Result<Arc<CachedTree>> {
    let want = tree.map_or(Want::Everything, |name| Want::Tree(name.to_owned()));
    let mut headers = Headers::of(reader);
    let in_file = reader.place();
    let opener = FileOpener::new(reader.meta().size, want);
    let index = headers.drive(opener, &in_file).await?;
    let key = index.find_tree(tree).map_err(|e| placed(e, in_file))?;
    let in_tree = Place {
        tree: Some(key.path.clone()),
        ..reader.place()
    };
    let opener = TreeOpener::new(&index, key).map_err(|e| placed(e, in_tree.clone()))?;
    let parsed = headers.drive(opener, &in_tree).await?;
    Ok(Arc::new(CachedTree::new(
        parsed,
        &index.uuid,
        key.spelled(),
    )))
}

/// Opens the trees of many files on all cores; the answers keep the order.
pub(crate) async fn open_trees(
    files: Vec<(FileReader, Option<String>)>,
    cache: &Arc<MetadataCache>,
) -> Result<Vec<Arc<CachedTree>>> {
    futures::stream::iter(files)
        .map(|(reader, tree)| {
            let cache = Arc::clone(cache);
            SpawnedTask::spawn(async move { open_tree(&reader, tree.as_deref(), &cache).await })
        })
        .buffered(OPEN_AT_ONCE)
        .map(|joined| joined.map_err(|e| DataFusionError::ExecutionJoin(Box::new(e)))?)
        .try_collect()
        .await
}
