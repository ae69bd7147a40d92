//! Writes the files of `benches/run.py` that are about shape, not physics: `bench_files FOLDER`.
//!
//! `wide.root` has 10 000 branches, `many/` 1 000 files of one schema, and
//! `long.root` ten million events, which `long_ntuple.root` has as RNTuple.
//! What is there already is left alone.

use std::fs;
use std::io::Error;
use std::path::{Path, PathBuf};

use hepframe_root_write::{
    Codec, Column, DemoEvents, Encoding, FileWriter, NtupleOptions, Result, TreeOptions,
    imported_fields, write_demo_file,
};

const CODEC: Codec = Codec::Zstd(1);
/// Events in the long files.
const EVENTS: u64 = 10_000_000;

fn main() -> Result<()> {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        return Err(Error::other("usage: bench_files FOLDER").into());
    };
    let many = folder.join("many");
    fs::create_dir_all(&many)?;
    let mut events = DemoEvents::new(1);
    for number in 0..1_000 {
        let columns = events.next_chunk(100);
        unless_there(&many.join(format!("{number:04}.root")), |path| {
            one_tree(path, &columns)
        })?;
    }
    let columns: Vec<(String, Column)> = (0..10_000_u16)
        .map(|branch| {
            let values: Vec<f32> = (0..1_000).map(|entry| f32::from(branch + entry)).collect();
            (format!("column_{branch}"), Column::flat(values))
        })
        .collect();
    unless_there(&folder.join("wide.root"), |path| one_tree(path, &columns))?;
    unless_there(&folder.join("long.root"), |path| {
        write_demo_file(path, EVENTS, 1, CODEC, |_| ())
    })?;
    unless_there(&folder.join("long_ntuple.root"), demo_ntuple)
}

/// The events of [`write_demo_file`], encoded as ROOT does and in clusters of the same size.
fn demo_ntuple(path: &Path) -> Result<()> {
    let options = NtupleOptions::new()
        .codec(CODEC)
        .encoding(Encoding::Split)
        .entries_per_cluster(100_000)
        .elements_per_page(20_000);
    let mut events = DemoEvents::new(1);
    let mut file = FileWriter::create(path)?;
    let mut ntuple = file.open_rntuple("Events", options)?;
    for _ in 0..EVENTS / 20_000 {
        ntuple.append(&imported_fields(&events.next_chunk(20_000))?)?;
    }
    ntuple.finish()?;
    file.finish().map(drop)
}

fn one_tree<N: AsRef<str>>(path: &Path, columns: &[(N, Column)]) -> Result<()> {
    let mut file = FileWriter::create(path)?;
    file.tree("Events", TreeOptions::new().codec(CODEC), columns)?;
    file.finish().map(drop)
}

/// Writes beside the place first, so that a file that is there is whole.
fn unless_there(path: &Path, write: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    if path.try_exists()? {
        return Ok(());
    }
    let unfinished = path.with_extension("unfinished");
    write(&unfinished)?;
    Ok(fs::rename(unfinished, path)?)
}
