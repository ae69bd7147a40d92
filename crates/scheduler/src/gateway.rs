//! The scheduler's door: Ballista's service, with a query ending when its client goes away.
//!
//! Every call of clients and executors passes here, so this is where identities will be checked.

use std::mem::take;
use std::sync::Arc;
use std::time::Duration;

use ballista_core::JobId;
use ballista_core::serde::protobuf::job_status::Status as State;
use ballista_core::serde::protobuf::scheduler_grpc_server::SchedulerGrpc;
use ballista_core::serde::protobuf::{
    CancelJobParams, CancelJobResult, CleanJobDataParams, CleanJobDataResult,
    CreateUpdateSessionParams, CreateUpdateSessionResult, ExecuteQueryParams, ExecuteQueryResult,
    ExecutorRegistration, ExecutorStoppedParams, ExecutorStoppedResult, GetJobMetricsParams,
    GetJobMetricsResult, GetJobStatusParams, GetJobStatusResult, HeartBeatParams, HeartBeatResult,
    JobStatus, PollWorkParams, PollWorkResult, QueuedJob, RegisterExecutorParams,
    RegisterExecutorResult, RemoveSessionParams, RemoveSessionResult, TaskStatus,
    UpdateTaskStatusParams, UpdateTaskStatusResult,
};
use futures::{Stream, StreamExt};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use crate::Ballista;
use crate::job_ids::with_id;
use crate::listeners::Listeners;
use crate::told::Told;

/// Changes of a job's state that wait for a slow client.
const WAITING: usize = 16;

/// Time between two looks whether a query is planned whose client went away.
const PLANNING_STEP: Duration = Duration::from_millis(100);

/// Ballista's scheduler behind the door.
pub(crate) struct Gateway {
    ballista: Ballista,
    told: Told,
    listeners: Arc<Listeners>,
}

impl Gateway {
    pub(crate) fn new(ballista: Ballista, listeners: Arc<Listeners>) -> Self {
        Self {
            ballista,
            told: Told::default(),
            listeners,
        }
    }

    /// Refuses an executor that comes under the name of another.
    fn check_name(&self, executor: &ExecutorRegistration) -> Result<(), Status> {
        let Some(rival) = self.listeners.rival(&executor.id) else {
            return Ok(());
        };
        Err(Status::already_exists(format!(
            "executor {} at {}:{} has the same name and is alive; give each a --name of its own",
            rival.id, rival.host, rival.port
        )))
    }

    /// Without tasks of jobs that are over: those of a scheduler before this one, and those that
    /// were cancelled.
    fn drop_late(&self, statuses: &mut Vec<TaskStatus>) {
        if !statuses.is_empty() {
            let running = self.ballista.state.task_manager.get_running_job_cache();
            statuses.retain(|status| running.contains_key(&JobId::from(status.job_id.clone())));
        }
    }
}

#[tonic::async_trait]
impl SchedulerGrpc for Gateway {
    type ExecuteQueryPushStream = ReceiverStream<Result<GetJobStatusResult, Status>>;

    async fn execute_query_push(
        &self,
        request: Request<ExecuteQueryParams>,
    ) -> Result<Response<Self::ExecuteQueryPushStream>, Status> {
        let (begun, job) = with_id(self.ballista.execute_query_push(request)).await;
        let (metadata, statuses, extensions) = begun?.into_parts();
        let job = job.ok_or_else(|| Status::internal("a query began without an id"))?;
        let (client, answers) = mpsc::channel(WAITING);
        tokio::spawn(tell(self.ballista.clone(), job, statuses, client));
        let answers = ReceiverStream::new(answers);
        Ok(Response::from_parts(metadata, answers, extensions))
    }

    async fn execute_query(
        &self,
        request: Request<ExecuteQueryParams>,
    ) -> Result<Response<ExecuteQueryResult>, Status> {
        self.ballista.execute_query(request).await
    }

    async fn poll_work(
        &self,
        mut request: Request<PollWorkParams>,
    ) -> Result<Response<PollWorkResult>, Status> {
        if let Some(executor) = &request.get_ref().metadata {
            self.check_name(executor)?;
        }
        self.drop_late(&mut request.get_mut().task_status);
        let told = self.told.fresh(take(&mut request.get_mut().task_status));
        if told.is_empty() {
            return self.ballista.poll_work(request).await;
        }
        request.get_mut().task_status.clone_from(&told);
        // To its end even if the executor hangs up: what is noted as told must be heard.
        let ballista = self.ballista.clone();
        let answer = tokio::spawn(async move { ballista.poll_work(request).await }).await;
        let answer = answer.unwrap_or_else(|crash| Err(Status::internal(crash.to_string())));
        if answer.is_err() {
            self.told.forget(&told);
        }
        answer
    }

    async fn register_executor(
        &self,
        request: Request<RegisterExecutorParams>,
    ) -> Result<Response<RegisterExecutorResult>, Status> {
        self.ballista.register_executor(request).await
    }

    async fn heart_beat_from_executor(
        &self,
        request: Request<HeartBeatParams>,
    ) -> Result<Response<HeartBeatResult>, Status> {
        self.ballista.heart_beat_from_executor(request).await
    }

    async fn update_task_status(
        &self,
        request: Request<UpdateTaskStatusParams>,
    ) -> Result<Response<UpdateTaskStatusResult>, Status> {
        self.ballista.update_task_status(request).await
    }

    async fn create_update_session(
        &self,
        request: Request<CreateUpdateSessionParams>,
    ) -> Result<Response<CreateUpdateSessionResult>, Status> {
        self.ballista.create_update_session(request).await
    }

    async fn remove_session(
        &self,
        request: Request<RemoveSessionParams>,
    ) -> Result<Response<RemoveSessionResult>, Status> {
        self.ballista.remove_session(request).await
    }

    async fn get_job_status(
        &self,
        request: Request<GetJobStatusParams>,
    ) -> Result<Response<GetJobStatusResult>, Status> {
        self.ballista.get_job_status(request).await
    }

    async fn get_job_metrics(
        &self,
        request: Request<GetJobMetricsParams>,
    ) -> Result<Response<GetJobMetricsResult>, Status> {
        self.ballista.get_job_metrics(request).await
    }

    async fn executor_stopped(
        &self,
        request: Request<ExecutorStoppedParams>,
    ) -> Result<Response<ExecutorStoppedResult>, Status> {
        self.ballista.executor_stopped(request).await
    }

    async fn cancel_job(
        &self,
        request: Request<CancelJobParams>,
    ) -> Result<Response<CancelJobResult>, Status> {
        SchedulerGrpc::cancel_job(&self.ballista, request).await
    }

    async fn clean_job_data(
        &self,
        request: Request<CleanJobDataParams>,
    ) -> Result<Response<CleanJobDataResult>, Status> {
        self.ballista.clean_job_data(request).await
    }
}

/// How a job goes, change by change.
trait Statuses: Stream<Item = Result<GetJobStatusResult, Status>> + Send {}

impl<S: Stream<Item = Result<GetJobStatusResult, Status>> + Send> Statuses for S {}

/// Tells a client how its job goes. If the client goes away before the job's end, nobody wants
/// the answer, and the job is cancelled.
async fn tell(
    ballista: Ballista,
    job: JobId,
    statuses: impl Statuses,
    client: mpsc::Sender<Result<GetJobStatusResult, Status>>,
) {
    // Ballista's first word comes when a first task has ended; the client wants the id before.
    client.send(Ok(queued(&job))).await.ok();
    let mut statuses = std::pin::pin!(statuses);
    loop {
        let status = tokio::select! {
            status = statuses.next() => status,
            () = client.closed() => break,
        };
        let Some(status) = status else { return };
        let has_ended = is_end(&status);
        // A client that is gone is noticed above.
        client.send(status).await.ok();
        if has_ended {
            return;
        }
    }
    cancel(&ballista, job, statuses).await;
}

/// Cancels a query whose client went away. One that is being planned cannot be cancelled before
/// it runs.
async fn cancel(ballista: &Ballista, job: JobId, statuses: impl Statuses + Unpin) {
    if !comes_to_run(ballista, &job, statuses).await {
        return;
    }
    tracing::info!(job = %job, "its client went away; cancelling the query");
    if let Err(error) = ballista.cancel_job(job).await {
        tracing::warn!(%error, "a query without client could not be cancelled");
    }
}

/// Waits until a query runs; false if it ends before.
async fn comes_to_run(
    ballista: &Ballista,
    job: &JobId,
    mut statuses: impl Statuses + Unpin,
) -> bool {
    let tasks = &ballista.state.task_manager;
    while !tasks.get_running_job_cache().contains_key(job) {
        tokio::select! {
            status = statuses.next() => if status.as_ref().is_none_or(is_end) {
                return false;
            },
            () = tokio::time::sleep(PLANNING_STEP) => {}
        }
    }
    true
}

/// What a client hears first.
fn queued(job: &JobId) -> GetJobStatusResult {
    GetJobStatusResult {
        status: Some(JobStatus {
            job_id: job.to_string(),
            job_name: String::new(),
            status: Some(State::Queued(QueuedJob::default())),
        }),
        flight_proxy: None,
    }
}

/// A failed call ends a job for its client, too.
fn is_end(status: &Result<GetJobStatusResult, Status>) -> bool {
    let Ok(reply) = status else { return true };
    let status = reply.status.as_ref().and_then(|job| job.status.as_ref());
    matches!(status, Some(State::Failed(_) | State::Successful(_)))
}
