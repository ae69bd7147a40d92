//! Writing an `RNTuple` into memory and opening it.

use std::io::Cursor;

use bytes::Bytes;
use hepframe_root_io::Tree;
use hepframe_root_write::{Field, FieldValues, FileWriter, NtupleOptions, OpenNtuple};

use crate::fixture::open_tree;

/// A file with one `RNTuple`, `dir/t`.
pub(crate) fn file_of(options: NtupleOptions, fields: &[Field]) -> Bytes {
    let mut file = FileWriter::new(Cursor::new(Vec::new()), "t.root").unwrap();
    file.rntuple("dir/t", options, fields).unwrap();
    file.finish().unwrap().into_inner().into()
}

/// The tree of such a file.
pub(crate) fn tree_with(options: NtupleOptions, fields: &[Field]) -> Tree {
    open_tree(&file_of(options, fields), "dir/t").unwrap()
}

/// A tree that is filled chunk by chunk.
pub(crate) fn filled(
    options: NtupleOptions,
    fill: impl FnOnce(&mut OpenNtuple<'_, Cursor<Vec<u8>>>),
) -> Tree {
    let mut file = FileWriter::new(Cursor::new(Vec::new()), "t.root").unwrap();
    let mut ntuple = file.open_rntuple("t", options).unwrap();
    fill(&mut ntuple);
    ntuple.finish().unwrap();
    let file: Bytes = file.finish().unwrap().into_inner().into();
    open_tree(&file, "t").unwrap()
}

/// As [`tree_with`], with the options one gets without asking.
pub(crate) fn tree_of(fields: &[Field]) -> Tree {
    tree_with(NtupleOptions::new(), fields)
}

/// Two entries of lists with two and no items.
pub(crate) fn lists(items: impl Into<FieldValues>) -> FieldValues {
    FieldValues::list(&[0, 2, 2], items)
}
