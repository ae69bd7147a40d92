//! The column cache on disk: equal answers, nothing read again after a restart, no trouble from
//! damaged files.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use datafusion::prelude::SessionContext;
use hepframe_root_source::{CacheOptions, Caches, ColumnCache, DiskOptions, ScanOptions};
use hepframe_root_write::Codec;
use rstest::rstest;

use crate::cache::{PLENTY, one_file, open, open_as};
use crate::fixture::{
    cache as trees_only, numbers, session, sorted, statistics, tiny_steps, write_events,
};

const SQL: &str = "SELECT sum(x), sum(cardinality(pt)) FROM t WHERE n > 1 AND name <> ''";

/// A process as far as the cache goes: what it has in memory is new, what is on disk stays.
struct Process {
    columns: Arc<ColumnCache>,
    context: SessionContext,
}

impl Process {
    async fn start(dir: &Path, file: &Path, memory: u64, disk: u64) -> Self {
        Self::with(dir, file, memory, disk, tiny_steps()).await
    }

    async fn with(dir: &Path, file: &Path, memory: u64, disk: u64, scan: ScanOptions) -> Self {
        let on_disk = DiskOptions {
            dir: dir.to_owned(),
            bytes: disk,
        };
        let columns = ColumnCache::new(CacheOptions { bytes: memory });
        let columns = Arc::new(columns.with_disk(on_disk).unwrap());
        let caches = Caches::of_metadata(64 << 20).with_columns(Arc::clone(&columns));
        let context = session(2);
        open(&context, file, scan, &caches).await;
        Self { columns, context }
    }

    /// Ends it once all is on disk.
    fn end(self) {
        assert!(self.columns.finish_writing(Duration::from_mins(1)));
    }
}

fn chunk_files(dir: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    files.filter(|path| !path.ends_with("lock")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_restart_nothing_is_read_from_the_file() {
    let (dir, file) = one_file();
    let cache = dir.path().join("cache");
    let first = Process::start(&cache, &file, PLENTY, PLENTY).await;
    let answer = numbers(&first.context, SQL).await;
    let warm = statistics(&first.context, SQL).await;
    first.end();

    let second = Process::start(&cache, &file, PLENTY, PLENTY).await;
    let restarted = statistics(&second.context, SQL).await;
    let again = statistics(&second.context, SQL).await;

    assert_eq!((restarted.bytes_read, restarted.baskets), (0, 0));
    assert_eq!(
        (restarted.columns_read, restarted.columns_from_cache),
        (0, 4)
    );
    assert_eq!((restarted.bytes_from_cache, warm.bytes_from_disk), (0, 0));
    assert_eq!(restarted.bytes_from_disk, again.bytes_from_cache);
    assert_eq!((again.bytes_from_disk, again.bytes_read), (0, 0));
    assert_eq!(numbers(&second.context, SQL).await, answer);
    assert_eq!(second.columns.disk_use().unwrap().written, 0);
}

#[tokio::test]
async fn what_does_not_fit_into_memory_is_found_on_disk() {
    let (dir, file) = one_file();
    let cache = dir.path().join("cache");
    let large = Process::start(&cache, &file, PLENTY, PLENTY).await;
    let answer = numbers(&large.context, SQL).await;
    large.end();

    let small = Process::start(&cache, &file, 20_000, PLENTY).await;
    for _ in 0..3 {
        let statistics = statistics(&small.context, SQL).await;
        assert_eq!(statistics.bytes_read, 0);
        assert!(statistics.bytes_from_disk > 20_000);
    }
    assert_eq!(numbers(&small.context, SQL).await, answer);
    assert!(small.columns.bytes() <= 20_000);
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_with_a_disk_are_those_without(
    #[values(20_000, PLENTY)] memory: u64,
    #[values(0, 100_000, PLENTY)] disk: u64,
) {
    let (dir, file) = one_file();
    let cache = dir.path().join("cache");
    let queries = [
        "SELECT id FROM {t}",
        "SELECT x FROM {t} WHERE id % 97 = 3",
        "SELECT id FROM {t} WHERE name = 'e123' OR name LIKE 'e99%'",
        "SELECT id FROM {t} WHERE cardinality(pt) = 2 AND x > 200",
        "SELECT pt[1] FROM {t} WHERE n > 0 ORDER BY x DESC LIMIT 7",
        "SELECT id FROM {t} WHERE id > 700 LIMIT 1000",
    ];

    for _ in 0..3 {
        let process = Process::start(&cache, &file, memory, disk).await;
        let plain = &process.context;
        open_as("plain", plain, &file, tiny_steps(), &trees_only()).await;
        for sql in queries.iter().chain(&queries) {
            let with = sorted(&process.context, &sql.replace("{t}", "t")).await;
            let without = sorted(plain, &sql.replace("{t}", "plain")).await;
            assert_eq!(with, without, "{sql}");
        }
        let used = process.columns.disk_use().unwrap();
        assert!(used.bytes <= disk && used.trouble.is_none(), "{used:?}");
        process.end();
        let files = chunk_files(&cache);
        let lengths = files.iter().map(|path| path.metadata().unwrap().len());
        assert!(lengths.sum::<u64>() <= disk);
    }
}

#[tokio::test]
async fn a_file_that_changed_is_not_answered_from_the_disk() {
    let (dir, file) = one_file();
    let cache = dir.path().join("cache");
    let sql = "SELECT sum(id) FROM t";
    let first = Process::start(&cache, &file, PLENTY, PLENTY).await;
    assert_eq!(numbers(&first.context, sql).await, [499_500.0]);
    first.end();

    // Other contents of the same size.
    write_events(&file, 1_000, Codec::Zstd(1));
    let second = Process::start(&cache, &file, PLENTY, PLENTY).await;

    assert_eq!(numbers(&second.context, sql).await, [1_499_500.0]);
    assert!(statistics(&second.context, sql).await.bytes_from_disk == 0);
}

#[rstest]
#[case::a_bit_flipped(|bytes: &mut Vec<u8>| { let at = bytes.len() / 2; bytes[at] ^= 4; })]
#[case::cut_short(|bytes: &mut Vec<u8>| bytes.truncate(bytes.len() / 2))]
#[case::empty(|bytes: &mut Vec<u8>| bytes.clear())]
#[case::something_else(|bytes: &mut Vec<u8>| bytes.fill(255))]
#[tokio::test]
async fn damaged_files_are_read_from_the_root_file_instead(#[case] damage: fn(&mut Vec<u8>)) {
    let (dir, file) = one_file();
    let cache = dir.path().join("cache");
    let first = Process::start(&cache, &file, PLENTY, PLENTY).await;
    let answer = numbers(&first.context, SQL).await;
    first.end();
    for path in chunk_files(&cache) {
        let mut bytes = fs::read(&path).unwrap();
        damage(&mut bytes);
        fs::write(&path, bytes).unwrap();
    }

    let second = Process::start(&cache, &file, PLENTY, PLENTY).await;
    let cold = statistics(&second.context, SQL).await;

    assert!(cold.bytes_read > 0);
    assert_eq!(cold.bytes_from_disk, 0);
    assert_eq!(numbers(&second.context, SQL).await, answer);
    second.end();
    let third = Process::start(&cache, &file, PLENTY, PLENTY).await;
    assert_eq!(statistics(&third.context, SQL).await.bytes_read, 0);
}

#[tokio::test]
async fn pinned_columns_are_written_and_pinned_again_from_the_disk() {
    let (dir, file) = one_file();
    let cache = dir.path().join("cache");
    let pinning = || ScanOptions {
        pin: vec!["x".to_owned()],
        ..tiny_steps()
    };
    let count = "SELECT count(*) FROM t";
    let first = Process::with(&cache, &file, PLENTY, PLENTY, pinning()).await;
    assert_eq!(numbers(&first.context, count).await, [1_000.0]);
    first.end();

    let second = Process::with(&cache, &file, PLENTY, PLENTY, pinning()).await;
    let found = &second.columns.snapshot()[0];
    assert_eq!((found.bytes, found.chunks), (0, 0));
    assert!(found.column == "x" && found.disk_bytes > 8_000, "{found:?}");
    let statistics = statistics(&second.context, count).await;

    assert_eq!(statistics.bytes_read, 0);
    let pinned = &second.columns.snapshot()[0];
    assert_eq!((pinned.pinned_bytes, pinned.disk_hits), (pinned.bytes, 10));
    assert!(pinned.pinned_bytes > 8_000 && pinned.disk_bytes == found.disk_bytes);
    second
        .columns
        .unpin(&hepframe_root_source::CacheFilter::default());
    assert_eq!(
        chunk_files(&cache).len(),
        10,
        "UNCACHE leaves the disk as it is"
    );
}

#[tokio::test]
async fn clearing_the_cache_clears_the_disk() {
    let (dir, file) = one_file();
    let cache = dir.path().join("cache");
    let process = Process::start(&cache, &file, PLENTY, PLENTY).await;
    numbers(&process.context, SQL).await;
    process.columns.finish_writing(Duration::from_mins(1));
    assert!(!chunk_files(&cache).is_empty());

    process.columns.clear();

    assert_eq!(chunk_files(&cache), Vec::<PathBuf>::new());
    assert!(statistics(&process.context, SQL).await.bytes_read > 0);
}
