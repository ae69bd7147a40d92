//! Tasks: how they are got, run, told and cancelled.

use ballista_core::serde::protobuf::executor_grpc_client::ExecutorGrpcClient;
use ballista_core::serde::protobuf::failed_task::FailedReason;
use ballista_core::serde::protobuf::task_status::Status;
use ballista_core::serde::protobuf::{
    CancelTasksParams, FailedTask, RemoveJobDataParams, RunningTaskInfo, StopExecutorParams,
    TaskDefinition, TaskStatus,
};
use hepframe_executor::ExecutorHandle;

use crate::fake::{ENDLESS, FakeScheduler, executor, patiently, start, task};

async fn control_of(handle: &ExecutorHandle) -> ExecutorGrpcClient<tonic::transport::Channel> {
    ExecutorGrpcClient::connect(format!("http://{}", handle.local_addr()))
        .await
        .unwrap()
}

fn failure_of(status: TaskStatus) -> FailedTask {
    match status.status {
        Some(Status::Failed(failed)) => failed,
        other => panic!("not failed: {other:?}"),
    }
}

#[tokio::test]
async fn a_hint_leads_to_a_poll_and_an_end_to_another() {
    let dir = tempfile::tempdir().unwrap();
    let mut scheduler = FakeScheduler::start().await;
    let handle = start(executor(scheduler.address, dir.path(), 1)).await;
    scheduler.is_heard().await;
    scheduler.offer(vec![task("job", 7, None)]);

    scheduler.hint();
    let (status, free) = scheduler.next_status().await;

    assert_eq!(
        (
            status.job_id.as_str(),
            status.stage_id,
            status.task_id,
            free
        ),
        ("job", 1, 7, 1)
    );
    let Some(Status::Successful(done)) = status.status else {
        panic!("not successful: {:?}", status.status);
    };
    assert_eq!(done.executor_id, handle.id());
    assert_eq!(done.partitions[0].num_rows, 1);
    assert!(status.end_exec_time >= status.start_exec_time && status.start_exec_time > 0);
}

#[tokio::test]
async fn an_executor_says_who_it_is_and_how_much_it_can_do() {
    let dir = tempfile::tempdir().unwrap();
    let mut scheduler = FakeScheduler::start().await;
    let handle = start(executor(scheduler.address, dir.path(), 3)).await;

    let poll = scheduler.next_poll().await;

    let who = poll.metadata.unwrap();
    assert_eq!(poll.num_free_vcores, 3);
    assert_eq!(who.id, handle.id());
    assert_eq!(who.host.as_deref(), Some("127.0.0.1"));
    assert_eq!(who.port, u32::from(handle.local_addr().port()));
    assert_eq!(who.grpc_port, who.port);
}

#[tokio::test]
async fn a_running_task_takes_a_slot_until_it_is_cancelled() {
    let dir = tempfile::tempdir().unwrap();
    let mut scheduler = FakeScheduler::start().await;
    scheduler.offer(vec![task("job", 1, Some(ENDLESS))]);
    let handle = start(executor(scheduler.address, dir.path(), 2)).await;
    assert_eq!(scheduler.next_poll().await.num_free_vcores, 2);
    assert_eq!(scheduler.next_poll().await.num_free_vcores, 1);

    let tasks = vec![RunningTaskInfo {
        job_id: "job".into(),
        stage_id: 1,
        task_id: 1,
    }];
    let params = CancelTasksParams { task_infos: tasks };
    control_of(&handle)
        .await
        .cancel_tasks(params)
        .await
        .unwrap();
    let (status, free) = scheduler.next_status().await;

    assert_eq!(free, 2);
    assert!(matches!(
        failure_of(status).failed_reason,
        Some(FailedReason::TaskKilled(_))
    ));
}

#[tokio::test]
async fn a_later_attempt_of_a_stage_ends_the_tasks_of_the_one_before() {
    let dir = tempfile::tempdir().unwrap();
    let mut scheduler = FakeScheduler::start().await;
    scheduler.offer(vec![task("job", 1, Some(ENDLESS))]);
    scheduler.offer(vec![TaskDefinition {
        stage_attempt_num: 1,
        ..task("job", 1, None)
    }]);
    let _handle = start(executor(scheduler.address, dir.path(), 2)).await;

    let statuses = [
        scheduler.next_status().await.0,
        scheduler.next_status().await.0,
    ];

    let of_attempt = |n| {
        statuses
            .iter()
            .find(|status| status.stage_attempt_num == n)
            .unwrap()
    };
    assert!(matches!(of_attempt(0).status, Some(Status::Failed(_))));
    assert!(matches!(of_attempt(1).status, Some(Status::Successful(_))));
}

#[tokio::test]
async fn a_panic_ends_the_task_and_is_told_with_its_text() {
    let dir = tempfile::tempdir().unwrap();
    let mut scheduler = FakeScheduler::start().await;
    scheduler.offer(vec![task("job", 1, Some("panic"))]);
    let _handle = start(executor(scheduler.address, dir.path(), 1)).await;

    let failed = failure_of(scheduler.next_status().await.0);

    assert!(
        failed.error.contains("injected PANIC") && !failed.retryable,
        "{failed:?}"
    );
    scheduler.offer(vec![task("job", 2, None)]);
    scheduler.is_heard().await;
    scheduler.hint();
    let (status, _) = scheduler.next_status().await;
    assert!(matches!(status.status, Some(Status::Successful(_))));
}

#[tokio::test]
async fn a_task_that_cannot_be_read_is_told_as_failed() {
    let dir = tempfile::tempdir().unwrap();
    let mut scheduler = FakeScheduler::start().await;
    scheduler.offer(vec![TaskDefinition {
        plan: vec![1, 2, 3],
        ..task("job", 1, None)
    }]);
    let _handle = start(executor(scheduler.address, dir.path(), 1)).await;

    let failed = failure_of(scheduler.next_status().await.0);

    assert!(!failed.error.is_empty() && !failed.retryable, "{failed:?}");
}

#[tokio::test]
async fn more_tasks_than_slots_all_run() {
    let dir = tempfile::tempdir().unwrap();
    let mut scheduler = FakeScheduler::start().await;
    scheduler.offer((0..5).map(|id| task("job", id, Some("delay:1"))).collect());
    let _handle = start(executor(scheduler.address, dir.path(), 2)).await;

    let mut done = Vec::new();
    while done.len() < 5 {
        for status in scheduler.next_poll().await.task_status {
            assert!(
                matches!(status.status, Some(Status::Successful(_))),
                "{status:?}"
            );
            done.push(status.task_id);
        }
    }

    done.sort_unstable();
    assert_eq!(done, [0, 1, 2, 3, 4]);
}

#[tokio::test]
async fn what_a_lost_scheduler_was_not_told_is_told_to_the_next() {
    let dir = tempfile::tempdir().unwrap();
    let mut scheduler = FakeScheduler::start().await;
    scheduler.offer(vec![task("job", 1, Some(ENDLESS))]);
    let handle = start(executor(scheduler.address, dir.path(), 2)).await;
    while scheduler.next_poll().await.num_free_vcores > 1 {}
    let mut control = control_of(&handle).await;

    let address = scheduler.vanish().await;
    let tasks = vec![RunningTaskInfo {
        job_id: "job".into(),
        stage_id: 1,
        task_id: 1,
    }];
    control
        .cancel_tasks(CancelTasksParams { task_infos: tasks })
        .await
        .unwrap();
    let mut scheduler = FakeScheduler::start_at(address).await;

    let (status, _) = scheduler.next_status().await;
    assert_eq!((status.job_id.as_str(), status.task_id), ("job", 1));
}

#[tokio::test]
async fn files_of_jobs_are_removed_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let mut scheduler = FakeScheduler::start().await;
    scheduler.offer(vec![task("job", 1, None)]);
    let handle = start(executor(scheduler.address, dir.path(), 1)).await;
    scheduler.next_status().await;
    let jobs = dir.path().join(format!("executor-{}/jobs", handle.id()));
    assert!(jobs.join("job").try_exists().unwrap());
    let mut control = control_of(&handle).await;
    let remove = |job: &str| RemoveJobDataParams {
        job_id: job.into(),
        remove_stage_ids: vec![],
    };

    let refused = control
        .remove_job_data(remove("../jobs"))
        .await
        .unwrap_err();
    control.remove_job_data(remove("job")).await.unwrap();

    assert_eq!(refused.code(), tonic::Code::InvalidArgument);
    assert!(jobs.try_exists().unwrap() && !jobs.join("job").try_exists().unwrap());
}

#[tokio::test]
async fn a_draining_executor_finishes_its_task_and_serves_its_rows_until_they_are_cleaned() {
    let dir = tempfile::tempdir().unwrap();
    let mut scheduler = FakeScheduler::start().await;
    scheduler.offer(vec![task("job", 1, Some(ENDLESS)), task("kept", 2, None)]);
    let mut handle = start(executor(scheduler.address, dir.path(), 3)).await;
    scheduler.next_status().await;

    handle.drain();
    assert_eq!(scheduler.next_poll().await.num_free_vcores, 0);
    let tasks = vec![RunningTaskInfo {
        job_id: "job".into(),
        stage_id: 1,
        task_id: 1,
    }];
    let mut control = control_of(&handle).await;
    // Files are wanted until the scheduler says otherwise.
    scheduler.clean(&["kept", "job"]);
    control
        .cancel_tasks(CancelTasksParams { task_infos: tasks })
        .await
        .unwrap();
    let (status, free) = scheduler.next_status().await;
    assert_eq!((status.task_id, free), (1, 0));

    assert_eq!(scheduler.goodbye().await, handle.id());
    patiently("the end", handle.join()).await.unwrap();
}

#[tokio::test]
async fn an_executor_that_was_taken_for_lost_gives_up_its_tasks_and_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let mut scheduler = FakeScheduler::start().await;
    scheduler.offer(vec![task("job", 1, Some(ENDLESS))]);
    let handle = start(executor(scheduler.address, dir.path(), 2)).await;
    while scheduler.next_poll().await.num_free_vcores > 1 {}
    let mut control = control_of(&handle).await;
    let lost = |id: &str| StopExecutorParams {
        executor_id: id.into(),
        reason: "heartbeat timed out".into(),
        force: true,
    };

    let other = control.stop_executor(lost("somebody")).await.unwrap_err();
    control.stop_executor(lost(handle.id())).await.unwrap();

    assert_eq!(other.code(), tonic::Code::NotFound);
    let (status, free) = scheduler.next_status().await;
    assert_eq!((status.task_id, free), (1, 2));
    assert!(handle.is_ready());
}
