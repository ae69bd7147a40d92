//! The columns of a tree: every branch that holds values, from the top down.

use std::collections::HashMap;
use std::sync::Arc;

use super::basket_header::GENERATE_OFFSETS;
use super::baskets::{TreeRecord, baskets_of, bytes_of};
use super::layout::describe;
use super::raw::{RawBranch, RawLeaf};
use crate::compress;
use crate::decode::{CountedHeader, Layout};
use crate::error::{Result, RootError};
use crate::naming::{UniqueNames, column_name};
use crate::object::{Object, ObjectId, ObjectReader};
use crate::streamer::Registry;
use crate::tree::{Column, Stored, StoredBranch};

/// What columns need to know of their file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FileFacts<'a> {
    pub(crate) classes: &'a Registry,
    pub(crate) file_bytes: u64,
    pub(crate) root_version: u32,
    /// Entries of the tree.
    pub(crate) entries: u64,
    pub(crate) record: TreeRecord,
}

/// All columns below these branches, in the order of the file.
pub(crate) fn columns_of(
    branches: &[Option<ObjectId>],
    reader: &mut ObjectReader<'_>,
    facts: FileFacts<'_>,
) -> Vec<Arc<Column>> {
    let mut walk = Walk {
        reader,
        facts,
        names: UniqueNames::default(),
        found: Vec::new(),
    };
    walk.visit_all(branches, &[]);
    let Walk { reader, found, .. } = walk;
    with_counters(found, reader)
}

struct Found {
    column: Column,
    /// The only leaf, which may count for others.
    leaf: Option<ObjectId>,
    /// The leaf that holds this column's counts, if its baskets leave them out.
    counts: Option<ObjectId>,
}

struct Walk<'r, 'a> {
    reader: &'r mut ObjectReader<'a>,
    facts: FileFacts<'r>,
    names: UniqueNames,
    found: Vec<Found>,
}

impl Walk<'_, '_> {
    fn visit_all(&mut self, ids: &[Option<ObjectId>], above: &[&str]) {
        for &id in ids.iter().flatten() {
            // Taking a branch out also ends a circle of branches.
            if let Object::Branch(branch) = self.reader.take(id) {
                self.visit(&branch, above);
            }
        }
    }

    fn visit(&mut self, branch: &RawBranch, above: &[&str]) {
        let mut path = above.to_vec();
        path.push(&branch.name);
        if !branch.branches.is_empty() {
            self.visit_all(&branch.branches, &path);
            return;
        }
        let leaf_ids: Vec<ObjectId> = branch.leaves.iter().flatten().copied().collect();
        let leaves: Vec<RawLeaf> = leaf_ids
            .iter()
            .filter_map(|&id| match self.reader.get(id) {
                Object::Leaf(leaf) => Some(leaf.clone()),
                _ => None,
            })
            .collect();
        let described = describe(
            branch,
            &leaves.iter().collect::<Vec<_>>(),
            self.facts.classes,
        );
        let (baskets, layout) = match baskets_of(branch, self.reader, self.facts.file_bytes) {
            Ok(baskets) => (baskets, described.layout),
            Err(error) => (Vec::new(), Err(error)),
        };
        let layout = layout.and_then(|layout| {
            let covered = baskets.last().map_or(0, |basket| basket.end_entry);
            check_stored(branch, &described.cpp_type, covered, self.facts.entries)?;
            Ok(layout)
        });
        let wanted = column_name(&path);
        let name = self.names.claim(wanted.clone());
        let note = (name != wanted)
            .then(|| format!("another branch is named `{wanted}`, so this one is `{name}`"));
        let generated = branch.io_bits & GENERATE_OFFSETS != 0;
        let counted_by = match (&layout, &leaves[..]) {
            (
                Ok(Layout::Counted {
                    header: CountedHeader::None,
                    ..
                }),
                [leaf],
            ) => leaf.count,
            _ => None,
        };
        let counts = leaves
            .first()
            .and_then(|leaf| leaf.count)
            .filter(|_| generated);
        let (zip_bytes, tot_bytes) = bytes_of(branch, &baskets, self.facts.record);
        let column = Column {
            name,
            branch: path.join("/"),
            cpp_type: described.cpp_type,
            codec: compress::setting_name(branch.compress),
            baskets,
            zip_bytes,
            tot_bytes,
            note,
            parts: None,
            stored: layout.map(|layout| {
                Stored::Branch(StoredBranch {
                    layout,
                    counter: None,
                    root_version: self.facts.root_version,
                })
            }),
            counted_by,
        };
        let leaf = match leaf_ids[..] {
            [only] => Some(only),
            _ => None,
        };
        self.found.push(Found {
            column,
            leaf,
            counts,
        });
    }
}

/// Refuses branches whose values are not (all) in this file.
fn check_stored(branch: &RawBranch, cpp_type: &str, covered: u64, entries: u64) -> Result<()> {
    if !branch.file_name.is_empty() {
        let why = format!("its baskets are in another file, `{}`", branch.file_name);
        return Err(RootError::unsupported(cpp_type, why));
    }
    if covered < entries {
        let why = format!("it has {covered} of the tree's {entries} entries");
        return Err(RootError::unsupported(cpp_type, why));
    }
    Ok(())
}

/// Joins columns whose baskets have no entry table with the columns that count for them.
fn with_counters(found: Vec<Found>, reader: &ObjectReader<'_>) -> Vec<Arc<Column>> {
    let mut counters: HashMap<ObjectId, usize> = HashMap::new();
    let mut by_leaf_name: HashMap<String, usize> = HashMap::new();
    for (i, one) in found.iter().enumerate() {
        if let Some(leaf) = one.leaf {
            counters.insert(leaf, i);
            if let Object::Leaf(leaf) = reader.get(leaf) {
                by_leaf_name.entry(leaf.name.clone()).or_insert(i);
            }
        }
    }
    let counter_of: Vec<Option<usize>> = found
        .iter()
        .map(|one| {
            let id = one.counts?;
            let by_name = || match reader.get(id) {
                Object::Leaf(leaf) => by_leaf_name.get(&leaf.name).copied(),
                _ => None,
            };
            counters.get(&id).copied().or_else(by_name)
        })
        .collect();
    let mut columns: Vec<Option<Arc<Column>>> = Vec::new();
    let mut waiting: Vec<(usize, Column)> = Vec::new();
    for (i, one) in found.into_iter().enumerate() {
        match counter_of[i] {
            Some(counter) if counter != i => {
                columns.push(None);
                waiting.push((i, one.column));
            }
            _ => columns.push(Some(Arc::new(one.column))),
        }
    }
    for (i, mut column) in waiting {
        if let Ok(Stored::Branch(branch)) = &mut column.stored {
            branch.counter = counter_of[i].and_then(|counter| columns.get(counter)?.clone());
        }
        columns[i] = Some(Arc::new(column));
    }
    columns.into_iter().flatten().collect()
}
