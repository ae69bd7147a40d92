//! Start, health pages and end.

use std::net::SocketAddr;

use hepframe_executor::{Executor, ExecutorOptions};
use hepframe_root_source::Caches;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::fake::{ENDLESS, FakeScheduler, executor, patiently, start, task};

/// Status code and body of a page.
async fn page(address: SocketAddr, path: &str) -> (u16, String) {
    let mut connection = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    let code = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (code, answer.split_once("\r\n\r\n").unwrap().1.to_owned())
}

/// An address where nobody listens.
async fn nobody() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
}

#[tokio::test]
async fn an_executor_lives_without_a_scheduler_and_is_not_ready() {
    let dir = tempfile::tempdir().unwrap();
    let mut handle = start(executor(nobody().await, dir.path(), 1)).await;

    assert_eq!(page(handle.local_addr(), "/healthz").await.0, 200);
    let (code, why) = page(handle.local_addr(), "/readyz").await;
    assert!(
        code == 503 && why.contains("the scheduler does not answer"),
        "{code} {why}"
    );
    assert!(!handle.is_ready());

    handle.drain();
    patiently("the end", handle.join()).await.unwrap();
    let left: Vec<_> = std::fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left, ["lock"]);
}

#[tokio::test]
async fn an_executor_is_ready_once_the_scheduler_has_answered() {
    let dir = tempfile::tempdir().unwrap();
    let scheduler = FakeScheduler::start().await;
    let handle = start(executor(scheduler.address, dir.path(), 1)).await;

    patiently("readiness", async {
        while page(handle.local_addr(), "/readyz").await.0 != 200 {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn the_numbers_are_there_for_prometheus() {
    let dir = tempfile::tempdir().unwrap();
    let mut scheduler = FakeScheduler::start().await;
    scheduler.offer(vec![task("job", 1, None), task("job", 2, Some("fatal"))]);
    let handle = start(executor(scheduler.address, dir.path(), 4)).await;
    let mut ended = 0;
    while ended < 2 {
        ended += scheduler.next_poll().await.task_status.len();
    }

    let (code, text) = page(handle.local_addr(), "/metrics").await;

    assert_eq!(code, 200);
    for wanted in [
        "hepframe_tasks_succeeded_total",
        "hepframe_tasks_failed_total",
        "hepframe_slots",
    ] {
        assert!(
            text.contains(&format!("# TYPE {wanted} ")),
            "{wanted} in {text}"
        );
    }
    let line = format!(
        "hepframe_tasks_succeeded_total{{executor=\"{}\"}} 1",
        handle.id()
    );
    assert!(text.contains(&line), "{line} in {text}");
}

#[tokio::test]
async fn stopping_does_not_wait_for_tasks() {
    let dir = tempfile::tempdir().unwrap();
    let mut scheduler = FakeScheduler::start().await;
    scheduler.offer(vec![task("job", 1, Some(ENDLESS))]);
    let mut handle = start(executor(scheduler.address, dir.path(), 1)).await;
    scheduler.next_poll().await;

    handle.stop();

    assert_eq!(scheduler.goodbye().await, handle.id());
    patiently("the end", handle.join()).await.unwrap();
}

#[tokio::test]
async fn a_dropped_handle_ends_the_executor() {
    let dir = tempfile::tempdir().unwrap();
    let scheduler = FakeScheduler::start().await;
    let mut scheduler = scheduler;
    let handle = start(executor(scheduler.address, dir.path(), 1)).await;
    scheduler.next_poll().await;
    let id = handle.id().to_owned();

    drop(handle);

    assert_eq!(scheduler.goodbye().await, id);
}

#[tokio::test]
async fn settings_are_checked_before_anything_is_started() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let options = ExecutorOptions {
        slots: 0,
        ..ExecutorOptions::new("hepframe://head")
    };

    let error = Executor::start(options, Caches::default(), listener).unwrap_err();

    assert!(error.to_string().starts_with("slots is 0"), "{error}");
}
