//! Puts the parts of an executor together.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use ballista_core::BALLISTA_PROTOCOL_VERSION;
use ballista_core::serde::protobuf::ExecutorRegistration;
use ballista_core::serde::scheduler::{
    ExecutorOperatingSystemSpecification, ExecutorSpecification,
};
use datafusion::execution::memory_pool::{FairSpillPool, MemoryPool, TrackConsumersPool};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use hepframe_root_source::Caches;
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::cache_service::CacheService;
use crate::control::Control;
use crate::error::ExecutorError;
use crate::flight::{Fetches, Rows};
use crate::health::pages;
use crate::life::Life;
use crate::link::{channel_of, scheduler_client};
use crate::metrics::Metrics;
use crate::options::ExecutorOptions;
use crate::phase::{Condition, Phase};
use crate::poll::PollLoop;
use crate::server::routes;
use crate::stage::Stages;
use crate::tasks::Tasks;
use crate::work_dir::WorkDir;

/// An executor that was never started; see [`Executor::start`].
#[derive(Debug)]
pub struct Executor;

/// A running executor. Dropping it ends the executor at once.
#[derive(Debug)]
pub struct ExecutorHandle {
    id: String,
    local_addr: SocketAddr,
    condition: Arc<Condition>,
    ended: Option<JoinHandle<Result<(), ExecutorError>>>,
}

impl Executor {
    /// Starts an executor that serves on the listener and works for the scheduler of its options.
    ///
    /// The scheduler need not be there yet. Must be called in a Tokio runtime.
    ///
    /// # Errors
    /// If an option is refused, the work directory cannot be used, or threads cannot be started.
    pub fn start(
        options: ExecutorOptions,
        caches: Caches,
        listener: TcpListener,
    ) -> Result<ExecutorHandle, ExecutorError> {
        options.validate()?;
        let local_addr = listener.local_addr().map_err(ExecutorError::Listener)?;
        let id = format!("{}-{}", options.name, short(Uuid::new_v4()));
        let condition = Arc::new(Condition::new());
        let work_dir = Arc::new(WorkDir::claim(&options.work_dir, &id)?);
        let pool = memory_pool(options.task_memory_bytes);
        let runtime = runtime_env(work_dir.spill(), Arc::clone(&pool))?;
        let stages = Stages::new(id.clone(), work_dir.jobs(), runtime, &caches)?;
        let (tasks, ended) = Tasks::new(options.slots, stages)?;
        let fetches = Fetches::new();
        let metrics = Arc::new(Metrics::new(
            &id,
            Arc::clone(&tasks),
            pool,
            options.task_memory_bytes,
            caches.clone(),
            Arc::clone(&fetches),
        ));
        let jobs_dir = work_dir.jobs().to_string_lossy().into_owned();
        let control = Control {
            id: id.clone(),
            tasks: Arc::clone(&tasks),
            work_dir: Arc::clone(&work_dir),
            condition: Arc::clone(&condition),
        };
        let routes = routes(
            Rows::new(jobs_dir, Arc::clone(&fetches)),
            control,
            CacheService {
                id: id.clone(),
                caches,
            },
            pages(Arc::clone(&condition), metrics),
        );
        let channel = channel_of(options.scheduler_endpoint()?);
        let (settled, is_settled) = watch::channel(false);
        let poll = PollLoop {
            scheduler: scheduler_client(channel.clone()),
            scheduler_url: options.scheduler.clone(),
            registration: registration(&id, local_addr, options.slots),
            tasks: Arc::clone(&tasks),
            ended,
            hints: Arc::new(Notify::new()),
            condition: Arc::clone(&condition),
            work_dir: Arc::clone(&work_dir),
            heartbeat: options.heartbeat,
            settled,
        };
        let life = Life {
            id: id.clone(),
            options,
            local_addr,
            channel,
            condition: Arc::clone(&condition),
            tasks,
            work_dir,
            fetches,
            is_settled,
        };
        let ended = tokio::spawn(life.run(listener, routes, poll));
        Ok(ExecutorHandle {
            id,
            local_addr,
            condition,
            ended: Some(ended),
        })
    }
}

impl ExecutorHandle {
    /// Its name among the executors of a cluster, new at each start.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Where it listens.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// True if the scheduler answered last time.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.condition.phase() == Phase::Serving && self.condition.scheduler_answers()
    }

    /// Takes no more tasks, finishes those it has, lets others fetch what is here, then ends.
    pub fn drain(&self) {
        self.condition.advance(Phase::Draining);
    }

    /// Ends at once: running tasks are cancelled, the scheduler runs them elsewhere.
    pub fn stop(&self) {
        self.condition.advance(Phase::Stopping);
    }

    /// Waits for the end; may be given up and called again.
    ///
    /// # Errors
    /// If it ended for another reason than [`drain`](Self::drain) or [`stop`](Self::stop).
    pub async fn join(&mut self) -> Result<(), ExecutorError> {
        let Some(ended) = &mut self.ended else {
            return Ok(());
        };
        let result = ended.await;
        self.ended = None;
        result.unwrap_or_else(|crash| Err(ExecutorError::Crashed(crash.to_string())))
    }
}

impl Drop for ExecutorHandle {
    fn drop(&mut self) {
        if self.ended.is_some() {
            self.stop();
        }
    }
}

/// One pool for all tasks; its errors name who holds the most.
fn memory_pool(bytes: u64) -> Arc<dyn MemoryPool> {
    let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
    Arc::new(TrackConsumersPool::new(
        FairSpillPool::new(bytes),
        NonZeroUsize::MIN.saturating_add(2),
    ))
}

/// What scans and operators run in. Object stores are registered here and nowhere else; local
/// files are there already.
fn runtime_env(spill: &Path, pool: Arc<dyn MemoryPool>) -> Result<Arc<RuntimeEnv>, ExecutorError> {
    let runtime = RuntimeEnvBuilder::new()
        .with_temp_file_path(spill)
        .with_memory_pool(pool)
        .build_arc()?;
    Ok(runtime)
}

fn registration(id: &str, address: SocketAddr, slots: usize) -> ExecutorRegistration {
    let port = u32::from(address.port());
    let slots = u32::try_from(slots).unwrap_or(u32::MAX);
    ExecutorRegistration {
        id: id.to_owned(),
        host: None,
        port,
        grpc_port: port,
        specification: Some(ExecutorSpecification::default().with_vcores(slots).into()),
        os_info: Some(ExecutorOperatingSystemSpecification::default().into()),
        ballista_protocol_version: BALLISTA_PROTOCOL_VERSION,
    }
}

/// Enough of a random number to tell the starts of an executor apart.
fn short(id: Uuid) -> String {
    let mut text = id.simple().to_string();
    text.truncate(8);
    text
}
