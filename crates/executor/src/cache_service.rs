//! Shows, clears and unpins the columns that this executor keeps.

use hepframe_engine::cluster::rpc;
use hepframe_engine::cluster::rpc::column_cache_server::ColumnCache;
use hepframe_engine::cluster::rpc::{
    ClearCacheReply, ClearCacheRequest, ShowCacheReply, ShowCacheRequest, UnpinReply, UnpinRequest,
};
use hepframe_root_source::{CacheFilter, CachedColumn, Caches};
use tonic::{Request, Response, Status};

/// The service over the process's cache.
pub(crate) struct CacheService {
    pub(crate) id: String,
    pub(crate) caches: Caches,
}

#[tonic::async_trait]
impl ColumnCache for CacheService {
    async fn show(&self, _: Request<ShowCacheRequest>) -> Result<Response<ShowCacheReply>, Status> {
        let columns = self.caches.columns.as_ref().map(|cache| cache.snapshot());
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
        let bytes = self.caches.columns.as_ref().map_or(0, |cache| {
            let before = cache.bytes();
            cache.clear();
            before.saturating_sub(cache.bytes())
        });
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
                    .snapshot()
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
    }
}
