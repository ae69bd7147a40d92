//! What a chunk on disk is of, as bytes, and a name for its file.

use std::fmt;
use std::ops::Range;

use arrow::datatypes::{Field, Schema};
use arrow::ipc::convert::IpcSchemaEncoder;
use xxhash_rust::xxh3::xxh3_128;

use crate::column_cache::identity::CachedColumnEntry;

/// Part of every name and every file. Raise it when a decoder gives other values, or other types,
/// for the same bytes of a ROOT file, and when keys or files are laid out in another way.
pub(super) const VERSION: u32 = 1;

/// The identity of a chunk: file, tree, column, type and entries, all that decides its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DiskKey {
    pub(super) bytes: Vec<u8>,
    pub(super) name: Name,
}

/// A hash of a key; files have it as their name.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Name(pub(super) u128);

/// The column that a chunk on disk is of, for people.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Owner {
    /// URL of the file, or its path if it is local.
    pub(crate) file: String,
    /// `dir/tree;cycle`
    pub(crate) tree: String,
    pub(crate) column: String,
}

impl DiskKey {
    pub(super) fn new(entry: &CachedColumnEntry, entries: &Range<u64>) -> Self {
        let (file, column) = (&entry.file, &entry.column);
        let mut bytes = Vec::new();
        put(&mut bytes, file.file.as_bytes());
        put(&mut bytes, file.tree.as_bytes());
        put(&mut bytes, column.name.as_bytes());
        put(&mut bytes, file.uuid.as_bytes());
        put_if_some(&mut bytes, file.e_tag.as_deref().map(str::as_bytes));
        let modified = file.modified_ns.map(i64::to_le_bytes);
        put_if_some(&mut bytes, modified.as_ref().map(<[u8; 8]>::as_slice));
        for number in [file.size, column.batch_rows, entries.start, entries.end] {
            bytes.extend(number.to_le_bytes());
        }
        // Unlike `Debug`, it has the metadata of fields in a fixed order.
        let schema = Schema::new(vec![Field::new("", column.data_type.clone(), true)]);
        put(
            &mut bytes,
            IpcSchemaEncoder::new()
                .schema_to_fb(&schema)
                .finished_data(),
        );
        let name = Name(xxh3_128(&bytes));
        Self { bytes, name }
    }
}

impl Owner {
    /// The first parts of a key's bytes; `None` if they are none of ours.
    pub(super) fn of(key: &[u8]) -> Option<Self> {
        let mut rest = key;
        let mut next = || {
            let (length, after) = rest.split_first_chunk::<4>()?;
            let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
            let (text, after) = after.split_at_checked(length)?;
            rest = after;
            String::from_utf8(text.to_vec()).ok()
        };
        Some(Self {
            file: next()?,
            tree: next()?,
            column: next()?,
        })
    }
}

impl Name {
    /// The name that [`fmt::Display`] wrote.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let name = Self(u128::from_str_radix(text, 16).ok()?);
        (name.to_string() == text).then_some(name)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Appends a part with its length in front, so that no two keys have the same bytes.
fn put(bytes: &mut Vec<u8>, part: &[u8]) {
    // No part comes near 4 GiB; one that did would be cut, and its key still be one key.
    let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
    bytes.extend(length.to_le_bytes());
    bytes.extend(part.iter().take(length as usize));
}

fn put_if_some(bytes: &mut Vec<u8>, part: Option<&[u8]>) {
    bytes.push(u8::from(part.is_some()));
    put(bytes, part.unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use arrow::datatypes::DataType;

    use super::*;
    use crate::column_cache::disk::tests::{column, entry, file};
    use crate::column_cache::identity::{ColumnIdentity, FileIdentity};

    #[test]
    fn every_part_of_the_identity_makes_another_name() {
        let with_file = |change: fn(&mut FileIdentity)| {
            let mut file = file();
            change(&mut file);
            DiskKey::new(&entry(file, column(DataType::Int32)), &(0..7)).name
        };
        let with_column = |change: fn(&mut ColumnIdentity)| {
            let mut column = column(DataType::Int32);
            change(&mut column);
            DiskKey::new(&entry(file(), column), &(0..7)).name
        };
        let plain = entry(file(), column(DataType::Int32));
        let names = [
            DiskKey::new(&plain, &(0..7)).name,
            DiskKey::new(&plain, &(0..8)).name,
            DiskKey::new(&plain, &(1..7)).name,
            with_file(|file| file.file = "b".to_owned()),
            with_file(|file| file.size += 1),
            with_file(|file| file.modified_ns = Some(2)),
            with_file(|file| file.modified_ns = None),
            with_file(|file| file.e_tag = Some(String::new())),
            with_file(|file| file.e_tag = Some("tag".to_owned())),
            with_file(|file| file.uuid = "01".to_owned()),
            with_file(|file| file.tree = "t;2".to_owned()),
            with_column(|column| column.name = "y".to_owned()),
            with_column(|column| column.batch_rows = 5),
            with_column(|column| column.data_type = DataType::UInt32),
        ];

        assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
    }

    #[test]
    fn a_key_is_the_same_in_another_process() {
        let key = DiskKey::new(&entry(file(), column(DataType::Int32)), &(0..7));

        // If this fails, files of earlier versions are no longer found: raise `VERSION`.
        assert_eq!(key.name.to_string(), "0f5691fe0f5757229f028de916d8913e");
        assert_eq!(Name::parse(&key.name.to_string()), Some(key.name));
    }

    #[test]
    fn a_key_says_whose_it_is_and_other_bytes_do_not() {
        let key = DiskKey::new(&entry(file(), column(DataType::Int32)), &(0..7));

        let owner = Owner::of(&key.bytes).unwrap();

        let parts = (&*owner.file, &*owner.tree, &*owner.column);
        assert_eq!(parts, ("a", "t;1", "x"));
        for length in 0..14 {
            assert_eq!(Owner::of(&key.bytes[..length]), None, "{length}");
        }
        assert_eq!(Owner::of(&[255; 40]), None);
    }
}
