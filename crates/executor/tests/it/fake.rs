//! A scheduler of a few lines, the plans it hands out, and executors to try.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use ballista_core::execution_plans::{ChaosExec, ShuffleWriterExec};
use ballista_core::serde::protobuf::scheduler_grpc_server::{SchedulerGrpc, SchedulerGrpcServer};
use ballista_core::serde::protobuf::*;
use datafusion::arrow::datatypes::Schema;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::placeholder_row::PlaceholderRowExec;
use datafusion_proto::physical_plan::AsExecutionPlan;
use datafusion_proto::protobuf::PhysicalPlanNode;
use futures::{Stream, StreamExt};
use hepframe_engine::cluster::rpc::scheduler_server::{Scheduler, SchedulerServer};
use hepframe_engine::cluster::rpc::*;
use hepframe_engine::cluster::wire::codec;
use hepframe_executor::{Executor, ExecutorHandle, ExecutorOptions};
use hepframe_root_source::Caches;
use parking_lot::Mutex;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{broadcast, mpsc, watch};
use tokio_stream::wrappers::{BroadcastStream, TcpListenerStream};
use tonic::transport::Server;
use tonic::{Request, Response, Status};

/// Fails a test that would hang.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits, but not for ever.
pub(crate) async fn patiently<T>(what: &str, work: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(value) => value,
        Err(_) => panic!("waited in vain for {what}"),
    }
}

/// Hands out what it is given, and passes on what it hears.
pub(crate) struct FakeScheduler {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
    polls: mpsc::UnboundedReceiver<PollWorkParams>,
    /// Its own, so that all connections end with it.
    server: Option<Runtime>,
}

impl Drop for FakeScheduler {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            server.shutdown_background();
        }
    }
}

struct Shared {
    answers: Mutex<VecDeque<PollWorkResult>>,
    hints: broadcast::Sender<()>,
    listeners: watch::Sender<usize>,
    polls: mpsc::UnboundedSender<PollWorkParams>,
    stopped: watch::Sender<Option<String>>,
}

impl FakeScheduler {
    pub(crate) async fn start() -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap()).await
    }

    pub(crate) async fn start_at(address: SocketAddr) -> Self {
        let listener = std::net::TcpListener::bind(address).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, polls) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            answers: Mutex::default(),
            hints: broadcast::Sender::new(16),
            listeners: watch::Sender::new(0),
            polls: sender,
            stopped: watch::Sender::new(None),
        });
        let services = Server::builder()
            .add_service(SchedulerGrpcServer::new(Polled(Arc::clone(&shared))))
            .add_service(SchedulerServer::new(Hinting(Arc::clone(&shared))));
        let server = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        server.spawn(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            services
                .serve_with_incoming(TcpListenerStream::new(listener))
                .await
                .unwrap();
        });
        Self {
            address,
            shared,
            polls,
            server: Some(server),
        }
    }

    /// Gives these tasks to the next poll; tells nobody.
    pub(crate) fn offer(&self, tasks: Vec<TaskDefinition>) {
        let answer = PollWorkResult {
            tasks,
            jobs_to_clean: Vec::new(),
        };
        self.shared.answers.lock().push_back(answer);
    }

    /// Tells the next poll to remove the files of these jobs.
    pub(crate) fn clean(&self, jobs: &[&str]) {
        let all_of = |job: &&str| CleanJobDataParams {
            job_id: (*job).to_owned(),
            remove_stage_ids: Vec::new(),
        };
        let answer = PollWorkResult {
            tasks: Vec::new(),
            jobs_to_clean: jobs.iter().map(all_of).collect(),
        };
        self.shared.answers.lock().push_back(answer);
    }

    pub(crate) fn hint(&self) {
        self.shared.hints.send(()).unwrap();
    }

    /// Waits until an executor listens for hints.
    pub(crate) async fn is_heard(&self) {
        let mut listeners = self.shared.listeners.subscribe();
        patiently("a listener", listeners.wait_for(|count| *count > 0))
            .await
            .unwrap();
    }

    pub(crate) async fn next_poll(&mut self) -> PollWorkParams {
        patiently("a poll", self.polls.recv()).await.unwrap()
    }

    /// The next status of a task, and the free slots told with it.
    pub(crate) async fn next_status(&mut self) -> (TaskStatus, u32) {
        loop {
            let poll = self.next_poll().await;
            if let Some(status) = poll.task_status.into_iter().next() {
                return (status, poll.num_free_vcores);
            }
        }
    }

    /// Waits until an executor said goodbye; its id.
    pub(crate) async fn goodbye(&self) -> String {
        let mut stopped = self.shared.stopped.subscribe();
        let id = patiently("a goodbye", stopped.wait_for(Option::is_some))
            .await
            .unwrap();
        id.clone().unwrap()
    }

    /// Is gone, with all its connections.
    pub(crate) async fn vanish(mut self) -> SocketAddr {
        let server = self.server.take().unwrap();
        tokio::task::spawn_blocking(move || server.shutdown_timeout(PATIENCE))
            .await
            .unwrap();
        self.address
    }
}

/// An executor that polls when it is told to and never by the clock.
pub(crate) fn executor(scheduler: SocketAddr, work_dir: &Path, slots: usize) -> ExecutorOptions {
    ExecutorOptions {
        slots,
        work_dir: work_dir.to_owned(),
        heartbeat: Duration::from_secs(3600),
        linger: Duration::from_secs(20),
        ..ExecutorOptions::new(&format!("hepframe://{scheduler}"))
    }
}

pub(crate) async fn start(options: ExecutorOptions) -> ExecutorHandle {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    Executor::start(options, Caches::default(), listener).unwrap()
}

/// A task that writes one row, delayed or broken as `fault` says (see [`ChaosExec`]).
pub(crate) fn task(job: &str, task_id: u32, fault: Option<&str>) -> TaskDefinition {
    let mut plan: Arc<dyn ExecutionPlan> =
        Arc::new(PlaceholderRowExec::new(Arc::new(Schema::empty())));
    if let Some(fault) = fault {
        plan = Arc::new(ChaosExec::new(plan, 1.0, fault, Some(1)).unwrap());
    }
    let writer = ShuffleWriterExec::try_new(job.to_owned().into(), 1, plan, String::new()).unwrap();
    let codec = codec(&Caches::default());
    let node = PhysicalPlanNode::try_from_physical_plan(
        Arc::new(writer),
        codec.physical_extension_codec(),
    )
    .unwrap();
    let mut plan = Vec::new();
    node.try_encode(&mut plan).unwrap();
    TaskDefinition {
        task_id,
        job_id: job.to_owned(),
        stage_id: 1,
        plan,
        session_id: "session".to_owned(),
        global_output_partition_ids: vec![0],
        vcores_consumed: 1,
        ..TaskDefinition::default()
    }
}

/// Takes as long as any test.
pub(crate) const ENDLESS: &str = "delay:3600000";

struct Polled(Arc<Shared>);

#[tonic::async_trait]
impl SchedulerGrpc for Polled {
    type ExecuteQueryPushStream =
        Pin<Box<dyn Stream<Item = Result<GetJobStatusResult, Status>> + Send>>;

    async fn poll_work(
        &self,
        request: Request<PollWorkParams>,
    ) -> Result<Response<PollWorkResult>, Status> {
        let request = request.into_inner();
        let answer = self.0.answers.lock().pop_front().unwrap_or_default();
        let _ended = self.0.polls.send(request).is_err();
        Ok(Response::new(answer))
    }

    async fn executor_stopped(
        &self,
        request: Request<ExecutorStoppedParams>,
    ) -> Result<Response<ExecutorStoppedResult>, Status> {
        self.0
            .stopped
            .send_replace(Some(request.into_inner().executor_id));
        Ok(Response::new(ExecutorStoppedResult {}))
    }

    async fn register_executor(
        &self,
        _: Request<RegisterExecutorParams>,
    ) -> Result<Response<RegisterExecutorResult>, Status> {
        Err(Status::unimplemented("fake"))
    }

    async fn heart_beat_from_executor(
        &self,
        _: Request<HeartBeatParams>,
    ) -> Result<Response<HeartBeatResult>, Status> {
        Err(Status::unimplemented("fake"))
    }

    async fn update_task_status(
        &self,
        _: Request<UpdateTaskStatusParams>,
    ) -> Result<Response<UpdateTaskStatusResult>, Status> {
        Err(Status::unimplemented("fake"))
    }

    async fn create_update_session(
        &self,
        _: Request<CreateUpdateSessionParams>,
    ) -> Result<Response<CreateUpdateSessionResult>, Status> {
        Err(Status::unimplemented("fake"))
    }

    async fn remove_session(
        &self,
        _: Request<RemoveSessionParams>,
    ) -> Result<Response<RemoveSessionResult>, Status> {
        Err(Status::unimplemented("fake"))
    }

    async fn execute_query_push(
        &self,
        _: Request<ExecuteQueryParams>,
    ) -> Result<Response<Self::ExecuteQueryPushStream>, Status> {
        Err(Status::unimplemented("fake"))
    }

    async fn execute_query(
        &self,
        _: Request<ExecuteQueryParams>,
    ) -> Result<Response<ExecuteQueryResult>, Status> {
        Err(Status::unimplemented("fake"))
    }

    async fn get_job_status(
        &self,
        _: Request<GetJobStatusParams>,
    ) -> Result<Response<GetJobStatusResult>, Status> {
        Err(Status::unimplemented("fake"))
    }

    async fn get_job_metrics(
        &self,
        _: Request<GetJobMetricsParams>,
    ) -> Result<Response<GetJobMetricsResult>, Status> {
        Err(Status::unimplemented("fake"))
    }

    async fn cancel_job(
        &self,
        _: Request<CancelJobParams>,
    ) -> Result<Response<CancelJobResult>, Status> {
        Err(Status::unimplemented("fake"))
    }

    async fn clean_job_data(
        &self,
        _: Request<CleanJobDataParams>,
    ) -> Result<Response<CleanJobDataResult>, Status> {
        Err(Status::unimplemented("fake"))
    }
}

struct Hinting(Arc<Shared>);

#[tonic::async_trait]
impl Scheduler for Hinting {
    type WatchWorkStream = Pin<Box<dyn Stream<Item = Result<WorkHint, Status>> + Send>>;

    async fn watch_work(
        &self,
        _: Request<WatchWorkRequest>,
    ) -> Result<Response<Self::WatchWorkStream>, Status> {
        let hints = BroadcastStream::new(self.0.hints.subscribe());
        self.0.listeners.send_modify(|count| *count += 1);
        Ok(Response::new(Box::pin(hints.map(|_| Ok(WorkHint {})))))
    }

    async fn open_table(
        &self,
        _: Request<OpenTableRequest>,
    ) -> Result<Response<TableReply>, Status> {
        Err(Status::unimplemented("fake"))
    }

    async fn create_table(
        &self,
        _: Request<CreateTableRequest>,
    ) -> Result<Response<TableReply>, Status> {
        Err(Status::unimplemented("fake"))
    }

    async fn inspect(&self, _: Request<InspectRequest>) -> Result<Response<InspectReply>, Status> {
        Err(Status::unimplemented("fake"))
    }

    async fn job_progress(
        &self,
        _: Request<JobProgressRequest>,
    ) -> Result<Response<JobProgressReply>, Status> {
        Err(Status::unimplemented("fake"))
    }

    async fn info(&self, _: Request<InfoRequest>) -> Result<Response<InfoReply>, Status> {
        Err(Status::unimplemented("fake"))
    }
}
