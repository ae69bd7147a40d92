//! Connections to other executors, over which tasks fetch rows: one each, kept between fetches.
//!
//! Ballista opens one for every piece of every partition otherwise. What is asked at the same
//! time shares a connection (HTTP/2 keeps the answers apart). One that breaks is made anew by the
//! next fetch, and one that nobody has used for a while is closed.
//!
//! Fetches often wait for each other: a join reads one input first, a merge one partition. Those
//! that wait hold what has come of them, within the window of their connection; had they filled
//! it, what they wait for would never come. So they may hold little each, and all together as much
//! as HTTP/2 knows.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use ballista_core::client::BallistaClient;
use ballista_core::client_pool::{BallistaClientPool, PooledClient};
use ballista_core::error::Result;
use ballista_core::extension::BallistaConfigGrpcEndpoint;
use ballista_core::utils::GrpcClientConfig;
use parking_lot::Mutex;
use tokio::sync::OnceCell;

/// How long a connection is kept without a fetch: longer than people look at a plot before they
/// ask again, shorter than a node is missed.
const KEPT: Duration = Duration::from_secs(60);

/// Bytes of one fetch that may wait to be taken.
const FETCH_WINDOW: u32 = 2 << 20;
/// Bytes of all fetches over a connection that may wait to be taken: the most there can be, so a
/// thousand fetches may wait at once.
const CONNECTION_WINDOW: u32 = (1 << 31) - 1;

type Address = (String, u16, GrpcClientConfig);

/// See the module.
#[derive(Default)]
pub(crate) struct Connections {
    open: Mutex<HashMap<Address, Connection>>,
}

struct Connection {
    client: Arc<OnceCell<BallistaClient>>,
    last_used: Instant,
}

impl std::fmt::Debug for Connections {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connections")
            .field("open", &self.open.lock().len())
            .finish()
    }
}

impl Connections {
    /// The connection to an address, open or not; those that were not used for `kept` are let go.
    fn to(&self, address: Address, kept: Duration) -> Arc<OnceCell<BallistaClient>> {
        let now = Instant::now();
        let mut open = self.open.lock();
        open.retain(|known, connection| {
            *known == address || now.duration_since(connection.last_used) < kept
        });
        let connection = open.entry(address).or_insert_with(|| Connection {
            client: Arc::default(),
            last_used: now,
        });
        connection.last_used = now;
        Arc::clone(&connection.client)
    }
}

#[async_trait]
impl BallistaClientPool for Connections {
    async fn acquire(
        &self,
        host: &str,
        port: u16,
        config: &GrpcClientConfig,
        customize_endpoint: Option<Arc<BallistaConfigGrpcEndpoint>>,
    ) -> Result<PooledClient> {
        let client = self.to((host.to_owned(), port, config.clone()), KEPT);
        let client = client
            .get_or_try_init(|| {
                BallistaClient::try_new(
                    host,
                    port,
                    config.max_message_size,
                    config.use_tls,
                    customize_endpoint,
                    config.io_retries_times,
                    config.io_retry_wait_time_ms,
                    CONNECTION_WINDOW,
                    FETCH_WINDOW,
                )
            })
            .await?;
        // It is still here when the fetch ends; there is nothing to give back.
        Ok(PooledClient::new(client.clone(), Box::new(|_| ())))
    }

    async fn evict_idle(&self) {
        let now = Instant::now();
        self.open
            .lock()
            .retain(|_, connection| now.duration_since(connection.last_used) < KEPT);
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    async fn acquire(connections: &Connections, port: u16) -> Result<PooledClient> {
        let config = GrpcClientConfig::default();
        connections.acquire("127.0.0.1", port, &config, None).await
    }

    #[tokio::test]
    async fn fetches_from_one_executor_share_a_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Connections::default();

        let (first, second) =
            tokio::join!(acquire(&connections, port), acquire(&connections, port));
        drop((first.unwrap(), second.unwrap()));
        let _third = acquire(&connections, port).await.unwrap();

        // Connections are accepted as they came: this one is the second.
        let last = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let _shared = listener.accept().await.unwrap();
        let (_, from) = listener.accept().await.unwrap();
        assert_eq!(from, last.local_addr().unwrap());
    }

    /// What a client says of its windows when it connects: of a stream, and of the connection.
    async fn windows(client: &mut TcpStream) -> (u32, u32) {
        const PREFACE: usize = 24;
        const OF_CONNECTION_AT_FIRST: u32 = (1 << 16) - 1;
        let number = |bytes: &[u8]| {
            bytes
                .iter()
                .fold(0, |all, &byte| all << 8 | u32::from(byte))
        };
        client.read_exact(&mut [0; PREFACE]).await.unwrap();
        let (mut of_stream, mut of_connection) = (None, None);
        while of_stream.is_none() || of_connection.is_none() {
            let mut header = [0; 9];
            client.read_exact(&mut header).await.unwrap();
            let mut frame = vec![0; number(&header[..3]) as usize];
            client.read_exact(&mut frame).await.unwrap();
            match header[3] {
                // SETTINGS, of which 4 is the window of streams.
                4 => {
                    let mut settings = frame.chunks(6);
                    let window = settings.find(|setting| setting[..2] == [0, 4]);
                    of_stream = window.map(|setting| number(&setting[2..]));
                }
                // WINDOW_UPDATE
                8 => of_connection = Some(OF_CONNECTION_AT_FIRST + number(&frame)),
                _ => {}
            }
        }
        (of_stream.unwrap(), of_connection.unwrap())
    }

    #[tokio::test]
    async fn a_thousand_fetches_that_wait_leave_room_for_the_one_they_wait_for() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Connections::default();

        let _client = acquire(&connections, port).await.unwrap();
        let (mut client, _) = listener.accept().await.unwrap();
        let (of_stream, of_connection) = windows(&mut client).await;

        assert!(
            of_connection / of_stream > 1_000,
            "{of_stream} {of_connection}"
        );
    }

    #[test]
    fn a_connection_that_nobody_uses_is_let_go() {
        let connections = Connections::default();
        let address = |port| ("node".to_owned(), port, GrpcClientConfig::default());
        let first = connections.to(address(1), KEPT);

        let again = connections.to(address(1), Duration::ZERO);
        connections.to(address(2), Duration::ZERO);

        assert!(Arc::ptr_eq(&first, &again));
        assert!(!Arc::ptr_eq(&first, &connections.to(address(1), KEPT)));
    }
}
