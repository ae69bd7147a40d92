//! Writes the files of `benches/run.py` that are about shape, not physics: `bench_files FOLDER`.
//!
//! `wide.root` has 10 000 branches, `many/` 1 000 files of one schema, and
//! `long.root` ten million events. What is there already is left alone.

use std::fs;
use std::io::Error;
use std::path::{Path, PathBuf};

use hepframe_root_write::{
    Codec, Column, DemoEvents, FileWriter, Result, TreeOptions, write_demo_file,
};

const CODEC: Codec = Codec::Zstd(1);

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
        write_demo_file(path, 10_000_000, 1, CODEC, |_| ())
    })
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
