//! Which executor is the home of which chunk: a pure function.
//!
//! Rendezvous hashing gives every (chunk, executor) pair a score, and a chunk goes to the
//! executor with the highest. Two things are added:
//!
//! - **bounded load**: an executor that has its share (by slots) and a little more is passed over,
//!   but one chunk is never too many;
//! - **memory**: a chunk stays where it was while that executor lives, because its columns are
//!   there. So if an executor leaves only its chunks move, and if one comes it takes its share
//!   from those that have most, first the chunks that score highest with it: what it had before
//!   it was restarted.
//!
//! The answer depends on the sets given, not on their order.

use std::collections::HashMap;

use hepframe_root_source::Chunk;

/// How much more than its share an executor may be given, as a factor: little, because the last
/// executor to finish decides how long a query takes.
const BOUND: f64 = 1.05;
/// A load that is shed although columns are lost by it, as a factor of the share.
const TOO_MUCH: f64 = 1.25;
/// Chunks per executor from which on shedding is allowed. Few chunks are a part of a table, and
/// would be sent back and forth between queries on the part and on the whole.
const CHUNKS_TO_SHED: usize = 8;

/// An executor that may be a home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    /// Its name, stable over restarts.
    pub(crate) id: String,
    /// Tasks it runs at a time; its share of the work is proportional to it.
    pub(crate) slots: u32,
}

/// Chooses a home for each chunk.
///
/// `previous` tells where chunks were before; names of executors that are gone are allowed. The
/// answer has an index of `members` for each of `chunks`, and is empty if there are no members.
#[must_use]
pub(crate) fn assign(
    chunks: &[Chunk],
    members: &[Member],
    previous: &HashMap<u64, String>,
) -> Vec<usize> {
    if members.is_empty() {
        return Vec::new();
    }
    let mut shares = Shares::new(chunks, members, previous);
    shares.share_with_newcomers();
    shares.place_new();
    // Who got nothing would be a newcomer to the next query: it takes its share at once.
    shares.share_with_newcomers();
    shares.shed();
    let home_of: HashMap<u64, usize> = shares
        .keys
        .iter()
        .zip(&shares.home)
        .map(|(key, home)| (*key, home.unwrap_or(0)))
        .collect();
    let home = |chunk: &Chunk| home_of.get(&chunk.key).copied().unwrap_or(0);
    chunks
        .iter()
        .map(|chunk| shares.order[home(chunk)])
        .collect()
}

/// The executor with the highest score for a chunk: its home if nothing else is known.
#[must_use]
pub(crate) fn first_choice<'a>(
    key: u64,
    members: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    members.max_by_key(|id| (score(key, name_hash(id)), *id))
}

/// Work on an assignment. Chunks are sorted by key (equal keys are one), members by name.
struct Shares {
    keys: Vec<u64>,
    weights: Vec<u64>,
    home: Vec<Option<usize>>,
    /// Where the sorted member is in the caller's list.
    order: Vec<usize>,
    names: Vec<u64>,
    fair: Vec<f64>,
    load: Vec<u64>,
}

impl Shares {
    fn new(chunks: &[Chunk], members: &[Member], previous: &HashMap<u64, String>) -> Self {
        let mut weight_of: HashMap<u64, u64> = HashMap::with_capacity(chunks.len());
        for chunk in chunks {
            *weight_of.entry(chunk.key).or_default() += chunk.weight.max(1);
        }
        let mut keys: Vec<u64> = weight_of.keys().copied().collect();
        keys.sort_unstable();
        let weights: Vec<u64> = keys.iter().map(|key| weight_of[key]).collect();

        let mut order: Vec<usize> = (0..members.len()).collect();
        order.sort_by(|a, b| members[*a].id.cmp(&members[*b].id));
        let index_of: HashMap<&str, usize> = order
            .iter()
            .enumerate()
            .map(|(i, at)| (members[*at].id.as_str(), i))
            .collect();
        let total: u64 = weights.iter().sum();
        let slots: u64 = members
            .iter()
            .map(|member| u64::from(member.slots.max(1)))
            .sum();
        let share = |at: &usize| f64::from(members[*at].slots.max(1)) / slots as f64;

        let home: Vec<Option<usize>> = keys
            .iter()
            .map(|key| index_of.get(previous.get(key)?.as_str()).copied())
            .collect();
        let mut load = vec![0; members.len()];
        for (home, weight) in home.iter().zip(&weights) {
            if let Some(home) = home {
                load[*home] += weight;
            }
        }
        Self {
            names: order.iter().map(|at| name_hash(&members[*at].id)).collect(),
            fair: order.iter().map(|at| total as f64 * share(at)).collect(),
            keys,
            weights,
            home,
            order,
            load,
        }
    }

    /// Load in shares: 1 is exactly what is fair.
    fn relative(&self, load: u64, member: usize) -> f64 {
        load as f64 / self.fair[member].max(f64::MIN_POSITIVE)
    }

    fn score(&self, chunk: usize, member: usize) -> u64 {
        score(self.keys[chunk], self.names[member])
    }

    fn move_to(&mut self, chunk: usize, to: usize) {
        if let Some(from) = self.home[chunk].replace(to) {
            self.load[from] -= self.weights[chunk];
        }
        self.load[to] += self.weights[chunk];
    }

    /// Members that have nothing while others have take their share from those that have more
    /// than theirs, first the chunks that score highest with them.
    fn share_with_newcomers(&mut self) {
        if self.load.iter().all(|load| *load == 0) {
            return;
        }
        let is_new = |member: &usize| self.load[*member] == 0;
        let newcomers: Vec<usize> = (0..self.load.len()).filter(is_new).collect();
        for to in newcomers {
            let gain = |(chunk, from): &(usize, usize)| {
                let gain =
                    i128::from(self.score(*chunk, to)) - i128::from(self.score(*chunk, *from));
                (std::cmp::Reverse(gain), self.keys[*chunk])
            };
            let homes = self.home.iter().enumerate();
            let mut offers: Vec<(usize, usize)> = homes
                .filter_map(|(chunk, home)| Some((chunk, (*home)?)))
                .collect();
            offers.sort_by_cached_key(gain);
            // First from those that have far too much, so that nothing has to be shed after.
            for enough in [TOO_MUCH, 1.0] {
                for (chunk, from) in &offers {
                    // Nobody's only chunk: or who lost it would be the next newcomer.
                    let has_more = self.relative(self.load[*from], *from) > enough
                        && self.load[*from] > self.weights[*chunk];
                    let after = self.load[to] + self.weights[*chunk];
                    let is_theirs = self.home[*chunk] == Some(*from) && *from != to;
                    if has_more && is_theirs && self.relative(after, to) <= 1.0 {
                        self.move_to(*chunk, to);
                    }
                }
            }
        }
    }

    /// Chunks without a home get one.
    fn place_new(&mut self) {
        for chunk in 0..self.keys.len() {
            if self.home[chunk].is_some() {
                continue;
            }
            let weight = self.weights[chunk];
            let after = |member: usize| self.relative(self.load[member] + weight, member);
            let members = 0..self.load.len();
            // Who has nothing has room for any chunk, or all tables of one would be in one place.
            let has_room = |member: &usize| self.load[*member] == 0 || after(*member) <= BOUND;
            let with_room = members.clone().filter(has_room);
            let home = with_room
                .max_by_key(|member| (self.score(chunk, *member), *member))
                .or_else(|| members.min_by(|a, b| after(*a).total_cmp(&after(*b))));
            if let Some(home) = home {
                self.move_to(chunk, home);
            }
        }
    }

    /// Takes from members that have far too much, until another look would change nothing.
    fn shed(&mut self) {
        if self.keys.len() < CHUNKS_TO_SHED * self.load.len() {
            return;
        }
        // Ends: each move makes a large load smaller, and none as large.
        while self.shed_once() {}
    }

    fn shed_once(&mut self) -> bool {
        let mut has_moved = false;
        for from in 0..self.load.len() {
            if self.relative(self.load[from], from) <= TOO_MUCH {
                continue;
            }
            let is_own = |chunk: &usize| self.home[*chunk] == Some(from);
            let mut own: Vec<usize> = (0..self.keys.len()).filter(is_own).collect();
            own.sort_by_cached_key(|chunk| (self.score(*chunk, from), self.keys[*chunk]));
            for chunk in own {
                let load = self.relative(self.load[from], from);
                let relative = |member: &usize| self.relative(self.load[*member], *member);
                let emptiest =
                    (0..self.load.len()).min_by(|a, b| relative(a).total_cmp(&relative(b)));
                let Some(to) = emptiest.filter(|to| *to != from && load > BOUND) else {
                    break;
                };
                if self.relative(self.load[to] + self.weights[chunk], to) < load {
                    self.move_to(chunk, to);
                    has_moved = true;
                }
            }
        }
        has_moved
    }
}

fn name_hash(name: &str) -> u64 {
    hepframe_root_source::chunk_key("executor", name, 0)
}

fn score(key: u64, name: u64) -> u64 {
    // The finalizer of SplitMix64 over both.
    let mut hash = key ^ name.rotate_left(32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests;
