//! `hepframe cluster`: a scheduler and executors as processes of this machine.

use std::ffi::OsString;
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::time::Duration;

use hepframe_engine::cluster::ClusterClient;
use hepframe_executor::default_work_dir;
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use tokio::time::sleep;

use crate::error::{CliError, Result};
use crate::output;
use crate::service::children::{Kind, Stage, keep};
use crate::service::end::Ends;
use crate::service::options::{ClusterArguments, LogArguments};
use crate::service::{logs, machine, runtime};

/// Everything runs on this machine only.
const HOST: &str = "127.0.0.1";

/// Executors' ports begin so far above the scheduler's.
const PORT_DISTANCE: u16 = 10;

/// A cluster that takes longer to start does not start.
const START_LIMIT: Duration = Duration::from_mins(1);

/// Between two looks whether all executors are there.
const LOOK: Duration = Duration::from_millis(50);

/// Runs the cluster until told to end.
pub(crate) fn run(arguments: &ClusterArguments) -> Result<()> {
    logs::start(&arguments.logs)?;
    let runtime = runtime()?;
    let result = runtime.block_on(serve(arguments));
    runtime.shutdown_background();
    result
}

async fn serve(arguments: &ClusterArguments) -> Result<()> {
    let mut ends = Ends::watch(arguments.logs.with_parent)?;
    let ports = ports(arguments.port, arguments.executors)?;
    let url = format!("hepframe://{HOST}:{}", ports.scheduler);
    let (stage, watched) = watch::channel(Stage::Starting);
    let program = std::env::current_exe().map_err(CliError::Start)?;
    let mut children = JoinSet::new();
    for kind in kinds(arguments, &ports, &url, &program) {
        children.spawn(keep(kind, watched.clone()));
    }
    let run = async {
        until_ready(&url, arguments.executors).await?;
        stage.send_replace(Stage::Running);
        output::line(&format!("ready {url}"))?;
        std::future::pending().await
    };
    let result = tokio::select! {
        failed = run => failed,
        Some(child) = children.join_next() => ended(child),
        _ = ends.next() => Ok(()),
    };
    tracing::info!("ending the cluster");
    stage.send_replace(Stage::Ending);
    while children.join_next().await.is_some() {}
    result
}

/// A child is kept until the end, so this is why it could not be.
fn ended(child: std::result::Result<Result<()>, JoinError>) -> Result<()> {
    child.unwrap_or_else(|crash| Err(CliError::Start(crash.into())))
}

/// Waits until all executors have registered.
async fn until_ready(url: &str, executors: u16) -> Result<()> {
    let all_there = async {
        loop {
            if let Ok(client) = ClusterClient::connect(url, None).await {
                while let Ok(info) = client.info().await {
                    if info.executors.len() >= usize::from(executors) {
                        return;
                    }
                    sleep(LOOK).await;
                }
            }
            sleep(LOOK).await;
        }
    };
    tokio::time::timeout(START_LIMIT, all_there)
        .await
        .map_err(|_| CliError::Option {
            text: format!("the cluster did not start within {START_LIMIT:?}; its log says why"),
        })
}

struct Ports {
    scheduler: u16,
    executors: Vec<u16>,
}

/// Ports that are free now; they stay the same when an executor is started again.
fn ports(scheduler: u16, executors: u16) -> Result<Ports> {
    // All are held until the last is chosen, so that none is chosen twice.
    let (held_first, scheduler) = bind(scheduler)?;
    let mut held = vec![held_first];
    let mut chosen = Vec::new();
    let mut next = scheduler.saturating_add(PORT_DISTANCE);
    while chosen.len() < usize::from(executors) {
        // Above the last port, any will do.
        let wanted = if next == u16::MAX { 0 } else { next };
        match bind(wanted) {
            Ok((listener, port)) => {
                held.push(listener);
                chosen.push(port);
            }
            Err(error) if wanted == 0 => return Err(error),
            Err(_) => {}
        }
        next = next.saturating_add(1);
    }
    Ok(Ports {
        scheduler,
        executors: chosen,
    })
}

fn bind(port: u16) -> Result<(TcpListener, u16)> {
    let failed = |source| CliError::Listen {
        address: format!("{HOST}:{port}"),
        source,
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(failed)?;
    let port = listener.local_addr().map_err(failed)?.port();
    Ok((listener, port))
}

/// The scheduler, then the executors.
fn kinds(
    arguments: &ClusterArguments,
    ports: &Ports,
    url: &str,
    program: &std::path::Path,
) -> Vec<Kind> {
    let processes = u64::from(arguments.executors);
    let cores = machine::cores() / usize::from(arguments.executors.max(1));
    let slots = arguments.slots.unwrap_or_else(|| cores.max(1));
    let cache = arguments
        .cache_bytes
        .unwrap_or_else(|| machine::cache_bytes(processes));
    let tasks = arguments
        .task_memory
        .unwrap_or_else(|| machine::task_bytes(processes));
    let work_dir = arguments.work_dir.clone().unwrap_or_else(default_work_dir);

    let kind = |name: String, words: Vec<OsString>| Kind {
        name,
        program: program.to_owned(),
        words: words.into_iter().chain(common(&arguments.logs)).collect(),
    };
    let mut kinds = vec![kind(
        "scheduler".to_owned(),
        vec![
            "scheduler".into(),
            option("bind", HOST),
            option("port", ports.scheduler),
        ],
    )];
    for (index, port) in (1..).zip(&ports.executors) {
        let name = format!("e{index}");
        let mut words = vec![
            "executor".into(),
            option("scheduler", url),
            option("name", &name),
            option("bind", HOST),
            option("port", port),
            option("slots", slots),
            option("cache-bytes", cache),
            option("task-memory", tasks),
            path_option("work-dir", &work_dir),
        ];
        if let Some(dir) = &arguments.cache_disk {
            // The same after a restart of the executor, or of the cluster.
            words.push(path_option("cache-disk", &dir.join(&name)));
            words.push(option("cache-disk-bytes", arguments.cache_disk_bytes));
        }
        kinds.push(kind(name, words));
    }
    kinds
}

/// Options that all children have from this process.
fn common(logs: &LogArguments) -> Vec<OsString> {
    let mut words = vec![
        "--with-parent".into(),
        option("log", &logs.log),
        option("log-format", logs.log_format.name()),
    ];
    words.extend(logs.config.as_ref().map(|file| path_option("config", file)));
    words
}

fn option(name: &str, value: impl std::fmt::Display) -> OsString {
    format!("--{name}={value}").into()
}

fn path_option(name: &str, path: &PathBuf) -> OsString {
    let mut word = OsString::from(format!("--{name}="));
    word.push(path);
    word
}
