//! Settings of an executor, and what is refused.

use std::path::PathBuf;
use std::time::Duration;

use tonic::transport::Endpoint;

use crate::error::ExecutorError;
use crate::work_dir::default_work_dir;

/// Where schedulers listen unless told otherwise.
const SCHEDULER_PORT: u16 = 21050;

/// Most tasks at a time; far above any machine, so that a typing error does not start that many threads.
const MOST_SLOTS: usize = 4096;

/// Less memory for tasks than this makes queries fail that would run anywhere.
const LEAST_TASK_MEMORY: u64 = 16 << 20;

/// Settings of an executor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecutorOptions {
    /// First part of the executor's id, by which columns are placed: no two executors may share it.
    /// The second part is drawn at each start, because a scheduler must not take a restarted
    /// executor for the one that had the lost files.
    pub name: String,
    /// Where the scheduler is: `hepframe://host:port`.
    pub scheduler: String,
    /// Name or address under which others reach this executor; if left out, the address that the
    /// listener is bound to, or the one this machine has towards the scheduler.
    pub advertised_host: Option<String>,
    /// Tasks that run at a time, each on one thread.
    pub slots: usize,
    /// Where files between the stages of a query, results and spilled rows go; a local disk.
    pub work_dir: PathBuf,
    /// Bytes that all tasks together may use for sorting, grouping and joining before they spill.
    pub task_memory_bytes: u64,
    /// Files of a job that nobody touched for so long are removed.
    pub retention: Duration,
    /// Longest time between two polls. They show the scheduler that the executor lives: several
    /// must fit into the time after which it gives an executor up.
    pub heartbeat: Duration,
    /// Longest wait for running tasks after [`drain`](crate::ExecutorHandle::drain).
    pub drain_limit: Duration,
    /// Longest wait after that for others to fetch what is here.
    pub linger: Duration,
}

impl ExecutorOptions {
    /// One slot, half a GiB for tasks.
    #[must_use]
    pub fn new(scheduler: &str) -> Self {
        Self {
            name: "executor".to_owned(),
            scheduler: scheduler.to_owned(),
            advertised_host: None,
            slots: 1,
            work_dir: default_work_dir(),
            task_memory_bytes: 512 << 20,
            retention: Duration::from_hours(1),
            heartbeat: Duration::from_secs(1),
            drain_limit: Duration::from_mins(5),
            linger: Duration::from_secs(10),
        }
    }

    /// Refuses settings that cannot work, before anything is started.
    ///
    /// # Errors
    /// [`ExecutorError::BadOption`], which names the setting, its value and what is wrong.
    pub fn validate(&self) -> Result<(), ExecutorError> {
        let bad = |name, value: &dyn ToString, why: &str| {
            Err(ExecutorError::BadOption {
                name,
                value: value.to_string(),
                why: why.to_owned(),
            })
        };
        if self.name.is_empty() || !self.name.chars().all(is_plain) {
            return bad(
                "name",
                &format!("`{}`", self.name),
                "it may have letters, digits, `-`, `_` and `.` only",
            );
        }
        if self.slots == 0 || self.slots > MOST_SLOTS {
            return bad(
                "slots",
                &self.slots,
                &format!("it must be from 1 to {MOST_SLOTS}"),
            );
        }
        if self.task_memory_bytes < LEAST_TASK_MEMORY {
            return bad(
                "task memory",
                &format!("{} bytes", self.task_memory_bytes),
                "tasks need 16 MiB or more",
            );
        }
        if self.retention < Duration::from_mins(1) {
            return bad(
                "retention",
                &format!("{:?}", self.retention),
                "results must be kept for a minute or more",
            );
        }
        if self.heartbeat < Duration::from_millis(10) {
            return bad(
                "heartbeat",
                &format!("{:?}", self.heartbeat),
                "polls need 10 ms or more between them",
            );
        }
        if self.work_dir.as_os_str().is_empty() {
            return bad("work dir", &"empty", "files need a directory");
        }
        if self
            .advertised_host
            .as_deref()
            .is_some_and(|host| host.is_empty() || host.contains(['/', ' ']))
        {
            return bad(
                "advertised host",
                &format!("{:?}", self.advertised_host),
                "it must be a host name or an address",
            );
        }
        self.scheduler_endpoint().map(|_| ())
    }

    /// The scheduler's address as tonic wants it.
    pub(crate) fn scheduler_endpoint(&self) -> Result<Endpoint, ExecutorError> {
        let bad = |why: &str| ExecutorError::BadOption {
            name: "scheduler",
            value: format!("`{}`", self.scheduler),
            why: why.to_owned(),
        };
        let Some(authority) = self.scheduler.strip_prefix("hepframe://") else {
            return Err(bad("write hepframe://HOST:PORT"));
        };
        let authority = authority.trim_end_matches('/');
        if authority.is_empty() || authority.contains(['/', '?', '#', '@', ' ']) {
            return Err(bad("write hepframe://HOST:PORT"));
        }
        let has_port = authority.rsplit_once(':').is_some_and(|(host, port)| {
            !host.is_empty() && !port.is_empty() && !port.contains(']')
        });
        let url = if has_port {
            format!("http://{authority}")
        } else {
            format!("http://{authority}:{SCHEDULER_PORT}")
        };
        let endpoint = Endpoint::from_shared(url).map_err(|_| bad("write hepframe://HOST:PORT"))?;
        if endpoint.uri().port_u16().is_none_or(|port| port == 0) {
            return Err(bad("its port must be from 1 to 65535"));
        }
        Ok(endpoint)
    }
}

fn is_plain(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scheduler_of(text: &str) -> Result<String, String> {
        ExecutorOptions::new(text)
            .scheduler_endpoint()
            .map(|endpoint| endpoint.uri().to_string())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_scheduler_is_given_as_url() {
        for (text, url) in [
            ("hepframe://head:21051", "http://head:21051/"),
            ("hepframe://head", "http://head:21050/"),
            ("hepframe://head/", "http://head:21050/"),
            ("hepframe://[::1]:5", "http://[::1]:5/"),
            ("hepframe://[::1]", "http://[::1]:21050/"),
        ] {
            assert_eq!(scheduler_of(text).unwrap(), url, "{text}");
        }
    }

    #[test]
    fn what_is_no_scheduler_is_refused_with_a_hint() {
        for text in [
            "",
            "head",
            "head:21050",
            "http://head:21050",
            "hepframe://",
            "hepframe://head:0",
            "hepframe://head:99999",
            "hepframe://a b",
            "hepframe://head/x",
        ] {
            let message = scheduler_of(text).unwrap_err();
            assert!(message.starts_with("scheduler is "), "{message}");
        }
    }

    #[test]
    fn settings_that_cannot_work_are_refused_by_name() {
        let good = ExecutorOptions::new("hepframe://head");
        good.validate().unwrap();
        let cases = [
            (
                "slots",
                ExecutorOptions {
                    slots: 0,
                    ..good.clone()
                },
            ),
            (
                "name",
                ExecutorOptions {
                    name: "a/b".into(),
                    ..good.clone()
                },
            ),
            (
                "task memory",
                ExecutorOptions {
                    task_memory_bytes: 1,
                    ..good.clone()
                },
            ),
            (
                "retention",
                ExecutorOptions {
                    retention: Duration::ZERO,
                    ..good.clone()
                },
            ),
            (
                "work dir",
                ExecutorOptions {
                    work_dir: PathBuf::new(),
                    ..good.clone()
                },
            ),
            (
                "advertised host",
                ExecutorOptions {
                    advertised_host: Some("http://x".into()),
                    ..good.clone()
                },
            ),
        ];

        for (name, options) in cases {
            let message = options.validate().unwrap_err().to_string();
            assert!(message.starts_with(name), "{message}");
        }
    }
}
