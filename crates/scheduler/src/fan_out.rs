//! The column caches of all executors as one: asks each, and names those that do not answer.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use hepframe_engine::cluster::rpc::column_cache_client::ColumnCacheClient;
use hepframe_engine::cluster::rpc::column_cache_server::ColumnCache;
use hepframe_engine::cluster::rpc::{
    ClearCacheReply, ClearCacheRequest, ShowCacheReply, ShowCacheRequest, UnpinReply, UnpinRequest,
};
use hepframe_engine::cluster::wire::MAX_MESSAGE_BYTES;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Response, Status};

use crate::roster::{LiveExecutor, Roster};

/// How long an executor may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// See the module.
#[derive(Debug)]
pub(crate) struct AllCaches {
    pub(crate) roster: Arc<Roster>,
}

#[tonic::async_trait]
impl ColumnCache for AllCaches {
    async fn show(
        &self,
        _request: Request<ShowCacheRequest>,
    ) -> Result<Response<ShowCacheReply>, Status> {
        let (replies, missing) = self
            .ask(|mut cache| async move { cache.show(ShowCacheRequest {}).await })
            .await;
        let mut columns = Vec::new();
        for (executor, reply) in replies {
            columns.extend(reply.columns.into_iter().map(|mut column| {
                column.executor.clone_from(&executor);
                column
            }));
        }
        Ok(Response::new(ShowCacheReply { columns, missing }))
    }

    async fn clear(
        &self,
        _request: Request<ClearCacheRequest>,
    ) -> Result<Response<ClearCacheReply>, Status> {
        let (replies, missing) = self
            .ask(|mut cache| async move { cache.clear(ClearCacheRequest {}).await })
            .await;
        let bytes = replies.iter().map(|(_, reply)| reply.bytes).sum();
        Ok(Response::new(ClearCacheReply { bytes, missing }))
    }

    async fn unpin(&self, request: Request<UnpinRequest>) -> Result<Response<UnpinReply>, Status> {
        let wanted = request.into_inner();
        let unpin = |mut cache: ColumnCacheClient<Channel>| {
            let wanted = wanted.clone();
            async move { cache.unpin(wanted).await }
        };
        let (replies, missing) = self.ask(unpin).await;
        let bytes = replies.iter().map(|(_, reply)| reply.bytes).sum();
        Ok(Response::new(UnpinReply { bytes, missing }))
    }
}

impl AllCaches {
    /// The answers by executor, and a sentence for each that did not answer.
    async fn ask<T, F>(
        &self,
        question: impl Fn(ColumnCacheClient<Channel>) -> F,
    ) -> (Vec<(String, T)>, Vec<String>)
    where
        F: Future<Output = Result<Response<T>, Status>>,
    {
        let executors = self.roster.alive();
        let question = &question;
        let answers = join_all(executors.iter().cloned().map(|executor| async move {
            let answer = tokio::time::timeout(PATIENCE, async {
                let cache = connect(&executor)
                    .await
                    .map_err(|error| error.to_string())?;
                question(cache)
                    .await
                    .map_err(|status| status.message().to_owned())
            });
            answer
                .await
                .unwrap_or_else(|_| Err(format!("no answer within {PATIENCE:?}")))
        }));
        let (mut replies, mut missing) = (Vec::new(), Vec::new());
        for (executor, answer) in executors.iter().zip(answers.await) {
            match answer {
                Ok(reply) => replies.push((executor.id.clone(), reply.into_inner())),
                Err(why) => missing.push(format!(
                    "{} ({}:{}): {why}",
                    executor.id, executor.host, executor.port
                )),
            }
        }
        (replies, missing)
    }
}

async fn connect(
    executor: &LiveExecutor,
) -> Result<ColumnCacheClient<Channel>, tonic::transport::Error> {
    let address = format!("http://{}:{}", executor.host, executor.port);
    let channel = Endpoint::from_shared(address)?
        .connect_timeout(PATIENCE)
        .connect()
        .await?;
    Ok(ColumnCacheClient::new(channel)
        .max_decoding_message_size(MAX_MESSAGE_BYTES)
        .max_encoding_message_size(MAX_MESSAGE_BYTES))
}
