//! What the commands that stay (`scheduler`, `executor`, `cluster`) have in common.

pub(crate) mod children;
pub(crate) mod command;
pub(crate) mod config;
pub(crate) mod end;
pub(crate) mod footprint;
pub(crate) mod logs;
pub(crate) mod machine;
pub(crate) mod options;
pub(crate) mod units;

use std::net::SocketAddr;

use hepframe_engine::STACK_BYTES;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

use crate::error::{CliError, Result};

/// Threads that answer others; queries have threads of their own.
const SERVING_THREADS: usize = 2;

/// The runtime of a service.
pub(crate) fn runtime() -> Result<Runtime> {
    Builder::new_multi_thread()
        .worker_threads(SERVING_THREADS)
        .thread_stack_size(STACK_BYTES)
        .enable_all()
        .build()
        .map_err(CliError::Start)
}

/// Listens on the host's port; its address, as port 0 means any.
pub(crate) async fn listen(host: &str, port: u16) -> Result<(TcpListener, SocketAddr)> {
    let failed = |source| CliError::Listen {
        address: format!("{host}:{port}"),
        source,
    };
    let listener = TcpListener::bind((host, port)).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}
