//! Everything the scheduler serves, on one port.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{Response, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::routing::get;
use ballista_core::serde::protobuf::scheduler_grpc_server::SchedulerGrpcServer;
use hepframe_engine::cluster::rpc::column_cache_server::ColumnCacheServer;
use hepframe_engine::cluster::rpc::scheduler_server::SchedulerServer;
use hepframe_engine::cluster::wire::MAX_MESSAGE_BYTES;
use tokio::net::TcpListener;
use tonic::Status;
use tonic::service::Routes;
use tonic::transport::Server;
use tonic::transport::server::{TcpConnectInfo, TcpIncoming};

use crate::Ballista;
use crate::error::SchedulerError;
use crate::fan_out::AllCaches;
use crate::gateway::Gateway;
use crate::metrics::Metrics;
use crate::roster::Roster;
use crate::service::Service;

/// A peer that does not answer a ping is gone.
const PING: Duration = Duration::from_secs(10);

/// Calls that bring new work begin with it.
const NEW_WORK: &str = "/ballista.protobuf.SchedulerGrpc/ExecuteQuery";

/// What the pages tell.
#[derive(Clone)]
pub(crate) struct Pages {
    pub(crate) roster: Arc<Roster>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) is_draining: Arc<AtomicBool>,
}

/// The services and pages as one router, so that others can put layers around it.
pub(crate) fn routes(
    ballista: Ballista,
    service: Service,
    caches: AllCaches,
    pages: Pages,
) -> Router {
    let gateway = Gateway::new(ballista, Arc::clone(&service.listeners));
    let grpc = Routes::new(
        SchedulerGrpcServer::new(gateway)
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES),
    )
    .add_service(
        SchedulerServer::new(service)
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES),
    )
    .add_service(
        ColumnCacheServer::new(caches)
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES),
    );
    grpc.into_axum_router()
        .layer(from_fn_with_state(pages.clone(), refuse_while_draining))
        .layer(from_fn(name_the_peer))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready).with_state(pages.clone()))
        .route("/metrics", get(numbers).with_state(pages))
}

/// Serves until `end`, then finishes the requests it has.
pub(crate) async fn serve(
    listener: TcpListener,
    routes: Router,
    end: impl Future<Output = ()> + Send,
) -> Result<(), SchedulerError> {
    Server::builder()
        .accept_http1(true)
        .http2_keepalive_interval(Some(PING))
        .http2_keepalive_timeout(Some(PING))
        .add_routes(Routes::from(routes))
        .serve_with_incoming_shutdown(TcpIncoming::from(listener).with_nodelay(Some(true)), end)
        .await
        .map_err(|error| SchedulerError::Serve {
            source: std::io::Error::other(error),
        })
}

/// Ballista takes an executor's address from the connection if it is not told, in axum's form.
async fn name_the_peer(mut request: Request, next: Next) -> Response<Body> {
    let peer = request
        .extensions()
        .get::<TcpConnectInfo>()
        .and_then(|info| info.remote_addr());
    if let Some(peer) = peer {
        request
            .extensions_mut()
            .insert(ConnectInfo::<SocketAddr>(peer));
    }
    next.run(request).await
}

async fn refuse_while_draining(
    State(pages): State<Pages>,
    request: Request,
    next: Next,
) -> Response<Body> {
    if pages.is_draining.load(Ordering::Acquire) && request.uri().path().starts_with(NEW_WORK) {
        let text = "the scheduler is shutting down and takes no new queries; try again later";
        return Status::unavailable(text).into_http();
    }
    next.run(request).await
}

async fn ready(State(pages): State<Pages>) -> (StatusCode, &'static str) {
    if pages.is_draining.load(Ordering::Acquire) {
        (
            StatusCode::SERVICE_UNAVAILABLE,
            "not ready: shutting down\n",
        )
    } else if pages.roster.slots() == 0 {
        (
            StatusCode::SERVICE_UNAVAILABLE,
            "not ready: no executor is alive\n",
        )
    } else {
        (StatusCode::OK, "ready\n")
    }
}

async fn numbers(State(pages): State<Pages>) -> String {
    pages.metrics.text()
}
