//! How tasks ended, counted once.
//!
//! An executor tells how a task ended until it hears that it was heard. If only the answer was lost,
//! it tells the same again, and Ballista would put the task's rows on the reading stage's list a
//! second time: the query would count them twice.

use std::collections::{HashMap, HashSet, VecDeque};

use ballista_core::serde::protobuf::TaskStatus;
use parking_lot::Mutex;

/// Jobs that are remembered: far more than run while an executor asks again.
const JOBS: usize = 1024;

/// (stage, attempt, task)
type Ended = (u32, u32, u32);

/// Ends of tasks that were told.
#[derive(Debug, Default)]
pub(crate) struct Told(Mutex<Jobs>);

#[derive(Debug, Default)]
struct Jobs {
    ended: HashMap<String, HashSet<Ended>>,
    oldest_first: VecDeque<String>,
}

impl Told {
    /// Those that were not told before; from now on they were.
    pub(crate) fn fresh(&self, statuses: Vec<TaskStatus>) -> Vec<TaskStatus> {
        let mut jobs = self.0.lock();
        statuses
            .into_iter()
            .filter(|status| {
                let is_fresh = jobs.note(status);
                if !is_fresh {
                    tracing::debug!(
                        job = status.job_id,
                        stage = status.stage_id,
                        task = status.task_id,
                        "the end of a task was told again"
                    );
                }
                is_fresh
            })
            .collect()
    }

    /// They were told, but nobody heard.
    pub(crate) fn forget(&self, statuses: &[TaskStatus]) {
        let mut jobs = self.0.lock();
        for status in statuses {
            if let Some(ended) = jobs.ended.get_mut(&status.job_id) {
                ended.remove(&name_of(status));
            }
        }
    }
}

impl Jobs {
    fn note(&mut self, status: &TaskStatus) -> bool {
        if let Some(ended) = self.ended.get_mut(&status.job_id) {
            return ended.insert(name_of(status));
        }
        if self.oldest_first.len() >= JOBS
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            self.ended.remove(&oldest);
        }
        self.oldest_first.push_back(status.job_id.clone());
        let ended = HashSet::from([name_of(status)]);
        self.ended.insert(status.job_id.clone(), ended);
        true
    }
}

fn name_of(status: &TaskStatus) -> Ended {
    (status.stage_id, status.stage_attempt_num, status.task_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(job: &str, task_id: u32) -> TaskStatus {
        TaskStatus {
            job_id: job.to_owned(),
            stage_id: 1,
            task_id,
            ..TaskStatus::default()
        }
    }

    #[test]
    fn the_end_of_a_task_counts_once() {
        let told = Told::default();

        assert_eq!(told.fresh(vec![status("a", 1), status("a", 2)]).len(), 2);
        let again = told.fresh(vec![status("a", 2), status("a", 3), status("b", 2)]);

        let tasks: Vec<_> = again
            .iter()
            .map(|s| (s.job_id.as_str(), s.task_id))
            .collect();
        assert_eq!(tasks, [("a", 3), ("b", 2)]);
    }

    #[test]
    fn another_attempt_of_a_stage_has_other_tasks() {
        let told = Told::default();
        told.fresh(vec![status("a", 1)]);
        let later = TaskStatus {
            stage_attempt_num: 1,
            ..status("a", 1)
        };

        assert_eq!(told.fresh(vec![later]).len(), 1);
    }

    #[test]
    fn what_was_not_heard_may_be_told_again() {
        let told = Told::default();
        let lost = told.fresh(vec![status("a", 1)]);

        told.forget(&lost);

        assert_eq!(told.fresh(lost).len(), 1);
    }

    #[test]
    fn only_so_many_jobs_are_remembered() {
        let told = Told::default();
        for job in 0..2 * JOBS {
            told.fresh(vec![status(&job.to_string(), 1)]);
        }

        let jobs = told.0.lock();
        assert_eq!((jobs.ended.len(), jobs.oldest_first.len()), (JOBS, JOBS));
    }
}
