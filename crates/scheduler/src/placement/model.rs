//! Which executor is the home of which chunk: a pure function.
//!
//! Rendezvous hashing gives every (chunk, executor) pair a score, and a chunk goes to the
//! executor with the highest. Two things are added:
//!
//! - **bounded load**: an executor that has its share (by slots) and a little more is passed over;
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
pub struct Member {
    /// Its name, stable over restarts.
    pub id: String,
    /// Tasks it runs at a time; its share of the work is proportional to it.
    pub slots: u32,
}

/// Chooses a home for each chunk.
///
/// `previous` tells where chunks were before; names of executors that are gone are allowed. The
/// answer has an index of `members` for each of `chunks`, and is empty if there are no members.
#[must_use]
pub fn assign(chunks: &[Chunk], members: &[Member], previous: &HashMap<u64, String>) -> Vec<usize> {
    if members.is_empty() {
        return Vec::new();
    }
    let mut shares = Shares::new(chunks, members, previous);
    shares.share_with_newcomers();
    shares.place_new();
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
pub fn first_choice<'a>(key: u64, members: impl Iterator<Item = &'a str>) -> Option<&'a str> {
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

    fn fullest(&self) -> Option<usize> {
        let by_load = |a: &usize, b: &usize| {
            self.relative(self.load[*a], *a)
                .total_cmp(&self.relative(self.load[*b], *b))
        };
        (0..self.load.len()).max_by(by_load)
    }

    fn score(&self, chunk: usize, member: usize) -> u64 {
        score(self.keys[chunk], self.names[member])
    }

    /// Of the chunks of `from`, the one that `to` scores highest beside `from`.
    fn best_to_move(&self, from: usize, to: usize) -> Option<usize> {
        let own = (0..self.keys.len()).filter(|chunk| self.home[*chunk] == Some(from));
        own.max_by_key(|chunk| {
            let gain = i128::from(self.score(*chunk, to)) - i128::from(self.score(*chunk, from));
            (gain, self.keys[*chunk])
        })
    }

    fn move_to(&mut self, chunk: usize, to: usize) {
        if let Some(from) = self.home[chunk].replace(to) {
            self.load[from] -= self.weights[chunk];
        }
        self.load[to] += self.weights[chunk];
    }

    /// Members that have nothing while others have take their share from the fullest.
    fn share_with_newcomers(&mut self) {
        if self.load.iter().all(|load| *load == 0) {
            return;
        }
        let newcomers: Vec<usize> = (0..self.load.len())
            .filter(|member| self.load[*member] == 0)
            .collect();
        for to in newcomers {
            while let Some(from) = self.fullest()
                && from != to
                && let Some(chunk) = self.best_to_move(from, to)
            {
                let after = self.relative(self.load[to] + self.weights[chunk], to);
                if after > 1.0 || after > self.relative(self.load[from], from) {
                    break;
                }
                self.move_to(chunk, to);
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
            let with_room = members.clone().filter(|member| after(*member) <= BOUND);
            let home = with_room
                .max_by_key(|member| (self.score(chunk, *member), *member))
                .or_else(|| members.min_by(|a, b| after(*a).total_cmp(&after(*b))));
            if let Some(home) = home {
                self.move_to(chunk, home);
            }
        }
    }

    /// Takes from members that have far too much.
    fn shed(&mut self) {
        if self.keys.len() < CHUNKS_TO_SHED * self.load.len() {
            return;
        }
        while let Some(from) = self.fullest()
            && self.relative(self.load[from], from) > TOO_MUCH
        {
            let members = 0..self.load.len();
            let relative = |member: &usize| self.relative(self.load[*member], *member);
            let emptiest = members.min_by(|a, b| relative(a).total_cmp(&relative(b)));
            let Some(to) = emptiest.filter(|to| *to != from) else {
                break;
            };
            let Some(chunk) = self.best_to_move(from, to) else {
                break;
            };
            let after = self.relative(self.load[to] + self.weights[chunk], to);
            if after >= self.relative(self.load[from], from) {
                break;
            }
            self.move_to(chunk, to);
        }
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
