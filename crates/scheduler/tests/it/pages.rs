//! Health, readiness, numbers; stopping.

use std::time::Duration;

use hepframe_scheduler::SchedulerOptions;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::cluster::{Cluster, Executor};

/// Status code and text of a page.
async fn page(cluster: &Cluster, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(cluster.scheduler.local_addr())
        .await
        .unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let code = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (code, answer.split_once("\r\n\r\n").unwrap().1.to_owned())
}

#[tokio::test]
async fn it_is_ready_when_an_executor_is_there() {
    let cluster = Cluster::start(SchedulerOptions::default()).await;

    assert_eq!(page(&cluster, "/healthz").await, (200, "ok\n".to_owned()));
    assert_eq!(page(&cluster, "/readyz").await.0, 503);
    Executor::join(&cluster, "one", 1).await;
    assert_eq!(page(&cluster, "/readyz").await, (200, "ready\n".to_owned()));
}

#[tokio::test]
async fn the_numbers_tell_where_tasks_went() {
    let mut cluster = Cluster::start(SchedulerOptions::default()).await;
    let mut one = Executor::join(&cluster, "one", 2).await;
    cluster.submit_scan("ana").await;
    one.work(2).await;

    let (code, text) = page(&cluster, "/metrics").await;

    assert_eq!(code, 200);
    assert!(
        text.contains("hepframe_tasks_placed_total{place=\"home\"} 2"),
        "{text}"
    );
}

#[tokio::test]
async fn it_stops_though_executors_listen() {
    let options = SchedulerOptions {
        drain: Duration::from_millis(1),
        ..SchedulerOptions::default()
    };
    let mut cluster = Cluster::start(options).await;
    let request = hepframe_engine::cluster::rpc::WatchWorkRequest {
        executor_id: "e".to_owned(),
    };
    let mut hints = cluster.ours.watch_work(request).await.unwrap().into_inner();

    cluster.scheduler.shutdown().await.unwrap();

    assert!(hints.message().await.is_ok_and(|hint| hint.is_none()));
}
