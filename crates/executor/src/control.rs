//! What the scheduler tells an executor: cancel tasks, remove files, drain.

use std::sync::Arc;

use ballista_core::serde::protobuf::executor_grpc_server::ExecutorGrpc;
use ballista_core::serde::protobuf::{
    CancelTasksParams, CancelTasksResult, LaunchMultiTaskParams, LaunchMultiTaskResult,
    LaunchTaskParams, LaunchTaskResult, RemoveJobDataParams, RemoveJobDataResult,
    StopExecutorParams, StopExecutorResult,
};
use tonic::{Request, Response, Status};

use crate::phase::{Condition, Phase};
use crate::tasks::Tasks;
use crate::work_dir::WorkDir;

/// The service that the scheduler calls.
pub(crate) struct Control {
    pub(crate) id: String,
    pub(crate) tasks: Arc<Tasks>,
    pub(crate) work_dir: Arc<WorkDir>,
    pub(crate) condition: Arc<Condition>,
}

#[tonic::async_trait]
impl ExecutorGrpc for Control {
    async fn cancel_tasks(
        &self,
        request: Request<CancelTasksParams>,
    ) -> Result<Response<CancelTasksResult>, Status> {
        self.tasks.cancel(&request.into_inner().task_infos);
        Ok(Response::new(CancelTasksResult { cancelled: true }))
    }

    async fn remove_job_data(
        &self,
        request: Request<RemoveJobDataParams>,
    ) -> Result<Response<RemoveJobDataResult>, Status> {
        let RemoveJobDataParams {
            job_id,
            remove_stage_ids,
        } = request.into_inner();
        let work_dir = Arc::clone(&self.work_dir);
        tokio::task::spawn_blocking(move || work_dir.remove_job(&job_id, &remove_stage_ids))
            .await
            .map_err(|stopped| Status::internal(stopped.to_string()))?
            .map_err(|error| match error.kind() {
                std::io::ErrorKind::InvalidInput => Status::invalid_argument(error.to_string()),
                _ => Status::internal(format!("files of the job could not be removed: {error}")),
            })?;
        Ok(Response::new(RemoveJobDataResult {}))
    }

    async fn stop_executor(
        &self,
        request: Request<StopExecutorParams>,
    ) -> Result<Response<StopExecutorResult>, Status> {
        let StopExecutorParams {
            executor_id,
            reason,
            force,
        } = request.into_inner();
        if executor_id != self.id {
            // Somebody else had this address before.
            return Err(Status::not_found(format!(
                "this is executor {}, not {executor_id}",
                self.id
            )));
        }
        if force {
            // Ballista says so to executors that it has not heard for long: this one was frozen, or
            // its machine too busy. It is well again, keeps its columns and asks for other work.
            tracing::warn!(
                reason,
                "the scheduler took this executor for lost and gave its tasks to others; going on"
            );
            self.tasks.cancel_all();
        } else {
            tracing::info!(reason, "the scheduler lets this executor drain");
            self.condition.advance(Phase::Draining);
        }
        Ok(Response::new(StopExecutorResult {}))
    }

    async fn launch_task(
        &self,
        _: Request<LaunchTaskParams>,
    ) -> Result<Response<LaunchTaskResult>, Status> {
        Err(pulls())
    }

    async fn launch_multi_task(
        &self,
        _: Request<LaunchMultiTaskParams>,
    ) -> Result<Response<LaunchMultiTaskResult>, Status> {
        Err(pulls())
    }
}

fn pulls() -> Status {
    Status::unimplemented("this executor asks for tasks itself; set the scheduler to pull-staged")
}
