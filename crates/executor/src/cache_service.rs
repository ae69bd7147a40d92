//! Shows, clears and unpins the columns that this executor keeps.

use hepframe_engine::cluster::rpc;
use hepframe_engine::cluster::rpc::column_cache_server::ColumnCache as Service;
use hepframe_engine::cluster::rpc::{
    ClearCacheReply, ClearCacheRequest, ShowCacheReply, ShowCacheRequest, UnpinReply, UnpinRequest,
};
use hepframe_root_source::{CacheFilter, CachedColumn, Caches, ColumnCache};
use tonic::{Request, Response, Status};

/// The service over the process's cache.
pub(crate) struct CacheService {
    pub(crate) id: String,
    pub(crate) caches: Caches,
}

#[tonic::async_trait]
impl Service for CacheService {
    async fn show(&self, _: Request<ShowCacheRequest>) -> Result<Response<ShowCacheReply>, Status> {
        let columns = self.off_the_workers(ColumnCache::snapshot).await?;
        let columns = columns.unwrap_or_default().into_iter();
        Ok(Response::new(ShowCacheReply {
            columns: columns
                .map(|column| on_the_wire(&self.id, column))
                .collect(),
            missing: Vec::new(),
        }))
    }

    async fn clear(
        &self,
        _: Request<ClearCacheRequest>,
    ) -> Result<Response<ClearCacheReply>, Status> {
        let clear = |cache: &ColumnCache| {
            let before = cache.bytes();
            cache.clear();
            before.saturating_sub(cache.bytes())
        };
        let bytes = self.off_the_workers(clear).await?.unwrap_or(0);
        tracing::info!(executor = self.id, bytes, "cleared the column cache");
        Ok(Response::new(ClearCacheReply {
            bytes,
            missing: Vec::new(),
        }))
    }

    async fn unpin(&self, request: Request<UnpinRequest>) -> Result<Response<UnpinReply>, Status> {
        let trees = request.into_inner().trees.into_iter();
        let trees: Vec<_> = trees.map(|tree| (tree.file, tree.tree)).collect();
        let filter = CacheFilter {
            trees: (!trees.is_empty()).then_some(trees),
        };
        let bytes = self.caches.columns.as_ref().map_or(0, |cache| {
            let pinned = || {
                cache
                    .in_memory()
                    .iter()
                    .map(|column| column.pinned_bytes)
                    .sum::<u64>()
            };
            let before = pinned();
            cache.unpin(&filter);
            before.saturating_sub(pinned())
        });
        Ok(Response::new(UnpinReply {
            bytes,
            missing: Vec::new(),
        }))
    }
}

impl CacheService {
    /// Runs what may wait for the cache's disk; `None` without a cache.
    async fn off_the_workers<T: Send + 'static>(
        &self,
        work: impl FnOnce(&ColumnCache) -> T + Send + 'static,
    ) -> Result<Option<T>, Status> {
        let Some(cache) = self.caches.columns.clone() else {
            return Ok(None);
        };
        let done = tokio::task::spawn_blocking(move || work(&cache)).await;
        done.map(Some)
            .map_err(|crash| Status::internal(crash.to_string()))
    }
}

fn on_the_wire(executor: &str, column: CachedColumn) -> rpc::CachedColumn {
    rpc::CachedColumn {
        executor: executor.to_owned(),
        file: column.file,
        tree: column.tree,
        column: column.column,
        bytes: column.bytes,
        chunks: column.chunks,
        hits: column.hits,
        misses: column.misses,
        pinned_bytes: column.pinned_bytes,
        entries: column.entries,
        disk_bytes: column.disk_bytes,
        disk_hits: column.disk_hits,
    }
}
