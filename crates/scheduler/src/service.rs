//! Our own remote calls, answered by the scheduler.

use std::pin::Pin;
use std::sync::Arc;

use ballista_core::JobId;
use futures::{Stream, StreamExt};
use hepframe_engine::EngineError;
use hepframe_engine::cluster::TableService;
use hepframe_engine::cluster::rpc::scheduler_server::Scheduler as SchedulerRpc;
use hepframe_engine::cluster::rpc::{
    CreateTableRequest, ExecutorInfo, InfoReply, InfoRequest, InspectReply, InspectRequest,
    JobProgressReply, JobProgressRequest, OpenTableRequest, TableReply, WatchWorkRequest, WorkHint,
};
use tokio::sync::watch;
use tokio_stream::wrappers::BroadcastStream;
use tonic::{Request, Response, Status};

use crate::Ballista;
use crate::hints::Hints;
use crate::jobs::ledger::Ledger;
use crate::jobs::progress::progress;
use crate::listeners::Listeners;
use crate::roster::{LiveExecutor, Roster};

/// See the module.
pub(crate) struct Service {
    pub(crate) tables: TableService,
    pub(crate) ballista: Ballista,
    pub(crate) roster: Arc<Roster>,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) hints: Hints,
    pub(crate) listeners: Arc<Listeners>,
    /// Turns true when streams must end.
    pub(crate) ending: watch::Receiver<bool>,
}

#[tonic::async_trait]
impl SchedulerRpc for Service {
    type WatchWorkStream = Pin<Box<dyn Stream<Item = Result<WorkHint, Status>> + Send>>;

    async fn open_table(
        &self,
        request: Request<OpenTableRequest>,
    ) -> Result<Response<TableReply>, Status> {
        let plan = self.tables.open(&request.into_inner().location).await;
        Ok(Response::new(TableReply {
            plan: plan.map_err(|error| refusal(&error))?,
        }))
    }

    async fn create_table(
        &self,
        request: Request<CreateTableRequest>,
    ) -> Result<Response<TableReply>, Status> {
        let plan = self.tables.create(&request.into_inner().plan).await;
        Ok(Response::new(TableReply {
            plan: plan.map_err(|error| refusal(&error))?,
        }))
    }

    async fn inspect(
        &self,
        request: Request<InspectRequest>,
    ) -> Result<Response<InspectReply>, Status> {
        let report = self.tables.inspect(&request.into_inner().location).await;
        let report = report.map_err(|error| refusal(&error))?;
        let report = serde_json::to_string(&report).map_err(|error| {
            Status::internal(format!("the report could not be written: {error}"))
        })?;
        Ok(Response::new(InspectReply { report }))
    }

    async fn job_progress(
        &self,
        request: Request<JobProgressRequest>,
    ) -> Result<Response<JobProgressReply>, Status> {
        let job_id = JobId::from(request.into_inner().job_id);
        let tasks = &self.ballista.state.task_manager;
        if let Some(reply) = self.ledger.ended(&job_id) {
            return Ok(Response::new(reply));
        }
        if let Some(info) = tasks.get_running_job_cache().get(&job_id) {
            let graph = info.execution_graph.read().await;
            return Ok(Response::new(progress(graph.stages())));
        }
        // Being planned, or failed before it ran.
        let known = matches!(tasks.get_job_status(&job_id).await, Ok(Some(_)));
        Ok(Response::new(JobProgressReply {
            known,
            ..JobProgressReply::default()
        }))
    }

    async fn info(&self, _request: Request<InfoRequest>) -> Result<Response<InfoReply>, Status> {
        let executors = self.roster.alive().into_iter().map(executor_info).collect();
        Ok(Response::new(InfoReply {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            executors,
        }))
    }

    async fn watch_work(
        &self,
        request: Request<WatchWorkRequest>,
    ) -> Result<Response<Self::WatchWorkStream>, Status> {
        let executor_id = request.into_inner().executor_id;
        tracing::debug!(executor = executor_id, "executor listens for work");
        let line = self.listeners.listen(executor_id);
        // Hints that were missed count as one: there may be work.
        let hints = BroadcastStream::new(self.hints.listen()).map(move |_| {
            let _open = &line;
            Ok(WorkHint {})
        });
        let mut ending = self.ending.clone();
        let end = async move {
            // An error says that the scheduler is gone already.
            ending.wait_for(|ending| *ending).await.ok();
        };
        Ok(Response::new(Box::pin(hints.take_until(Box::pin(end)))))
    }
}

fn executor_info(executor: LiveExecutor) -> ExecutorInfo {
    ExecutorInfo {
        id: executor.id,
        host: executor.host,
        port: u32::from(executor.port),
        slots: executor.slots,
        alive_seconds: executor.alive_for.as_secs(),
    }
}

/// What the client is told: the sentence that a user in this process would read.
fn refusal(error: &EngineError) -> Status {
    Status::invalid_argument(error.to_string())
}
