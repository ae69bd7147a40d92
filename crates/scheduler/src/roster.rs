//! Who is in the cluster, by who has asked for work.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use ballista_core::serde::scheduler::ExecutorMetadata;
use parking_lot::Mutex;

use crate::placement::model::Member;

/// An executor that is alive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveExecutor {
    /// Its name.
    pub id: String,
    /// Where it serves.
    pub host: String,
    /// On which port.
    pub port: u16,
    /// Tasks it runs at a time.
    pub slots: u32,
    /// Slots that were free when it last asked for work.
    pub free: u32,
    /// How long it has been here.
    pub alive_for: Duration,
}

/// The part of an executor's name that a restart keeps: `e1` of `e1-0a1b2c3d`. Columns are at
/// home there, so that an executor that comes back fills its memory with what it had.
pub(crate) fn home_name(id: &str) -> &str {
    match id.rsplit_once('-') {
        Some((name, drawn)) if drawn.len() == 8 && drawn.bytes().all(|b| b.is_ascii_hexdigit()) => {
            name
        }
        _ => id,
    }
}

/// All executors that have asked for work lately.
#[derive(Debug)]
pub(crate) struct Roster {
    timeout: Duration,
    seen: Mutex<HashMap<String, Seen>>,
}

#[derive(Debug)]
struct Seen {
    metadata: ExecutorMetadata,
    since: Instant,
    last: Instant,
    free: u32,
}

impl Roster {
    pub(crate) fn new(timeout: Duration) -> Self {
        Self {
            timeout,
            seen: Mutex::default(),
        }
    }

    /// Notes that an executor has asked for work.
    pub(crate) fn saw(&self, metadata: ExecutorMetadata, free: u32) {
        let now = Instant::now();
        let mut seen = self.seen.lock();
        match seen.get_mut(&metadata.id) {
            Some(entry) if now.duration_since(entry.last) < self.timeout => {
                entry.last = now;
                entry.free = free;
                entry.metadata = metadata;
            }
            _ => {
                tracing::info!(executor = %metadata.id, host = %metadata.host,
                    port = metadata.port, slots = metadata.specification.vcores,
                    "executor joined");
                let id = metadata.id.clone();
                seen.insert(
                    id,
                    Seen {
                        metadata,
                        since: now,
                        last: now,
                        free,
                    },
                );
            }
        }
    }

    /// Notes that an executor is gone.
    pub(crate) fn lost(&self, id: &str) {
        if self.seen.lock().remove(id).is_some() {
            tracing::warn!(executor = id, "executor left");
        }
    }

    /// True if it has asked for work lately.
    pub(crate) fn is_alive(&self, id: &str) -> bool {
        self.silence(id)
            .is_some_and(|silence| silence < self.timeout)
    }

    /// Time since it asked for work; `None` if it is not here.
    pub(crate) fn silence(&self, id: &str) -> Option<Duration> {
        Some(self.seen.lock().get(id)?.last.elapsed())
    }

    /// All executors alive, by name.
    pub(crate) fn alive(&self) -> Vec<LiveExecutor> {
        let now = Instant::now();
        let seen = self.seen.lock();
        let alive = seen
            .values()
            .filter(|entry| now.duration_since(entry.last) < self.timeout);
        let mut executors: Vec<LiveExecutor> = alive
            .map(|entry| LiveExecutor {
                id: entry.metadata.id.clone(),
                host: entry.metadata.host.clone(),
                port: entry.metadata.port,
                slots: entry.metadata.specification.vcores,
                free: entry.free,
                alive_for: now.duration_since(entry.since),
            })
            .collect();
        executors.sort_by(|a, b| a.id.cmp(&b.id));
        executors
    }

    /// All executors alive, as the model of placement sees them. Of two with one name, an executor
    /// and the one that it was before a restart, the younger counts.
    pub(crate) fn members(&self) -> Vec<Member> {
        let mut alive = self.alive();
        alive.sort_by(|a, b| (home_name(&a.id), a.alive_for).cmp(&(home_name(&b.id), b.alive_for)));
        alive.dedup_by(|older, younger| home_name(&older.id) == home_name(&younger.id));
        let member = |executor: LiveExecutor| Member {
            id: home_name(&executor.id).to_owned(),
            slots: executor.slots,
        };
        alive.into_iter().map(member).collect()
    }

    /// Tasks that can run at a time in the whole cluster.
    pub(crate) fn slots(&self) -> usize {
        self.alive()
            .iter()
            .map(|executor| executor.slots as usize)
            .sum()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use ballista_core::serde::scheduler::{
        ExecutorOperatingSystemSpecification, ExecutorSpecification,
    };

    use super::*;

    /// An executor as it introduces itself.
    pub(crate) fn executor(id: &str, slots: u32) -> ExecutorMetadata {
        ExecutorMetadata {
            id: id.to_owned(),
            host: "127.0.0.1".to_owned(),
            port: 21060,
            grpc_port: 21060,
            specification: ExecutorSpecification::default().with_vcores(slots),
            os_info: ExecutorOperatingSystemSpecification::default(),
        }
    }

    #[test]
    fn executors_are_listed_by_name_with_their_slots() {
        let roster = Roster::new(Duration::from_secs(10));
        roster.saw(executor("b", 2), 1);
        roster.saw(executor("a", 4), 4);

        let names: Vec<(String, u32)> =
            roster.alive().into_iter().map(|e| (e.id, e.free)).collect();

        assert_eq!(names, [("a".to_owned(), 4), ("b".to_owned(), 1)]);
        assert_eq!(roster.slots(), 6);
    }

    #[test]
    fn one_that_is_silent_or_has_left_is_not_alive() {
        let roster = Roster::new(Duration::ZERO);
        roster.saw(executor("silent", 1), 1);
        assert!(roster.alive().is_empty());

        let roster = Roster::new(Duration::from_secs(10));
        roster.saw(executor("gone", 1), 1);
        roster.lost("gone");
        assert!(roster.alive().is_empty());
    }
}
