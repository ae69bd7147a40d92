//! The column cache: equal answers, nothing read twice, changed files never answered from it.

mod answers;
mod changed;
mod concurrent;
mod held;
mod skipped;

use std::path::Path;
use std::sync::Arc;

use datafusion::prelude::SessionContext;
use hepframe_root_source::{CacheOptions, Caches, ColumnCache, RootTable, RootUri, ScanOptions};
use hepframe_root_write::Codec;

use crate::fixture::write_events;

/// Enough for every file of these tests.
pub(crate) const PLENTY: u64 = 64 << 20;

fn caches(bytes: u64) -> (Caches, Arc<ColumnCache>) {
    let columns = Arc::new(ColumnCache::new(CacheOptions { bytes }));
    let caches = Caches::of_metadata(64 << 20).with_columns(Arc::clone(&columns));
    (caches, columns)
}

pub(crate) async fn open(
    context: &SessionContext,
    path: &Path,
    options: ScanOptions,
    caches: &Caches,
) {
    open_as("t", context, path, options, caches).await;
}

pub(crate) async fn open_as(
    name: &str,
    context: &SessionContext,
    path: &Path,
    options: ScanOptions,
    caches: &Caches,
) {
    let uris = [RootUri::parse(path.to_str().unwrap())];
    let state = context.state();
    let table = RootTable::open(&state, &uris, options, caches.clone()).await;
    context.deregister_table(name).unwrap();
    context
        .register_table(name, Arc::new(table.unwrap()))
        .unwrap();
}

pub(crate) fn one_file() -> (tempfile::TempDir, std::path::PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.root");
    write_events(&path, 0, Codec::Zstd(1));
    (dir, path)
}
