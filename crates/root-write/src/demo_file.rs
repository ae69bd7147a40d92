//! The file of the demo: made-up events, written in clusters.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use crate::demo_events::DemoEvents;
use crate::file::name_of;
use crate::{Codec, FileWriter, Result, TreeOptions};

/// Entries in a cluster: ten clusters in a million events, enough for every core to have its own.
const EVENTS_PER_CLUSTER: u64 = 100_000;
/// Entries in a basket: 80 kB of floats, about what ROOT settles on.
const EVENTS_PER_BASKET: usize = 20_000;

/// Writes `events` made-up events as the tree `Events`. Equal seeds give equal files.
///
/// `progress` hears how many events are written, again and again, and last of all `events`.
///
/// # Errors
///
/// `Io` if the file cannot be written.
///
/// # Example
///
/// ```
/// use hepframe_root_write::{Codec, write_demo_file};
///
/// let folder = std::env::temp_dir();
/// let path = folder.join("hepframe_doc_demo.root");
/// write_demo_file(&path, 1_000, 1, Codec::Zstd(1), |_| ())?;
/// # std::fs::remove_file(path)?;
/// # Ok::<(), hepframe_root_write::WriteError>(())
/// ```
pub fn write_demo_file(
    path: impl AsRef<Path>,
    events: u64,
    seed: u64,
    codec: Codec,
    progress: impl FnMut(u64),
) -> Result<()> {
    let path = path.as_ref();
    let name = name_of(path);
    let unfinished = path.with_file_name(format!(".{name}.{}", std::process::id()));
    let written = write_events(&unfinished, &name, (events, seed, codec), progress)
        .and_then(|()| Ok(std::fs::rename(&unfinished, path)?));
    if written.is_err() {
        // Why it failed matters more than that it cannot be removed, or was never there.
        let _removed = std::fs::remove_file(&unfinished);
    }
    written
}

/// Writes the events to `path`, in a file that calls itself `name`.
fn write_events(
    path: &Path,
    name: &str,
    (events, seed, codec): (u64, u64, Codec),
    mut progress: impl FnMut(u64),
) -> Result<()> {
    let options = TreeOptions::new()
        .title("made-up events: dimuons and jets")
        .codec(codec)
        .entries_per_basket(EVENTS_PER_BASKET)
        .entries_per_cluster(EVENTS_PER_CLUSTER);
    let mut source = DemoEvents::new(seed);
    let disk = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let mut file = FileWriter::new(disk, name)?;
    let mut tree = file.open_tree("Events", options)?;
    // An empty chunk, so that a tree without events has its branches all the same.
    tree.append(&source.next_chunk(0))?;
    let mut written = 0;
    while written < events {
        let left = usize::try_from(events - written).unwrap_or(usize::MAX);
        let chunk = source.next_chunk(left.min(EVENTS_PER_BASKET));
        tree.append(&chunk)?;
        written += left.min(EVENTS_PER_BASKET) as u64;
        progress(written);
    }
    tree.finish()?;
    file.finish().map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_cannot_be_finished_leaves_nothing() {
        let dir = std::env::temp_dir().join(format!("hepframe-unfinished-{}", std::process::id()));
        let taken = dir.join("demo.root");
        std::fs::create_dir_all(taken.join("in the way")).unwrap();

        let written = write_demo_file(&taken, 10, 1, Codec::Lz4, |_| ());

        let left = std::fs::read_dir(&dir).unwrap().count();
        std::fs::remove_dir_all(&dir).unwrap();
        assert!(written.is_err());
        assert_eq!(left, 1);
    }
}
