//! Processes that go away: executors, the scheduler, clients.

use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use arrow::record_batch::RecordBatch;
use hepframe_engine::{EngineError, Progress, Session};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::processes::{LIMIT, Processes, hepframe, signal, until, write_files};

/// Files of the table, and so tasks of its scan are long enough to be met alive.
const FILES: i32 = 24;

/// Every row makes and turns round a list: work for seconds.
pub(super) fn slow_scan(directory: &str) -> String {
    format!(
        "SELECT count(*), sum(id), sum(array_length(array_reverse(range(0, 40000 + id)))) > 0
         FROM '{directory}'"
    )
}

/// No task of it ends for minutes: each pair of rows becomes a thousand.
fn endless(directory: &str) -> String {
    format!(
        "SELECT count(*) FROM (SELECT unnest(range(0, 1000)) AS u
         FROM '{directory}' a CROSS JOIN '{directory}' b) WHERE sin(u) > 2"
    )
}

/// Fast to scan and to group, slow in the stage after that.
pub(super) fn slow_end(directory: &str) -> String {
    format!(
        "SELECT count(*), sum(n), bool_and(array_length(array_reverse(range(0, 400000 + k))) > 0)
         FROM (SELECT id % 200 AS k, count(*) AS n FROM '{directory}' GROUP BY 1)"
    )
}

/// A query that runs, and a way to see how far it is.
pub(super) struct Running {
    progress: Progress,
    rows: JoinHandle<Result<Vec<RecordBatch>, EngineError>>,
}

impl Running {
    pub(super) async fn start(session: &Session, sql: &str) -> Self {
        let mut query = session.query(sql).await.unwrap();
        let progress = query.progress();
        let rows = tokio::spawn(async move { query.collect().await });
        Self { progress, rows }
    }

    /// Waits until so many tasks have ended.
    pub(super) async fn until_tasks(&self, wanted: u64) {
        until(async || {
            let (done, _) = self.progress.tasks()?;
            (done >= wanted).then_some(())
        })
        .await;
    }

    pub(super) async fn end(self) -> Result<Vec<RecordBatch>, EngineError> {
        timeout(LIMIT, self.rows)
            .await
            .expect("the query hangs")
            .unwrap()
    }
}

pub(super) fn numbers(rows: &[RecordBatch]) -> (i64, i64) {
    let number = |column: usize| rows[0].column(column).as_primitive::<Int64Type>().value(0);
    (number(0), number(1))
}

pub(super) fn sum_of_ids(rows: i64) -> i64 {
    rows * (rows - 1) / 2
}

#[tokio::test(flavor = "multi_thread")]
async fn an_executor_lost_in_the_scan_costs_no_row() {
    let mut cluster = Processes::start(3).await;
    let rows = write_files(&cluster.path("many"), FILES);
    let session = cluster.session().await;
    let query = Running::start(
        &session,
        &slow_scan(&cluster.path("many").display().to_string()),
    )
    .await;

    query.until_tasks(1).await;
    cluster.kill_executor(0);

    assert_eq!(
        numbers(&query.end().await.unwrap()),
        (rows, sum_of_ids(rows))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_executor_lost_in_the_last_stage_costs_no_row() {
    let mut cluster = Processes::start(2).await;
    let rows = write_files(&cluster.path("many"), FILES);
    let session = cluster.session().await;
    let query = Running::start(
        &session,
        &slow_end(&cluster.path("many").display().to_string()),
    )
    .await;

    query.until_tasks(2).await;
    cluster.kill_executor(1);

    assert_eq!(numbers(&query.end().await.unwrap()), (200, rows));
}

#[tokio::test(flavor = "multi_thread")]
async fn with_all_executors_lost_the_query_says_so() {
    let mut cluster = Processes::start(2).await;
    write_files(&cluster.path("many"), FILES);
    let session = cluster.session().await;
    let sql = slow_scan(&cluster.path("many").display().to_string());
    let query = Running::start(&session, &sql).await;

    until(async || cluster.tasks_running().await.filter(|&tasks| tasks > 0)).await;
    cluster.kill_executor(0);
    cluster.kill_executor(1);

    let error = query.end().await.unwrap_err().to_string();
    assert!(error.contains("executor"), "{error}");

    cluster.add_executor();
    cluster.until_executors(1).await;
    session.collect(&sql).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_scheduler_is_told_and_a_new_one_goes_on() {
    let mut cluster = Processes::start(2).await;
    let rows = write_files(&cluster.path("many"), FILES);
    let session = cluster.session().await;
    let sql = slow_scan(&cluster.path("many").display().to_string());
    let query = Running::start(&session, &sql).await;

    until(async || cluster.tasks_running().await.filter(|&tasks| tasks > 0)).await;
    cluster.kill_scheduler();

    let error = query.end().await.unwrap_err().to_string();
    assert!(
        error.contains("scheduler") || error.contains("cluster"),
        "{error}"
    );

    cluster.restart_scheduler();
    cluster.until_executors(2).await;
    let answer = session.collect(&sql).await.unwrap();
    assert_eq!(numbers(&answer), (rows, sum_of_ids(rows)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_is_gone_takes_its_query_with_it_though_no_task_has_ended() {
    let cluster = Processes::start(2).await;
    let rows = write_files(&cluster.path("many"), FILES);
    let directory = cluster.path("many").display().to_string();

    for (gone, sign) in ["-INT", "-KILL"].into_iter().enumerate() {
        let mut client = hepframe()
            .args(["sql", "--cluster", &cluster.url(), &endless(&directory)])
            .spawn()
            .unwrap();
        until(async || cluster.tasks_running().await.filter(|&tasks| tasks == 2)).await;
        signal(sign, &client);
        assert!(!client.wait().unwrap().success());
        until(async || cluster.cancelled().filter(|&jobs| jobs == gone as u64 + 1)).await;
        until(async || cluster.tasks_running().await.filter(|&tasks| tasks == 0)).await;
    }

    // It needs the slots.
    let session = cluster.session().await;
    let sql = format!("SELECT count(*), sum(id) FROM '{directory}'");
    let answer = timeout(LIMIT, session.collect(&sql)).await.unwrap();
    assert_eq!(numbers(&answer.unwrap()), (rows, sum_of_ids(rows)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_query_frees_its_slots() {
    let cluster = Processes::start(2).await;
    let rows = write_files(&cluster.path("many"), FILES);
    let session = Arc::new(cluster.session().await);
    let directory = cluster.path("many").display().to_string();
    let query = Running::start(&session, &slow_scan(&directory)).await;

    until(async || cluster.tasks_running().await.filter(|&tasks| tasks > 0)).await;
    query.rows.abort();

    let sql = format!("SELECT count(*), sum(id) FROM '{directory}'");
    let answer = timeout(LIMIT, session.collect(&sql))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(numbers(&answer), (rows, sum_of_ids(rows)));
    until(async || cluster.tasks_running().await.filter(|&tasks| tasks == 0)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_executor_that_was_frozen_for_too_long_comes_back() {
    let mut cluster = Processes::start(1).await;
    let rows = write_files(&cluster.path("many"), FILES);
    let before = cluster.executor_ids().await.unwrap();

    signal("-STOP", cluster.executor_mut(0));
    cluster.until_executors(0).await;
    signal("-CONT", cluster.executor_mut(0));
    cluster.until_executors(1).await;

    let session = cluster.session().await;
    let directory = cluster.path("many").display().to_string();
    let sql = format!("SELECT count(*), sum(id) FROM '{directory}'");
    let answer = timeout(LIMIT, session.collect(&sql)).await.unwrap();
    assert_eq!(numbers(&answer.unwrap()), (rows, sum_of_ids(rows)));
    assert_eq!(cluster.executor_ids().await.unwrap(), before);
    assert!(cluster.executor_mut(0).try_wait().unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_executor_told_to_end_finishes_its_work() {
    let mut cluster = Processes::start(2).await;
    let rows = write_files(&cluster.path("many"), FILES);
    let session = cluster.session().await;
    let query = Running::start(
        &session,
        &slow_scan(&cluster.path("many").display().to_string()),
    )
    .await;

    until(async || cluster.tasks_running().await.filter(|&tasks| tasks > 0)).await;
    cluster.terminate_executor(0);

    assert_eq!(
        numbers(&query.end().await.unwrap()),
        (rows, sum_of_ids(rows))
    );
    let status = until(async || cluster.executor_mut(0).try_wait().unwrap()).await;
    assert!(status.success(), "{status}");
}
