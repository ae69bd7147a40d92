//! What an executor that asks for work gets: a pure function.
//!
//! Users come first: the one with the fewest running tasks is served, up to the limit of slots
//! per user. Of a user's jobs the oldest is served first. Of a job's parts those that are at home
//! here are given first, then those at home nowhere; parts at home elsewhere wait a moment for
//! their own executor, then go to whoever asks.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

/// Where a part of a job is at home.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    /// With the executor that asks.
    Here,
    /// With another one, which is alive.
    Elsewhere,
    /// All executors are alike.
    Anywhere,
}

/// A job with work to do.
#[derive(Debug, Clone)]
pub(crate) struct WaitingJob {
    pub(crate) user: String,
    /// Its tasks that run already.
    pub(crate) running: usize,
    /// Stages that may run; earlier ones first.
    pub(crate) stages: Vec<WaitingStage>,
}

/// Parts of a stage that wait, each for one slot.
#[derive(Debug, Clone)]
pub(crate) struct WaitingStage {
    /// How long.
    pub(crate) waited: Duration,
    pub(crate) parts: Vec<At>,
}

/// The rules of the house.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rules {
    pub(crate) locality_wait: Duration,
    pub(crate) user_slots: Option<u32>,
}

/// A part that is given to the executor that asks: indices of job, stage and part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Given {
    pub(crate) job: usize,
    pub(crate) stage: usize,
    pub(crate) part: usize,
}

/// What the executor gets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Dealt {
    pub(crate) given: Vec<Given>,
    /// After this time more could be given that is held back for others now.
    pub(crate) more_in: Option<Duration>,
}

/// Gives an executor with `free` slots its part of the work. `jobs` are in the order they came;
/// all running jobs are among them, so that their users' tasks count.
pub(crate) fn deal(jobs: &[WaitingJob], free: usize, rules: Rules) -> Dealt {
    let mut queues: Vec<Queue> = jobs.iter().map(|job| Queue::new(job, rules)).collect();
    let mut running: HashMap<&str, usize> = HashMap::new();
    for job in jobs {
        *running.entry(&job.user).or_default() += job.running;
    }
    let limit = rules.user_slots.map_or(usize::MAX, |limit| limit as usize);

    let mut dealt = Dealt::default();
    while dealt.given.len() < free {
        let served = (0..jobs.len())
            .filter(|job| !queues[*job].ready.is_empty())
            .filter(|job| running[jobs[*job].user.as_str()] < limit)
            .min_by_key(|job| (running[jobs[*job].user.as_str()], *job));
        let Some(job) = served else { break };
        if let Some((stage, part)) = queues[job].ready.pop_front() {
            dealt.given.push(Given { job, stage, part });
            *running.entry(&jobs[job].user).or_default() += 1;
        }
    }
    if dealt.given.len() < free {
        dealt.more_in = queues.iter().filter_map(|queue| queue.held_for).min();
    }
    dealt
}

/// The parts of a job that may be given now, best first.
struct Queue {
    ready: VecDeque<(usize, usize)>,
    held_for: Option<Duration>,
}

impl Queue {
    fn new(job: &WaitingJob, rules: Rules) -> Self {
        let mut queue = Self {
            ready: VecDeque::new(),
            held_for: None,
        };
        for wanted in [At::Here, At::Anywhere, At::Elsewhere] {
            for (i, stage) in job.stages.iter().enumerate() {
                let parts = stage
                    .parts
                    .iter()
                    .enumerate()
                    .filter(|(_, at)| **at == wanted);
                let left = rules.locality_wait.saturating_sub(stage.waited);
                if wanted != At::Elsewhere || left.is_zero() {
                    queue.ready.extend(parts.map(|(part, _)| (i, part)));
                } else if parts.count() > 0 {
                    queue.held_for = Some(queue.held_for.map_or(left, |held| held.min(left)));
                }
            }
        }
        queue
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    const RULES: Rules = Rules {
        locality_wait: Duration::from_millis(500),
        user_slots: None,
    };

    fn job(user: &str, running: usize, waited_ms: u64, parts: &[At]) -> WaitingJob {
        let waited = Duration::from_millis(waited_ms);
        let stages = vec![WaitingStage {
            waited,
            parts: parts.to_vec(),
        }];
        WaitingJob {
            user: user.to_owned(),
            running,
            stages,
        }
    }

    fn given(dealt: &Dealt) -> Vec<(usize, usize)> {
        dealt
            .given
            .iter()
            .map(|given| (given.job, given.part))
            .collect()
    }

    #[test]
    fn parts_at_home_here_are_given_and_others_held_back_for_a_moment() {
        let jobs = [job(
            "ana",
            0,
            100,
            &[At::Elsewhere, At::Here, At::Elsewhere, At::Here],
        )];

        let dealt = deal(&jobs, 4, RULES);

        assert_eq!(given(&dealt), [(0, 1), (0, 3)]);
        assert_eq!(dealt.more_in, Some(Duration::from_millis(400)));
    }

    #[test]
    fn after_the_wait_anyone_gets_them_but_own_parts_first() {
        let jobs = [job("ana", 0, 500, &[At::Elsewhere, At::Here])];

        let dealt = deal(&jobs, 2, RULES);

        assert_eq!(given(&dealt), [(0, 1), (0, 0)]);
        assert_eq!(dealt.more_in, None);
    }

    #[test]
    fn users_share_slots_whatever_they_queued() {
        let jobs = [
            job("ana", 0, 0, &[At::Anywhere; 8]),
            job("ana", 0, 0, &[At::Anywhere; 8]),
            job("ben", 0, 0, &[At::Anywhere; 8]),
        ];

        let dealt = deal(&jobs, 4, RULES);

        assert_eq!(given(&dealt), [(0, 0), (2, 0), (0, 1), (2, 1)]);
    }

    #[test]
    fn running_tasks_count() {
        let jobs = [
            job("ana", 3, 0, &[At::Anywhere; 4]),
            job("ben", 0, 0, &[At::Anywhere; 4]),
        ];

        let dealt = deal(&jobs, 3, RULES);

        assert_eq!(given(&dealt), [(1, 0), (1, 1), (1, 2)]);
    }

    #[test]
    fn no_user_gets_more_slots_than_allowed() {
        let rules = Rules {
            user_slots: Some(2),
            ..RULES
        };
        let jobs = [
            job("ana", 1, 0, &[At::Anywhere; 4]),
            job("ana", 0, 0, &[At::Here; 4]),
        ];

        let dealt = deal(&jobs, 8, rules);

        assert_eq!(given(&dealt), [(0, 0)]);
    }

    #[test]
    fn of_one_user_the_older_job_comes_first() {
        let jobs = [
            job("ana", 0, 0, &[At::Anywhere; 2]),
            job("ana", 0, 0, &[At::Here; 2]),
        ];

        assert_eq!(given(&deal(&jobs, 3, RULES)), [(0, 0), (0, 1), (1, 0)]);
    }

    fn any_at() -> impl Strategy<Value = At> {
        prop_oneof![Just(At::Here), Just(At::Elsewhere), Just(At::Anywhere)]
    }

    proptest! {
        #[test]
        fn no_part_is_given_twice_and_no_slot_stays_free_for_nothing(
            parts in vec(vec(any_at(), 0..9), 0..6),
            users in vec(0_u8..3, 6),
            waited in 0_u64..1000,
            free in 0_usize..20,
        ) {
            let jobs: Vec<WaitingJob> = parts.iter().zip(&users)
                .map(|(parts, user)| job(&user.to_string(), 0, waited, parts)).collect();

            let dealt = deal(&jobs, free, RULES);

            let mut distinct = dealt.given.clone();
            distinct.sort_unstable();
            distinct.dedup();
            prop_assert_eq!(distinct.len(), dealt.given.len());
            let may_go = |at: &&At| **at != At::Elsewhere || waited >= 500;
            let ready = parts.iter().flatten().filter(may_go).count();
            prop_assert_eq!(dealt.given.len(), ready.min(free));
        }

        #[test]
        fn users_with_enough_work_differ_by_one_slot_at_most(
            counts in vec(10_usize..20, 2..5), free in 0_usize..20,
        ) {
            let jobs: Vec<WaitingJob> = counts.iter().enumerate()
                .map(|(user, n)| job(&user.to_string(), 0, 0, &vec![At::Anywhere; *n])).collect();

            let dealt = deal(&jobs, free, RULES);

            let of = |job: usize| dealt.given.iter().filter(|given| given.job == job).count();
            let slots: Vec<usize> = (0..jobs.len()).map(of).collect();
            prop_assert!(slots.iter().max().unwrap() - slots.iter().min().unwrap() <= 1);
        }
    }
}
