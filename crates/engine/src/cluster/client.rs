//! The client's end of our own remote calls.

use std::time::Duration;

use hepframe_root_source::{CacheFilter, FileReport};
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};

use super::rpc::column_cache_client::ColumnCacheClient;
use super::rpc::scheduler_client::SchedulerClient;
use super::rpc::{
    CachedColumn, CachedTree, ClearCacheRequest, CreateTableRequest, InfoReply, InfoRequest,
    InspectRequest, JobProgressReply, JobProgressRequest, OpenTableRequest, ShowCacheRequest,
    UnpinRequest,
};
use super::wire::MAX_MESSAGE_BYTES;
use crate::error::{EngineError, Result};

/// The port of `hepframe://host` without one.
pub const DEFAULT_PORT: u16 = 21050;

/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A silent connection is asked for a sign of life this often, and given up after as long again.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// A channel that says who asks.
type Signed = InterceptedService<Channel, Bearer>;

/// Sends a token with every call.
#[derive(Debug, Clone)]
struct Bearer(Option<MetadataValue<Ascii>>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(token) = &self.0 {
            request
                .metadata_mut()
                .insert("authorization", token.clone());
        }
        Ok(request)
    }
}

/// A connection to a scheduler; cheap to clone.
#[derive(Debug, Clone)]
pub struct ClusterClient {
    url: String,
    scheduler: SchedulerClient<Signed>,
    cache: ColumnCacheClient<Signed>,
}

impl ClusterClient {
    /// Connects to `hepframe://host:port`; a token is sent with every call as `authorization: Bearer`.
    ///
    /// # Errors
    /// [`EngineError::ClusterUrl`], [`EngineError::Unreachable`]; a token that is no text of one line.
    pub async fn connect(url: &str, token: Option<&str>) -> Result<Self> {
        let address = address_of(url)?;
        let header = token.map(|token| format!("Bearer {token}").parse());
        let bearer = Bearer(header.transpose().map_err(|_| EngineError::Remote {
            message: "a token is a text of one line without accents".to_owned(),
        })?);
        let unreachable = |why: String| EngineError::Unreachable {
            url: url.to_owned(),
            why,
        };
        let channel = Endpoint::from_shared(address)
            .map_err(|error| unreachable(error.to_string()))?
            .connect_timeout(CONNECT_TIMEOUT)
            .http2_keep_alive_interval(KEEP_ALIVE)
            .keep_alive_timeout(KEEP_ALIVE)
            .keep_alive_while_idle(true)
            .connect()
            .await
            .map_err(|error| unreachable(innermost(&error)))?;
        Ok(Self {
            url: url.to_owned(),
            scheduler: SchedulerClient::with_interceptor(channel.clone(), bearer.clone())
                .max_decoding_message_size(MAX_MESSAGE_BYTES)
                .max_encoding_message_size(MAX_MESSAGE_BYTES),
            cache: ColumnCacheClient::with_interceptor(channel, bearer)
                .max_decoding_message_size(MAX_MESSAGE_BYTES),
        })
    }

    /// The URL as the user gave it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// `http://host:port`, as Ballista wants it.
    ///
    /// # Errors
    /// None for a client that is connected.
    pub(crate) fn address(&self) -> Result<String> {
        address_of(&self.url)
    }

    /// Version and executors.
    ///
    /// # Errors
    /// If the scheduler does not answer.
    pub async fn info(&self) -> Result<InfoReply> {
        let reply = self.scheduler.clone().info(InfoRequest {}).await;
        Ok(reply.map_err(|status| self.failed(&status))?.into_inner())
    }

    pub(crate) async fn open_table(&self, location: &str) -> Result<Vec<u8>> {
        let request = OpenTableRequest {
            location: location.to_owned(),
        };
        let reply = self.scheduler.clone().open_table(request).await;
        Ok(reply
            .map_err(|status| self.failed(&status))?
            .into_inner()
            .plan)
    }

    pub(crate) async fn create_table(&self, plan: Vec<u8>) -> Result<Vec<u8>> {
        let reply = self
            .scheduler
            .clone()
            .create_table(CreateTableRequest { plan })
            .await;
        Ok(reply
            .map_err(|status| self.failed(&status))?
            .into_inner()
            .plan)
    }

    pub(crate) async fn inspect(&self, location: &str) -> Result<FileReport> {
        let request = InspectRequest {
            location: location.to_owned(),
        };
        let reply = self.scheduler.clone().inspect(request).await;
        let report = reply
            .map_err(|status| self.failed(&status))?
            .into_inner()
            .report;
        serde_json::from_str(&report).map_err(|error| self.odd_answer(&error.to_string()))
    }

    pub(crate) async fn job_progress(&self, job_id: &str) -> Result<JobProgressReply> {
        let request = JobProgressRequest {
            job_id: job_id.to_owned(),
        };
        let reply = self.scheduler.clone().job_progress(request).await;
        Ok(reply.map_err(|status| self.failed(&status))?.into_inner())
    }

    /// Columns in the memory of all executors, and who did not answer.
    ///
    /// # Errors
    /// If the scheduler does not answer.
    pub async fn show_cache(&self) -> Result<(Vec<CachedColumn>, Vec<String>)> {
        let reply = self.cache.clone().show(ShowCacheRequest {}).await;
        let reply = reply.map_err(|status| self.failed(&status))?.into_inner();
        Ok((reply.columns, reply.missing))
    }

    /// Drops all columns of all executors; gives their bytes, and who did not answer.
    ///
    /// # Errors
    /// If the scheduler does not answer.
    pub async fn clear_cache(&self) -> Result<(u64, Vec<String>)> {
        let reply = self.cache.clone().clear(ClearCacheRequest {}).await;
        let reply = reply.map_err(|status| self.failed(&status))?.into_inner();
        Ok((reply.bytes, reply.missing))
    }

    /// Lets pinned columns be evicted again; gives their bytes, and who did not answer.
    ///
    /// # Errors
    /// If the scheduler does not answer.
    pub async fn unpin(&self, filter: &CacheFilter) -> Result<(u64, Vec<String>)> {
        let trees = match &filter.trees {
            // On the wire, no tree means all of them.
            Some(trees) if trees.is_empty() => return Ok((0, Vec::new())),
            Some(trees) => trees.clone(),
            None => Vec::new(),
        };
        let trees = trees
            .into_iter()
            .map(|(file, tree)| CachedTree { file, tree })
            .collect();
        let reply = self.cache.clone().unpin(UnpinRequest { trees }).await;
        let reply = reply.map_err(|status| self.failed(&status))?.into_inner();
        Ok((reply.bytes, reply.missing))
    }

    /// The scheduler's own refusals are sentences; everything else is the connection's fault.
    fn failed(&self, status: &Status) -> EngineError {
        match status.code() {
            Code::Unavailable | Code::Cancelled | Code::DeadlineExceeded => {
                EngineError::Unreachable {
                    url: self.url.clone(),
                    why: status.message().to_owned(),
                }
            }
            Code::Unimplemented => {
                self.odd_answer("it does not know the call; is it of this version?")
            }
            _ => EngineError::Remote {
                message: status.message().to_owned(),
            },
        }
    }

    fn odd_answer(&self, why: &str) -> EngineError {
        EngineError::Remote {
            message: format!("{} answered what it should not: {why}", self.url),
        }
    }
}

/// The innermost cause: "connection refused" instead of "transport error".
fn innermost(error: &dyn std::error::Error) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

/// `hepframe://host:port` → `http://host:port`.
fn address_of(url: &str) -> Result<String> {
    let bad = || EngineError::ClusterUrl {
        url: url.to_owned(),
    };
    let rest = url
        .strip_prefix("hepframe://")
        .ok_or_else(bad)?
        .trim_end_matches('/');
    let parsed = url::Url::parse(&format!("http://{rest}")).map_err(|_| bad())?;
    let host = parsed
        .host_str()
        .filter(|host| !host.is_empty())
        .ok_or_else(bad)?;
    if parsed.path() != "/" || parsed.query().is_some() || !parsed.username().is_empty() {
        return Err(bad());
    }
    // `Url` hides the port that is usual for http.
    let port = match parsed.port() {
        Some(port) => port,
        None if rest.ends_with(":80") => 80,
        None => DEFAULT_PORT,
    };
    Ok(format!("http://{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("hepframe://node1:21051", "http://node1:21051")]
    #[case("hepframe://node1", "http://node1:21050")]
    #[case("hepframe://127.0.0.1:80/", "http://127.0.0.1:80")]
    #[case("hepframe://[::1]:5", "http://[::1]:5")]
    fn a_cluster_url_names_host_and_port(#[case] url: &str, #[case] address: &str) {
        assert_eq!(address_of(url).unwrap(), address);
    }

    #[rstest]
    #[case("node1:21050")]
    #[case("http://node1")]
    #[case("hepframe://")]
    #[case("hepframe://node1:x")]
    #[case("hepframe://node1/path")]
    fn anything_else_is_refused_with_an_example(#[case] url: &str) {
        let message = address_of(url).unwrap_err().to_string();

        assert!(message.contains("hepframe://host:21050"), "{message}");
    }
}
