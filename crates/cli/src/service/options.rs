//! What can be typed after `hepframe scheduler`, `executor` and `cluster`; each option is also an
//! environment variable and a key of the configuration file (docs/operations.md).

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use hepframe_engine::parse_bytes;

use crate::service::logs::LogFormat;
use crate::service::units::{parse_time, parse_within};

/// Log and configuration file, alike for all services.
#[derive(Debug, Clone, Args)]
pub(crate) struct LogArguments {
    /// What is logged: error, warn, info, debug, trace, or directives like `info,ballista=debug`.
    #[arg(
        long,
        value_name = "LEVEL",
        env = "HEPFRAME_LOG",
        default_value = "info"
    )]
    pub(crate) log: String,

    /// How log records look.
    #[arg(long, value_name = "FORMAT", env = "HEPFRAME_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub(crate) log_format: LogFormat,

    /// Read options from this TOML file, below what is typed and the environment.
    #[arg(long, value_name = "FILE", env = "HEPFRAME_CONFIG")]
    pub(crate) config: Option<PathBuf>,

    /// End when standard input ends; for processes started by `hepframe cluster`.
    #[arg(long, hide = true)]
    pub(crate) with_parent: bool,
}

const SCHEDULER_EXAMPLES: &str = "\
Examples:
  hepframe scheduler                                   for clients on this machine
  hepframe scheduler --bind 10.0.0.1                   for a cluster's network
  hepframe --cluster hepframe://10.0.0.1:21050         a client

Nobody is asked who they are: bind it to a network of people who may read the files.";

/// Plans queries and gives their parts to executors.
#[derive(Debug, Clone, Args)]
#[command(after_help = SCHEDULER_EXAMPLES)]
pub(crate) struct SchedulerArguments {
    /// Address to listen on; 0.0.0.0 for all.
    #[arg(
        long,
        value_name = "HOST",
        env = "HEPFRAME_SCHEDULER_BIND",
        default_value = "127.0.0.1"
    )]
    pub(crate) bind: String,

    /// Port for clients, executors and health pages.
    #[arg(
        long,
        value_name = "PORT",
        env = "HEPFRAME_SCHEDULER_PORT",
        default_value_t = 21050
    )]
    pub(crate) port: u16,

    /// Name under which others reach it; the address it listens on if left out.
    #[arg(long, value_name = "HOST", env = "HEPFRAME_SCHEDULER_ADVERTISE")]
    pub(crate) advertise: Option<String>,

    /// An executor that is silent for so long is lost; one whose connection breaks, after 3 s.
    #[arg(long, value_name = "TIME", env = "HEPFRAME_SCHEDULER_EXECUTOR_TIMEOUT", default_value = "1m", value_parser = parse_time)]
    pub(crate) executor_timeout: Duration,

    /// How long a task waits for the executor that has its columns.
    #[arg(long, value_name = "TIME", env = "HEPFRAME_SCHEDULER_LOCALITY_WAIT", default_value = "500ms", value_parser = parse_time)]
    pub(crate) locality_wait: Duration,

    /// Most tasks that one user has running; no limit if left out.
    #[arg(long, value_name = "N", env = "HEPFRAME_SCHEDULER_USER_SLOTS")]
    pub(crate) user_slots: Option<u32>,

    /// How long clients may take to fetch rows of a finished query.
    #[arg(long, value_name = "TIME", env = "HEPFRAME_SCHEDULER_RESULT_RETENTION", default_value = "5m", value_parser = parse_time)]
    pub(crate) result_retention: Duration,

    /// How long a finished query can be asked about.
    #[arg(long, value_name = "TIME", env = "HEPFRAME_SCHEDULER_JOB_RETENTION", default_value = "1h", value_parser = parse_time)]
    pub(crate) job_retention: Duration,

    /// Queries fail if there was no executor for so long.
    #[arg(long, value_name = "TIME", env = "HEPFRAME_SCHEDULER_NO_EXECUTOR_TIMEOUT", default_value = "20s", value_parser = parse_time)]
    pub(crate) no_executor_timeout: Duration,

    /// A query fails if it did not move for so long although slots were free.
    #[arg(long, value_name = "TIME", env = "HEPFRAME_SCHEDULER_STUCK_TIMEOUT", default_value = "45s", value_parser = parse_time)]
    pub(crate) stuck_timeout: Duration,

    /// An executor is lost that for so long holds fewer tasks than it was given.
    #[arg(long, value_name = "TIME", env = "HEPFRAME_SCHEDULER_LOST_TASK_TIMEOUT", default_value = "12s", value_parser = parse_time)]
    pub(crate) lost_task_timeout: Duration,

    /// How often a task is tried where trying again can help.
    #[arg(
        long,
        value_name = "N",
        env = "HEPFRAME_SCHEDULER_TASK_ATTEMPTS",
        default_value_t = 4
    )]
    pub(crate) task_attempts: usize,

    /// How often a stage is tried whose input was lost.
    #[arg(
        long,
        value_name = "N",
        env = "HEPFRAME_SCHEDULER_STAGE_ATTEMPTS",
        default_value_t = 4
    )]
    pub(crate) stage_attempts: usize,

    /// After SIGTERM, wait so long for running queries.
    #[arg(long, value_name = "TIME", env = "HEPFRAME_SCHEDULER_DRAIN_LIMIT", default_value = "30s", value_parser = parse_time)]
    pub(crate) drain_limit: Duration,

    /// Memory for descriptions of files.
    #[arg(long, value_name = "SIZE", env = "HEPFRAME_SCHEDULER_METADATA_BYTES", default_value = "512MiB", value_parser = parse_bytes)]
    pub(crate) metadata_bytes: u64,

    #[command(flatten)]
    pub(crate) logs: LogArguments,
}

const EXECUTOR_EXAMPLES: &str = "\
Examples:
  hepframe executor                                               of a scheduler on this machine
  hepframe executor --scheduler hepframe://10.0.0.1:21050 --bind 0.0.0.0
  hepframe executor --slots 16 --cache-bytes 200GiB --work-dir /scratch/hepframe

SIGTERM lets running tasks finish; a second one ends at once.";

/// Runs parts of queries and keeps columns in memory.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXECUTOR_EXAMPLES)]
pub(crate) struct ExecutorArguments {
    /// The scheduler to work for.
    #[arg(
        long,
        value_name = "URL",
        env = "HEPFRAME_SCHEDULER",
        default_value = "hepframe://127.0.0.1:21050"
    )]
    pub(crate) scheduler: String,

    /// Address to listen on; 0.0.0.0 for all.
    #[arg(
        long,
        value_name = "HOST",
        env = "HEPFRAME_EXECUTOR_BIND",
        default_value = "127.0.0.1"
    )]
    pub(crate) bind: String,

    /// Port for rows, control and health pages.
    #[arg(
        long,
        value_name = "PORT",
        env = "HEPFRAME_EXECUTOR_PORT",
        default_value_t = 21060
    )]
    pub(crate) port: u16,

    /// Name under which clients, executors and the scheduler reach it; found out if left out.
    #[arg(long, value_name = "HOST", env = "HEPFRAME_EXECUTOR_ADVERTISE")]
    pub(crate) advertise: Option<String>,

    /// Its name in logs, lists and placement, other than all others'; machine and port if left out.
    #[arg(long, value_name = "NAME", env = "HEPFRAME_EXECUTOR_NAME")]
    pub(crate) name: Option<String>,

    /// Tasks at a time; as many as there are cores if left out.
    #[arg(long, value_name = "N", env = "HEPFRAME_EXECUTOR_SLOTS")]
    pub(crate) slots: Option<usize>,

    /// Directory on a local disk for rows between stages, results and spilled rows.
    #[arg(long, value_name = "DIR", env = "HEPFRAME_EXECUTOR_WORK_DIR")]
    pub(crate) work_dir: Option<PathBuf>,

    /// Memory for cached columns; 40 % of the machine's if left out, 0 for no cache.
    #[arg(long, value_name = "SIZE", env = "HEPFRAME_EXECUTOR_CACHE_BYTES", value_parser = parse_bytes)]
    pub(crate) cache_bytes: Option<u64>,

    /// Directory on a local disk where columns are kept, too, so that a restart does not lose them.
    #[arg(long, value_name = "DIR", env = "HEPFRAME_EXECUTOR_CACHE_DISK")]
    pub(crate) cache_disk: Option<PathBuf>,

    /// Most bytes of columns that are kept there.
    #[arg(long, value_name = "SIZE", env = "HEPFRAME_EXECUTOR_CACHE_DISK_BYTES", default_value = "32GiB", value_parser = parse_bytes)]
    pub(crate) cache_disk_bytes: u64,

    /// Memory for running tasks together; 30 % of the machine's if left out.
    #[arg(long, value_name = "SIZE", env = "HEPFRAME_EXECUTOR_TASK_MEMORY", value_parser = parse_bytes)]
    pub(crate) task_memory: Option<u64>,

    /// Memory for descriptions of files.
    #[arg(long, value_name = "SIZE", env = "HEPFRAME_EXECUTOR_METADATA_BYTES", default_value = "512MiB", value_parser = parse_bytes)]
    pub(crate) metadata_bytes: u64,

    /// Files of queries that nobody touched for so long are removed.
    #[arg(long, value_name = "TIME", env = "HEPFRAME_EXECUTOR_RETENTION", default_value = "1h", value_parser = parse_time)]
    pub(crate) retention: Duration,

    /// Longest time between two signs of life; the scheduler's timeout must be several of them.
    #[arg(long, value_name = "TIME", env = "HEPFRAME_EXECUTOR_HEARTBEAT", default_value = "1s", value_parser = parse_time)]
    pub(crate) heartbeat: Duration,

    /// After SIGTERM, wait so long for running tasks.
    #[arg(long, value_name = "TIME", env = "HEPFRAME_EXECUTOR_DRAIN_LIMIT", default_value = "5m", value_parser = parse_time)]
    pub(crate) drain_limit: Duration,

    /// After that, serve rows that nobody has fetched for so long.
    #[arg(long, value_name = "TIME", env = "HEPFRAME_EXECUTOR_LINGER", default_value = "10s", value_parser = parse_time)]
    pub(crate) linger: Duration,

    #[command(flatten)]
    pub(crate) logs: LogArguments,
}

const CLUSTER_EXAMPLES: &str = "\
Examples:
  hepframe cluster --executors 2
  hepframe cluster --executors 4 --slots 4 --cache-bytes 8GiB --port 21050
  hepframe --cluster hepframe://127.0.0.1:21050        a client

When queries can run, it prints `ready hepframe://127.0.0.1:PORT`.";

/// Starts a scheduler and executors on this machine; for work at the desk and for tests.
#[derive(Debug, Clone, Args)]
#[command(after_help = CLUSTER_EXAMPLES)]
pub(crate) struct ClusterArguments {
    /// Executors to start.
    #[arg(long, value_name = "N", env = "HEPFRAME_CLUSTER_EXECUTORS", default_value_t = 2,
          value_parser = parse_within::<1, 256>)]
    pub(crate) executors: u16,

    /// The scheduler's port, 0 for any; executors take free ones from 10 above it.
    #[arg(
        long,
        value_name = "PORT",
        env = "HEPFRAME_CLUSTER_PORT",
        default_value_t = 21050
    )]
    pub(crate) port: u16,

    /// Tasks at a time of each executor; together as many as there are cores if left out.
    #[arg(long, value_name = "N", env = "HEPFRAME_CLUSTER_SLOTS")]
    pub(crate) slots: Option<usize>,

    /// Memory for cached columns of each executor; together 40 % of the machine's if left out.
    #[arg(long, value_name = "SIZE", env = "HEPFRAME_CLUSTER_CACHE_BYTES", value_parser = parse_bytes)]
    pub(crate) cache_bytes: Option<u64>,

    /// Directory on a local disk where each executor has one of its own for columns, too, so that a
    /// restart does not lose them.
    #[arg(long, value_name = "DIR", env = "HEPFRAME_CLUSTER_CACHE_DISK")]
    pub(crate) cache_disk: Option<PathBuf>,

    /// Most bytes of columns that are kept there by each executor.
    #[arg(long, value_name = "SIZE", env = "HEPFRAME_CLUSTER_CACHE_DISK_BYTES", default_value = "32GiB", value_parser = parse_bytes)]
    pub(crate) cache_disk_bytes: u64,

    /// Memory for running tasks of each executor; together 30 % of the machine's if left out.
    #[arg(long, value_name = "SIZE", env = "HEPFRAME_CLUSTER_TASK_MEMORY", value_parser = parse_bytes)]
    pub(crate) task_memory: Option<u64>,

    /// Directory on a local disk for the executors' files.
    #[arg(long, value_name = "DIR", env = "HEPFRAME_CLUSTER_WORK_DIR")]
    pub(crate) work_dir: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) logs: LogArguments,
}
