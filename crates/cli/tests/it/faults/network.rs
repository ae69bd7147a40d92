//! Machines that no longer see each other: network namespaces on a bridge whose cables are cut.
//!
//! ```text
//! this process ── bridge ─┬─ machine 1      cut: its cable leaves the bridge, nobody is told
//! and scheduler           ├─ machine 2      apart: both see the scheduler, but not each other
//!                         └─ machine 3
//! ```
#![cfg(target_os = "linux")]

use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use hepframe_engine::Session;
use tempfile::TempDir;
use tokio::time::timeout;

use super::losses::{Running, numbers, slow_end, slow_scan, sum_of_ids};
use super::processes::{LIMIT, executor_ids, tasks_running, until, write_files};

const SCHEDULER_PORT: &str = "21050";
const FILES: i32 = 24;

/// A bridge and machines on it, until it is dropped.
struct Network {
    name: String,
    prefix: String,
    machines: u32,
}

impl Network {
    /// `None` where no namespaces can be made.
    fn new(machines: u32) -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let (id, count) = (std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let network = Self {
            // Names of interfaces have 15 letters at most.
            name: format!("hf{}x{count}", id % 1_000_000),
            prefix: format!("10.{}.{}", 100 + id % 100, (id / 100 + count) % 250),
            machines,
        };
        let made = network.make();
        if let Err(why) = made {
            eprintln!("SKIPPED a test of the network: only root can make machines: {why}");
            return None;
        }
        Some(network)
    }

    fn make(&self) -> Result<(), String> {
        let Self { name, prefix, .. } = self;
        ip(&format!("link add {name} address {} type bridge", mac(254)))?;
        ip(&format!("addr add {prefix}.254/24 dev {name}"))?;
        ip(&format!("link set {name} up"))?;
        for machine in 1..=self.machines {
            let (host, cable) = (self.host(machine), self.cable(machine));
            ip(&format!("netns add {host}"))?;
            ip(&format!(
                "link add {cable} type veth peer name eth0 netns {host}"
            ))?;
            ip(&format!("link set {cable} master {name} up"))?;
            let address = mac(machine);
            ip(&format!(
                "-n {host} addr add {prefix}.{machine}/24 dev eth0"
            ))?;
            ip(&format!("-n {host} link set eth0 address {address} up"))?;
            // All know where all are, so that a cut is silence and not `no route to host`.
            ip(&format!(
                "neigh add {prefix}.{machine} lladdr {address} dev {name}"
            ))?;
            for other in (1..=self.machines)
                .chain([254])
                .filter(|other| *other != machine)
            {
                let address = mac(other);
                ip(&format!(
                    "-n {host} neigh add {prefix}.{other} lladdr {address} dev eth0"
                ))?;
            }
            ip(&format!("-n {host} link set lo up"))?;
        }
        Ok(())
    }

    fn host(&self, machine: u32) -> String {
        format!("{}h{machine}", self.name)
    }

    fn cable(&self, machine: u32) -> String {
        format!("{}c{machine}", self.name)
    }

    fn scheduler_url(&self) -> String {
        format!("hepframe://{}.254:{SCHEDULER_PORT}", self.prefix)
    }

    /// Cuts a machine off. Nothing tells it or the others.
    fn cut(&self, machine: u32) {
        ip(&format!("link set {} nomaster", self.cable(machine))).unwrap();
    }

    fn mend(&self, machine: u32) {
        ip(&format!(
            "link set {} master {}",
            self.cable(machine),
            self.name
        ))
        .unwrap();
    }

    /// Machines no longer see each other, only this process.
    fn set_apart(&self) {
        for machine in 1..=self.machines {
            let cable = self.cable(machine);
            ip(&format!("link set {cable} type bridge_slave isolated on")).unwrap();
        }
    }

    /// A command that will run on a machine.
    fn on(&self, machine: u32) -> Command {
        let mut command = Command::new("ip");
        command
            .args([
                "netns",
                "exec",
                &self.host(machine),
                env!("CARGO_BIN_EXE_hepframe"),
            ])
            .stdin(Stdio::null());
        command
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for machine in 1..=self.machines {
            ip(&format!("netns del {}", self.host(machine))).ok();
        }
        ip(&format!("link del {}", self.name)).ok();
    }
}

/// A machine's address on the cable.
fn mac(machine: u32) -> String {
    format!("02:00:00:00:00:{machine:02x}")
}

fn ip(words: &str) -> Result<(), String> {
    let done = Command::new("ip").args(words.split(' ')).output();
    let done = done.map_err(|error| format!("ip: {error}"))?;
    if done.status.success() {
        return Ok(());
    }
    Err(format!(
        "ip {words}: {}",
        String::from_utf8_lossy(&done.stderr)
    ))
}

/// A scheduler here, an executor of one slot on each machine but those that are left free.
struct Cluster {
    processes: Vec<Child>,
    network: Network,
    directory: TempDir,
}

impl Cluster {
    async fn start(executors: u32, free_machines: u32) -> Option<Self> {
        let network = Network::new(executors + free_machines)?;
        let directory = tempfile::tempdir().unwrap();
        let mut scheduler = Command::new(env!("CARGO_BIN_EXE_hepframe"));
        scheduler
            .args(["scheduler", "--bind", &format!("{}.254", network.prefix)])
            .args(["--port", SCHEDULER_PORT, "--log", "warn"])
            .args(["--executor-timeout", "5s", "--no-executor-timeout", "8s"])
            .stdin(Stdio::null());
        let mut processes = vec![scheduler.spawn().unwrap()];
        for machine in 1..=executors {
            let mut executor = network.on(machine);
            executor
                .args(["executor", "--scheduler", &network.scheduler_url()])
                .args(["--bind", "0.0.0.0", "--slots", "1", "--log", "warn"])
                .args(["--cache-bytes", "64MiB", "--task-memory", "256MiB"])
                .args(["--name", &format!("e{machine}"), "--work-dir"])
                // Machines share no disk but the one with the events.
                .arg(directory.path().join(format!("work{machine}")));
            processes.push(executor.spawn().unwrap());
        }
        let cluster = Self {
            processes,
            network,
            directory,
        };
        cluster.until_executors(executors as usize).await;
        Some(cluster)
    }

    async fn until_executors(&self, wanted: usize) {
        let url = self.network.scheduler_url();
        until(async || (executor_ids(&url).await?.len() == wanted).then_some(())).await;
    }

    fn tasks_running(&self) -> Option<u64> {
        tasks_running(&format!("{}.254:{SCHEDULER_PORT}", self.network.prefix))
    }

    async fn session(&self) -> Session {
        Session::connect(&self.network.scheduler_url())
            .await
            .unwrap()
    }

    /// Writes events; gives their directory and the number of rows.
    fn write(&self) -> (String, i64) {
        let directory = self.directory.path().join("many");
        let rows = write_files(&directory, FILES);
        (directory.display().to_string(), rows)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for process in &mut self.processes {
            process.kill().ok();
            process.wait().ok();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_is_cut_off_costs_no_row_and_comes_back() {
    let Some(cluster) = Cluster::start(2, 0).await else {
        return;
    };
    let (directory, rows) = cluster.write();
    let session = cluster.session().await;
    let query = Running::start(&session, &slow_scan(&directory)).await;

    query.until_tasks(1).await;
    cluster.network.cut(2);
    let answer = query.end().await.unwrap();

    assert_eq!(numbers(&answer), (rows, sum_of_ids(rows)));
    cluster.until_executors(1).await;
    cluster.network.mend(2);
    cluster.until_executors(2).await;
    let again = timeout(LIMIT, session.collect(&slow_scan(&directory))).await;
    assert_eq!(numbers(&again.unwrap().unwrap()), (rows, sum_of_ids(rows)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_is_cut_off_in_the_last_stage_costs_no_row() {
    let Some(cluster) = Cluster::start(2, 0).await else {
        return;
    };
    let (directory, rows) = cluster.write();
    let session = cluster.session().await;
    let query = Running::start(&session, &slow_end(&directory)).await;

    query.until_tasks(2).await;
    cluster.network.cut(1);

    assert_eq!(numbers(&query.end().await.unwrap()), (200, rows));
}

#[tokio::test(flavor = "multi_thread")]
async fn machines_that_see_only_the_scheduler_answer_or_say_why_not() {
    let Some(cluster) = Cluster::start(2, 0).await else {
        return;
    };
    let (directory, rows) = cluster.write();
    let session = cluster.session().await;
    cluster.network.set_apart();
    // Rows of both machines meet in the second stage.
    let sql = format!(
        "SELECT count(*), sum(n) FROM (SELECT id % 200 AS k, count(*) AS n FROM '{directory}' GROUP BY 1)"
    );

    let answer = Running::start(&session, &sql).await.end().await;

    match answer {
        Ok(answer) => assert_eq!(numbers(&answer), (200, rows)),
        Err(error) => {
            let error = error.to_string();
            assert!(
                error.starts_with("executors cannot fetch rows from each other: no connection to"),
                "{error}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_is_cut_off_says_so_and_its_query_ends() {
    let Some(cluster) = Cluster::start(1, 1).await else {
        return;
    };
    let (directory, _) = cluster.write();
    let client = cluster
        .network
        .on(2)
        .args(["sql", "--cluster", &cluster.network.scheduler_url()])
        .arg(slow_scan(&directory))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();

    until(async || cluster.tasks_running().filter(|&tasks| tasks > 0)).await;
    cluster.network.cut(2);
    let ended = tokio::task::spawn_blocking(|| client.wait_with_output().unwrap());
    let ended = timeout(LIMIT, ended)
        .await
        .expect("the client hangs")
        .unwrap();

    let told = String::from_utf8_lossy(&ended.stderr);
    assert!(
        !ended.status.success() && told.contains("scheduler"),
        "{told}"
    );
    until(async || cluster.tasks_running().filter(|&tasks| tasks == 0)).await;
}
