//! Writing a tree into memory and reading it back.

use std::io::Cursor;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use arrow::compute::concat;
use bytes::Bytes;
use hepframe_root_io::{
    BasketPlace, Column, ColumnReader, FileIndex, FileOpener, Result, Step, Tree, TreeOpener, Want,
};
use hepframe_root_write::{Column as Written, FileWriter, TreeOptions};

/// A file with one tree `t` of these columns.
pub(crate) fn file_of(options: TreeOptions, columns: &[(&str, Written)]) -> Bytes {
    let mut file = FileWriter::new(Cursor::new(Vec::new()), "t.root").unwrap();
    file.tree("t", options, columns).unwrap();
    file.finish().unwrap().into_inner().into()
}

pub(crate) fn part(file: &Bytes, range: &std::ops::Range<u64>) -> Bytes {
    let place = |at: u64| usize::try_from(at).unwrap();
    file.slice(place(range.start)..place(range.end))
}

pub(crate) fn open_file(file: &Bytes, want: Want) -> Result<FileIndex> {
    let mut opener = FileOpener::new(file.len() as u64, want);
    loop {
        match opener.step()? {
            Step::NeedBytes(range) => opener.feed(range.start, part(file, &range)),
            Step::Done(index) => return Ok(index),
        }
    }
}

pub(crate) fn open_tree(file: &Bytes, name: &str) -> Result<Tree> {
    let index = open_file(file, Want::Tree(name.to_owned()))?;
    let mut opener = TreeOpener::new(&index, index.find_tree(Some(name))?)?;
    loop {
        match opener.step()? {
            Step::NeedBytes(range) => opener.feed(range.start, part(file, &range)),
            Step::Done(tree) => return Ok(tree),
        }
    }
}

/// A reader of a column with all its bytes.
pub(crate) fn reader(file: &Bytes, column: &Arc<Column>, text_as_binary: bool) -> ColumnReader {
    let mut reader = ColumnReader::new(Arc::clone(column), text_as_binary);
    for (i, basket) in column.baskets.iter().enumerate() {
        if let BasketPlace::File(range) = &basket.place {
            reader.feed(i, part(file, range));
        }
    }
    for (i, basket) in column
        .counter()
        .iter()
        .flat_map(|c| c.baskets.iter().enumerate())
    {
        if let BasketPlace::File(range) = &basket.place {
            reader.feed_counter(i, part(file, range));
        }
    }
    reader
}

/// A whole column, read in batches of `batch` entries.
pub(crate) fn read(file: &Bytes, tree: &Tree, name: &str, batch: u64) -> Result<ArrayRef> {
    read_as(file, tree, name, batch, false)
}

/// As [`read`], with text as bytes if wanted.
pub(crate) fn read_as(
    file: &Bytes,
    tree: &Tree,
    name: &str,
    batch: u64,
    text_as_binary: bool,
) -> Result<ArrayRef> {
    let mut reader = reader(file, tree.column(name).expect(name), text_as_binary);
    let mut parts = Vec::new();
    let mut at = 0;
    while at < tree.entries {
        let end = (at + batch).min(tree.entries);
        parts.push(reader.read(at..end)?);
        at = end;
    }
    if parts.is_empty() {
        return reader.read(0..0);
    }
    let parts: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
    Ok(concat(&parts).unwrap())
}
