//! A scheduler, a table, and executors that report what the test tells them to.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ballista_core::BALLISTA_PROTOCOL_VERSION;
use ballista_core::execution_plans::ShuffleReaderExec;
use ballista_core::serde::protobuf::execute_query_params::Query;
use ballista_core::serde::protobuf::execute_query_result::Result as Submitted;
use ballista_core::serde::protobuf::scheduler_grpc_client::SchedulerGrpcClient;
use ballista_core::serde::protobuf::{
    ExecuteQueryParams, ExecutorOperatingSystemSpecification, ExecutorRegistration,
    ExecutorStoppedParams, GetJobStatusParams, GetJobStatusResult, KeyValuePair, PollWorkParams,
    ShuffleWritePartition, SuccessfulTask, TaskDefinition, TaskStatus, job_status, task_status,
};
use ballista_core::serde::scheduler::ExecutorSpecification;
use datafusion::functions_aggregate::expr_fn::{count, sum};
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder, col, lit};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::SessionContext;
use datafusion_proto::logical_plan::AsLogicalPlan;
use datafusion_proto::physical_plan::AsExecutionPlan;
use datafusion_proto::protobuf::{LogicalPlanNode, PhysicalPlanNode};
use hepframe_engine::cluster::rpc::scheduler_client::SchedulerClient;
use hepframe_engine::cluster::rpc::{JobProgressReply, JobProgressRequest, OpenTableRequest};
use hepframe_engine::cluster::wire::{LogicalCodec, PhysicalCodec, cluster_config, cluster_state};
use hepframe_root_source::{Caches, RootSource};
use hepframe_root_write::{Codec, Column, FileWriter, TreeOptions};
use hepframe_scheduler::{Scheduler, SchedulerHandle, SchedulerOptions};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tonic::Streaming;
use tonic::transport::Channel;

/// Entries of the table: eight chunks.
pub(crate) const ENTRIES: i64 = 8 * CHUNK;
const CHUNK: i64 = 64 << 10;

/// A scheduler with two tables of one column, `id`: one of eight chunks, and one of ten rows.
pub(crate) struct Cluster {
    pub(crate) scheduler: SchedulerHandle,
    pub(crate) ballista: SchedulerGrpcClient<Channel>,
    pub(crate) ours: SchedulerClient<Channel>,
    folder: TempDir,
}

impl Cluster {
    pub(crate) async fn start(options: SchedulerOptions) -> Self {
        let folder = tempfile::tempdir().unwrap();
        write_table(&folder.path().join("events.root"), ENTRIES);
        write_table(&folder.path().join("few.root"), 10);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let scheduler = Scheduler::start(options, listener).await.unwrap();
        let address = format!("http://{}", scheduler.local_addr());
        Self {
            ballista: SchedulerGrpcClient::connect(address.clone()).await.unwrap(),
            ours: SchedulerClient::connect(address).await.unwrap(),
            scheduler,
            folder,
        }
    }

    /// Opens the table as a client does.
    pub(crate) async fn table(&mut self) -> LogicalPlan {
        self.open("events.root").await
    }

    async fn open(&mut self, file: &str) -> LogicalPlan {
        let request = OpenTableRequest {
            location: self.folder.path().join(file).display().to_string(),
        };
        let plan = self
            .ours
            .open_table(request)
            .await
            .unwrap()
            .into_inner()
            .plan;
        let codec = LogicalCodec::new(Caches::default());
        let node = LogicalPlanNode::try_decode(&plan).unwrap();
        node.try_into_logical_plan(&context().task_ctx(), &codec)
            .unwrap()
    }

    /// `SELECT * FROM events`: one stage, one task for each partition of the scan.
    pub(crate) async fn submit_scan(&mut self, user: &str) -> String {
        let plan = self.table().await;
        self.submit(&plan, user).await
    }

    /// `SELECT id, count(*) FROM events GROUP BY id`: a stage of scans, and one of counts.
    pub(crate) async fn submit_counts(&mut self, user: &str) -> String {
        let builder = LogicalPlanBuilder::from(self.table().await);
        let plan = builder
            .aggregate([col("id")], [count(lit(1))])
            .unwrap()
            .build()
            .unwrap();
        self.submit(&plan, user).await
    }

    /// `SELECT sum(id) FROM few`, a table of ten rows: all in one task.
    pub(crate) async fn submit_sum_of_few(&mut self, user: &str) -> String {
        let builder = LogicalPlanBuilder::from(self.open("few.root").await);
        let none = Vec::<datafusion::logical_expr::Expr>::new();
        let plan = builder
            .aggregate(none, [sum(col("id"))])
            .and_then(LogicalPlanBuilder::build)
            .unwrap();
        self.submit(&plan, user).await
    }

    /// How often each count occurs: a stage of scans, one of counts, one of counts of counts.
    pub(crate) async fn submit_counts_of_counts(&mut self, user: &str) -> String {
        let counts = count(lit(1)).alias("n");
        let plan = LogicalPlanBuilder::from(self.table().await)
            .aggregate([col("id")], [counts])
            .and_then(|plan| plan.aggregate([col("n")], [count(lit(1))]))
            .and_then(LogicalPlanBuilder::build)
            .unwrap();
        self.submit(&plan, user).await
    }

    /// `SELECT * FROM events` as clients ask for it: what the scheduler tells, change by change.
    pub(crate) async fn follow_scan(&mut self, user: &str) -> Streaming<GetJobStatusResult> {
        let plan = self.table().await;
        let request = request(&plan, user);
        let statuses = self.ballista.execute_query_push(request).await;
        statuses.unwrap().into_inner()
    }

    async fn submit(&mut self, plan: &LogicalPlan, user: &str) -> String {
        let request = request(plan, user);
        let reply = self
            .ballista
            .execute_query(request)
            .await
            .unwrap()
            .into_inner();
        let job = match reply.result {
            Some(Submitted::Success(success)) => success.job_id,
            other => panic!("{other:?}"),
        };
        self.until(&job, |status| {
            !matches!(status, job_status::Status::Queued(_))
        })
        .await;
        job
    }

    pub(crate) async fn status(&mut self, job: &str) -> job_status::Status {
        let request = GetJobStatusParams {
            job_id: job.to_owned(),
        };
        let reply = self
            .ballista
            .get_job_status(request)
            .await
            .unwrap()
            .into_inner();
        reply.status.unwrap().status.unwrap()
    }

    /// Asks for the status until it is as wanted.
    pub(crate) async fn until(
        &mut self,
        job: &str,
        wanted: impl Fn(&job_status::Status) -> bool,
    ) -> job_status::Status {
        let waiting = async {
            loop {
                let status = self.status(job).await;
                if wanted(&status) {
                    return status;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), waiting)
            .await
            .expect("a status within 60 s")
    }

    pub(crate) async fn progress(&mut self, job: &str) -> JobProgressReply {
        let request = JobProgressRequest {
            job_id: job.to_owned(),
        };
        self.ours.job_progress(request).await.unwrap().into_inner()
    }

    /// Declares an executor gone, and waits until the scheduler has understood.
    pub(crate) async fn stop_executor(&mut self, executor: &Executor) {
        let request = ExecutorStoppedParams {
            executor_id: executor.registration.id.clone(),
            reason: "it was killed".to_owned(),
        };
        self.ballista.executor_stopped(request).await.unwrap();
        while self
            .scheduler
            .executors()
            .iter()
            .any(|e| e.id == executor.registration.id)
        {
            tokio::task::yield_now().await;
        }
    }
}

/// A query as clients send it.
fn request(plan: &LogicalPlan, user: &str) -> tonic::Request<ExecuteQueryParams> {
    let codec = LogicalCodec::new(Caches::default());
    let mut bytes = Vec::new();
    let node = LogicalPlanNode::try_from_logical_plan(plan, &codec).unwrap();
    node.try_encode(&mut bytes).unwrap();
    let settings = vec![KeyValuePair {
        key: "hepframe.user".to_owned(),
        value: Some(user.to_owned()),
    }];
    let request = ExecuteQueryParams {
        session_id: format!("session of {user}"),
        operation_id: "o".to_owned(),
        settings,
        query: Some(Query::LogicalPlan(bytes)),
    };
    let mut request = tonic::Request::new(request);
    ballista_core::version::insert_version_header(request.metadata_mut());
    request
}

/// An executor that runs nothing.
#[derive(Clone)]
pub(crate) struct Executor {
    client: SchedulerGrpcClient<Channel>,
    pub(crate) registration: ExecutorRegistration,
}

impl Executor {
    /// Introduces itself by asking for nothing.
    pub(crate) async fn join(cluster: &Cluster, id: &str, slots: u32) -> Self {
        let specification = ExecutorSpecification::default().with_vcores(slots).into();
        let registration = ExecutorRegistration {
            id: id.to_owned(),
            host: Some("127.0.0.1".to_owned()),
            port: 1,
            grpc_port: 1,
            specification: Some(specification),
            os_info: Some(ExecutorOperatingSystemSpecification::default()),
            ballista_protocol_version: BALLISTA_PROTOCOL_VERSION,
        };
        let mut executor = Self {
            client: cluster.ballista.clone(),
            registration,
        };
        executor.poll(0, vec![]).await;
        executor
    }

    /// Reports, and asks for work for so many free slots.
    pub(crate) async fn poll(
        &mut self,
        free: u32,
        task_status: Vec<TaskStatus>,
    ) -> Vec<TaskDefinition> {
        let request = PollWorkParams {
            metadata: Some(self.registration.clone()),
            num_free_vcores: free,
            task_status,
        };
        self.client
            .poll_work(request)
            .await
            .unwrap()
            .into_inner()
            .tasks
    }

    /// Polls until there is something to do.
    pub(crate) async fn work(&mut self, free: u32) -> Vec<TaskDefinition> {
        let waiting = async {
            loop {
                let tasks = self.poll(free, vec![]).await;
                if !tasks.is_empty() {
                    return tasks;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), waiting)
            .await
            .expect("work within 60 s")
    }

    /// The report that a task has written `outputs` partitions (or its own, if `None`).
    pub(crate) fn done(&self, task: &TaskDefinition, outputs: Option<u64>) -> TaskStatus {
        let own = task
            .global_output_partition_ids
            .iter()
            .map(|id| u64::from(*id))
            .collect();
        let partitions: Vec<u64> = outputs.map_or(own, |count| (0..count).collect());
        let written = |partition_id| ShuffleWritePartition {
            partition_id,
            num_rows: 1,
            file_id: Some(u64::from(task.task_id)),
            ..ShuffleWritePartition::default()
        };
        TaskStatus {
            task_id: task.task_id,
            job_id: task.job_id.clone(),
            stage_id: task.stage_id,
            stage_attempt_num: task.stage_attempt_num,
            status: Some(task_status::Status::Successful(SuccessfulTask {
                executor_id: self.registration.id.clone(),
                partitions: partitions.into_iter().map(written).collect(),
                ..SuccessfulTask::default()
            })),
            ..TaskStatus::default()
        }
    }
}

pub(crate) fn context() -> SessionContext {
    let state = cluster_state(cluster_config(), Arc::default()).unwrap();
    SessionContext::new_with_state(state)
}

/// All operators of a task.
fn nodes(task: &TaskDefinition) -> Vec<Arc<dyn ExecutionPlan>> {
    let codec = PhysicalCodec::new(Caches::default());
    let node = PhysicalPlanNode::try_decode(&task.plan).unwrap();
    let plan = node
        .try_into_physical_plan(&context().task_ctx(), &codec)
        .unwrap();
    let mut nodes = vec![plan];
    let mut next = 0;
    while let Some(node) = nodes.get(next).cloned() {
        nodes.extend(node.children().into_iter().cloned());
        next += 1;
    }
    nodes
}

/// Tasks of the stage before whose output a task reads.
pub(crate) fn sources(task: &TaskDefinition) -> Vec<usize> {
    let mut sources = Vec::new();
    for node in nodes(task) {
        if let Some(reader) = node.downcast_ref::<ShuffleReaderExec>() {
            let locations = reader.partition.iter().flatten();
            sources.extend(locations.map(|location| location.map_partition_id));
        }
    }
    sources
}

/// Entry ranges that a task reads.
pub(crate) fn ranges(task: &TaskDefinition) -> Vec<(i64, i64)> {
    let mut found = Vec::new();
    for node in nodes(task) {
        if let Some(scan) = node.downcast_ref::<datafusion::datasource::source::DataSourceExec>()
            && let Some((config, _)) = scan.downcast_to_file_source::<RootSource>()
        {
            let files = config.file_groups.iter().flat_map(|group| group.iter());
            found.extend(
                files
                    .filter_map(|file| file.range.as_ref())
                    .map(|r| (r.start, r.end)),
            );
        }
    }
    found
}

fn write_table(path: &Path, entries: i64) {
    let options = TreeOptions::new()
        .codec(Codec::None)
        .entries_per_cluster(u64::try_from(CHUNK).unwrap())
        .entries_per_basket(16_384);
    let mut file = FileWriter::create(path).unwrap();
    let ids: Vec<i64> = (0..entries).collect();
    file.tree("Events", options, &[("id", Column::flat(ids))])
        .unwrap();
    file.finish().unwrap();
}
