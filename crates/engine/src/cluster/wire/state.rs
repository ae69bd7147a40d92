//! Settings and functions of a session that spans a cluster.

use std::sync::Arc;
use std::time::Duration;

use ballista_core::config::{
    BALLISTA_CLIENT_IO_RETRIES_TIMES, BALLISTA_CLIENT_IO_RETRY_WAIT_TIME_MS,
    BALLISTA_SCHEDULER_MAX_PARTITIONS_PER_TASK,
};
use ballista_core::extension::SessionConfigExt;
use ballista_core::registry::BallistaFunctionRegistry;
use datafusion::common::Result;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::execution::session_state::SessionState;
use datafusion::prelude::SessionConfig;
use tonic::transport::Endpoint;

use super::{MAX_MESSAGE_BYTES, QueryOptions};
use crate::physics::with_physics;
use crate::session::speak_our_sql;

/// How long connecting may take: short enough that the scheduler's four tries of a stage whose
/// executors do not see each other end within half a minute.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// A silent connection is asked for a sign of life this often, and given up after as long again.
const KEEP_ALIVE: Duration = Duration::from_secs(5);

/// Settings that every process of a cluster starts from.
///
/// Adaptive planning stays off: with it, Ballista 55 hangs if an executor is lost in a later stage.
#[must_use]
pub fn cluster_config() -> SessionConfig {
    let config = SessionConfig::new_with_ballista()
        .with_information_schema(true)
        .with_option_extension(QueryOptions::default())
        .with_ballista_adaptive_query_planner(false)
        .with_ballista_grpc_client_max_message_size(MAX_MESSAGE_BYTES)
        .with_ballista_override_create_grpc_client_endpoint(Arc::new(|endpoint| {
            Ok(limited(endpoint))
        }))
        .set_usize(BALLISTA_CLIENT_IO_RETRIES_TIMES, 1)
        .set_usize(BALLISTA_CLIENT_IO_RETRY_WAIT_TIME_MS, 500)
        // One partition per task: smooth progress, cheap retries, each placed for itself.
        .set_usize(BALLISTA_SCHEDULER_MAX_PARTITIONS_PER_TASK, 1);
    speak_our_sql(config)
}

/// A connection of Ballista's, with limits: version 55 sets none where rows are fetched from
/// executors, and would wait for minutes for one that is cut off.
fn limited(endpoint: Endpoint) -> Endpoint {
    endpoint
        .connect_timeout(CONNECT_TIMEOUT)
        .http2_keep_alive_interval(KEEP_ALIVE)
        .keep_alive_timeout(KEEP_ALIVE)
        .keep_alive_while_idle(true)
}

/// What plans and tables of a scheduler read through.
///
/// A remembered directory would hide files that a running job adds to it.
///
/// # Errors
/// If the machine has no place for temporary files.
pub fn cluster_runtime() -> Result<Arc<RuntimeEnv>> {
    RuntimeEnvBuilder::new()
        .with_object_list_cache_limit(0)
        .build_arc()
}

/// A state with all functions and rules, for planning on the scheduler.
///
/// # Errors
/// If a function cannot be registered.
pub fn cluster_state(config: SessionConfig, runtime: Arc<RuntimeEnv>) -> Result<SessionState> {
    with_physics(
        SessionStateBuilder::new()
            .with_config(config)
            .with_runtime_env(runtime)
            .with_default_features()
            .with_optimizer_rules(ballista_core::optimizer::ballista_default_optimizer_rules()),
    )
}

/// All functions by name: plans carry only the names.
///
/// # Errors
/// As [`cluster_state`].
pub fn function_registry() -> Result<BallistaFunctionRegistry> {
    let state = cluster_state(cluster_config(), Arc::new(RuntimeEnv::default()))?;
    Ok(BallistaFunctionRegistry::from(&state))
}
