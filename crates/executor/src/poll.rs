//! Asks the scheduler for tasks and tells it how they ended.
//!
//! Nothing waits for a clock: a task's end and the scheduler's hint both lead to a poll at once. The
//! timer only shows that the executor lives, and finds work whose hint was lost.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use ballista_core::serde::protobuf::scheduler_grpc_client::SchedulerGrpcClient;
use ballista_core::serde::protobuf::{
    ExecutorRegistration, PollWorkParams, PollWorkResult, TaskStatus,
};
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::{sleep, timeout};
use tonic::transport::Channel;
use tonic::{Code, Status};

use crate::link::{Complaint, innermost};
use crate::phase::{Condition, Phase};
use crate::tasks::Tasks;
use crate::work_dir::WorkDir;

/// A scheduler that takes longer is not there.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// Pauses while the scheduler is away: the first, and the longest after doubling.
const RETRY_PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));

/// The conversation with the scheduler.
pub(crate) struct PollLoop {
    pub(crate) scheduler: SchedulerGrpcClient<Channel>,
    /// Where that is, as the operator wrote it.
    pub(crate) scheduler_url: String,
    pub(crate) registration: ExecutorRegistration,
    pub(crate) tasks: Arc<Tasks>,
    pub(crate) ended: mpsc::UnboundedReceiver<TaskStatus>,
    pub(crate) hints: Arc<Notify>,
    pub(crate) condition: Arc<Condition>,
    pub(crate) work_dir: Arc<WorkDir>,
    /// Longest pause between two polls.
    pub(crate) heartbeat: Duration,
    /// True once a draining executor has no task left and the scheduler knows how all ended.
    pub(crate) settled: watch::Sender<bool>,
}

/// How long the scheduler has been away, in attempts.
#[derive(Debug, Default)]
struct Silence {
    attempts: u32,
    complaint: Complaint,
}

impl Silence {
    /// The next pause.
    fn pause(&mut self) -> Duration {
        let pause = RETRY_PAUSES.0 * 2_u32.saturating_pow(self.attempts.min(10));
        self.attempts = self.attempts.saturating_add(1);
        pause.min(RETRY_PAUSES.1)
    }
}

impl PollLoop {
    /// Polls for ever; once the executor drains, tells when nothing is left to tell.
    pub(crate) async fn run(mut self) {
        let mut phase = self.condition.watch();
        let mut untold: Vec<TaskStatus> = Vec::new();
        let mut silence = Silence::default();
        loop {
            while let Ok(status) = self.ended.try_recv() {
                untold.push(status);
            }
            let draining = *phase.borrow_and_update() >= Phase::Draining;
            let free = if draining { 0 } else { self.tasks.free() };
            match self.poll(free, untold.clone()).await {
                Ok(work) => {
                    untold.clear();
                    silence = Silence::default();
                    self.note_answer();
                    let got_some = !work.tasks.is_empty();
                    self.take(work);
                    if got_some && !draining && self.tasks.free() > 0 {
                        continue;
                    }
                }
                Err(status) => {
                    self.note_silence(&status, &mut silence);
                    // The scheduler is left alone for a moment, whatever happens here.
                    tokio::select! {
                        () = sleep(silence.pause()) => {}
                        () = self.hints.notified() => {}
                    }
                    continue;
                }
            }
            if draining && self.tasks.running() == 0 && self.ended.is_empty() {
                self.settled.send_replace(true);
            }
            let wants_work = !draining && self.tasks.free() > 0;
            tokio::select! {
                Some(status) = self.ended.recv() => untold.push(status),
                () = self.hints.notified(), if wants_work => {}
                _ = phase.changed() => {}
                () = sleep(self.heartbeat) => {}
            }
        }
    }

    async fn poll(
        &mut self,
        free: usize,
        task_status: Vec<TaskStatus>,
    ) -> Result<PollWorkResult, Status> {
        let request = PollWorkParams {
            metadata: Some(self.registration.clone()),
            num_free_vcores: u32::try_from(free).unwrap_or(u32::MAX),
            task_status,
        };
        match timeout(ANSWER_LIMIT, self.scheduler.poll_work(request)).await {
            Ok(answer) => answer.map(tonic::Response::into_inner),
            Err(_) => Err(Status::deadline_exceeded(format!(
                "no answer within {ANSWER_LIMIT:?}"
            ))),
        }
    }

    fn take(&self, work: PollWorkResult) {
        for task in work.tasks {
            self.tasks.start(task);
        }
        if work.jobs_to_clean.is_empty() {
            return;
        }
        let work_dir = Arc::clone(&self.work_dir);
        tokio::task::spawn_blocking(move || {
            for job in work.jobs_to_clean {
                if let Err(error) = work_dir.remove_job(&job.job_id, &job.remove_stage_ids) {
                    tracing::warn!(job = job.job_id, %error, "files of a job could not be removed");
                }
            }
        });
    }

    fn note_answer(&self) {
        if !self.condition.heard(true) {
            tracing::info!(executor = self.registration.id, "the scheduler answers");
        }
    }

    fn note_silence(&self, status: &Status, silence: &mut Silence) {
        self.condition.heard(false);
        if !silence.complaint.is_due() {
            return;
        }
        let what = if status.code() == Code::AlreadyExists {
            "the scheduler refuses this executor; trying again"
        } else {
            "the scheduler does not answer; trying again"
        };
        tracing::warn!(scheduler = self.scheduler_url, why = why(status), "{what}");
    }
}

/// What a failed poll says, for people.
fn why(status: &Status) -> String {
    let text = status.message();
    match (status.code(), status.source()) {
        (Code::FailedPrecondition, _) => {
            format!("{text}; executor and scheduler must be of one version")
        }
        (Code::AlreadyExists, _) => text.to_owned(),
        (_, Some(cause)) => format!("{}; is --scheduler right?", innermost(cause)),
        (code, None) => format!("{code}: {text}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_scheduler_that_is_not_there_is_told_with_the_reason() {
        let nowhere = tonic::transport::Endpoint::from_static("http://127.0.0.1:1");
        let refused = nowhere.connect().await.unwrap_err();

        let why = why(&Status::from_error(Box::new(refused)));

        assert!(why.contains("Connection refused"), "{why}");
    }
}
