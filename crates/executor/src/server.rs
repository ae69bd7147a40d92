//! Everything an executor serves, on one port.

use std::future::Future;
use std::time::Duration;

use arrow_flight::flight_service_server::FlightServiceServer;
use axum::Router;
use ballista_core::serde::protobuf::executor_grpc_server::ExecutorGrpcServer;
use hepframe_engine::cluster::rpc::column_cache_server::ColumnCacheServer;
use hepframe_engine::cluster::wire::MAX_MESSAGE_BYTES;
use tokio::net::TcpListener;
use tonic::service::Routes;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

use crate::cache_service::CacheService;
use crate::control::Control;
use crate::error::ExecutorError;
use crate::flight::Rows;

/// A peer that does not answer a ping is gone.
const PING: Duration = Duration::from_secs(10);

/// The services and pages as one router, so that others can put layers around it.
pub(crate) fn routes(rows: Rows, control: Control, cache: CacheService, pages: Router) -> Router {
    Routes::new(
        FlightServiceServer::new(rows)
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES),
    )
    .add_service(
        ExecutorGrpcServer::new(control)
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES),
    )
    .add_service(
        ColumnCacheServer::new(cache)
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES),
    )
    .into_axum_router()
    .merge(pages)
}

/// Serves until `end`, then finishes the requests it has.
pub(crate) async fn serve(
    listener: TcpListener,
    routes: Router,
    end: impl Future<Output = ()> + Send,
) -> Result<(), ExecutorError> {
    Server::builder()
        .accept_http1(true)
        .http2_keepalive_interval(Some(PING))
        .http2_keepalive_timeout(Some(PING))
        .add_routes(Routes::from(routes))
        .serve_with_incoming_shutdown(TcpIncoming::from(listener).with_nodelay(Some(true)), end)
        .await
        .map_err(|error| ExecutorError::Server(error.to_string()))
}
