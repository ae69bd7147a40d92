//! Puts the parts of an executor together, and takes them apart in order.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ballista_core::BALLISTA_PROTOCOL_VERSION;
use ballista_core::serde::protobuf::scheduler_grpc_client::SchedulerGrpcClient;
use ballista_core::serde::protobuf::{ExecutorRegistration, ExecutorStoppedParams};
use ballista_core::serde::scheduler::{
    ExecutorOperatingSystemSpecification, ExecutorSpecification,
};
use datafusion::execution::memory_pool::{FairSpillPool, MemoryPool, TrackConsumersPool};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use hepframe_engine::cluster::rpc::scheduler_client::SchedulerClient;
use hepframe_engine::cluster::wire::MAX_MESSAGE_BYTES;
use hepframe_root_source::Caches;
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::{Notify, oneshot, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{interval, sleep, timeout};
use tonic::transport::{Channel, Endpoint};
use uuid::Uuid;

use crate::cache_service::CacheService;
use crate::control::Control;
use crate::error::ExecutorError;
use crate::flight::{Fetches, Rows};
use crate::health::pages;
use crate::metrics::Metrics;
use crate::options::ExecutorOptions;
use crate::phase::{Condition, Phase};
use crate::poll::PollLoop;
use crate::server::{routes, serve};
use crate::stage::Stages;
use crate::tasks::Tasks;
use crate::watch::watch_work;
use crate::work_dir::WorkDir;

/// A connection to the scheduler that takes longer is not made.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// A scheduler that does not answer a ping for so long is gone; connections are made anew.
const PING: Duration = Duration::from_secs(3);

/// Longest wait for others at the end: the scheduler's last answer, requests being served.
const FAREWELL: Duration = Duration::from_secs(2);

/// How often old files are looked for.
const SWEEP: Duration = Duration::from_mins(1);

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
            CacheService { id: id.clone(), caches },
            pages(Arc::clone(&condition), metrics),
        );
        let channel = channel_of(options.scheduler_endpoint()?);
        let (settled, is_settled) = watch::channel(false);
        let poll = PollLoop {
            scheduler: scheduler_client(channel.clone()),
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
        Ok(ExecutorHandle { id, local_addr, condition, ended: Some(ended) })
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

    /// Waits for the end.
    ///
    /// # Errors
    /// If it ended for another reason than [`drain`](Self::drain) or [`stop`](Self::stop).
    pub async fn join(mut self) -> Result<(), ExecutorError> {
        match self.ended.take() {
            Some(ended) => ended
                .await
                .unwrap_or_else(|crash| Err(ExecutorError::Crashed(crash.to_string()))),
            None => Ok(()),
        }
    }
}

impl Drop for ExecutorHandle {
    fn drop(&mut self) {
        if self.ended.is_some() {
            self.stop();
        }
    }
}

/// All that a running executor looks after.
struct Life {
    id: String,
    options: ExecutorOptions,
    local_addr: SocketAddr,
    channel: Channel,
    condition: Arc<Condition>,
    tasks: Arc<Tasks>,
    work_dir: Arc<WorkDir>,
    fetches: Arc<Fetches>,
    is_settled: watch::Receiver<bool>,
}

impl Life {
    async fn run(mut self, listener: TcpListener, routes: axum::Router, poll: PollLoop) -> Result<(), ExecutorError> {
        let (end_server, server_end) = oneshot::channel::<()>();
        let mut server = tokio::spawn(serve(listener, routes, async {
            // A dropped sender means the end as well.
            let _told = server_end.await.is_ok();
        }));
        let mut work = JoinSet::new();
        work.spawn(watch_work(
            SchedulerClient::new(self.channel.clone()),
            self.id.clone(),
            Arc::clone(&poll.hints),
        ));
        work.spawn(sweep(Arc::clone(&self.work_dir), Arc::clone(&self.tasks), self.options.retention));
        work.spawn(converse(poll, self.advertised_host()));

        let condition = Arc::clone(&self.condition);
        let result = tokio::select! {
            () = condition.reached(Phase::Stopping) => Ok(()),
            () = self.until_drained() => Ok(()),
            Some(ended) = work.join_next() => Err(crash_of(ended.err())),
            ended = &mut server => Err(ended.map_or_else(
                |crash| crash_of(Some(crash)),
                |result| result.err().unwrap_or_else(|| crash_of(None)),
            )),
        };
        self.condition.advance(Phase::Stopping);
        self.tasks.cancel_all();
        work.abort_all();
        self.say_goodbye().await;
        drop(end_server);
        if !server.is_finished() && timeout(FAREWELL, &mut server).await.is_err() {
            server.abort();
        }
        let work_dir = Arc::clone(&self.work_dir);
        // It reports its own trouble; only a panic could be lost here.
        let _removed = tokio::task::spawn_blocking(move || work_dir.remove()).await.is_ok();
        tracing::info!(executor = self.id, "executor ended");
        result
    }

    /// Waits for the wish to drain, then for what is to be finished; within limits.
    async fn until_drained(&mut self) {
        self.condition.reached(Phase::Draining).await;
        let running = self.tasks.running();
        tracing::info!(executor = self.id, running, "draining: no more tasks");
        let linger = self.options.linger;
        let finish = async {
            self.tasks.ended().await;
            // The scheduler may be away for good.
            let settled = self.is_settled.wait_for(|settled| *settled);
            if timeout(linger, settled).await.is_err() {
                tracing::warn!("the scheduler could not be told how the last tasks ended");
            }
            let since = Instant::now();
            while self.work_dir.has_jobs() && since.elapsed().min(self.fetches.quiet()) < linger {
                sleep(Duration::from_millis(50)).await;
            }
        };
        if timeout(self.options.drain_limit, finish).await.is_err() {
            let running = self.tasks.running();
            tracing::warn!(running, "the limit for draining is over; the scheduler will run the rest elsewhere");
        }
    }

    /// Tells the scheduler, so that it need not find out.
    async fn say_goodbye(&self) {
        let request = ExecutorStoppedParams {
            executor_id: self.id.clone(),
            reason: "it was asked to end".to_owned(),
        };
        let mut scheduler = scheduler_client(self.channel.clone());
        if !matches!(timeout(FAREWELL, scheduler.executor_stopped(request)).await, Ok(Ok(_))) {
            tracing::debug!("the scheduler did not hear that this executor ends");
        }
    }

    /// The name under which others reach this executor.
    fn advertised_host(&self) -> impl Future<Output = String> + Send + 'static {
        let given = self.options.advertised_host.clone();
        let address = self.local_addr.ip();
        let scheduler = self.options.scheduler_endpoint().ok().and_then(|endpoint| {
            let uri = endpoint.uri();
            Some((uri.host()?.trim_matches(['[', ']']).to_owned(), uri.port_u16()?))
        });
        async move {
            match (given, scheduler) {
                (Some(host), _) => host,
                (None, Some(scheduler)) if address.is_unspecified() => address_towards(scheduler).await,
                (None, _) => address.to_string(),
            }
        }
    }
}

async fn converse(mut poll: PollLoop, advertised_host: impl Future<Output = String> + Send) {
    poll.registration.host = Some(advertised_host.await);
    poll.run().await;
}

/// This machine's address as the scheduler sees it; waits until the scheduler's name is known.
async fn address_towards((host, port): (String, u16)) -> String {
    let local = if host.contains(':') { "[::]:0" } else { "0.0.0.0:0" };
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

/// Removes files of jobs that nobody cleaned up.
async fn sweep(work_dir: Arc<WorkDir>, tasks: Arc<Tasks>, retention: Duration) {
    let mut ticks = interval(SWEEP.min(retention));
    loop {
        ticks.tick().await;
        let (dir, busy) = (Arc::clone(&work_dir), tasks.jobs());
        let swept = tokio::task::spawn_blocking(move || dir.remove_old_jobs(retention, &busy));
        match swept.await {
            Ok(Ok(jobs)) if !jobs.is_empty() => {
                tracing::info!(jobs = jobs.len(), "removed files of jobs that nobody fetched");
            }
            Ok(Err(error)) => tracing::warn!(%error, "old files could not be removed"),
            Ok(Ok(_)) | Err(_) => {}
        }
    }
}

/// One pool for all tasks; its errors name who holds the most.
fn memory_pool(bytes: u64) -> Arc<dyn MemoryPool> {
    let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
    Arc::new(TrackConsumersPool::new(FairSpillPool::new(bytes), NonZeroUsize::MIN.saturating_add(2)))
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

/// Connects when needed, and again whenever the connection was lost.
fn channel_of(endpoint: Endpoint) -> Channel {
    endpoint
        .connect_timeout(CONNECT_LIMIT)
        .tcp_nodelay(true)
        .http2_keep_alive_interval(PING)
        .keep_alive_timeout(PING)
        .keep_alive_while_idle(true)
        .connect_lazy()
}

fn scheduler_client(channel: Channel) -> SchedulerGrpcClient<Channel> {
    SchedulerGrpcClient::new(channel)
        .max_decoding_message_size(MAX_MESSAGE_BYTES)
        .max_encoding_message_size(MAX_MESSAGE_BYTES)
}

fn crash_of(crash: Option<tokio::task::JoinError>) -> ExecutorError {
    ExecutorError::Crashed(crash.map_or_else(|| "without a reason".to_owned(), |crash| crash.to_string()))
}

/// Enough of a random number to tell the starts of an executor apart.
fn short(id: Uuid) -> String {
    let mut text = id.simple().to_string();
    text.truncate(8);
    text
}
