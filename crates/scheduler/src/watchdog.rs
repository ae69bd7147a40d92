//! Sees to it that no query hangs.
//!
//! Every second it looks at all running jobs and ends those that cannot go on, with a sentence
//! that says why: no executor is alive, or nothing moves although slots are free. An executor
//! that does not know of tasks it was given (their message was lost, or it was restarted under
//! the same name) is declared lost: its tasks are given out again.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use ballista_core::JobId;
use ballista_core::serde::protobuf::scheduler_grpc_server::SchedulerGrpc;
use ballista_core::serde::protobuf::{ExecutorStoppedParams, RunningTask, task_status};
use ballista_scheduler::state::execution_graph::ExecutionGraph;
use ballista_scheduler::state::execution_stage::ExecutionStage;
use tonic::Request;

use crate::Ballista;
use crate::jobs::ledger::Ledger;
use crate::metrics::Metrics;
use crate::options::SchedulerOptions;
use crate::roster::{LiveExecutor, Roster};

/// Time between two looks.
const ROUND: Duration = Duration::from_secs(1);
/// See the module.
pub(crate) struct Watchdog {
    pub(crate) ballista: Ballista,
    pub(crate) roster: Arc<Roster>,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) options: SchedulerOptions,
}

/// What it remembers from round to round.
#[derive(Debug, Default)]
struct Memory {
    /// Since when there has been no executor.
    empty_since: Option<Instant>,
    /// How far each job was, and since when.
    jobs: HashMap<JobId, (Position, Instant)>,
    /// Executors that do not know the task, and since when.
    contradicting: HashMap<String, (Given, Instant)>,
}

/// How far a job is: changes whenever something of it moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Position {
    attempts: usize,
    given: usize,
    running: usize,
    waiting: usize,
}

/// A task that was given out: (time, job, stage, task); the oldest first.
type Given = (u128, JobId, usize, usize);

/// A job as seen in one round.
struct Seen {
    job_id: JobId,
    user: Arc<str>,
    position: Position,
}

impl Watchdog {
    /// Watches for ever.
    pub(crate) async fn run(self) {
        let mut memory = Memory::default();
        let mut rounds = tokio::time::interval(ROUND);
        rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            rounds.tick().await;
            self.round(&mut memory, Instant::now()).await;
        }
    }

    async fn round(&self, memory: &mut Memory, now: Instant) {
        let executors = self.roster.alive();
        let (seen, given) = self.look().await;
        self.tell(&executors, &seen);

        memory
            .jobs
            .retain(|job, _| seen.iter().any(|seen| seen.job_id == *job));
        for job in &seen {
            let entry = memory
                .jobs
                .entry(job.job_id.clone())
                .or_insert((job.position, now));
            if entry.0 != job.position {
                *entry = (job.position, now);
            }
        }
        if executors.is_empty() {
            memory.empty_since.get_or_insert(now);
        } else {
            memory.empty_since = None;
        }
        for (job, reason) in self.hopeless(memory, &executors, &seen, now) {
            self.end(job, reason).await;
        }
        for executor in self.forgetful(memory, &executors, &given, now) {
            self.declare_lost(executor).await;
        }
    }

    /// All running jobs, and the tasks that run, by executor.
    async fn look(&self) -> (Vec<Seen>, HashMap<String, Vec<Given>>) {
        let mut seen = Vec::new();
        let mut given: HashMap<String, Vec<Given>> = HashMap::new();
        for (job_id, info) in self
            .ballista
            .state
            .task_manager
            .get_running_job_cache()
            .iter()
        {
            let mut graph = info.execution_graph.write().await;
            let user = self.ledger.watch(&mut graph);
            let position = position(graph.as_ref(), self.settled(), &mut given);
            seen.push(Seen {
                job_id: job_id.clone(),
                user,
                position,
            });
        }
        (seen, given)
    }

    /// A task that was given out this long ago should be known to its executor, which then may
    /// contradict for as long again: its report that the task has ended may be under way.
    fn settled(&self) -> Duration {
        self.options.lost_task_timeout / 2
    }

    /// Sets the gauges.
    fn tell(&self, executors: &[LiveExecutor], seen: &[Seen]) {
        let count = |of: fn(&Position) -> usize| {
            seen.iter().map(|job| of(&job.position)).sum::<usize>() as f64
        };
        let metrics = &self.metrics;
        metrics
            .jobs_queued
            .set(self.ballista.pending_job_number() as f64);
        metrics.jobs_running.set(seen.len() as f64);
        metrics
            .tasks_waiting
            .set(count(|position| position.waiting));
        metrics
            .tasks_running
            .set(count(|position| position.running));
        metrics.executors.set(executors.len() as f64);
        // As a whole number: the sum of no floats is -0.
        let slots: u32 = executors.iter().map(|executor| executor.slots).sum();
        metrics.slots.set(f64::from(slots));
    }

    /// Jobs that cannot go on, with the reason.
    fn hopeless(
        &self,
        memory: &Memory,
        executors: &[LiveExecutor],
        seen: &[Seen],
        now: Instant,
    ) -> Vec<(JobId, String)> {
        let is_slot_free = executors.iter().any(|executor| executor.free > 0);
        let mut hopeless = Vec::new();
        for job in seen {
            let Some((_, since)) = memory.jobs.get(&job.job_id) else {
                continue;
            };
            let still = now.duration_since(*since);
            let empty = memory.empty_since.map(|empty| now.duration_since(empty));
            if let Some(empty) = empty
                && empty.min(still) >= self.options.no_executor_timeout
            {
                let reason = format!(
                    "no executor has been alive for {} s; start one with `hepframe executor`, then run the query again",
                    empty.as_secs()
                );
                hopeless.push((job.job_id.clone(), reason));
            } else if job.position.waiting > 0
                && is_slot_free
                && still >= self.options.stuck_timeout
                && !self.is_at_limit(&job.user, seen)
            {
                let reason = format!(
                    "{} tasks waited for {} s although slots were free, so the query was ended; run it again, and if it happens again, restart the executors",
                    job.position.waiting,
                    still.as_secs()
                );
                hopeless.push((job.job_id.clone(), reason));
            }
        }
        hopeless
    }

    /// True if a user's tasks wait for the user's own.
    fn is_at_limit(&self, user: &str, seen: &[Seen]) -> bool {
        let of_user = seen.iter().filter(|job| *job.user == *user);
        let running: usize = of_user.map(|job| job.position.running).sum();
        self.options
            .user_slots
            .is_some_and(|limit| running >= limit as usize)
    }

    /// Executors that have for some time said they have fewer tasks than they were given.
    fn forgetful(
        &self,
        memory: &mut Memory,
        executors: &[LiveExecutor],
        given: &HashMap<String, Vec<Given>>,
        now: Instant,
    ) -> Vec<String> {
        let known: HashSet<&str> = executors
            .iter()
            .map(|executor| executor.id.as_str())
            .collect();
        memory
            .contradicting
            .retain(|id, _| known.contains(id.as_str()));
        let mut forgetful = Vec::new();
        for executor in executors {
            let tasks = given
                .get(&executor.id)
                .map_or(&[] as &[Given], Vec::as_slice);
            let claimed = executor.slots.saturating_sub(executor.free) as usize;
            let Some(oldest) = tasks.iter().min().filter(|_| tasks.len() > claimed) else {
                memory.contradicting.remove(&executor.id);
                continue;
            };
            let entry = memory
                .contradicting
                .entry(executor.id.clone())
                .or_insert_with(|| (oldest.clone(), now));
            if entry.0 != *oldest {
                *entry = (oldest.clone(), now);
            } else if now.duration_since(entry.1) >= self.settled() {
                forgetful.push(executor.id.clone());
            }
        }
        for id in &forgetful {
            memory.contradicting.remove(id);
        }
        forgetful
    }

    async fn end(&self, job_id: JobId, reason: String) {
        if !self.ledger.give_reason(&job_id, reason.clone()) {
            return;
        }
        tracing::warn!(job = %job_id, reason, "ending a query");
        if let Err(error) = self.ballista.cancel_job(job_id.clone()).await {
            tracing::error!(job = %job_id, %error, "a query could not be ended");
        }
    }

    async fn declare_lost(&self, executor_id: String) {
        let reason = "it does not know of tasks it was given".to_owned();
        tracing::warn!(executor = executor_id, reason, "giving out its tasks again");
        let request = ExecutorStoppedParams {
            executor_id,
            reason,
        };
        if let Err(status) = self.ballista.executor_stopped(Request::new(request)).await {
            tracing::error!(%status, "an executor could not be declared lost");
        }
    }
}

/// How far a job is. Its running tasks that should be known to their executors are added to
/// `given`.
fn position(
    graph: &dyn ExecutionGraph,
    settled: Duration,
    given: &mut HashMap<String, Vec<Given>>,
) -> Position {
    let mut position = Position {
        attempts: 0,
        given: 0,
        running: 0,
        waiting: graph.available_tasks(),
    };
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    for (stage_id, stage) in graph.stages() {
        position.given += stage.task_infos().map_or(0, <[_]>::len);
        let ExecutionStage::Running(stage) = stage else {
            continue;
        };
        position.attempts += stage.stage_attempt_num;
        for task in &stage.task_infos {
            let task_status::Status::Running(RunningTask { executor_id }) = &task.task_status
            else {
                continue;
            };
            position.running += 1;
            if task.scheduled_time + settled.as_millis() <= now.as_millis() {
                let job_id = graph.job_id().clone();
                let of_executor = given.entry(executor_id.clone()).or_default();
                of_executor.push((task.scheduled_time, job_id, *stage_id, task.task_id));
            }
        }
    }
    position
}
