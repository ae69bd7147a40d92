//! What is kept on disk, whatever happens to its files.

use std::fs;
use std::path::{Path, PathBuf};

use arrow::array::{ArrayRef, Int32Array};
use arrow::datatypes::DataType;
use rstest::rstest;

use super::*;
use crate::column_cache::disk::tests::{column, entry, file};
use crate::column_cache::identity::FileIdentity;

const LIMIT: Duration = Duration::from_mins(1);
/// Of the file of a chunk of these tests.
const FILE_BYTES: u64 = 4 << 10;

fn open(dir: &Path, chunks: u64) -> DiskTier {
    let dir = dir.to_owned();
    let bytes = chunks * FILE_BYTES;
    DiskTier::open(DiskOptions { dir, bytes }).unwrap()
}

/// Four numbers from `first`, of a file of this name.
fn chunk(name: &str, first: i32) -> Arc<Chunk> {
    let file = FileIdentity {
        file: name.to_owned(),
        ..file()
    };
    let values: ArrayRef = Arc::new(Int32Array::from_iter_values(first..first + 4));
    Arc::new(Chunk::new(
        entry(file, column(DataType::Int32)),
        vec![values],
    ))
}

fn put(tier: &DiskTier, chunk: &Arc<Chunk>) {
    tier.offer(chunk, &(0..4));
    assert!(tier.finish_writing(LIMIT));
}

/// The values of a chunk as the disk has them.
async fn get(tier: &DiskTier, chunk: &Chunk) -> Option<Vec<ArrayRef>> {
    let found = tier.read(&chunk.column, &(0..4)).await?;
    Some(found.batches.clone())
}

fn chunk_files(dir: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = files.filter(|path| !path.ends_with("lock")).collect();
    files.sort();
    files
}

#[tokio::test]
async fn a_chunk_outlives_the_process_that_wrote_it() {
    let dir = tempfile::tempdir().unwrap();
    let written = chunk("a", 7);
    put(&open(dir.path(), 9), &written);

    let next = open(dir.path(), 9);

    assert_eq!(get(&next, &written).await.unwrap(), written.batches);
    assert_eq!(get(&next, &chunk("b", 7)).await, None);
    assert_eq!((next.usage().chunks, next.usage().written), (1, 0));
}

#[tokio::test]
async fn no_more_is_kept_than_was_allowed_and_the_oldest_go() {
    let dir = tempfile::tempdir().unwrap();
    let tier = open(dir.path(), 3);
    for i in 0..5 {
        put(&tier, &chunk(&i.to_string(), i));
    }

    let kept = chunk_files(dir.path());
    assert_eq!((kept.len(), tier.usage().bytes), (3, 3 * FILE_BYTES));
    assert_eq!(get(&tier, &chunk("1", 1)).await, None);
    assert!(get(&tier, &chunk("2", 2)).await.is_some());
    drop(tier);

    let smaller = open(dir.path(), 1);
    assert_eq!(smaller.usage().chunks, 1);
    assert_eq!(chunk_files(dir.path()).len(), 1);
}

#[rstest]
#[case::cut_short(|bytes: &mut Vec<u8>| bytes.truncate(100))]
#[case::empty(|bytes: &mut Vec<u8>| bytes.clear())]
#[case::longer(|bytes: &mut Vec<u8>| bytes.push(0))]
#[case::a_value_changed(|bytes: &mut Vec<u8>| { let at = bytes.len() - 80; bytes[at] ^= 1; })]
#[case::the_key_changed(|bytes: &mut Vec<u8>| bytes[30] ^= 1)]
#[case::not_ours_at_all(|bytes: &mut Vec<u8>| bytes.fill(7))]
#[tokio::test]
async fn a_damaged_file_is_removed_and_never_read(#[case] damage: fn(&mut Vec<u8>)) {
    let dir = tempfile::tempdir().unwrap();
    let tier = open(dir.path(), 9);
    let written = chunk("a", 1);
    put(&tier, &written);
    let path = chunk_files(dir.path()).remove(0);
    let mut bytes = fs::read(&path).unwrap();
    damage(&mut bytes);
    fs::write(&path, &bytes).unwrap();

    assert_eq!(get(&tier, &written).await, None);

    assert_eq!(chunk_files(dir.path()), Vec::<PathBuf>::new());
    assert_eq!((tier.usage().bytes, tier.usage().trouble), (0, None));
    put(&tier, &written);
    assert_eq!(get(&tier, &written).await.unwrap(), written.batches);
}

#[tokio::test]
async fn a_file_in_the_place_of_another_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let tier = open(dir.path(), 9);
    let (one, other) = (chunk("a", 1), chunk("b", 2));
    put(&tier, &one);
    let first = chunk_files(dir.path()).remove(0);
    put(&tier, &other);
    let mut second = chunk_files(dir.path());
    second.retain(|path| *path != first);
    fs::copy(&first, &second[0]).unwrap();

    assert_eq!(get(&tier, &other).await, None);
    assert_eq!(get(&tier, &one).await.unwrap(), one.batches);
}

#[tokio::test]
async fn a_directory_that_vanished_switches_it_off_and_nothing_fails() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("cache");
    let tier = open(&dir, 9);
    let written = chunk("a", 1);
    put(&tier, &written);
    fs::remove_dir_all(&dir).unwrap();

    assert_eq!(get(&tier, &written).await, None);
    put(&tier, &chunk("b", 1));

    let trouble = tier.usage().trouble.unwrap();
    assert!(trouble.contains("cannot be written"), "{trouble}");
    put(&tier, &chunk("c", 1));
    assert_eq!((tier.usage().written, tier.usage().left_out), (1, 1));
}

#[tokio::test]
async fn clearing_removes_the_files_and_what_is_on_its_way() {
    let dir = tempfile::tempdir().unwrap();
    let tier = open(dir.path(), 9_000);
    let chunks: Vec<_> = (0..300).map(|i| chunk(&i.to_string(), i)).collect();
    chunks.iter().for_each(|chunk| tier.offer(chunk, &(0..4)));

    tier.clear();
    assert!(tier.finish_writing(LIMIT));

    assert_eq!(chunk_files(dir.path()), Vec::<PathBuf>::new());
    assert_eq!((tier.usage().bytes, tier.usage().chunks), (0, 0));
    put(&tier, &chunks[0]);
    assert_eq!(tier.usage().chunks, 1);
}

#[test]
fn a_chunk_that_the_memory_gave_up_is_left_out() {
    let dir = tempfile::tempdir().unwrap();
    let tier = open(dir.path(), 9);
    let given_up = chunk("a", 1);
    let job = Job {
        chunk: Arc::downgrade(&given_up),
        entries: 0..4,
        clears: 0,
    };
    drop(given_up);

    assert!(tier.shared.queue.offer(job) && tier.finish_writing(LIMIT));

    assert_eq!((tier.usage().written, tier.usage().left_out), (0, 1));
}

#[test]
fn columns_on_disk_are_told_after_a_restart_too() {
    let dir = tempfile::tempdir().unwrap();
    let tier = open(dir.path(), 9);
    put(&tier, &chunk("a", 1));
    drop(tier);
    let tier = open(dir.path(), 9);
    put(&tier, &chunk("b", 1));

    let bytes = tier.bytes_by_owner();

    let files: Vec<&str> = bytes.keys().map(|owner| owner.file.as_str()).collect();
    assert_eq!(files, ["a", "b"]);
    let length = fs::metadata(&chunk_files(dir.path())[0]).unwrap().len();
    assert!(bytes.values().all(|&bytes| bytes == length));
    assert_eq!(tier.bytes_by_owner(), bytes);
}
