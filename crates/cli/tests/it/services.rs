//! `hepframe scheduler`, `executor` and `cluster` as an operator starts them.
#![cfg(unix)]

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::process::{Child, ChildStdout, Command, Stdio};

use tempfile::TempDir;

use crate::desk::Desk;

/// A cluster of processes; ended with the test.
struct Cluster {
    process: Child,
    out: BufReader<ChildStdout>,
    url: String,
    work_dir: TempDir,
}

impl Cluster {
    fn start(desk: &Desk, executors: &str) -> Self {
        let work_dir = TempDir::new().unwrap();
        let dir = work_dir.path().to_str().unwrap();
        let words = [
            "cluster",
            "--executors",
            executors,
            "--port",
            "0",
            "--slots",
            "1",
        ];
        let mut process = desk
            .command(&words)
            .args([
                "--cache-bytes",
                "64MiB",
                "--task-memory",
                "64MiB",
                "--work-dir",
                dir,
            ])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("ready ").expect(&line).to_owned();
        Self {
            process,
            out,
            url,
            work_dir,
        }
    }

    /// Ids of executors that have files in the work directory.
    fn executors(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.work_dir.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.starts_with("executor-"))
            .collect();
        names.sort();
        names
    }

    fn signal(&self, signal: &str) {
        signal_to(self.process.id(), signal);
    }

    /// Waits for the end; what else was printed.
    fn ended(&mut self) -> (Option<i32>, String) {
        let code = self.process.wait().unwrap().code();
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).unwrap();
        (code, rest)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // Its processes see the end of their standard input.
        let _gone = self.process.kill().is_err();
        let _waited = self.process.wait().is_err();
    }
}

fn signal_to(process: u32, signal: &str) {
    let sent = Command::new("kill")
        .args([signal, &process.to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
}

/// Processes started by this one, as Linux tells.
#[cfg(target_os = "linux")]
fn children_of(process: u32) -> Vec<u32> {
    let mut found = Vec::new();
    for task in std::fs::read_dir(format!("/proc/{process}/task")).unwrap() {
        let list = std::fs::read_to_string(task.unwrap().path().join("children")).unwrap();
        found.extend(list.split_whitespace().map(|id| id.parse::<u32>().unwrap()));
    }
    found
}

#[test]
fn a_cluster_answers_and_ends_cleanly() {
    let desk = Desk::new();
    let mut cluster = Cluster::start(&desk, "2");
    assert_eq!(cluster.executors().len(), 2);

    let words = [
        "--cluster",
        &cluster.url,
        "sql",
        "--format",
        "csv",
        "SELECT count(*) AS n FROM 'events.root'",
    ];
    let answer = desk.run(&words);
    assert_eq!(
        (answer.code, answer.out.as_str()),
        (Some(0), "n\n2000\n"),
        "{}",
        answer.err
    );

    cluster.signal("-TERM");
    assert_eq!(cluster.ended(), (Some(0), String::new()));
    assert!(cluster.executors().is_empty());
}

#[cfg(target_os = "linux")]
#[test]
fn a_killed_executor_is_started_again_and_all_end_with_their_parent() {
    let desk = Desk::new();
    let cluster = Cluster::start(&desk, "1");
    let before = cluster.executors();
    let is_executor = |process: &u32| {
        let line = std::fs::read_to_string(format!("/proc/{process}/cmdline")).unwrap_or_default();
        line.split('\0').nth(1) == Some("executor")
    };
    let executor = children_of(cluster.process.id())
        .into_iter()
        .find(is_executor)
        .unwrap();

    // Its cache is small, so the allocator was told to give memory back at once.
    let environment = std::fs::read(format!("/proc/{executor}/environ")).unwrap();
    let environment = String::from_utf8_lossy(&environment);
    assert!(environment.contains("MIMALLOC_PURGE_DELAY=0"));

    signal_to(executor, "-KILL");
    // The next one clears what the killed one left.
    while cluster.executors() == before || cluster.executors().is_empty() {
        std::thread::yield_now();
    }
    let words = [
        "--cluster",
        &cluster.url,
        "sql",
        "--format",
        "csv",
        "SELECT count(*) AS n FROM 'events.root'",
    ];
    let answer = desk.run(&words);
    assert_eq!(answer.code, Some(0), "{}", answer.err);

    let children = children_of(cluster.process.id());
    assert_eq!(children.len(), 2);
    cluster.signal("-KILL");
    for child in children {
        while std::fs::exists(format!("/proc/{child}/fd/0")).unwrap_or(false) {
            std::thread::yield_now();
        }
    }
}

#[test]
fn a_port_that_is_taken_is_named() {
    let desk = Desk::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for service in ["scheduler", "executor", "cluster"] {
        let ended = desk.run(&[service, "--port", &port]);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(
            ended
                .err
                .contains(&format!("cannot listen on 127.0.0.1:{port}")),
            "{}",
            ended.err
        );
    }
}

#[test]
fn wrong_options_are_refused_before_anything_starts() {
    let desk = Desk::new();
    std::fs::write(desk.path("hepframe.toml"), "[executor]\nslotz = 3\n").unwrap();
    for (words, code, part) in [
        (
            &["executor", "--slots", "0", "--port", "0"][..],
            1,
            "slots is 0",
        ),
        (&["executor", "--cache-bytes", "much"], 2, "2GiB"),
        (
            &["executor", "--scheduler", "http://head:21050"],
            1,
            "scheduler is `http://head:21050`, but write hepframe://HOST:PORT",
        ),
        (
            &["executor", "--cache-disk", "hepframe.toml", "--port", "0"],
            2,
            "cannot use the directory `hepframe.toml`",
        ),
        (
            &["scheduler", "--executor-timeout", "1s", "--port", "0"],
            1,
            "executor-timeout is 1s",
        ),
        (&["cluster", "--executors", "0"], 2, "must be from 1 to 256"),
        (&["executor", "--log", "a=b=c"], 2, "--log a=b=c"),
        (
            &["executor", "--config", "hepframe.toml"],
            2,
            "did you mean `slots`?",
        ),
    ] {
        let ended = desk.run(words);
        assert_eq!(ended.code, Some(code), "{words:?}: {ended:?}");
        assert!(ended.err.contains(part), "{words:?}: {}", ended.err);
    }
}

#[test]
fn an_empty_variable_is_as_good_as_none() {
    let desk = Desk::new();

    let ended = desk
        .command(&["sql", "SELECT 1 AS one"])
        .envs([("HEPFRAME_CLUSTER", ""), ("HEPFRAME_THREADS", "")])
        .output()
        .unwrap();

    assert!(ended.status.success(), "{ended:?}");
}
