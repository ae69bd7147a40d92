//! The way to the scheduler.

use std::time::Duration;

use ballista_core::serde::protobuf::scheduler_grpc_client::SchedulerGrpcClient;
use hepframe_engine::cluster::wire::MAX_MESSAGE_BYTES;
use tokio::net::UdpSocket;
use tokio::time::sleep;
use tonic::transport::{Channel, Endpoint};

/// A connection to the scheduler that takes longer is not made.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// A scheduler that does not answer a ping for so long is gone; connections are made anew.
const PING: Duration = Duration::from_secs(3);

/// Connects when needed, and again whenever the connection was lost.
pub(crate) fn channel_of(endpoint: Endpoint) -> Channel {
    endpoint
        .connect_timeout(CONNECT_LIMIT)
        .tcp_nodelay(true)
        .http2_keep_alive_interval(PING)
        .keep_alive_timeout(PING)
        .keep_alive_while_idle(true)
        .connect_lazy()
}

/// Ballista's calls.
pub(crate) fn scheduler_client(channel: Channel) -> SchedulerGrpcClient<Channel> {
    SchedulerGrpcClient::new(channel)
        .max_decoding_message_size(MAX_MESSAGE_BYTES)
        .max_encoding_message_size(MAX_MESSAGE_BYTES)
}

/// This machine's address as the scheduler sees it; waits until the scheduler's name is known.
pub(crate) async fn address_towards((host, port): (String, u16)) -> String {
    let local = if host.contains(':') {
        "[::]:0"
    } else {
        "0.0.0.0:0"
    };
    loop {
        let found = async {
            let socket = UdpSocket::bind(local).await?;
            // Sends nothing: it only chooses the way.
            socket.connect((host.as_str(), port)).await?;
            socket.local_addr()
        };
        match found.await {
            Ok(address) => return address.ip().to_string(),
            Err(error) => {
                tracing::warn!(host, %error, "the scheduler's host is not known; trying again");
                sleep(Duration::from_secs(2)).await;
            }
        }
    }
}
