//! Writes down which particles the combinations of events have, block by block.

use super::program::Combination;
use crate::combinations::{MAX_MEMBERS, step};
use crate::lists::index_of;

/// Combinations in a block: a dozen columns of doubles fit into a first-level cache of 48 KiB.
pub(super) const BLOCK: usize = 512;

/// Lists up to this length have their combinations looked up instead of counted out.
const MAX_TABLE_LEN: usize = 12;

/// Particles of one event: per list of a product, or of the only list, where
/// they start in the columns and how many there are.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Event {
    pub(super) row: usize,
    pub(super) starts: [u32; MAX_MEMBERS],
    pub(super) lengths: [u32; MAX_MEMBERS],
}

/// The combinations of one event within a block: up to `end`, from that of the one before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Segment {
    /// Position of the event in its chunk.
    pub(super) event: usize,
    pub(super) end: usize,
}

/// Some combinations of some events.
#[derive(Debug)]
pub(super) struct Block {
    /// Per member the particle of each combination.
    pub(super) members: Vec<Vec<u32>>,
    pub(super) segments: Vec<Segment>,
}

impl Block {
    /// Number of combinations.
    pub(super) fn len(&self) -> usize {
        self.members[0].len()
    }

    fn clear(&mut self) {
        for member in &mut self.members {
            member.clear();
        }
        self.segments.clear();
    }

    fn end_segment(&mut self, event: usize) {
        self.segments.push(Segment {
            event,
            end: self.len(),
        });
    }
}

/// Goes through the combinations of events.
pub(super) struct Blocks {
    combination: Combination,
    block: Block,
    /// By the length of a list, per member its positions in all combinations.
    tables: Vec<Option<Vec<Vec<u32>>>>,
}

impl Blocks {
    pub(super) fn new(combination: Combination) -> Self {
        let n = combination.members();
        let tables = match combination {
            Combination::Combinations(_) => (0..=MAX_TABLE_LEN).map(|len| table(len, n)).collect(),
            Combination::Cross(_) => Vec::new(),
        };
        Self {
            combination,
            block: Block {
                members: vec![Vec::with_capacity(BLOCK); n],
                segments: Vec::with_capacity(BLOCK),
            },
            tables,
        }
    }

    /// Calls `work` with blocks of all combinations of `events`, in order.
    /// Each event has at least one.
    pub(super) fn for_each(&mut self, events: &[Event], mut work: impl FnMut(&Block)) {
        self.block.clear();
        for (number, event) in events.iter().enumerate() {
            if !self.look_up(number, event, &mut work) {
                self.count_out(number, event, &mut work);
            }
        }
        if self.block.len() > 0 {
            work(&self.block);
        }
    }

    /// Appends all combinations of a short list; false if there is no table for it.
    fn look_up(&mut self, number: usize, event: &Event, work: &mut impl FnMut(&Block)) -> bool {
        let Some(Some(table)) = self.tables.get(event.lengths[0] as usize) else {
            return false;
        };
        if self.block.len() + table[0].len() > BLOCK {
            work(&self.block);
            self.block.clear();
        }
        let start = event.starts[0];
        for (member, places) in self.block.members.iter_mut().zip(table) {
            member.extend(places.iter().map(|place| place + start));
        }
        self.block.end_segment(number);
        true
    }

    /// Appends the combinations of any event run by run: all members but the
    /// last stay, the last goes through the rest of its list.
    fn count_out(&mut self, number: usize, event: &Event, work: &mut impl FnMut(&Block)) {
        let mut prefix = Prefix::new(self.combination, event);
        let last = self.combination.members() - 1;
        let start = |slot: usize| match self.combination {
            Combination::Combinations(_) => event.starts[0],
            Combination::Cross(_) => event.starts[slot],
        };
        loop {
            let mut next = prefix.run_start();
            while next < prefix.lengths[last] {
                let space = BLOCK - self.block.len();
                if space == 0 {
                    self.block.end_segment(number);
                    work(&self.block);
                    self.block.clear();
                    continue;
                }
                let taken = space.min(prefix.lengths[last] - next);
                for (slot, member) in self.block.members[..last].iter_mut().enumerate() {
                    let particle = start(slot) + index_of(prefix.places[slot]);
                    member.extend(std::iter::repeat_n(particle, taken));
                }
                let first = start(last) + index_of(next);
                self.block.members[last].extend(first..first + index_of(taken));
                next += taken;
            }
            if !prefix.step() {
                break;
            }
        }
        self.block.end_segment(number);
    }
}

/// All members of a combination but the last.
struct Prefix {
    combination: Combination,
    places: [usize; MAX_MEMBERS],
    lengths: [usize; MAX_MEMBERS],
}

impl Prefix {
    fn new(combination: Combination, event: &Event) -> Self {
        let (places, lengths) = match combination {
            Combination::Combinations(_) => (
                std::array::from_fn(|slot| slot),
                [event.lengths[0] as usize; MAX_MEMBERS],
            ),
            Combination::Cross(_) => (
                [0; MAX_MEMBERS],
                event.lengths.map(|length| length as usize),
            ),
        };
        Self {
            combination,
            places,
            lengths,
        }
    }

    /// First place of the last member.
    fn run_start(&self) -> usize {
        match self.combination {
            Combination::Combinations(n) if n > 1 => self.places[n - 2] + 1,
            Combination::Combinations(_) | Combination::Cross(_) => 0,
        }
    }

    /// Moves on; false at the end.
    fn step(&mut self) -> bool {
        match self.combination {
            // The last place is left to the run, so one particle less is to be had.
            Combination::Combinations(n) => {
                n > 1 && step(&mut self.places[..n - 1], self.lengths[0] - 1)
            }
            Combination::Cross(n) => {
                for slot in (0..n - 1).rev() {
                    self.places[slot] += 1;
                    if self.places[slot] < self.lengths[slot] {
                        return true;
                    }
                    self.places[slot] = 0;
                }
                false
            }
        }
    }
}

/// Per member its positions in all combinations of `n` out of `len`, if they
/// are some and fit into a block.
fn table(len: usize, n: usize) -> Option<Vec<Vec<u32>>> {
    if len < n {
        return None;
    }
    let mut table = vec![Vec::new(); n];
    let mut places: [usize; MAX_MEMBERS] = std::array::from_fn(|slot| slot);
    loop {
        for (member, place) in table.iter_mut().zip(places) {
            member.push(index_of(place));
        }
        if !step(&mut places[..n], len) {
            break;
        }
    }
    (table[0].len() <= BLOCK).then_some(table)
}
