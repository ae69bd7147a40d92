//! Remembers where chunks live, and answers planners who cut scans by it.

use std::collections::HashMap;
use std::sync::Arc;

use hepframe_root_source::{Chunk, Homes, Settled};
use parking_lot::Mutex;

use super::model::{Member, assign, first_choice};
use crate::roster::Roster;

/// Chunks remembered: some 64 MiB, and at 64 Ki entries each more than any cluster caches. Past
/// it all are forgotten, and hashing alone finds most homes again.
const MOST_CHUNKS: usize = 1 << 20;

/// The homes of all chunks that were ever planned.
#[derive(Debug)]
pub(crate) struct HomeBook {
    roster: Arc<Roster>,
    homes: Mutex<HashMap<u64, Arc<str>>>,
}

impl HomeBook {
    pub(crate) fn new(roster: Arc<Roster>) -> Self {
        Self {
            roster,
            homes: Mutex::default(),
        }
    }

    /// The executor where most of these entries have their home. Where no home is alive, the
    /// same one of the living for everybody who asks.
    pub(crate) fn home_of(&self, chunks: &[Chunk], members: &[Member]) -> Option<String> {
        let is_alive = |id: &str| members.iter().any(|member| member.id == id);
        let homes = self.homes.lock();
        let mut weights: HashMap<String, u64> = HashMap::new();
        for chunk in chunks {
            let known = homes.get(&chunk.key).filter(|id| is_alive(id));
            let home = known.map(|id| id.to_string()).or_else(|| {
                first_choice(chunk.key, members.iter().map(|member| member.id.as_str()))
                    .map(ToOwned::to_owned)
            })?;
            *weights.entry(home).or_default() += chunk.weight.max(1);
        }
        let heaviest = weights
            .into_iter()
            .max_by(|a, b| (a.1, &b.0).cmp(&(b.1, &a.0)));
        heaviest.map(|(home, _)| home)
    }
}

impl Homes for HomeBook {
    fn settle(&self, chunks: &[Chunk]) -> Settled {
        let members = self.roster.members();
        if members.is_empty() {
            // Nobody is there yet: one partition, for whoever comes.
            return Settled {
                homes: vec![0; chunks.len()],
                slots: vec![1],
            };
        }
        let mut homes = self.homes.lock();
        let known = chunks.iter().filter_map(|chunk| {
            homes
                .get(&chunk.key)
                .map(|home| (chunk.key, home.to_string()))
        });
        let previous: HashMap<u64, String> = known.collect();
        let assigned = assign(chunks, &members, &previous);
        if homes.len() + chunks.len() > MOST_CHUNKS {
            homes.clear();
        }
        let names: Vec<Arc<str>> = members.iter().map(|m| Arc::from(m.id.as_str())).collect();
        for (chunk, home) in chunks.iter().zip(&assigned) {
            homes.insert(chunk.key, Arc::clone(&names[*home]));
        }
        let slots = members.iter().map(|member| member.slots as usize).collect();
        Settled {
            homes: assigned,
            slots,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::roster::tests::executor;

    fn chunks(count: u64) -> Vec<Chunk> {
        let key = |i| hepframe_root_source::chunk_key("file:///", "f", i);
        (0..count)
            .map(|i| Chunk {
                key: key(i),
                weight: 10,
            })
            .collect()
    }

    fn book(executors: &[&str]) -> HomeBook {
        let roster = Arc::new(Roster::new(Duration::from_secs(60)));
        for id in executors {
            roster.saw(executor(id, 2), 2);
        }
        HomeBook::new(roster)
    }

    #[test]
    fn a_partition_is_at_home_where_its_chunks_were_settled() {
        let book = book(&["a", "b"]);
        let all = chunks(20);
        let members = book.roster.members();

        let settled = book.settle(&all);

        assert_eq!(settled.slots, [2, 2]);
        for (chunk, home) in all.iter().zip(&settled.homes) {
            assert_eq!(
                book.home_of(&[*chunk], &members).unwrap(),
                members[*home].id
            );
        }
    }

    #[test]
    fn if_the_home_is_gone_all_ask_the_same_other_one() {
        let book = book(&["a", "b", "c"]);
        let all = chunks(30);
        let settled = book.settle(&all);
        book.roster.lost("a");
        let left = book.roster.members();

        for (chunk, home) in all.iter().zip(&settled.homes) {
            let home_now = book.home_of(&[*chunk], &left).unwrap();
            assert_ne!(home_now, "a");
            assert!(*home == 0 || home_now == ["a", "b", "c"][*home]);
            assert_eq!(book.home_of(&[*chunk], &left), Some(home_now));
        }
    }

    #[test]
    fn without_executors_there_is_one_partition_for_whoever_comes() {
        let book = book(&[]);

        let settled = book.settle(&chunks(3));

        assert_eq!(
            settled,
            Settled {
                homes: vec![0, 0, 0],
                slots: vec![1]
            }
        );
        assert_eq!(book.home_of(&chunks(3), &[]), None);
    }
}
