//! What a running executor does from its start to its end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ballista_core::serde::protobuf::ExecutorStoppedParams;
use hepframe_engine::cluster::rpc::scheduler_client::SchedulerClient;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{interval, sleep, timeout};
use tonic::transport::Channel;

use crate::error::ExecutorError;
use crate::flight::Fetches;
use crate::link::{address_towards, scheduler_client};
use crate::options::ExecutorOptions;
use crate::phase::{Condition, Phase};
use crate::poll::PollLoop;
use crate::server::serve;
use crate::tasks::Tasks;
use crate::watch::watch_work;
use crate::work_dir::WorkDir;

/// Longest wait for others at the end: the scheduler's last answer, requests being served.
const FAREWELL: Duration = Duration::from_secs(2);

/// How often old files are looked for.
const SWEEP: Duration = Duration::from_mins(1);

/// All that a running executor looks after.
pub(crate) struct Life {
    pub(crate) id: String,
    pub(crate) options: ExecutorOptions,
    pub(crate) local_addr: SocketAddr,
    pub(crate) channel: Channel,
    pub(crate) condition: Arc<Condition>,
    pub(crate) tasks: Arc<Tasks>,
    pub(crate) work_dir: Arc<WorkDir>,
    pub(crate) fetches: Arc<Fetches>,
    pub(crate) is_settled: watch::Receiver<bool>,
}

impl Life {
    /// Serves until told to end.
    pub(crate) async fn run(
        mut self,
        listener: TcpListener,
        routes: axum::Router,
        poll: PollLoop,
    ) -> Result<(), ExecutorError> {
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
        work.spawn(sweep(
            Arc::clone(&self.work_dir),
            Arc::clone(&self.tasks),
            self.options.retention,
        ));
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
        let _removed = tokio::task::spawn_blocking(move || work_dir.remove())
            .await
            .is_ok();
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
            // The scheduler may be away for good; without files here, it never gave a task.
            let is_known = self.condition.scheduler_answers() || self.work_dir.has_jobs();
            let settled = self.is_settled.wait_for(|settled| *settled);
            if is_known && timeout(linger, settled).await.is_err() {
                tracing::warn!("the scheduler could not be told how the last tasks ended");
            }
            let since = Instant::now();
            while self.work_dir.has_jobs() && since.elapsed().min(self.fetches.quiet()) < linger {
                sleep(Duration::from_millis(50)).await;
            }
        };
        if timeout(self.options.drain_limit, finish).await.is_err() {
            let running = self.tasks.running();
            tracing::warn!(
                running,
                "the limit for draining is over; the scheduler will run the rest elsewhere"
            );
        }
    }

    /// Tells the scheduler, so that it need not find out.
    async fn say_goodbye(&self) {
        let request = ExecutorStoppedParams {
            executor_id: self.id.clone(),
            reason: "it was asked to end".to_owned(),
        };
        let mut scheduler = scheduler_client(self.channel.clone());
        if !matches!(
            timeout(FAREWELL, scheduler.executor_stopped(request)).await,
            Ok(Ok(_))
        ) {
            tracing::debug!("the scheduler did not hear that this executor ends");
        }
    }

    /// The name under which others reach this executor.
    fn advertised_host(&self) -> impl Future<Output = String> + Send + 'static {
        let given = self.options.advertised_host.clone();
        let address = self.local_addr.ip();
        let scheduler = self.options.scheduler_endpoint().ok().and_then(|endpoint| {
            let uri = endpoint.uri();
            Some((
                uri.host()?.trim_matches(['[', ']']).to_owned(),
                uri.port_u16()?,
            ))
        });
        async move {
            match (given, scheduler) {
                (Some(host), _) => host,
                (None, Some(scheduler)) if address.is_unspecified() => {
                    address_towards(scheduler).await
                }
                (None, _) => address.to_string(),
            }
        }
    }
}

async fn converse(mut poll: PollLoop, advertised_host: impl Future<Output = String> + Send) {
    poll.registration.host = Some(advertised_host.await);
    poll.run().await;
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
                tracing::info!(
                    jobs = jobs.len(),
                    "removed files of jobs that nobody fetched"
                );
            }
            Ok(Err(error)) => tracing::warn!(%error, "old files could not be removed"),
            Ok(Ok(_)) | Err(_) => {}
        }
    }
}

fn crash_of(crash: Option<tokio::task::JoinError>) -> ExecutorError {
    ExecutorError::Crashed(
        crash.map_or_else(|| "without a reason".to_owned(), |crash| crash.to_string()),
    )
}
