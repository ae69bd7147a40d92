//! Two clusters that all tests of this binary share: one inside this process, one of processes.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};

use hepframe_executor::{
    CacheOptions, Caches, ColumnCache, Executor, ExecutorHandle, ExecutorOptions,
};
use hepframe_scheduler::{Scheduler, SchedulerHandle, SchedulerOptions};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// Executors of the cluster inside this process, and the slots of each.
const EXECUTORS: usize = 2;
const SLOTS: usize = 2;

/// Where the two clusters are; started by whoever asks first.
pub(crate) fn urls() -> [String; 2] {
    static INSIDE: OnceLock<Inside> = OnceLock::new();
    static OUTSIDE: OnceLock<Outside> = OnceLock::new();
    [
        INSIDE.get_or_init(Inside::start).url.clone(),
        OUTSIDE.get_or_init(Outside::start).url.clone(),
    ]
}

/// A cluster on threads of this process.
struct Inside {
    url: String,
    _parts: (Runtime, SchedulerHandle, Vec<ExecutorHandle>),
    _directory: tempfile::TempDir,
}

impl Inside {
    fn start() -> Self {
        // Whoever asks may be in a runtime of its own, which cannot wait for another.
        std::thread::spawn(|| {
            let runtime = Runtime::new().unwrap();
            let directory = tempfile::tempdir().unwrap();
            let (scheduler, executors) = runtime.block_on(start_parts(directory.path()));
            let url = format!("hepframe://{}", scheduler.local_addr());
            Self {
                url,
                _parts: (runtime, scheduler, executors),
                _directory: directory,
            }
        })
        .join()
        .unwrap()
    }
}

async fn start_parts(directory: &std::path::Path) -> (SchedulerHandle, Vec<ExecutorHandle>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let scheduler = Scheduler::start(SchedulerOptions::default(), listener)
        .await
        .unwrap();
    let mut executors = Vec::new();
    for number in 0..EXECUTORS {
        let options = ExecutorOptions {
            name: format!("inside{number}"),
            slots: SLOTS,
            work_dir: directory.to_owned(),
            ..ExecutorOptions::new(&format!("hepframe://{}", scheduler.local_addr()))
        };
        let cache = ColumnCache::new(CacheOptions { bytes: 64 << 20 });
        let caches = Caches::default().with_columns(Arc::new(cache));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        executors.push(Executor::start(options, caches, listener).unwrap());
    }
    while scheduler.executors().len() < EXECUTORS {
        tokio::task::yield_now().await;
    }
    (scheduler, executors)
}

/// A cluster of the real command, which ends when this process does.
struct Outside {
    url: String,
    _stdin: Mutex<Option<ChildStdin>>,
    _child: Child,
    _directory: tempfile::TempDir,
}

impl Outside {
    fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_hepframe"))
            .args(["cluster", "--executors", "2", "--slots", "2", "--port", "0"])
            .args(["--cache-bytes", "64MiB", "--log", "warn"])
            .arg("--work-dir")
            .arg(directory.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let url = line.trim().strip_prefix("ready ").unwrap().to_owned();
        let stdin = Mutex::new(child.stdin.take());
        Self {
            url,
            _stdin: stdin,
            _child: child,
            _directory: directory,
        }
    }
}
