//! The way to the scheduler.

use std::error::Error;
use std::time::{Duration, Instant};

use ballista_core::serde::protobuf::scheduler_grpc_client::SchedulerGrpcClient;
use hepframe_engine::cluster::wire::MAX_MESSAGE_BYTES;
use tokio::net::UdpSocket;
use tokio::time::sleep;
use tonic::transport::{Channel, Endpoint};

/// A connection to the scheduler that takes longer is not made.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// A scheduler that does not answer a ping for so long is gone; connections are made anew.
const PING: Duration = Duration::from_secs(3);

/// What stays wrong is told again after so long.
const TOLD_AGAIN: Duration = Duration::from_mins(1);

/// Says when to tell of what stays wrong: at once, and then every minute.
#[derive(Debug, Default)]
pub(crate) struct Complaint(Option<Instant>);

impl Complaint {
    pub(crate) fn is_due(&mut self) -> bool {
        let is_due = self.0.is_none_or(|told| told.elapsed() >= TOLD_AGAIN);
        if is_due {
            self.0 = Some(Instant::now());
        }
        is_due
    }
}

/// The innermost cause: "connection refused" instead of "transport error".
pub(crate) fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

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
    let mut complaint = Complaint::default();
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
                if complaint.is_due() {
                    tracing::warn!(host, %error,
                        "the way to the scheduler's host is not known; is --scheduler right? trying again");
                }
                sleep(Duration::from_secs(2)).await;
            }
        }
    }
}
