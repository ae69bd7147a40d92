//! Lost executors, jobs that cannot go on.

use std::collections::HashSet;
use std::time::Duration;

use ballista_core::serde::protobuf::job_status::Status;
use ballista_core::serde::protobuf::{ExecutorRegistration, PollWorkParams, TaskDefinition};
use hepframe_engine::cluster::rpc::column_cache_client::ColumnCacheClient;
use hepframe_engine::cluster::rpc::{ShowCacheRequest, WatchWorkRequest};
use hepframe_scheduler::SchedulerOptions;

use crate::cluster::{Cluster, Executor, sources};

fn hasty() -> SchedulerOptions {
    SchedulerOptions {
        locality_wait: Duration::ZERO,
        ..SchedulerOptions::default()
    }
}

async fn report(executor: &mut Executor, tasks: &[TaskDefinition], outputs: Option<u64>) {
    let done = tasks
        .iter()
        .map(|task| executor.done(task, outputs))
        .collect();
    executor.poll(0, done).await;
}

#[tokio::test]
async fn a_result_that_was_written_before_its_stage_started_over_does_not_count() {
    let mut cluster = Cluster::start(hasty()).await;
    let mut one = Executor::join(&cluster, "one", 2).await;
    let mut two = Executor::join(&cluster, "two", 2).await;
    let job = cluster.submit_counts("ana").await;

    // Both scan; one partition of the last stage is done by the second; then the first dies, and
    // with it half of the last stage's input.
    let scans = (one.work(2).await, two.work(2).await);
    report(&mut one, &scans.0, Some(4)).await;
    report(&mut two, &scans.1, Some(4)).await;
    let early = two.work(1).await;
    report(&mut two, &early, None).await;
    while cluster.progress(&job).await.tasks_done < 5 {
        tokio::task::yield_now().await;
    }
    cluster.stop_executor(&one).await;

    let mut numbers: HashSet<(u32, u32)> = early.iter().map(|t| (t.stage_id, t.task_id)).collect();
    while !matches!(cluster.status(&job).await, Status::Successful(_)) {
        let tasks = two.poll(2, vec![]).await;
        for task in &tasks {
            let is_new = numbers.insert((task.stage_id, task.task_id));
            assert!(is_new, "task numbers are used once");
        }
        let outputs = tasks
            .first()
            .filter(|task| task.stage_id != early[0].stage_id)
            .map(|_| 4);
        report(&mut two, &tasks, outputs).await;
    }

    let Status::Successful(result) = cluster.status(&job).await else {
        panic!("it succeeded")
    };
    let partitions: Vec<u32> = result
        .partition_location
        .iter()
        .map(|location| location.partition_id.as_ref().unwrap().partition_id)
        .collect();
    assert_eq!(partitions, [0, 1, 2, 3]);
    let earliest = early[0].task_id;
    assert!(
        result
            .partition_location
            .iter()
            .all(|place| place.map_partition_id > earliest)
    );
}

#[tokio::test]
async fn a_later_stage_reads_no_output_of_an_earlier_try() {
    let mut cluster = Cluster::start(hasty()).await;
    let mut one = Executor::join(&cluster, "one", 2).await;
    let mut two = Executor::join(&cluster, "two", 2).await;
    let job = cluster.submit_counts_of_counts("ana").await;
    let scans = (one.work(2).await, two.work(2).await);
    report(&mut one, &scans.0, Some(4)).await;
    report(&mut two, &scans.1, Some(4)).await;
    let early = two.work(1).await;
    report(&mut two, &early, Some(4)).await;
    while cluster.progress(&job).await.tasks_done < 5 {
        tokio::task::yield_now().await;
    }
    cluster.stop_executor(&one).await;

    let mut readers = 0;
    while !matches!(cluster.status(&job).await, Status::Successful(_)) {
        let tasks = two.poll(2, vec![]).await;
        for task in tasks {
            let is_last = task.stage_id > early[0].stage_id;
            if is_last {
                let sources = sources(&task);
                let distinct: HashSet<usize> = sources.iter().copied().collect();
                assert_eq!((sources.len(), distinct.len()), (4, 4), "{sources:?}");
                readers += 1;
            }
            report(&mut two, &[task], (!is_last).then_some(4)).await;
        }
    }
    assert_eq!(readers, 4);
}

#[tokio::test]
async fn without_executors_a_query_fails_and_says_so() {
    let options = SchedulerOptions {
        no_executor_timeout: Duration::from_secs(1),
        ..hasty()
    };
    let mut cluster = Cluster::start(options).await;
    let job = cluster.submit_scan("ana").await;

    let status = cluster
        .until(&job, |status| matches!(status, Status::Failed(_)))
        .await;

    let Status::Failed(failed) = status else {
        panic!("it failed")
    };
    assert!(
        failed.error.starts_with("no executor has been alive for"),
        "{}",
        failed.error
    );
}

#[tokio::test]
async fn a_lost_executors_tasks_go_to_another() {
    let mut cluster = Cluster::start(hasty()).await;
    let mut one = Executor::join(&cluster, "one", 1).await;
    let mut two = Executor::join(&cluster, "two", 1).await;
    let job = cluster.submit_scan("ana").await;
    let lost = one.work(1).await;

    cluster.stop_executor(&one).await;

    // As many tasks as the homes of the chunks make runs of the file.
    let mut partitions = HashSet::new();
    while !matches!(cluster.status(&job).await, Status::Successful(_)) {
        let tasks = two.poll(1, vec![]).await;
        let of_task = |task: &TaskDefinition| task.global_output_partition_ids.clone();
        partitions.extend(tasks.iter().flat_map(of_task));
        report(&mut two, &tasks, None).await;
    }
    // What the lost one reports late is ignored.
    report(&mut one, &lost, None).await;
    let Status::Successful(result) = cluster.status(&job).await else {
        panic!("it succeeded")
    };
    assert!(partitions.len() > 1);
    assert_eq!(partitions, (0..).take(partitions.len()).collect());
    let executors: HashSet<String> = result
        .partition_location
        .into_iter()
        .map(|location| location.executor_meta.unwrap().id)
        .collect();
    assert_eq!(executors, HashSet::from(["two".to_owned()]));
}

#[tokio::test]
async fn an_executor_that_forgot_its_task_is_given_it_again() {
    let options = SchedulerOptions {
        lost_task_timeout: Duration::from_secs(1),
        ..hasty()
    };
    let mut cluster = Cluster::start(options).await;
    let mut one = Executor::join(&cluster, "one", 1).await;
    let job = cluster.submit_scan("ana").await;
    let lost = one.work(1).await;

    // It says that its slot is free, again and again.
    let again = one.work(1).await;

    assert_eq!(
        again[0].global_output_partition_ids,
        lost[0].global_output_partition_ids
    );
    assert_ne!(again[0].task_id, lost[0].task_id);
    report(&mut one, &again, None).await;
    cluster
        .until(&job, |status| matches!(status, Status::Successful(_)))
        .await;
}

#[tokio::test]
async fn an_executor_that_does_not_answer_is_named_among_the_caches() {
    let cluster = Cluster::start(hasty()).await;
    Executor::join(&cluster, "deaf", 1).await;
    let address = format!("http://{}", cluster.scheduler.local_addr());
    let mut caches = ColumnCacheClient::connect(address).await.unwrap();

    let reply = caches.show(ShowCacheRequest {}).await.unwrap().into_inner();

    assert!(reply.columns.is_empty());
    assert!(
        reply.missing[0].starts_with("deaf (127.0.0.1:1): "),
        "{:?}",
        reply.missing
    );
}

#[tokio::test]
async fn an_executor_whose_connection_breaks_is_lost_though_it_was_heard_lately() {
    let mut cluster = Cluster::start(hasty()).await;
    Executor::join(&cluster, "one", 1).await;
    let request = WatchWorkRequest {
        executor_id: "one".to_owned(),
    };
    let line = cluster.ours.watch_work(request).await.unwrap();

    drop(line);

    let lost = async {
        while !cluster.scheduler.executors().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), lost)
        .await
        .expect("it is lost well before a minute of silence");
}

#[tokio::test]
async fn an_executor_under_the_name_of_another_is_refused_until_that_is_gone() {
    let mut cluster = Cluster::start(hasty()).await;
    let first = Executor::join(&cluster, "e1-00000001", 1).await;
    let second = PollWorkParams {
        metadata: Some(ExecutorRegistration {
            id: "e1-00000002".to_owned(),
            ..first.registration.clone()
        }),
        ..PollWorkParams::default()
    };

    let refused = cluster.ballista.poll_work(second.clone()).await;
    cluster.stop_executor(&first).await;

    let refused = refused.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::AlreadyExists);
    assert!(
        refused.message().contains("e1-00000001 at 127.0.0.1:1"),
        "{refused}"
    );
    cluster.ballista.poll_work(second).await.unwrap();
}
