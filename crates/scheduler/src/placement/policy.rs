//! Hands tasks of Ballista's jobs to the executor that asks.
//!
//! Executors pull: Ballista calls [`AffinePolicy::bind_tasks`] whenever one asks for work. The
//! policy looks at all running jobs, lets [`deal`] decide, and binds what it gave. Each graph is
//! locked for itself and only for a moment; between looking and binding only other events can
//! come, not another executor's turn, and what is gone by then is simply not bound.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use ballista_core::JobId;
use ballista_core::serde::protobuf::{AvailableVcores, job_status};
use ballista_core::serde::scheduler::TaskKey;
use ballista_scheduler::cluster::{BoundTask, ClusterState, DistributionPolicy};
use ballista_scheduler::state::execution_graph::{
    ExecutionGraphBox, TaskDescription, create_task_info,
};
use ballista_scheduler::state::execution_stage::RunningStage;
use ballista_scheduler::state::task_manager::JobInfoCache;
use datafusion::error::Result;
use hepframe_root_source::Chunk;

use super::homes::HomeBook;
use super::model::Member;
use super::plan::{chunks_of, must_stay_whole};
use super::turn::{At, Dealt, Given, Rules, WaitingJob, WaitingStage, deal};
use crate::jobs::ledger::Ledger;
use crate::jobs::repair::{
    Finished, begin_tasks_at, drop_stale_input, finished_tasks, was_repeated,
};
use crate::metrics::Metrics;
use crate::roster::Roster;

/// See the module.
pub(crate) struct AffinePolicy {
    pub(crate) cluster: Arc<dyn ClusterState>,
    pub(crate) roster: Arc<Roster>,
    pub(crate) homes: Arc<HomeBook>,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) rules: Rules,
    /// Held for the whole turn of one executor.
    pub(crate) turn: tokio::sync::Mutex<Notes>,
}

impl std::fmt::Debug for AffinePolicy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AffinePolicy")
            .field("rules", &self.rules)
            .finish_non_exhaustive()
    }
}

/// What is remembered of stages from turn to turn.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    stages: HashMap<(JobId, usize), StageNotes>,
}

#[derive(Debug, Default)]
struct StageNotes {
    /// Of the present try; none was seen before.
    facts: Option<Facts>,
    /// A number that no task of this or an earlier try has.
    next_task: usize,
}

/// What a stage's plan says, which is costly to ask.
#[derive(Debug)]
struct Facts {
    attempt: usize,
    whole: bool,
    /// The first chunks of each partition's runs.
    chunks: Vec<Vec<Chunk>>,
}

/// A job as it was looked at, beside what [`deal`] is told: which partitions each part is.
struct Looked {
    job_id: JobId,
    stages: Vec<LookedStage>,
}

struct LookedStage {
    stage_id: usize,
    attempt: usize,
    parts: Vec<Vec<usize>>,
}

#[async_trait]
impl DistributionPolicy for AffinePolicy {
    async fn bind_tasks(
        &self,
        budgets: Vec<&mut AvailableVcores>,
        running_jobs: Arc<HashMap<JobId, JobInfoCache>>,
    ) -> Result<Vec<BoundTask>> {
        let mut bound = Vec::new();
        let mut notes = self.turn.lock().await;
        for budget in budgets {
            if let Ok(metadata) = self
                .cluster
                .get_executor_metadata(&budget.executor_id)
                .await
            {
                self.roster.saw(metadata, budget.vcores);
            }
            if budget.vcores > 0 {
                self.serve(budget, &running_jobs, &mut notes, &mut bound)
                    .await?;
            }
        }
        notes
            .stages
            .retain(|(job, _), _| running_jobs.contains_key(job));
        Ok(bound)
    }

    fn name(&self) -> &'static str {
        "cache-affine"
    }
}

impl AffinePolicy {
    /// One executor's turn.
    async fn serve(
        &self,
        budget: &mut AvailableVcores,
        running_jobs: &HashMap<JobId, JobInfoCache>,
        notes: &mut Notes,
        bound: &mut Vec<BoundTask>,
    ) -> Result<()> {
        let members = self.roster.members();
        let asking = Asking {
            id: &budget.executor_id,
            members: &members,
        };
        let (mut jobs, mut looked) = (Vec::new(), Vec::new());
        for (job_id, info) in first_come_first(running_jobs) {
            let mut graph = info.execution_graph.write().await;
            let (job, seen) = self.look(job_id, &mut graph, asking, notes)?;
            jobs.push(job);
            looked.push(seen);
        }
        let Dealt { given, more_in } = deal(&jobs, budget.vcores as usize, self.rules);
        if let Some(wait) = more_in {
            self.ledger.hints().ring_in(wait);
        }
        for (i, seen) in looked.iter().enumerate() {
            let of_job: Vec<Given> = given
                .iter()
                .filter(|given| given.job == i)
                .copied()
                .collect();
            let Some(info) = running_jobs
                .get(&seen.job_id)
                .filter(|_| !of_job.is_empty())
            else {
                continue;
            };
            let mut graph = info.execution_graph.write().await;
            for given in of_job {
                let Some(stage) = seen.stages.get(given.stage) else {
                    continue;
                };
                let at = jobs[i].stages[given.stage].parts[given.part];
                if let Some(task) = bind(&mut graph, seen, stage, given.part, budget, notes) {
                    self.metrics.placed(at);
                    bound.push(task);
                }
            }
        }
        Ok(())
    }

    /// What of a job waits.
    fn look(
        &self,
        job_id: &JobId,
        graph: &mut ExecutionGraphBox,
        asking: Asking<'_>,
        notes: &mut Notes,
    ) -> Result<(WaitingJob, Looked)> {
        let user = self.ledger.watch(graph);
        let mut job = WaitingJob {
            user: user.to_string(),
            running: graph.running_tasks().len(),
            stages: Vec::new(),
        };
        let mut looked = Looked {
            job_id: job_id.clone(),
            stages: Vec::new(),
        };
        // Looked up once for all stages, and only where a retry may have left something stale.
        let finished = was_repeated(graph.stages()).then(|| finished_tasks(graph.stages()));
        let mut seen = Vec::new();
        while let Some(stage) = graph.fetch_running_stage(&seen) {
            seen.push(stage.stage_id);
            let of_stage = notes
                .stages
                .entry((job_id.clone(), stage.stage_id))
                .or_default();
            let facts = of_stage.facts(stage, finished.as_ref())?;
            let pending = stage.pending.next_slice(usize::MAX);
            let parts: Vec<Vec<usize>> = if facts.whole {
                vec![pending.clone()]
            } else {
                pending.iter().map(|partition| vec![*partition]).collect()
            };
            stage.pending.reschedule(pending);
            let at = |part: &Vec<usize>| self.at(facts, part, asking);
            let waiting = WaitingStage {
                waited: since(stage.stage_running_time),
                parts: parts.iter().map(at).collect(),
            };
            job.stages.push(waiting);
            let attempt = stage.stage_attempt_num;
            looked.stages.push(LookedStage {
                stage_id: stage.stage_id,
                attempt,
                parts,
            });
        }
        Ok((job, looked))
    }

    /// Where a part is at home.
    fn at(&self, facts: &Facts, part: &[usize], asking: Asking<'_>) -> At {
        let of_part = part
            .iter()
            .filter_map(|partition| facts.chunks.get(*partition));
        let chunks: Vec<Chunk> = of_part.flatten().copied().collect();
        match self.homes.home_of(&chunks, asking.members) {
            Some(home) if home == asking.id => At::Here,
            Some(_) => At::Elsewhere,
            None => At::Anywhere,
        }
    }
}

/// The executor that asks, and all that are alive.
#[derive(Clone, Copy)]
struct Asking<'a> {
    id: &'a str,
    members: &'a [Member],
}

impl StageNotes {
    /// The facts of a stage's present try; puts its input right when it is new.
    fn facts(&mut self, stage: &mut RunningStage, finished: Option<&Finished>) -> Result<&Facts> {
        let attempt = stage.stage_attempt_num;
        if self
            .facts
            .as_ref()
            .is_none_or(|facts| facts.attempt != attempt)
        {
            if let Some(finished) = finished {
                drop_stale_input(stage, finished)?;
            }
            begin_tasks_at(stage, self.next_task);
            self.facts = None;
        }
        let plan = &stage.plan;
        Ok(self.facts.get_or_insert_with(|| Facts {
            attempt,
            whole: must_stay_whole(plan),
            chunks: (0..stage.partitions)
                .map(|partition| chunks_of(plan, partition))
                .collect(),
        }))
    }
}

/// Binds a part to the executor, if it still waits.
fn bind(
    graph: &mut ExecutionGraphBox,
    looked: &Looked,
    wanted: &LookedStage,
    part: usize,
    budget: &mut AvailableVcores,
    notes: &mut Notes,
) -> Option<BoundTask> {
    let partitions = wanted.parts.get(part)?;
    let session_id = graph.session_id().to_owned();
    let mut others = Vec::new();
    let stage = loop {
        let stage_id = graph.fetch_running_stage(&others)?.stage_id;
        if stage_id == wanted.stage_id {
            break graph.fetch_running_stage(&others)?;
        }
        others.push(stage_id);
    };
    if stage.stage_attempt_num != wanted.attempt || budget.vcores == 0 {
        return None;
    }
    let pending = stage.pending.next_slice(usize::MAX);
    let chosen: HashSet<usize> = partitions.iter().copied().collect();
    let all_wait = chosen.iter().all(|partition| pending.contains(partition));
    let left = pending
        .into_iter()
        .filter(|partition| !all_wait || !chosen.contains(partition));
    stage.pending.reschedule(left);
    if !all_wait {
        return None;
    }

    let task_id = stage.task_infos.len();
    let failures = partitions
        .iter()
        .filter_map(|p| stage.task_failure_numbers.get(*p));
    let task_attempt = failures.max().copied().unwrap_or(0);
    let mut task = create_task_info(budget.executor_id.clone(), task_id);
    task.global_input_partition_ids.clone_from(partitions);
    task.vcores_consumed = 1;
    stage.task_infos.push(task);
    budget.vcores -= 1;
    if let Some(notes) = notes
        .stages
        .get_mut(&(looked.job_id.clone(), wanted.stage_id))
    {
        notes.next_task = task_id + 1;
    }
    let description = TaskDescription {
        session_id,
        key: TaskKey {
            job_id: looked.job_id.clone(),
            stage_id: wanted.stage_id,
            task_id,
        },
        stage_attempt_num: stage.stage_attempt_num,
        task_attempt,
        global_input_partition_ids: partitions.clone(),
        vcores_consumed: 1,
        plan: Arc::clone(&stage.plan),
        session_config: Arc::clone(&stage.session_config),
    };
    Some((budget.executor_id.clone(), description))
}

/// Running jobs in the order they were queued.
fn first_come_first(jobs: &HashMap<JobId, JobInfoCache>) -> Vec<(&JobId, &JobInfoCache)> {
    let queued_at = |info: &JobInfoCache| match &info.status {
        Some(job_status::Status::Running(running)) => Some(running.queued_at),
        _ => None,
    };
    let mut running: Vec<(u64, &JobId, &JobInfoCache)> = jobs
        .iter()
        .filter_map(|(job_id, info)| Some((queued_at(info)?, job_id, info)))
        .collect();
    running.sort_by_key(|(queued_at, job_id, _)| (*queued_at, *job_id));
    running
        .into_iter()
        .map(|(_, job_id, info)| (job_id, info))
        .collect()
}

/// Time since a moment in Unix milliseconds.
fn since(unix_ms: u128) -> Duration {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let then = Duration::from_millis(u64::try_from(unix_ms).unwrap_or(u64::MAX));
    now.saturating_sub(then)
}
