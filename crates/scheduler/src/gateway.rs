//! The scheduler's door: Ballista's service, with a query ending when its client goes away.
//!
//! Every call of clients and executors passes here, so this is where identities will be checked.

use std::mem::take;
use std::sync::Arc;

use ballista_core::JobId;
use ballista_core::serde::protobuf::job_status::Status as JobStatus;
use ballista_core::serde::protobuf::scheduler_grpc_server::SchedulerGrpc;
use ballista_core::serde::protobuf::{
    CancelJobParams, CancelJobResult, CleanJobDataParams, CleanJobDataResult,
    CreateUpdateSessionParams, CreateUpdateSessionResult, ExecuteQueryParams, ExecuteQueryResult,
    ExecutorStoppedParams, ExecutorStoppedResult, GetJobMetricsParams, GetJobMetricsResult,
    GetJobStatusParams, GetJobStatusResult, HeartBeatParams, HeartBeatResult, PollWorkParams,
    PollWorkResult, RegisterExecutorParams, RegisterExecutorResult, RemoveSessionParams,
    RemoveSessionResult, UpdateTaskStatusParams, UpdateTaskStatusResult,
};
use futures::{Stream, StreamExt};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use crate::Ballista;
use crate::told::Told;

/// Changes of a job's state that wait for a slow client.
const WAITING: usize = 16;

/// Ballista's scheduler behind the door.
pub(crate) struct Gateway(Ballista, Arc<Told>);

impl Gateway {
    pub(crate) fn new(ballista: Ballista) -> Self {
        Self(ballista, Arc::default())
    }
}

#[tonic::async_trait]
impl SchedulerGrpc for Gateway {
    type ExecuteQueryPushStream = ReceiverStream<Result<GetJobStatusResult, Status>>;

    async fn execute_query_push(
        &self,
        request: Request<ExecuteQueryParams>,
    ) -> Result<Response<Self::ExecuteQueryPushStream>, Status> {
        let (metadata, statuses, extensions) =
            self.0.execute_query_push(request).await?.into_parts();
        let (client, answers) = mpsc::channel(WAITING);
        tokio::spawn(tell(self.0.clone(), statuses, client));
        let answers = ReceiverStream::new(answers);
        Ok(Response::from_parts(metadata, answers, extensions))
    }

    async fn execute_query(
        &self,
        request: Request<ExecuteQueryParams>,
    ) -> Result<Response<ExecuteQueryResult>, Status> {
        self.0.execute_query(request).await
    }

    async fn poll_work(
        &self,
        mut request: Request<PollWorkParams>,
    ) -> Result<Response<PollWorkResult>, Status> {
        let told = self.1.fresh(take(&mut request.get_mut().task_status));
        if told.is_empty() {
            return self.0.poll_work(request).await;
        }
        request.get_mut().task_status.clone_from(&told);
        // To its end even if the executor hangs up: what is noted as told must be heard.
        let ballista = self.0.clone();
        let answer = tokio::spawn(async move { ballista.poll_work(request).await }).await;
        let answer = answer.unwrap_or_else(|crash| Err(Status::internal(crash.to_string())));
        if answer.is_err() {
            self.1.forget(&told);
        }
        answer
    }

    async fn register_executor(
        &self,
        request: Request<RegisterExecutorParams>,
    ) -> Result<Response<RegisterExecutorResult>, Status> {
        self.0.register_executor(request).await
    }

    async fn heart_beat_from_executor(
        &self,
        request: Request<HeartBeatParams>,
    ) -> Result<Response<HeartBeatResult>, Status> {
        self.0.heart_beat_from_executor(request).await
    }

    async fn update_task_status(
        &self,
        request: Request<UpdateTaskStatusParams>,
    ) -> Result<Response<UpdateTaskStatusResult>, Status> {
        self.0.update_task_status(request).await
    }

    async fn create_update_session(
        &self,
        request: Request<CreateUpdateSessionParams>,
    ) -> Result<Response<CreateUpdateSessionResult>, Status> {
        self.0.create_update_session(request).await
    }

    async fn remove_session(
        &self,
        request: Request<RemoveSessionParams>,
    ) -> Result<Response<RemoveSessionResult>, Status> {
        self.0.remove_session(request).await
    }

    async fn get_job_status(
        &self,
        request: Request<GetJobStatusParams>,
    ) -> Result<Response<GetJobStatusResult>, Status> {
        self.0.get_job_status(request).await
    }

    async fn get_job_metrics(
        &self,
        request: Request<GetJobMetricsParams>,
    ) -> Result<Response<GetJobMetricsResult>, Status> {
        self.0.get_job_metrics(request).await
    }

    async fn executor_stopped(
        &self,
        request: Request<ExecutorStoppedParams>,
    ) -> Result<Response<ExecutorStoppedResult>, Status> {
        self.0.executor_stopped(request).await
    }

    async fn cancel_job(
        &self,
        request: Request<CancelJobParams>,
    ) -> Result<Response<CancelJobResult>, Status> {
        SchedulerGrpc::cancel_job(&self.0, request).await
    }

    async fn clean_job_data(
        &self,
        request: Request<CleanJobDataParams>,
    ) -> Result<Response<CleanJobDataResult>, Status> {
        self.0.clean_job_data(request).await
    }
}

#[expect(
    clippy::cognitive_complexity,
    reason = "one loop; what is counted are the branches of `select!` and of the log's macros"
)]
/// Tells a client how its job goes. If the client goes away before the job's end, nobody wants
/// the answer, and the job is cancelled.
async fn tell(
    ballista: Ballista,
    statuses: impl Stream<Item = Result<GetJobStatusResult, Status>> + Send,
    client: mpsc::Sender<Result<GetJobStatusResult, Status>>,
) {
    let mut statuses = std::pin::pin!(statuses);
    let mut job: Option<JobId> = None;
    loop {
        let status = tokio::select! {
            status = statuses.next() => status,
            // The job's name comes with its first status; before that it cannot be cancelled.
            () = client.closed(), if job.is_some() => None,
        };
        let Some(status) = status else { break };
        let has_ended = is_end(&status);
        job = job_of(&status).or(job);
        // A client that is gone is noticed above.
        client.send(status).await.ok();
        if has_ended {
            return;
        }
    }
    if let (true, Some(job)) = (client.is_closed(), job) {
        tracing::info!(job = %job, "its client went away; cancelling the query");
        if let Err(error) = ballista.cancel_job(job).await {
            tracing::warn!(%error, "a query without client could not be cancelled");
        }
    }
}

/// A failed call ends a job for its client, too.
fn is_end(status: &Result<GetJobStatusResult, Status>) -> bool {
    let Ok(reply) = status else { return true };
    let status = reply.status.as_ref().and_then(|job| job.status.as_ref());
    matches!(
        status,
        Some(JobStatus::Failed(_) | JobStatus::Successful(_))
    )
}

fn job_of(status: &Result<GetJobStatusResult, Status>) -> Option<JobId> {
    let status = status.as_ref().ok()?.status.as_ref()?;
    Some(JobId::from(status.job_id.clone()))
}
