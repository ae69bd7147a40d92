//! Description of a tree as objects: `TTree`, `TBranch`, `TBranchElement`, `TLeaf*`.

use std::collections::HashMap;

use crate::basket::{BASKET_SIZE_HINT, WrittenBasket};
use crate::branch::Branch;
use crate::buffer::Buffer;
use crate::layout::{Layout, LeafLayout};
use crate::options::TreeOptions;
use crate::{LastBaskets, Result};

/// Checksum of `ROOT::TIOFeatures`, which has no version number.
const IO_FEATURES_CHECKSUM: u32 = 446_770_960;
/// Entries ROOT allows in a tree that is no circular buffer.
const MAX_ENTRIES: i64 = 1_000_000_000_000;
/// `fAutoFlush` of a tree nobody set it for: 30 MB of baskets.
const DEFAULT_AUTO_FLUSH: i64 = -30_000_000;

/// Places of leaves in the record, which others point to.
#[derive(Debug, Default)]
struct LeafPlaces {
    all: Vec<u32>,
    by_branch: HashMap<String, u32>,
}

/// A tree with all that was written of it.
pub(crate) struct TreeDescription<'a> {
    pub(crate) name: &'a str,
    pub(crate) options: &'a TreeOptions,
    pub(crate) entries: i64,
    pub(crate) branches: &'a [Branch],
    pub(crate) directory_seek: u64,
}

impl TreeDescription<'_> {
    /// `TTree` as record.
    pub(crate) fn put(&self, out: &mut Buffer) -> Result<()> {
        let mut result = Ok(());
        out.versioned(20, |out| {
            out.tnamed(self.name, &self.options.title, 8);
            put_line_fill_marker(out);
            self.put_numbers(out);
            put_io_features(out, self.io_bits());
            let mut places = LeafPlaces::default();
            out.tobjarray(self.branches.len(), |out| {
                for branch in self.branches {
                    if result.is_ok() {
                        result = self.put_branch(branch, &mut places, out);
                    }
                }
            });
            out.tobjarray(places.all.len(), |out| {
                places.all.iter().for_each(|&place| out.pointer(place));
            });
            // fAliases, fIndexValues, fIndex, fTreeIndex, fFriends, fUserInfo, fBranchRef: none.
            out.raw(&[0; 28]);
        });
        result
    }

    fn put_numbers(&self, out: &mut Buffer) {
        let total: u64 = self.branches.iter().map(Branch::unpacked_bytes).sum();
        let stored: u64 = self.branches.iter().map(Branch::stored_bytes).sum();
        let auto_flush = match self.options.entries_per_cluster {
            Some(entries) => i64::try_from(entries).unwrap_or(i64::MAX),
            None => DEFAULT_AUTO_FLUSH,
        };
        out.i64(self.entries);
        out.u64(total);
        out.u64(stored);
        out.i64(0); // fSavedBytes
        out.u64(stored); // fFlushedBytes
        out.f64(1.0); // fWeight
        out.i32(0); // fTimerInterval
        out.i32(25); // fScanField
        out.i32(0); // fUpdate
        out.i32(1000); // fDefaultEntryOffsetLen
        out.count(self.options.cluster_ranges.len());
        out.i64(MAX_ENTRIES);
        out.i64(MAX_ENTRIES); // fMaxEntryLoop
        out.i64(0); // fMaxVirtualSize
        out.i64(-300_000_000); // fAutoSave
        out.i64(auto_flush);
        out.i64(1_000_000); // fEstimate
        let ranges = &self.options.cluster_ranges;
        out.bool(!ranges.is_empty());
        ranges.iter().for_each(|range| out.u64(range.last_entry));
        out.bool(!ranges.is_empty());
        ranges
            .iter()
            .for_each(|range| out.u64(range.entries_per_cluster));
    }

    fn io_bits(&self) -> u8 {
        self.branches
            .iter()
            .map(|branch| branch.io_bits)
            .max()
            .unwrap_or_default()
    }

    fn put_branch(&self, branch: &Branch, places: &mut LeafPlaces, out: &mut Buffer) -> Result<()> {
        let mut result = Ok(());
        match &branch.layout {
            Layout::Leaves(_) | Layout::Text => {
                out.object("TBranch", |out| {
                    result = self.put_tbranch(branch, places, out);
                });
            }
            Layout::Object { class_name } => {
                out.object("TBranchElement", |out| {
                    out.versioned(10, |out| {
                        result = self.put_tbranch(branch, places, out);
                        put_element_class(class_name, out);
                    });
                });
            }
        }
        result
    }

    fn put_tbranch(
        &self,
        branch: &Branch,
        places: &mut LeafPlaces,
        out: &mut Buffer,
    ) -> Result<()> {
        let mut result = Ok(());
        let is_object = matches!(branch.layout, Layout::Object { .. });
        out.versioned(13, |out| {
            let bits = if is_object { 0x0050_0000 } else { 0x0040_0000 };
            out.tnamed(&branch.name, &branch_title(branch), bits);
            put_fill(out);
            out.i32(branch.codec.setting());
            out.i32(BASKET_SIZE_HINT);
            out.i32(if branch.layout.is_fixed() { 0 } else { 1000 });
            out.count(branch.written.len()); // fWriteBasket
            out.i64(self.entries);
            put_io_features(out, branch.io_bits);
            out.i32(0); // fOffset
            out.count(branch.basket_slots());
            out.i32(0); // fSplitLevel
            out.i64(self.entries);
            out.i64(0); // fFirstEntry
            out.u64(branch.unpacked_bytes());
            out.u64(branch.stored_bytes());
            out.tobjarray(0, |_| ()); // fBranches
            put_leaves(branch, self.is_counter(&branch.name), places, out);
            result = self.put_embedded(branch, out);
            put_basket_tables(branch, self.entries, out);
            out.string(""); // fFileName
        });
        result
    }

    /// `fBaskets`: empty, or the basket still being filled, behind a null for each one in the file.
    fn put_embedded(&self, branch: &Branch, out: &mut Buffer) -> Result<()> {
        let mut result = Ok(());
        if self.options.last_baskets == LastBaskets::InFile || branch.pending.entry_count == 0 {
            out.tobjarray(0, |_| ());
            return result;
        }
        out.tobjarray(branch.written.len() + 1, |out| {
            branch.written.iter().for_each(|_| out.pointer(0));
            out.object("TBasket", |out| {
                let owner = branch.basket_owner(self.name, self.directory_seek);
                result = branch.pending.embed(owner, out);
            });
        });
        result
    }

    fn is_counter(&self, name: &str) -> bool {
        self.branches
            .iter()
            .any(|branch| branch.layout.counter() == Some(name))
    }
}

fn branch_title(branch: &Branch) -> String {
    match &branch.layout {
        Layout::Leaves(leaves) => leaves
            .iter()
            .map(LeafLayout::declaration)
            .collect::<Vec<_>>()
            .join(":"),
        Layout::Text => format!("{}/C", branch.name),
        Layout::Object { .. } => branch.name.clone(),
    }
}

fn put_leaves(branch: &Branch, is_counter: bool, places: &mut LeafPlaces, out: &mut Buffer) {
    let count = match &branch.layout {
        Layout::Leaves(leaves) => leaves.len(),
        Layout::Text | Layout::Object { .. } => 1,
    };
    out.tobjarray(count, |out| match &branch.layout {
        Layout::Leaves(leaves) => {
            let mut offset = 0;
            for leaf in leaves {
                let place = put_number_leaf(leaf, offset, is_counter, branch.largest, places, out);
                places.by_branch.insert(branch.name.clone(), place);
                places.all.push(place);
                offset += leaf.item_length() * usize::from(leaf.kind.memory_bytes);
            }
        }
        Layout::Text => places
            .all
            .push(put_text_leaf(&branch.name, branch.largest, out)),
        Layout::Object { .. } => places.all.push(out.object("TLeafElement", |out| {
            out.versioned(1, |out| {
                put_leaf_base(&branch.name, &branch.name, [1, 0, 0], [false; 2], 0, out);
                out.i32(-1); // fID
                out.i32(-1); // fType
            });
        })),
    });
}

fn put_number_leaf(
    leaf: &LeafLayout,
    offset: usize,
    is_counter: bool,
    largest: usize,
    places: &LeafPlaces,
    out: &mut Buffer,
) -> u32 {
    let counter = leaf
        .counter
        .as_ref()
        .and_then(|name| places.by_branch.get(name))
        .copied();
    let sizes = [
        leaf.item_length(),
        usize::from(leaf.kind.memory_bytes),
        offset,
    ];
    let flags = [is_counter, leaf.kind.is_unsigned];
    let version = if leaf.kind.packing.is_some() { 2 } else { 1 };
    out.object(leaf.kind.leaf_class, |out| {
        out.versioned(version, |out| {
            put_leaf_base(
                &leaf.name,
                &leaf.title(),
                sizes,
                flags,
                counter.unwrap_or(0),
                out,
            );
            put_limits(leaf, if is_counter { largest } else { 0 }, out);
        });
    })
}

/// `fMinimum` (0) and `fMaximum`: of a counter the largest count, which readers size buffers by.
fn put_limits(leaf: &LeafLayout, largest: usize, out: &mut Buffer) {
    // In the file, limits of packed leaves are packed as well: 3 or 4 bytes.
    let width = match leaf.kind.leaf_class {
        "TLeafF16" => 3,
        "TLeafD32" => 4,
        _ => usize::from(leaf.kind.memory_bytes),
    };
    out.raw(&vec![0; width]);
    let largest = (largest as u64).to_be_bytes();
    out.raw(largest.get(8 - width..).unwrap_or(&largest));
}

fn put_text_leaf(name: &str, longest: usize, out: &mut Buffer) -> u32 {
    out.object("TLeafC", |out| {
        out.versioned(1, |out| {
            put_leaf_base(name, name, [longest + 1, 1, 0], [false; 2], 0, out);
            out.i32(0);
            out.count(longest + 1);
        });
    })
}

/// `TLeaf`: `sizes` are fLen, fLenType and fOffset, `flags` fIsRange and fIsUnsigned.
fn put_leaf_base(
    name: &str,
    title: &str,
    sizes: [usize; 3],
    flags: [bool; 2],
    counter: u32,
    out: &mut Buffer,
) {
    out.versioned(2, |out| {
        out.tnamed(name, title, 0);
        sizes.into_iter().for_each(|size| out.count(size));
        flags.into_iter().for_each(|flag| out.bool(flag));
        out.pointer(counter);
    });
}

fn put_element_class(class_name: &str, out: &mut Buffer) {
    let is_vector = class_name.starts_with("vector");
    out.string(class_name);
    out.string(""); // fParentName
    out.string(""); // fClonesName
    out.u32(0); // fCheckSum
    out.i16(if is_vector { 6 } else { 2 }); // fClassVersion
    out.i32(-1); // fID
    out.i32(if is_vector { 0 } else { -1 }); // fType
    out.i32(-1); // fStreamerType
    out.i32(0); // fMaximum
    out.pointer(0); // fBranchCount
    out.pointer(0); // fBranchCount2
}

/// `fBasketBytes`, `fBasketEntry` and `fBasketSeek`, each behind a flag.
fn put_basket_tables(branch: &Branch, entries: i64, out: &mut Buffer) {
    let unused = branch.basket_slots() - branch.written.len();
    let embedded = i64::try_from(branch.pending.entry_count).unwrap_or(0);
    let table = |out: &mut Buffer, width: usize, put: &dyn Fn(&mut Buffer, &WrittenBasket)| {
        out.u8(1);
        branch.written.iter().for_each(|basket| put(out, basket));
        out.raw(&vec![0; unused * width]);
    };
    table(out, 4, &|out, basket| out.i32(basket.stored_bytes));
    out.u8(1);
    branch
        .written
        .iter()
        .for_each(|basket| out.u64(basket.first_entry));
    // One past the last basket, or the first of the one in the tree.
    out.i64(entries - embedded);
    out.raw(&vec![0; (unused - 1) * 8]);
    table(out, 8, &|out, basket| out.u64(basket.seek));
}

fn put_io_features(out: &mut Buffer, bits: u8) {
    out.versioned(0, |out| {
        out.u32(IO_FEATURES_CHECKSUM);
        out.u8(bits);
    });
}

fn put_fill(out: &mut Buffer) {
    out.versioned(2, |out| {
        out.i16(0);
        out.i16(1001);
    });
}

fn put_line_fill_marker(out: &mut Buffer) {
    out.versioned(2, |out| {
        out.i16(602);
        out.i16(1);
        out.i16(1);
    });
    put_fill(out);
    out.versioned(2, |out| {
        out.i16(1);
        out.i16(1);
        out.raw(&1.0_f32.to_be_bytes());
    });
}
