//! Trees, branches, leaves and embedded baskets as they stand in the file.

use super::basket_header::{BasketHeader, GENERATED_FLAG};
use super::old;
use crate::cursor::Cursor;
use crate::error::Result;
use crate::members::Value;
use crate::object::{ObjectId, ObjectReader};

/// Last versions that were streamed by hand instead of from a class description.
const LAST_HAND_WRITTEN_TREE: i16 = 4;
const LAST_HAND_WRITTEN_BRANCH: i16 = 9;

/// A `TTree`, as far as reading needs it.
#[derive(Debug, Default)]
pub(crate) struct RawTree {
    pub(crate) title: String,
    pub(crate) entries: i64,
    pub(crate) auto_flush: i64,
    pub(crate) cluster_ends: Vec<i64>,
    pub(crate) cluster_sizes: Vec<i64>,
    pub(crate) branches: Option<Vec<Option<ObjectId>>>,
}

impl RawTree {
    /// A tree of `class`, which may be derived from `TTree`.
    pub(crate) fn read(reader: &mut ObjectReader<'_>, class: &str) -> Result<Self> {
        let mut tree = Self::default();
        let mut sink = |name: &str, value: Value| match (name, value) {
            ("fTitle", Value::Text(text)) => tree.title = text,
            ("fEntries", value) => tree.entries = number(&value),
            ("fAutoFlush", value) => tree.auto_flush = number(&value),
            ("fClusterRangeEnd", Value::Integers(ends)) => tree.cluster_ends = ends,
            ("fClusterSize", Value::Integers(sizes)) => tree.cluster_sizes = sizes,
            ("fBranches", Value::Objects(ids)) => tree.branches = Some(ids),
            _ => {}
        };
        let outcome = match class {
            "TTree" => read_ttree(reader, &mut sink),
            derived => reader.read_members(derived, &mut sink),
        };
        // What follows the branches (aliases, indices, user data) does not concern columns.
        match outcome {
            Err(error) if tree.branches.is_none() => Err(error),
            _ => Ok(tree),
        }
    }
}

/// The members of a `TTree` of any age.
///
/// Source: ROOT `TTree::Streamer`.
pub(crate) fn read_ttree(
    reader: &mut ObjectReader<'_>,
    sink: &mut dyn FnMut(&str, Value),
) -> Result<()> {
    let version = reader.cursor.version()?;
    if version.version > LAST_HAND_WRITTEN_TREE {
        reader.read_members_of("TTree", i32::from(version.version), sink)?;
    } else {
        let (name, title) = reader.read_tnamed()?;
        sink("fName", Value::Text(name));
        sink("fTitle", Value::Text(title));
        for _ in 0..3 {
            skip_versioned(reader)?; // attributes of lines, fills and markers
        }
        reader.cursor.skip(3 * 4)?;
        sink("fEntries", Value::Float(reader.cursor.f64()?));
        reader.cursor.skip(2 * 8 + 2 * 4)?;
        let branches = reader.read_array()?;
        sink("fBranches", Value::Objects(branches));
    }
    match version.end {
        Some(end) => reader.cursor.go_to(end),
        None => Ok(()),
    }
}

/// A branch of any class.
#[derive(Debug, Default)]
pub(crate) struct RawBranch {
    pub(crate) class: String,
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) compress: i32,
    pub(crate) io_bits: u8,
    pub(crate) write_basket: i64,
    pub(crate) entries: i64,
    pub(crate) entry_number: i64,
    pub(crate) first_entry: i64,
    pub(crate) tot_bytes: i64,
    pub(crate) zip_bytes: i64,
    pub(crate) branches: Vec<Option<ObjectId>>,
    pub(crate) leaves: Vec<Option<ObjectId>>,
    pub(crate) baskets: Vec<Option<ObjectId>>,
    pub(crate) basket_bytes: Vec<i64>,
    pub(crate) basket_entry: Vec<i64>,
    pub(crate) basket_seek: Vec<i64>,
    /// File that holds the baskets, if it is another one.
    pub(crate) file_name: String,
    pub(crate) element: Option<RawElement>,
}

/// What a `TBranchElement` adds.
#[derive(Debug, Default, Clone)]
pub(crate) struct RawElement {
    pub(crate) class_name: String,
    pub(crate) parent_name: String,
    pub(crate) clones_name: String,
    pub(crate) checksum: u32,
    pub(crate) class_version: i32,
    pub(crate) id: i32,
    pub(crate) kind: i32,
    pub(crate) streamer_type: i32,
}

impl RawBranch {
    /// A branch of `class`.
    pub(crate) fn read(reader: &mut ObjectReader<'_>, class: &str) -> Result<Self> {
        let mut branch = Self {
            class: class.to_owned(),
            ..Self::default()
        };
        let mut element = RawElement::default();
        let mut sink = |name: &str, value: Value| {
            if let Some(value) = branch.accept(name, value) {
                element.accept(name, value);
            }
        };
        match class {
            "TBranch" => read_tbranch(reader, &mut sink)?,
            derived => reader.read_members(derived, &mut sink)?,
        }
        if class != "TBranch" {
            branch.element = Some(element);
        }
        Ok(branch)
    }

    /// Keeps a member; gives it back if it is not a branch's.
    fn accept(&mut self, name: &str, value: Value) -> Option<Value> {
        match (name, value) {
            ("fName", Value::Text(text)) => self.name = text,
            ("fTitle", Value::Text(text)) => self.title = text,
            ("fFileName", Value::Text(text)) => self.file_name = text,
            ("fCompress", Value::Integer(n)) => self.compress = i32::try_from(n).unwrap_or(0),
            ("fWriteBasket", Value::Integer(n)) => self.write_basket = n,
            ("fEntryNumber", value) => self.entry_number = number(&value),
            ("fFirstEntry", value) => self.first_entry = number(&value),
            ("fEntries", value) => self.entries = number(&value),
            ("fTotBytes", value) => self.tot_bytes = number(&value),
            ("fZipBytes", value) => self.zip_bytes = number(&value),
            ("fIOFeatures", Value::Opaque(bytes)) => {
                self.io_bits = bytes.last().copied().unwrap_or(0);
            }
            ("fBranches", Value::Objects(ids)) => self.branches = ids,
            ("fLeaves", Value::Objects(ids)) => self.leaves = ids,
            ("fBaskets", Value::Objects(ids)) => self.baskets = ids,
            ("fBasketBytes", Value::Integers(all)) => self.basket_bytes = all,
            ("fBasketEntry", Value::Integers(all)) => self.basket_entry = all,
            ("fBasketSeek", Value::Integers(all)) => self.basket_seek = all,
            (_, value) => return Some(value),
        }
        None
    }
}

impl RawElement {
    fn accept(&mut self, name: &str, value: Value) {
        match (name, value) {
            ("fClassName", Value::Text(text)) => self.class_name = text,
            ("fParentName", Value::Text(text)) => self.parent_name = text,
            ("fClonesName", Value::Text(text)) => self.clones_name = text,
            ("fCheckSum", Value::Integer(n)) => {
                self.checksum = u32::try_from(n & 0xffff_ffff).unwrap_or(0);
            }
            ("fClassVersion", Value::Integer(n)) => {
                self.class_version = i32::try_from(n).unwrap_or(0);
            }
            ("fID", Value::Integer(n)) => self.id = i32::try_from(n).unwrap_or(-1),
            ("fType", Value::Integer(n)) => self.kind = i32::try_from(n).unwrap_or(-1),
            ("fStreamerType", Value::Integer(n)) => {
                self.streamer_type = i32::try_from(n).unwrap_or(-1);
            }
            _ => {}
        }
    }
}

/// The members of a `TBranch` of any age.
///
/// Source: ROOT `TBranch::Streamer`.
pub(crate) fn read_tbranch(
    reader: &mut ObjectReader<'_>,
    sink: &mut dyn FnMut(&str, Value),
) -> Result<()> {
    let version = reader.cursor.version()?;
    let number = version.version;
    if number > LAST_HAND_WRITTEN_BRANCH {
        reader.read_members_of("TBranch", i32::from(number), sink)?;
    } else if number > 5 {
        old::read_6_to_9(reader, number, sink)?;
    } else {
        old::read_1_to_5(reader, number, sink)?;
    }
    match version.end {
        Some(end) => reader.cursor.go_to(end),
        None => Ok(()),
    }
}

/// A leaf: the type of one variable of a branch.
#[derive(Debug, Default, Clone)]
pub(crate) struct RawLeaf {
    pub(crate) class: String,
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) len: i64,
    pub(crate) is_unsigned: bool,
    /// Leaf that holds the number of values of each entry.
    pub(crate) count: Option<ObjectId>,
    /// Type code of a `TLeafElement`.
    pub(crate) code: i32,
}

impl RawLeaf {
    /// A leaf of `class`.
    pub(crate) fn read(reader: &mut ObjectReader<'_>, class: &str) -> Result<Self> {
        let mut leaf = Self {
            class: class.to_owned(),
            ..Self::default()
        };
        let mut sink = |name: &str, value: Value| match (name, value) {
            ("fName", Value::Text(text)) => leaf.name = text,
            ("fTitle", Value::Text(text)) => leaf.title = text,
            ("fLen", Value::Integer(n)) => leaf.len = n,
            ("fIsUnsigned", Value::Integer(n)) => leaf.is_unsigned = n != 0,
            ("fLeafCount", Value::Object(id)) => leaf.count = id,
            ("fType", Value::Integer(n)) => leaf.code = i32::try_from(n).unwrap_or(0),
            _ => {}
        };
        reader.read_members(class, &mut sink)?;
        Ok(leaf)
    }
}

/// A basket kept inside its branch, uncompressed: key and data as on disk, but in another order.
#[derive(Debug)]
pub(crate) struct RawBasket {
    pub(crate) header: BasketHeader,
    /// Where each entry starts, key included; absent if all entries are of one length.
    pub(crate) entry_offsets: Option<Vec<i32>>,
    /// Key and data.
    pub(crate) bytes: Vec<u8>,
}

impl RawBasket {
    /// Source: ROOT `TBasket::Streamer`.
    fn read_parts(cursor: &mut Cursor<'_>) -> Result<Self> {
        let header = BasketHeader::parse(cursor)?;
        let mut entry_offsets = None;
        let mut bytes = Vec::new();
        let generated = header.flag >= GENERATED_FLAG;
        let flag = if generated {
            header.flag - GENERATED_FLAG
        } else {
            header.flag
        };
        if flag != 0 {
            if !generated && flag % 10 != 2 && header.entries > 0 {
                let count = cursor.len_i32("number of entry offsets")?;
                entry_offsets = Some(read_i32s(cursor, count)?);
                if flag > 40 {
                    let count = cursor.len_i32("number of displacements")?;
                    read_i32s(cursor, count)?;
                }
            }
            if flag == 1 || flag > 10 {
                let count = if header.version > 1 {
                    header.last
                } else {
                    cursor.len_i32("basket")?
                };
                bytes = cursor.take(count)?.to_vec();
            }
        }
        Ok(Self {
            header,
            entry_offsets,
            bytes,
        })
    }

    pub(crate) fn read(reader: &mut ObjectReader<'_>) -> Result<Self> {
        Self::read_parts(&mut reader.cursor)
    }
}

pub(super) fn read_i32s(cursor: &mut Cursor<'_>, count: usize) -> Result<Vec<i32>> {
    let raw = cursor.take(count.saturating_mul(4))?;
    Ok(raw
        .as_chunks::<4>()
        .0
        .iter()
        .map(|word| i32::from_be_bytes(*word))
        .collect())
}

/// Skips an object that says how long it is.
pub(super) fn skip_versioned(reader: &mut ObjectReader<'_>) -> Result<()> {
    let version = reader.cursor.version()?;
    match version.end {
        Some(end) => reader.cursor.go_to(end),
        None => Err(crate::error::RootError::malformed(
            "object",
            reader.cursor.at(),
            "it does not say how long it is",
        )),
    }
}

/// Counts were floating-point numbers before ROOT 5.
#[expect(
    clippy::cast_possible_truncation,
    reason = "saturates, and is checked against baskets"
)]
fn number(value: &Value) -> i64 {
    match value {
        Value::Integer(n) => *n,
        Value::Float(x) => *x as i64,
        Value::Text(_)
        | Value::Integers(_)
        | Value::Object(_)
        | Value::Objects(_)
        | Value::Opaque(_)
        | Value::Skipped => 0,
    }
}
