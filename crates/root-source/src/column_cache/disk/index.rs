//! Which chunks are on disk, and who goes when there is no room: names and sizes, no I/O.
//!
//! What was used least recently goes first. A chunk that the memory holds too was wanted since,
//! though nobody asked the disk for it, so it is passed over and counts as used.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Weak};

use super::key::{Name, Owner};
use crate::column_cache::Chunk;

/// A disk gives space in blocks of so many bytes.
const BLOCK_BYTES: u64 = 4 << 10;
/// Chunks in memory that one search for room passes over, so that it ends soon where all are.
const MOST_SPARED: usize = 64;

/// Names of chunks within a number of bytes.
#[derive(Debug)]
pub(super) struct Index {
    limit: u64,
    /// What files take, and the one that is being written.
    taken: u64,
    clock: u64,
    items: HashMap<Name, Item>,
    /// The same, by their last use.
    order: BTreeMap<u64, Name>,
}

#[derive(Debug)]
struct Item {
    /// Length of the file.
    length: u64,
    used: u64,
    in_memory: Weak<Chunk>,
    /// `None` until somebody asks.
    owner: Option<Arc<Owner>>,
}

impl Index {
    pub(super) fn new(limit: u64) -> Self {
        Self {
            limit,
            taken: 0,
            clock: 0,
            items: HashMap::new(),
            order: BTreeMap::new(),
        }
    }

    /// Bytes that are taken, in whole blocks.
    pub(super) fn taken(&self) -> u64 {
        self.taken
    }

    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    pub(super) fn contains(&self, name: Name) -> bool {
        self.items.contains_key(&name)
    }

    /// Length of a chunk's file, which counts as used.
    pub(super) fn use_now(&mut self, name: Name) -> Option<u64> {
        let length = self.items.get(&name)?.length;
        self.renew(name);
        Some(length)
    }

    /// Takes in a file, instead of what had its name.
    pub(super) fn insert(&mut self, name: Name, length: u64) {
        self.remove(name);
        self.taken += in_blocks(length);
        self.clock += 1;
        self.order.insert(self.clock, name);
        let item = Item {
            length,
            used: self.clock,
            in_memory: Weak::new(),
            owner: None,
        };
        self.items.insert(name, item);
    }

    /// Takes room for a file of this length; gives those that must go before it is written.
    /// `None` if it is larger than all there is.
    pub(super) fn make_room(&mut self, length: u64) -> Option<Vec<Name>> {
        let wanted = in_blocks(length);
        if wanted > self.limit {
            return None;
        }
        let mut gone = Vec::new();
        let mut spared = 0;
        while self.taken.saturating_add(wanted) > self.limit {
            let (_, &name) = self.order.first_key_value()?;
            let item = self.items.get(&name)?;
            if spared < MOST_SPARED && item.in_memory.strong_count() > 0 {
                spared += 1;
                self.renew(name);
            } else {
                self.remove(name);
                gone.push(name);
            }
        }
        self.taken += wanted;
        Some(gone)
    }

    /// Gives room back that was made for a file; right before the file is taken in, if it was
    /// written.
    pub(super) fn release(&mut self, length: u64) {
        self.taken -= in_blocks(length);
    }

    /// Notes that the memory holds a chunk.
    pub(super) fn is_in_memory(&mut self, name: Name, chunk: Weak<Chunk>) {
        if let Some(item) = self.items.get_mut(&name) {
            item.in_memory = chunk;
        }
    }

    /// Forgets a file.
    pub(super) fn remove(&mut self, name: Name) {
        if let Some(item) = self.items.remove(&name) {
            self.order.remove(&item.used);
            self.taken -= in_blocks(item.length);
        }
    }

    /// Forgets all files.
    pub(super) fn remove_all(&mut self) -> Vec<Name> {
        let names: Vec<Name> = self.order.values().copied().collect();
        for name in &names {
            self.remove(*name);
        }
        names
    }

    /// Files whose column nobody has asked for yet.
    pub(super) fn ownerless(&self) -> Vec<Name> {
        let items = self.items.iter();
        items
            .filter(|(_, item)| item.owner.is_none())
            .map(|(name, _)| *name)
            .collect()
    }

    pub(super) fn set_owner(&mut self, name: Name, owner: &Arc<Owner>) {
        if let Some(item) = self.items.get_mut(&name) {
            item.owner = Some(Arc::clone(owner));
        }
    }

    /// Bytes of files by column, as far as columns are known.
    pub(super) fn bytes_by_owner(&self) -> BTreeMap<Arc<Owner>, u64> {
        let mut bytes = BTreeMap::new();
        for item in self.items.values() {
            if let Some(owner) = &item.owner {
                *bytes.entry(Arc::clone(owner)).or_default() += item.length;
            }
        }
        bytes
    }

    fn renew(&mut self, name: Name) {
        if let Some(item) = self.items.get_mut(&name) {
            self.order.remove(&item.used);
            self.clock += 1;
            item.used = self.clock;
            self.order.insert(item.used, name);
        }
    }
}

fn in_blocks(length: u64) -> u64 {
    length.div_ceil(BLOCK_BYTES).saturating_mul(BLOCK_BYTES)
}

#[cfg(test)]
mod tests {
    use arrow::array::Int32Array;
    use arrow::datatypes::DataType;
    use proptest::prelude::*;

    use super::*;
    use crate::column_cache::disk::tests::{column, entry, file};

    fn full(count: u32) -> Index {
        let mut index = Index::new(u64::from(count) * BLOCK_BYTES);
        (0..count).for_each(|name| index.insert(Name(name.into()), 10));
        index
    }

    fn chunk() -> Arc<Chunk> {
        let values = Arc::new(Int32Array::from(vec![1]));
        Arc::new(Chunk::new(
            entry(file(), column(DataType::Int32)),
            vec![values],
        ))
    }

    #[test]
    fn what_was_used_least_recently_goes_first() {
        let mut index = full(4);
        index.use_now(Name(0)).unwrap();

        assert_eq!(
            index.make_room(2 * BLOCK_BYTES),
            Some(vec![Name(1), Name(2)])
        );
        assert_eq!(index.taken(), 4 * BLOCK_BYTES);
        assert!(index.contains(Name(0)) && index.contains(Name(3)));
    }

    #[test]
    fn what_the_memory_holds_is_passed_over_unless_it_holds_all() {
        let held = chunk();
        let mut index = full(3);
        index.is_in_memory(Name(0), Arc::downgrade(&held));
        assert_eq!(index.make_room(1), Some(vec![Name(1)]));
        index.release(1);

        index.is_in_memory(Name(2), Arc::downgrade(&held));
        assert_eq!(
            index.make_room(3 * BLOCK_BYTES).map(|gone| gone.len()),
            Some(2)
        );
    }

    #[test]
    fn a_file_larger_than_all_there_is_drives_nobody_out() {
        let mut index = full(3);

        assert_eq!(index.make_room(3 * BLOCK_BYTES + 1), None);
        assert_eq!(index.len(), 3);
    }

    #[derive(Debug, Clone)]
    enum Act {
        Write(u128, u64),
        Fail(u64),
        Use(u128),
        Remove(u128),
        Clear,
    }

    fn act() -> impl Strategy<Value = Act> {
        prop_oneof![
            6 => (0..20_u128, 0..70_000_u64).prop_map(|(name, length)| Act::Write(name, length)),
            1 => (0..70_000_u64).prop_map(Act::Fail),
            3 => (0..20_u128).prop_map(Act::Use),
            2 => (0..20_u128).prop_map(Act::Remove),
            1 => Just(Act::Clear),
        ]
    }

    proptest! {
        #[test]
        fn files_never_take_more_than_the_limit(acts in prop::collection::vec(act(), 1..80)) {
            let limit = 100_000;
            let mut index = Index::new(limit);
            let mut files: HashMap<Name, u64> = HashMap::new();
            for act in acts {
                match act {
                    Act::Write(name, length) => if let Some(gone) = index.make_room(length) {
                        for name in gone {
                            prop_assert!(files.remove(&name).is_some());
                        }
                        files.insert(Name(name), length);
                        index.release(length);
                        index.insert(Name(name), length);
                    },
                    Act::Fail(length) => if let Some(gone) = index.make_room(length) {
                        for name in gone {
                            prop_assert!(files.remove(&name).is_some());
                        }
                        index.release(length);
                    },
                    Act::Use(name) => {
                        prop_assert_eq!(index.use_now(Name(name)), files.get(&Name(name)).copied());
                    }
                    Act::Remove(name) => {
                        index.remove(Name(name));
                        files.remove(&Name(name));
                    }
                    Act::Clear => {
                        prop_assert_eq!(index.remove_all().len(), files.len());
                        files.clear();
                    }
                }
                let taken: u64 = files.values().copied().map(in_blocks).sum();
                prop_assert_eq!(index.taken(), taken);
                prop_assert!(taken <= limit);
                prop_assert_eq!(index.len(), files.len());
            }
        }
    }
}
