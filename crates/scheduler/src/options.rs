//! Settings of a scheduler.

use std::time::Duration;

use crate::error::SchedulerError;

/// How a scheduler works; the address it listens on is its listener's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchedulerOptions {
    /// The host under which clients and executors reach it, for messages.
    pub advertised_host: String,

    /// An executor that has been silent for so long is lost, and its work is done again (60 s); one
    /// whose connection breaks is after 3 s. Executors ask for work every second.
    pub executor_timeout: Duration,

    /// How long a task waits for the executor that has its columns, before any other may take
    /// it (500 ms).
    pub locality_wait: Duration,

    /// Most tasks that one user has running, over all executors; `None` means no limit.
    pub user_slots: Option<u32>,

    /// Executors keep the rows of a finished query for so long; its client fetches them in this
    /// time (300 s).
    pub result_retention: Duration,

    /// Status and progress of a finished query can be asked for so long (3600 s).
    pub job_retention: Duration,

    /// A query fails if no executor has been alive for so long (20 s).
    pub no_executor_timeout: Duration,

    /// A query fails if nothing of it has moved for so long although there were free slots (45 s).
    pub stuck_timeout: Duration,

    /// An executor that for so long says it has fewer tasks than it was given is lost: their
    /// message did not reach it, or it was restarted under the same name (12 s).
    pub lost_task_timeout: Duration,

    /// How often a task is tried before its query fails (4), when trying again can help.
    pub task_attempts: usize,

    /// How often a stage is tried whose input was lost (4).
    pub stage_attempts: usize,

    /// When told to stop, wait so long for running queries (30 s).
    pub drain: Duration,

    /// Most bytes of file metadata kept in memory (512 MiB).
    pub metadata_bytes: usize,
}

impl Default for SchedulerOptions {
    fn default() -> Self {
        Self {
            advertised_host: "localhost".to_owned(),
            executor_timeout: Duration::from_mins(1),
            locality_wait: Duration::from_millis(500),
            user_slots: None,
            result_retention: Duration::from_mins(5),
            job_retention: Duration::from_hours(1),
            no_executor_timeout: Duration::from_secs(20),
            stuck_timeout: Duration::from_secs(45),
            lost_task_timeout: Duration::from_secs(12),
            task_attempts: 4,
            stage_attempts: 4,
            drain: Duration::from_secs(30),
            metadata_bytes: 512 << 20,
        }
    }
}

impl SchedulerOptions {
    /// Refuses settings that cannot work.
    ///
    /// # Errors
    ///
    /// [`SchedulerError::Option`] with the setting's name, value and the limit.
    pub fn validate(&self) -> Result<(), SchedulerError> {
        let seconds = |option, value: Duration, least: u64, why| {
            let enough = value >= Duration::from_secs(least);
            require(enough, option, || format!("{value:?}"), why)
        };
        let host = &self.advertised_host;
        require(
            !host.is_empty(),
            "advertised-host",
            String::new,
            "it must not be empty",
        )?;
        seconds(
            "executor-timeout",
            self.executor_timeout,
            5,
            "a busy machine may be silent for seconds, so less than 5 s would lose living executors",
        )?;
        seconds(
            "result-retention",
            self.result_retention,
            10,
            "clients need 10 s at least",
        )?;
        seconds(
            "job-retention",
            self.job_retention,
            10,
            "clients need 10 s at least",
        )?;
        seconds(
            "no-executor-timeout",
            self.no_executor_timeout,
            1,
            "1 s is the least",
        )?;
        seconds("stuck-timeout", self.stuck_timeout, 5, "5 s is the least")?;
        seconds(
            "lost-task-timeout",
            self.lost_task_timeout,
            1,
            "1 s is the least",
        )?;
        let longest = Duration::from_mins(1);
        let wait = self.locality_wait;
        let why = "idle executors would wait in vain; a minute is the most";
        require(
            wait <= longest,
            "locality-wait",
            || format!("{wait:?}"),
            why,
        )?;
        let user_slots = self.user_slots;
        let why = "no query could run; leave it out for no limit";
        require(user_slots != Some(0), "user-slots", || "0".to_owned(), why)?;
        require(
            self.task_attempts > 0,
            "task-attempts",
            || "0".to_owned(),
            "1 is the least",
        )?;
        require(
            self.stage_attempts > 0,
            "stage-attempts",
            || "0".to_owned(),
            "1 is the least",
        )
    }
}

fn require(
    holds: bool,
    option: &'static str,
    value: impl FnOnce() -> String,
    why: &'static str,
) -> Result<(), SchedulerError> {
    if holds {
        Ok(())
    } else {
        Err(SchedulerError::Option {
            option,
            value: value(),
            why,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_allowed() {
        SchedulerOptions::default().validate().unwrap();
    }

    #[test]
    fn a_setting_that_cannot_work_is_named_with_its_value() {
        let options = SchedulerOptions {
            executor_timeout: Duration::from_secs(2),
            ..SchedulerOptions::default()
        };

        let message = options.validate().unwrap_err().to_string();

        assert!(
            message.starts_with("executor-timeout is 2s: a busy machine"),
            "{message}"
        );
    }

    #[test]
    fn a_user_must_be_allowed_at_least_one_slot() {
        let options = SchedulerOptions {
            user_slots: Some(0),
            ..SchedulerOptions::default()
        };

        assert!(options.validate().is_err());
    }
}
