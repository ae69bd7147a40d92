//! Writes one tree of a ROOT file as an Arrow IPC file: `to_arrow FILE TREE OUT.arrow`.
//!
//! Columns that cannot be read are left out and listed.

#![expect(clippy::print_stderr, reason = "an example talks to its reader")]

use std::fs;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use arrow::ipc::writer::FileWriter;
use bytes::Bytes;
use hepframe_root_io::{
    BasketPlace, Column, ColumnReader, FileOpener, RootError, Step, Tree, TreeOpener, Want,
};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, path, tree, out] = &arguments[..] else {
        return Err("usage: to_arrow FILE TREE OUT.arrow".into());
    };
    let file = Bytes::from(fs::read(path)?);
    let tree = open_tree(&file, tree)?;
    let (columns, unsupported): (Vec<_>, Vec<_>) = tree
        .columns
        .iter()
        .partition(|column| column.field().is_ok());
    for column in unsupported {
        if let Err(why) = column.field() {
            eprintln!("{}: {why}", column.branch);
        }
    }
    let fields = columns
        .iter()
        .map(|column| column.field())
        .collect::<Result<Vec<_>, _>>()?;
    let schema = Arc::new(Schema::new(fields));
    let mut writer = FileWriter::try_new(fs::File::create(out)?, &schema)?;
    let mut readers: Vec<ColumnReader> = columns
        .iter()
        .map(|column| fed_reader(&file, column))
        .collect();
    for borders in tree.cluster_borders.windows(2) {
        let arrays = readers
            .iter_mut()
            .map(|reader| {
                feed_pages(&file, reader, borders[0]..borders[1])?;
                reader.read(borders[0]..borders[1])
            })
            .collect::<Result<Vec<_>, _>>()?;
        if !arrays.is_empty() {
            writer.write(&RecordBatch::try_new(Arc::clone(&schema), arrays)?)?;
        }
    }
    writer.finish()?;
    Ok(())
}

fn part(file: &Bytes, range: &Range<u64>) -> Bytes {
    // The ranges that are asked for lie inside the file, which is in memory.
    let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
    file.slice(place(range.start)..place(range.end))
}

fn open_tree(file: &Bytes, name: &str) -> Result<Tree, RootError> {
    let mut opener = FileOpener::new(file.len() as u64, Want::Tree(name.to_owned()));
    let index = loop {
        match opener.step()? {
            Step::NeedBytes(range) => opener.feed(range.start, part(file, &range)),
            Step::Done(index) => break index,
        }
    };
    let mut opener = TreeOpener::new(&index, index.find_tree(Some(name))?)?;
    loop {
        match opener.step()? {
            Step::NeedBytes(range) => opener.feed(range.start, part(file, &range)),
            Step::Done(tree) => return Ok(tree),
        }
    }
}

fn fed_reader(file: &Bytes, column: &Arc<Column>) -> ColumnReader {
    let mut reader = ColumnReader::new(Arc::clone(column), false);
    for (i, basket) in column.baskets.iter().enumerate() {
        if let BasketPlace::File(range) = &basket.place {
            reader.feed(i, part(file, range));
        }
    }
    if let Some(counter) = column.counter() {
        for (i, basket) in counter.baskets.iter().enumerate() {
            if let BasketPlace::File(range) = &basket.place {
                reader.feed_counter(i, part(file, range));
            }
        }
    }
    reader
}

/// Feeds what the column of an RNTuple needs to be read: offsets first, then what they lead to.
fn feed_pages(
    file: &Bytes,
    reader: &mut ColumnReader,
    entries: Range<u64>,
) -> Result<(), RootError> {
    loop {
        let wanted = reader.pages_wanted(entries.clone())?;
        if wanted.is_empty() {
            return Ok(());
        }
        for range in wanted {
            reader.feed_pages(range.start, part(file, &range));
        }
    }
}
