//! Follows a job on the cluster: how far it is, what it cost, whether anyone still works on it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ballista_core::execution_plans::DistributedQueryExec;
use datafusion::common::runtime::SpawnedTask;
use datafusion::physical_plan::ExecutionPlan;
use hepframe_root_source::ScanStatistics;
use parking_lot::Mutex;

use super::client::ClusterClient;
use super::rpc::JobProgressReply;
use super::wire::WirePlan;

/// Time between two questions.
const STEP: Duration = Duration::from_millis(200);

/// A scheduler that has been silent for so long is lost, and its jobs with it.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is known of the jobs of one query.
#[derive(Debug)]
pub(crate) struct Jobs {
    client: ClusterClient,
    plan: Arc<dyn ExecutionPlan>,
    /// The newest answers, one per job.
    latest: Mutex<Vec<JobProgressReply>>,
}

impl Jobs {
    /// The jobs of a plan; `None` if it runs in this process alone.
    pub(crate) fn of(plan: &Arc<dyn ExecutionPlan>, client: &ClusterClient) -> Option<Arc<Self>> {
        let mut found = false;
        visit(plan.as_ref(), &mut |_| found = true);
        found.then(|| {
            Arc::new(Self {
                client: client.clone(),
                plan: Arc::clone(plan),
                latest: Mutex::default(),
            })
        })
    }

    /// Tasks done and to do.
    pub(crate) fn tasks(&self) -> (u64, u64) {
        let latest = self.latest.lock();
        let sum = |of: fn(&JobProgressReply) -> u64| latest.iter().map(of).sum();
        (sum(|job| job.tasks_done), sum(|job| job.tasks_total))
    }

    /// What the scans have cost so far.
    pub(crate) fn statistics(&self) -> ScanStatistics {
        let latest = self.latest.lock();
        let metrics = latest.iter().flat_map(|job| &job.scan_metrics);
        ScanStatistics::from_named(metrics.map(|(name, value)| (name.as_str(), *value)))
    }

    /// Asks the scheduler once. Answers it no longer has are kept as they were.
    pub(crate) async fn ask(&self) -> crate::error::Result<()> {
        let mut answers = Vec::new();
        for job in self.ids() {
            let answer = self.client.job_progress(&job).await?;
            if answer.known {
                answers.push(answer);
            }
        }
        if !answers.is_empty() {
            *self.latest.lock() = answers;
        }
        Ok(())
    }

    /// Asks again and again until it is dropped; ends with a sentence if the scheduler is lost.
    pub(crate) fn follow(self: &Arc<Self>) -> SpawnedTask<String> {
        let jobs = Arc::clone(self);
        SpawnedTask::spawn(async move {
            let mut heard = Instant::now();
            loop {
                tokio::time::sleep(STEP).await;
                match tokio::time::timeout(PATIENCE, jobs.ask()).await {
                    Ok(Ok(())) => heard = Instant::now(),
                    Ok(Err(error)) if heard.elapsed() > PATIENCE => return error.to_string(),
                    Ok(Err(_)) => {}
                    Err(_) => {
                        let url = jobs.client.url();
                        return format!(
                            "the scheduler at {url} has not answered for {} s; the query is lost, run \
                             it again when the cluster is back",
                            PATIENCE.as_secs()
                        );
                    }
                }
            }
        })
    }

    fn ids(&self) -> Vec<String> {
        let mut ids = Vec::new();
        visit(self.plan.as_ref(), &mut |query| {
            ids.extend(query.job_id().map(|id| id.to_string()));
        });
        ids
    }
}

/// Visits the parts of a plan that run on the cluster.
fn visit(plan: &dyn ExecutionPlan, found: &mut dyn FnMut(&DistributedQueryExec<WirePlan>)) {
    if let Some(query) = plan.downcast_ref::<DistributedQueryExec<WirePlan>>() {
        found(query);
    }
    for child in plan.children() {
        visit(child.as_ref(), found);
    }
}
