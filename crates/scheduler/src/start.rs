//! Puts a scheduler together and runs it.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ballista_core::config::TaskSchedulingPolicy;
use ballista_scheduler::cluster::{BallistaCluster, ClusterState, ClusterStateEvent};
use ballista_scheduler::config::{SchedulerConfig, TaskDistributionPolicy};
use ballista_scheduler::scheduler_server::SchedulerServer;
use datafusion::execution::runtime_env::RuntimeEnv;
use futures::StreamExt;
use hepframe_engine::EngineError;
use hepframe_engine::cluster::TableService;
use hepframe_engine::cluster::wire::{
    LogicalCodec, MAX_MESSAGE_BYTES, PhysicalCodec, cluster_config, cluster_runtime, codec,
};
use hepframe_root_source::Caches;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinHandle};

use crate::Ballista;
use crate::error::SchedulerError;
use crate::fan_out::AllCaches;
use crate::hints::Hints;
use crate::job_ids::JobIds;
use crate::jobs::ledger::Ledger;
use crate::listeners::Listeners;
use crate::metrics::Metrics;
use crate::options::SchedulerOptions;
use crate::placement::homes::HomeBook;
use crate::placement::policy::AffinePolicy;
use crate::placement::turn::Rules;
use crate::planning::plan_for_cluster;
use crate::roster::{LiveExecutor, Roster};
use crate::routes::{Pages, routes, serve};
use crate::service::Service;
use crate::watchdog::Watchdog;

/// How often it is looked whether the last query has ended, when draining.
const DRAIN_STEP: Duration = Duration::from_millis(100);
/// How long open requests get when all queries have ended.
const LAST_REQUESTS: Duration = Duration::from_secs(5);

/// Starts schedulers.
#[derive(Debug)]
pub struct Scheduler;

impl Scheduler {
    /// Starts a scheduler that serves on `listener` until it is told to stop.
    ///
    /// # Errors
    ///
    /// [`SchedulerError::Option`] for settings that cannot work; any other if a part of it cannot
    /// be set up.
    pub async fn start(
        options: SchedulerOptions,
        listener: TcpListener,
    ) -> Result<SchedulerHandle, SchedulerError> {
        options.validate()?;
        let local_addr = listener
            .local_addr()
            .map_err(|source| SchedulerError::Serve { source })?;
        let parts = Parts::new(&options)?;
        let config = Arc::new(parts.config(&options, local_addr.port()));
        let cluster = BallistaCluster::new(
            Arc::clone(&parts.cluster),
            BallistaCluster::new_from_config(&config).await?.job_state(),
        );
        let endpoint = config.scheduler_endpoint();
        let metrics: Arc<Metrics> = Arc::clone(&parts.metrics);
        let mut ballista: Ballista =
            SchedulerServer::new(endpoint, cluster, codec(&parts.caches), config, metrics);
        ballista.init().await?;
        parts.serve(options, listener, local_addr, ballista).await
    }
}

/// A scheduler that runs.
pub struct SchedulerHandle {
    local_addr: SocketAddr,
    roster: Arc<Roster>,
    ballista: Ballista,
    drain: Duration,
    is_draining: Arc<AtomicBool>,
    end: watch::Sender<bool>,
    server: JoinHandle<Result<(), SchedulerError>>,
    helpers: Vec<AbortHandle>,
}

impl fmt::Debug for SchedulerHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SchedulerHandle")
            .field("local_addr", &self.local_addr)
            .finish_non_exhaustive()
    }
}

impl SchedulerHandle {
    /// Where it listens.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Executors that are alive.
    #[must_use]
    pub fn executors(&self) -> Vec<LiveExecutor> {
        self.roster.alive()
    }

    /// Takes no new queries, waits for those that run (at most `SchedulerOptions::drain`), stops.
    ///
    /// # Errors
    ///
    /// As [`join`](Self::join).
    pub async fn shutdown(mut self) -> Result<(), SchedulerError> {
        self.is_draining.store(true, Ordering::Release);
        let limit = Instant::now() + self.drain;
        let busy =
            |ballista: &Ballista| ballista.running_job_number() + ballista.pending_job_number() > 0;
        while busy(&self.ballista) && Instant::now() < limit && !self.server.is_finished() {
            tokio::time::sleep(DRAIN_STEP).await;
        }
        // An error says that nobody serves any more.
        self.end.send(true).ok();
        let abort = self.server.abort_handle();
        let join = self.join();
        match tokio::time::timeout(LAST_REQUESTS, join).await {
            Ok(result) => result,
            Err(_) => {
                abort.abort();
                Ok(())
            }
        }
    }

    /// Waits until it ends, which without [`shutdown`](Self::shutdown) only an error makes it do.
    /// May be given up and called again, but not after it has answered.
    ///
    /// # Errors
    ///
    /// Why it ended.
    pub async fn join(&mut self) -> Result<(), SchedulerError> {
        match (&mut self.server).await {
            Ok(result) => result,
            Err(error) if error.is_cancelled() => Ok(()),
            Err(error) => Err(SchedulerError::Broke {
                text: error.to_string(),
            }),
        }
    }
}

impl Drop for SchedulerHandle {
    fn drop(&mut self) {
        self.end.send(true).ok();
        for helper in &self.helpers {
            helper.abort();
        }
    }
}

/// What the parts of a scheduler share.
struct Parts {
    caches: Caches,
    runtime: Arc<RuntimeEnv>,
    cluster: Arc<dyn ClusterState>,
    roster: Arc<Roster>,
    homes: Arc<HomeBook>,
    hints: Hints,
    ledger: Arc<Ledger>,
    metrics: Arc<Metrics>,
}

impl Parts {
    fn new(options: &SchedulerOptions) -> Result<Self, SchedulerError> {
        let roster = Arc::new(Roster::new(options.executor_timeout));
        let hints = Hints::new();
        let runtime = cluster_runtime().map_err(|source| SchedulerError::Session {
            source: Box::new(EngineError::Session { source }),
        })?;
        Ok(Self {
            caches: Caches::of_metadata(options.metadata_bytes),
            runtime,
            cluster: Arc::new(ballista_scheduler::cluster::memory::InMemoryClusterState::default()),
            homes: Arc::new(HomeBook::new(Arc::clone(&roster))),
            ledger: Arc::new(Ledger::new(hints.clone())),
            roster,
            hints,
            metrics: Arc::new(Metrics::new()),
        })
    }

    fn config(&self, options: &SchedulerOptions, port: u16) -> SchedulerConfig {
        let max_message_bytes = u32::try_from(MAX_MESSAGE_BYTES).unwrap_or(u32::MAX);
        let (roster, homes) = (Arc::clone(&self.roster), Arc::clone(&self.homes));
        let (runtime, hints) = (Arc::clone(&self.runtime), self.hints.clone());
        let policy = AffinePolicy {
            cluster: Arc::clone(&self.cluster),
            roster: Arc::clone(&self.roster),
            homes: Arc::clone(&self.homes),
            ledger: Arc::clone(&self.ledger),
            metrics: Arc::clone(&self.metrics),
            rules: Rules {
                locality_wait: options.locality_wait,
                user_slots: options.user_slots,
            },
            turn: tokio::sync::Mutex::default(),
        };
        SchedulerConfig {
            external_host: options.advertised_host.clone(),
            bind_port: port,
            scheduling_policy: TaskSchedulingPolicy::PullStaged,
            task_distribution: TaskDistributionPolicy::Custom(Arc::new(policy)),
            job_id_generator: Some(Arc::new(JobIds)),
            on_work_available: Some(Arc::new(move |_| hints.ring())),
            override_config_producer: Some(Arc::new(cluster_config)),
            override_session_builder: Some(Arc::new(move |config| {
                plan_for_cluster(config, &roster, &homes, &runtime)
            })),
            override_logical_codec: Some(Arc::new(LogicalCodec::new(self.caches.clone()))),
            override_physical_codec: Some(Arc::new(PhysicalCodec::new(self.caches.clone()))),
            executor_timeout_seconds: options.executor_timeout.as_secs(),
            expire_dead_executor_interval_seconds: 1,
            executor_termination_grace_period: 0,
            no_executors_grace_period_seconds: options.no_executor_timeout.as_secs(),
            finished_job_data_clean_up_interval_seconds: options.result_retention.as_secs(),
            finished_job_state_clean_up_interval_seconds: options.job_retention.as_secs(),
            task_max_failures: options.task_attempts,
            stage_max_failures: options.stage_attempts,
            grpc_server_max_decoding_message_size: max_message_bytes,
            grpc_server_max_encoding_message_size: max_message_bytes,
            grpc_client_max_message_size: max_message_bytes,
            ..SchedulerConfig::default()
        }
    }

    async fn serve(
        self,
        options: SchedulerOptions,
        listener: TcpListener,
        local_addr: SocketAddr,
        ballista: Ballista,
    ) -> Result<SchedulerHandle, SchedulerError> {
        let tables = TableService::new(self.caches, self.runtime).map_err(|source| {
            SchedulerError::Session {
                source: Box::new(source),
            }
        })?;
        let (end, ending) = watch::channel(false);
        let is_draining = Arc::new(AtomicBool::new(false));
        let listeners = Listeners::new(ballista.clone(), Arc::clone(&self.roster));
        let service = Service {
            tables,
            listeners: Arc::new(listeners),
            ballista: ballista.clone(),
            roster: Arc::clone(&self.roster),
            ledger: Arc::clone(&self.ledger),
            hints: self.hints,
            ending: ending.clone(),
        };
        let pages = Pages {
            roster: Arc::clone(&self.roster),
            metrics: Arc::clone(&self.metrics),
            is_draining: Arc::clone(&is_draining),
        };
        let caches = AllCaches {
            roster: Arc::clone(&self.roster),
        };
        let router = routes(ballista.clone(), service, caches, pages);
        let drain = options.drain;
        let watchdog = Watchdog {
            ballista: ballista.clone(),
            roster: Arc::clone(&self.roster),
            ledger: self.ledger,
            metrics: self.metrics,
            options,
        };
        let mut events = self.cluster.cluster_state_events().await?;
        let roster = Arc::clone(&self.roster);
        let follower = tokio::spawn(async move {
            while let Some(event) = events.next().await {
                if let ClusterStateEvent::RemovedExecutor { executor_id } = event {
                    roster.lost(&executor_id);
                }
            }
        });
        let helpers = vec![
            tokio::spawn(watchdog.run()).abort_handle(),
            follower.abort_handle(),
        ];
        let mut ended = ending;
        let server = tokio::spawn(serve(listener, router, async move {
            ended.wait_for(|end| *end).await.ok();
        }));
        tracing::info!(address = %local_addr, version = env!("CARGO_PKG_VERSION"),
            "scheduler started");
        Ok(SchedulerHandle {
            local_addr,
            roster: self.roster,
            ballista,
            drain,
            is_draining,
            end,
            server,
            helpers,
        })
    }
}
