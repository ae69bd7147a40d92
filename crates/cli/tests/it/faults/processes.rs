//! A cluster of real processes that tests may kill.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use hepframe_engine::Session;
use hepframe_engine::cluster::ClusterClient;
use tempfile::TempDir;

/// Whatever happens, a query must end within this.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// Between two looks at a condition.
const LOOK: Duration = Duration::from_millis(20);

/// How long work waits for the executor that has its columns, where a test is about that: even a
/// very busy machine gets to it.
const PATIENT: [&str; 2] = ["--locality-wait", "30s"];

/// A scheduler and executors.
pub(crate) struct Processes {
    pub(crate) directory: TempDir,
    port: u16,
    scheduler: Child,
    executors: Vec<Child>,
    work_dir: PathBuf,
    /// Where executors keep columns on disk, if they do: a directory each.
    disks: Option<PathBuf>,
}

impl Processes {
    /// A scheduler and executors of one slot each, ready for queries.
    pub(crate) async fn start(executors: usize) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let work_dir = directory.path().join("work");
        Self::start_in(executors, directory, work_dir).await
    }

    /// As [`Processes::start`], with the executors' files somewhere else.
    pub(crate) async fn start_in(executors: usize, directory: TempDir, work_dir: PathBuf) -> Self {
        Self::start_all(executors, directory, work_dir, &[], None).await
    }

    /// As [`Processes::start`], and work is done where its columns are, however long it waits.
    pub(crate) async fn start_patient(executors: usize) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let work_dir = directory.path().join("work");
        Self::start_all(executors, directory, work_dir, &PATIENT, None).await
    }

    /// As [`Processes::start_patient`], and executors keep their columns on disk, too.
    pub(crate) async fn start_patient_with_disks(executors: usize) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let work_dir = directory.path().join("work");
        let disks = Some(directory.path().join("disks"));
        Self::start_all(executors, directory, work_dir, &PATIENT, disks).await
    }

    async fn start_all(
        executors: usize,
        directory: TempDir,
        work_dir: PathBuf,
        more: &[&str],
        disks: Option<PathBuf>,
    ) -> Self {
        let port = free_port();
        let scheduler = start_scheduler(port, more);
        let mut cluster = Self {
            directory,
            port,
            scheduler,
            executors: Vec::new(),
            work_dir,
            disks,
        };
        for _ in 0..executors {
            cluster.add_executor();
        }
        cluster.until_executors(executors).await;
        cluster
    }

    pub(crate) fn url(&self) -> String {
        format!("hepframe://127.0.0.1:{}", self.port)
    }

    pub(crate) async fn session(&self) -> Session {
        Session::connect(&self.url()).await.unwrap()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn add_executor(&mut self) {
        let child = self.start_executor(self.executors.len());
        self.executors.push(child);
    }

    /// Starts an executor again that is gone.
    pub(crate) fn replace_executor(&mut self, number: usize) {
        self.executors[number] = self.start_executor(number);
    }

    fn start_executor(&self, number: usize) -> Child {
        let mut command = hepframe();
        if let Some(disks) = &self.disks {
            let own = disks.join(number.to_string());
            command.env("HEPFRAME_EXECUTOR_CACHE_DISK", own);
        }
        command
            .arg("executor")
            .args([
                "--slots",
                "1",
                "--cache-bytes",
                "64MiB",
                "--task-memory",
                "256MiB",
            ])
            .args(["--scheduler", &self.url(), "--log", "warn"])
            .args(["--port", &free_port().to_string()])
            .args(["--name", &format!("e{number}")])
            .arg("--work-dir")
            .arg(&self.work_dir)
            .spawn()
            .unwrap()
    }

    /// Waits until the scheduler knows exactly so many executors.
    pub(crate) async fn until_executors(&self, wanted: usize) {
        until(async || (self.executor_ids().await?.len() == wanted).then_some(())).await;
    }

    /// Executors that the scheduler knows; each start has another id.
    pub(crate) async fn executor_ids(&self) -> Option<Vec<String>> {
        executor_ids(&self.url()).await
    }

    pub(crate) fn kill_executor(&mut self, number: usize) {
        self.executors[number].kill().unwrap();
        self.executors[number].wait().unwrap();
    }

    /// Asks an executor to end in good order.
    pub(crate) fn terminate_executor(&mut self, number: usize) {
        signal("-TERM", &self.executors[number]);
    }

    pub(crate) fn executor_mut(&mut self, number: usize) -> &mut Child {
        &mut self.executors[number]
    }

    pub(crate) fn kill_scheduler(&mut self) {
        self.scheduler.kill().unwrap();
        self.scheduler.wait().unwrap();
    }

    pub(crate) fn restart_scheduler(&mut self) {
        self.scheduler = start_scheduler(self.port, &[]);
    }

    /// Tasks that run now.
    pub(crate) async fn tasks_running(&self) -> Option<u64> {
        tasks_running(&self.address())
    }

    /// Queries that were cancelled since the start.
    pub(crate) fn cancelled(&self) -> Option<u64> {
        number_of(&self.address(), "hepframe_jobs_total{state=\"cancelled\"}")
    }

    fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        for child in self.executors.iter_mut().chain([&mut self.scheduler]) {
            // Those that a test has killed are gone already.
            child.kill().ok();
            child.wait().ok();
        }
    }
}

pub(crate) fn hepframe() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hepframe"));
    command.stdin(Stdio::null());
    command
}

pub(crate) fn signal(signal: &str, child: &Child) {
    let status = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status()
        .unwrap();
    assert!(status.success());
}

fn start_scheduler(port: u16, more: &[&str]) -> Child {
    hepframe()
        .args(["scheduler", "--port", &port.to_string(), "--log", "warn"])
        .args(["--executor-timeout", "5s", "--no-executor-timeout", "8s"])
        .args(more)
        .spawn()
        .unwrap()
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// Executors that a scheduler knows; each start has another id.
pub(crate) async fn executor_ids(url: &str) -> Option<Vec<String>> {
    let client = ClusterClient::connect(url, None).await.ok()?;
    let executors = client.info().await.ok()?.executors;
    Some(executors.into_iter().map(|executor| executor.id).collect())
}

/// Tasks that run now, as a scheduler's page of numbers has it.
pub(crate) fn tasks_running(address: &str) -> Option<u64> {
    number_of(address, "hepframe_tasks_running")
}

/// A number of a scheduler's page.
fn number_of(address: &str, name: &str) -> Option<u64> {
    let text = http_get(address, "/metrics")?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    let number = line.rsplit(' ').next()?;
    number.split('.').next()?.parse().ok()
}

fn http_get(address: &str, path: &str) -> Option<String> {
    use std::io::{Read, Write};

    let mut stream = std::net::TcpStream::connect(address).ok()?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )
    .ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    Some(text)
}

/// Looks again and again until there is something to see.
pub(crate) async fn until<T>(mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(started.elapsed() < LIMIT, "waited in vain for {LIMIT:?}");
        tokio::time::sleep(LOOK).await;
    }
}

/// Files of 100 events each; gives their number of rows.
pub(crate) fn write_files(directory: &Path, files: i32) -> i64 {
    std::fs::create_dir_all(directory).unwrap();
    for file in 0..files {
        let path = directory.join(format!("part{file:02}.root"));
        crate::files::write_events(&path, file * 100..(file + 1) * 100);
    }
    i64::from(files) * 100
}
