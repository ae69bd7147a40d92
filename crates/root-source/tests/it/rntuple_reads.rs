//! What is read of an RNTuple: how many requests, and which pages.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use datafusion::prelude::SessionContext;
use futures::stream::BoxStream;
use hepframe_root_source::ScanOptions;
use hepframe_root_write::{Field, FieldValues, FileWriter, NtupleOptions};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetRange, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, ObjectStoreExt, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use rstest::rstest;
use url::Url;

use crate::fixture::{numbers, open, session, statistics};

const ENTRIES: usize = 1_000;
const ITEMS: usize = 100;

/// An RNTuple `Events` of [`ENTRIES`] entries: `id`, and vectors of [`ITEMS`] items, `pt` and
/// `eta`, and `hits`, vectors of vectors of one; 1 000 elements to a page.
fn events() -> Vec<u8> {
    let ends = |length: usize, count: usize| (0..=count).map(|i| i * length).collect::<Vec<_>>();
    let ids: Vec<i32> = (0..ENTRIES as i32).collect();
    let reals = |shift: f32| -> Vec<f32> {
        let items = 0..ENTRIES * ITEMS;
        items.map(|i| i as f32 + shift).collect()
    };
    let hits = FieldValues::list(&ends(1, ENTRIES * ITEMS), reals(0.5));
    let fields = [
        Field::new("id", ids),
        Field::new("pt", FieldValues::list(&ends(ITEMS, ENTRIES), reals(0.0))),
        Field::new("eta", FieldValues::list(&ends(ITEMS, ENTRIES), reals(0.25))),
        Field::new("hits", FieldValues::list(&ends(ITEMS, ENTRIES), hits)),
    ];
    let options = NtupleOptions::new().elements_per_page(1_000);
    let mut file = FileWriter::new(std::io::Cursor::new(Vec::new()), "t.root").unwrap();
    file.rntuple("Events", options, &fields).unwrap();
    file.finish().unwrap().into_inner()
}

/// A store in memory that notes the ranges it is asked for.
#[derive(Debug, Default)]
struct Noting {
    store: InMemory,
    asked: Mutex<Vec<Range<u64>>>,
}

impl Noting {
    fn take_asked(&self) -> Vec<Range<u64>> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

impl fmt::Display for Noting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Noting")
    }
}

#[async_trait]
impl ObjectStore for Noting {
    async fn put_opts(&self, at: &Path, of: PutPayload, options: PutOptions) -> Result<PutResult> {
        self.store.put_opts(at, of, options).await
    }

    async fn put_multipart_opts(
        &self,
        at: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.store.put_multipart_opts(at, options).await
    }

    async fn get_opts(&self, at: &Path, options: GetOptions) -> Result<GetResult> {
        if let Some(GetRange::Bounded(range)) = &options.range {
            self.asked.lock().unwrap().push(range.clone());
        }
        self.store.get_opts(at, options).await
    }

    fn delete_stream(
        &self,
        paths: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.store.delete_stream(paths)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.store.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.store.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.store.copy_opts(from, to, options).await
    }
}

/// A session with the events as table `t` of a store far away.
async fn far_away(options: ScanOptions) -> (SessionContext, Arc<Noting>) {
    let store = Arc::new(Noting::default());
    let path = Path::from("events.root");
    store.put(&path, events().into()).await.unwrap();
    let context = session(1);
    let url = Url::parse("mem://bucket").unwrap();
    context.register_object_store(&url, Arc::clone(&store) as _);
    open(&context, &["mem://bucket/events.root"], options)
        .await
        .unwrap();
    (context, store)
}

#[rstest]
#[case::numbers("SELECT id FROM t", 1)]
#[case::vectors("SELECT id, pt, eta FROM t", 2)]
#[case::vectors_of_vectors("SELECT id, pt, eta, hits FROM t", 3)]
#[case::numbers_then_the_vectors_of_what_is_kept("SELECT pt, eta FROM t WHERE id > 500", 1 + 2)]
#[case::one_entry("SELECT pt FROM t LIMIT 1", 2)]
#[tokio::test]
async fn a_step_asks_once_and_once_more_for_each_level_of_lists(
    #[case] sql: &str,
    #[case] rounds: usize,
) {
    // All that is wanted at a time is one request, and all entries are one step.
    let options = ScanOptions {
        coalesce_gap_bytes: 1 << 20,
        step_bytes: 1 << 30,
        ..ScanOptions::default()
    };
    let (context, store) = far_away(options).await;
    store.take_asked();

    statistics(&context, sql).await;

    let asked = store.take_asked();
    assert_eq!(asked.len(), rounds, "{asked:?}");
}

#[rstest]
#[case::begins_a_page(500)]
#[case::straddles_no_border(123)]
#[tokio::test]
async fn a_filter_that_keeps_one_entry_reads_the_pages_of_its_items_only(#[case] id: usize) {
    let options = ScanOptions {
        coalesce_gap_bytes: 0,
        ..ScanOptions::default()
    };
    let (context, _) = far_away(options).await;
    let sql = format!("SELECT pt[3] FROM t WHERE id = {id}");

    let kept = numbers(&context, &sql).await;
    let read = statistics(&context, &sql).await.bytes_read;

    assert_eq!(kept, [(id * ITEMS + 2) as f64]);
    // A page of numbers, one of offsets and one of items, each with a checksum: the other 99
    // pages of items belong to entries that were dropped.
    assert_eq!(read, (1_000 * (4 + 8 + 4) + 3 * 8) as u64);
}
