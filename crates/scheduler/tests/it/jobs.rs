//! Work goes home, users share, clients hear of it.

use std::time::Duration;

use ballista_core::serde::protobuf::job_status::Status;
use hepframe_engine::cluster::rpc::{InfoRequest, WatchWorkRequest};
use hepframe_scheduler::SchedulerOptions;

use crate::cluster::{Cluster, ENTRIES, Executor, ranges};

fn patient() -> SchedulerOptions {
    SchedulerOptions {
        locality_wait: Duration::from_mins(1),
        ..SchedulerOptions::default()
    }
}

#[tokio::test]
async fn every_entry_goes_out_once_and_to_the_same_executor_each_time() {
    let mut cluster = Cluster::start(patient()).await;
    let mut one = Executor::join(&cluster, "one", 2).await;
    let mut two = Executor::join(&cluster, "two", 2).await;
    let mut before = None;

    for _ in 0..3 {
        let job = cluster.submit_scan("ana").await;
        let (ones, twos) = (one.work(2).await, two.work(2).await);

        let mut of_one: Vec<(i64, i64)> = ones.iter().flat_map(ranges).collect();
        let of_two: Vec<(i64, i64)> = twos.iter().flat_map(ranges).collect();
        of_one.sort_unstable();
        let mut all = [of_one.clone(), of_two].concat();
        all.sort_unstable();
        let mut next = 0;
        for (start, end) in all {
            assert_eq!(start, next);
            next = end;
        }
        assert_eq!(next, ENTRIES);
        let half: i64 = of_one.iter().map(|(start, end)| end - start).sum();
        assert_eq!(half, ENTRIES / 2);
        assert!(before.as_ref().is_none_or(|before| *before == of_one));
        before = Some(of_one);

        let done = ones.iter().map(|task| one.done(task, None)).collect();
        one.poll(0, done).await;
        let done = twos.iter().map(|task| two.done(task, None)).collect();
        two.poll(0, done).await;
        cluster
            .until(&job, |status| matches!(status, Status::Successful(_)))
            .await;
    }
}

#[tokio::test]
async fn a_table_of_one_chunk_goes_to_one_executor_whoever_asks_first() {
    let mut cluster = Cluster::start(patient()).await;
    let mut executors = [
        Executor::join(&cluster, "one", 1).await,
        Executor::join(&cluster, "two", 1).await,
    ];
    let mut homes = Vec::new();

    for first in [0, 1, 1, 0] {
        let job = cluster.submit_sum_of_few("ana").await;
        for asking in [first, 1 - first] {
            let executor = &mut executors[asking];
            let tasks = executor.poll(1, vec![]).await;
            if let [task] = &tasks[..] {
                assert_eq!(ranges(task), [(0, 10)]);
                homes.push(asking);
                let done = executor.done(task, None);
                executor.poll(0, vec![done]).await;
            }
        }
        cluster
            .until(&job, |status| matches!(status, Status::Successful(_)))
            .await;
    }

    assert_eq!(homes, [homes[0]; 4]);
}

#[tokio::test]
async fn after_the_wait_another_executor_takes_the_work() {
    let options = SchedulerOptions {
        locality_wait: Duration::from_millis(1),
        ..SchedulerOptions::default()
    };
    let mut cluster = Cluster::start(options).await;
    let mut one = Executor::join(&cluster, "one", 2).await;
    let _two = Executor::join(&cluster, "two", 2).await;
    cluster.submit_scan("ana").await;

    let mut entries = 0;
    while entries < ENTRIES {
        let tasks = one.work(2).await;
        entries += tasks
            .iter()
            .flat_map(ranges)
            .map(|(start, end)| end - start)
            .sum::<i64>();
    }

    assert_eq!(entries, ENTRIES);
}

#[tokio::test]
async fn a_query_is_told_to_those_who_watch_for_work() {
    let mut cluster = Cluster::start(patient()).await;
    let _one = Executor::join(&cluster, "one", 1).await;
    let request = WatchWorkRequest {
        executor_id: "one".to_owned(),
    };
    let mut hints = cluster.ours.watch_work(request).await.unwrap().into_inner();

    cluster.submit_scan("ana").await;

    assert!(hints.message().await.unwrap().is_some());
}

#[tokio::test]
async fn two_users_get_a_slot_each() {
    let mut cluster = Cluster::start(patient()).await;
    let mut one = Executor::join(&cluster, "one", 4).await;
    let first = cluster.submit_scan("ana").await;
    let second = cluster.submit_scan("ben").await;

    let jobs: Vec<String> = one
        .work(2)
        .await
        .into_iter()
        .map(|task| task.job_id)
        .collect();

    assert_eq!(jobs, [first, second]);
}

#[tokio::test]
async fn no_user_gets_more_slots_than_allowed() {
    let options = SchedulerOptions {
        user_slots: Some(1),
        ..patient()
    };
    let mut cluster = Cluster::start(options).await;
    let mut one = Executor::join(&cluster, "one", 4).await;
    cluster.submit_scan("ana").await;

    assert_eq!(one.work(4).await.len(), 1);
    assert!(one.poll(3, vec![]).await.is_empty());
}

#[tokio::test]
async fn progress_counts_tasks_also_after_the_end() {
    let mut cluster = Cluster::start(patient()).await;
    let mut one = Executor::join(&cluster, "one", 2).await;
    let job = cluster.submit_counts("ana").await;

    let first = one.work(2).await;
    assert_eq!(first.len(), 2);
    let before = cluster.progress(&job).await;
    one.poll(
        0,
        first.iter().map(|task| one.done(task, Some(2))).collect(),
    )
    .await;
    let second = one.work(2).await;
    let between = cluster.progress(&job).await;
    one.poll(0, second.iter().map(|task| one.done(task, None)).collect())
        .await;
    cluster
        .until(&job, |status| matches!(status, Status::Successful(_)))
        .await;
    let after = cluster.progress(&job).await;

    let counts = |reply: &hepframe_engine::cluster::rpc::JobProgressReply| {
        (reply.known, reply.tasks_done, reply.tasks_total)
    };
    assert_eq!(counts(&before), (true, 0, 4));
    assert_eq!(counts(&between), (true, 2, 4));
    assert_eq!(counts(&after), (true, 4, 4));
    assert_eq!(counts(&cluster.progress("nobody's").await), (false, 0, 0));
}

#[tokio::test]
async fn info_lists_executors_with_their_slots() {
    let mut cluster = Cluster::start(patient()).await;
    Executor::join(&cluster, "two", 2).await;
    Executor::join(&cluster, "one", 1).await;

    let info = cluster
        .ours
        .info(InfoRequest {})
        .await
        .unwrap()
        .into_inner();

    let slots: Vec<(String, u32)> = info
        .executors
        .into_iter()
        .map(|executor| (executor.id, executor.slots))
        .collect();
    assert_eq!(slots, [("one".to_owned(), 1), ("two".to_owned(), 2)]);
}

#[tokio::test]
async fn a_query_whose_client_goes_away_is_cancelled_though_no_task_has_ended() {
    let mut cluster = Cluster::start(patient()).await;
    let mut one = Executor::join(&cluster, "one", 1).await;

    let mut statuses = cluster.follow_scan("ana").await;
    let first = statuses.message().await.unwrap().unwrap().status.unwrap();
    let tasks = one.work(1).await;
    drop(statuses);

    assert_eq!(first.job_id, tasks[0].job_id);
    let status = cluster
        .until(&first.job_id, |status| matches!(status, Status::Failed(_)))
        .await;
    assert!(matches!(status, Status::Failed(failed) if failed.error == "Cancelled"));
}

#[tokio::test]
async fn a_query_whose_client_goes_away_while_it_is_planned_is_cancelled_too() {
    let mut cluster = Cluster::start(patient()).await;
    Executor::join(&cluster, "one", 1).await;

    let mut statuses = cluster.follow_scan("ana").await;
    let first = statuses.message().await.unwrap().unwrap().status.unwrap();
    drop(statuses);

    cluster
        .until(&first.job_id, |status| matches!(status, Status::Failed(_)))
        .await;
}
