//! One file of a store, read by ranges.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::common::runtime::SpawnedTask;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::object_store::ObjectStoreUrl;
use futures::{StreamExt, TryStreamExt};
use hepframe_root_io::{Place, RootError};
use object_store::path::Path;
use object_store::{
    GetOptions, GetResult, GetResultPayload, ObjectMeta, ObjectStore, ObjectStoreExt,
};
use tokio::sync::OnceCell;

use super::cached::CachedFile;
use super::coalesce::coalesce;
use crate::error::{SourceError, is_closed, placed};
use crate::options::ScanOptions;

/// A local read costs a system call, about as much as copying this many bytes.
const LOCAL_GAP_BYTES: u64 = 4 << 10;
/// Long enough to be worth a round trip, short enough to have several under way.
const MOST_REQUEST_BYTES: u64 = 8 << 20;

/// Reads ranges of one file.
#[derive(Debug, Clone)]
pub(crate) struct FileReader {
    store: Arc<dyn ObjectStore>,
    meta: ObjectMeta,
    name: Arc<str>,
    is_local: bool,
    /// The open file, once it is needed; `None` inside if there is no such thing.
    opened: Arc<OnceCell<Option<CachedFile>>>,
    gap_bytes: u64,
    requests_in_flight: usize,
}

/// Bytes of the ranges asked for, and how many came over the wire.
#[derive(Debug, Default)]
pub(crate) struct Fetched {
    pub(crate) pieces: Vec<Bytes>,
    pub(crate) bytes_read: u64,
}

/// The name of a file as people write it: a path if it is local, a URL otherwise.
pub(crate) fn displayed(store: &ObjectStoreUrl, path: &Path) -> String {
    displayed_at(store.as_str(), path.as_ref())
}

/// As [`displayed`], of plain texts.
pub(crate) fn displayed_at(store: &str, path: &str) -> String {
    if store.starts_with("file:") {
        format!("/{path}")
    } else {
        format!("{store}{path}")
    }
}

/// True for files of this machine.
pub(crate) fn is_local(store_url: &ObjectStoreUrl) -> bool {
    store_url.as_str().starts_with("file:")
}

impl FileReader {
    /// A reader for the file that `meta` describes.
    pub(crate) fn new(
        store: Arc<dyn ObjectStore>,
        store_url: &ObjectStoreUrl,
        meta: ObjectMeta,
        options: &ScanOptions,
    ) -> Self {
        let name = displayed(store_url, &meta.location).into();
        let is_local = is_local(store_url);
        Self {
            store,
            meta,
            name,
            is_local,
            opened: Arc::default(),
            gap_bytes: options.coalesce_gap_bytes,
            requests_in_flight: options.requests_in_flight.max(1),
        }
    }

    pub(crate) fn meta(&self) -> &ObjectMeta {
        &self.meta
    }

    /// Path or URL, for messages.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Place in this file, for messages.
    pub(crate) fn place(&self) -> Place {
        Place {
            file: Some(self.name.to_string()),
            ..Place::default()
        }
    }

    /// What the store says of the file; refuses one that is not the one that was planned.
    pub(crate) async fn check_unchanged(&self) -> Result<ObjectMeta> {
        if self.is_local {
            let (found, file) = self.open().await?;
            // Opened once already, by whoever came first: then that one stays.
            let _first = self.opened.set(file);
            return Ok(found);
        }
        let found = self.store.head(&self.meta.location).await;
        let found = found.map_err(|error| self.refused(error))?;
        self.check_is_planned(&found)?;
        Ok(found)
    }

    /// The file as it is, if it is the one that was planned.
    async fn get(&self) -> Result<GetResult> {
        let path = &self.meta.location;
        let opened = self.store.get_opts(path, GetOptions::default()).await;
        let opened = opened.map_err(|error| self.refused(error))?;
        self.check_is_planned(&opened.meta)?;
        Ok(opened)
    }

    /// The store's error, or ours where a file may not be read: stores of local files call that
    /// "generic", as what might go better next time.
    fn refused(&self, error: object_store::Error) -> DataFusionError {
        if is_closed(&error) {
            let path = self.name.to_string();
            return SourceError::NoPermission { path }.into();
        }
        error.into()
    }

    async fn open(&self) -> Result<(ObjectMeta, Option<CachedFile>)> {
        // Opening by another thread costs more than many a query.
        if self.is_local
            && let Some(file) = CachedFile::open_without_waiting(&self.meta)
        {
            return Ok((self.meta.clone(), Some(file)));
        }
        let opened = self.get().await?;
        let file = match opened.payload {
            GetResultPayload::File(file, _) => Some(CachedFile::new(file)),
            GetResultPayload::Stream(_) => None,
        };
        Ok((opened.meta, file))
    }

    /// The open file, if it is a local one and unchanged: its bytes may be in memory.
    pub(crate) async fn local_file(&self) -> Result<Option<&CachedFile>> {
        if !self.is_local {
            return Ok(None);
        }
        let open = || async { Ok::<_, DataFusionError>(self.open().await?.1) };
        let file = self.opened.get_or_try_init(open).await?;
        Ok(file.as_ref().filter(|file| file.is_still(&self.meta)))
    }

    /// The same file as described by the store just now: plans may have lost its tag.
    pub(crate) fn with_meta(self, meta: ObjectMeta) -> Self {
        Self { meta, ..self }
    }

    fn check_is_planned(&self, found: &ObjectMeta) -> Result<()> {
        let planned = &self.meta;
        let other_tag = match (&planned.e_tag, &found.e_tag) {
            (Some(planned), Some(found)) => planned != found,
            _ => false,
        };
        if other_tag || found.size != planned.size || found.last_modified != planned.last_modified {
            return Err(SourceError::FileChanged {
                file: self.name.to_string(),
                planned_bytes: planned.size,
                planned_time: planned.last_modified.to_string(),
                found_bytes: found.size,
                found_time: found.last_modified.to_string(),
            }
            .into());
        }
        Ok(())
    }

    /// Fetches all ranges, neighbours together. The pieces share the memory of their requests.
    ///
    /// # Errors
    ///
    /// A range outside the file, a failed request, or too few bytes.
    pub(crate) async fn read(&self, wanted: &[Range<u64>]) -> Result<Fetched> {
        if wanted.is_empty() {
            return Ok(Fetched::default());
        }
        for range in wanted {
            self.check_inside(range)?;
        }
        let gap = if self.is_local {
            self.gap_bytes.min(LOCAL_GAP_BYTES)
        } else {
            self.gap_bytes
        };
        let requests = coalesce(wanted, gap, MOST_REQUEST_BYTES);
        let answers = self.request(&requests.ranges).await?;

        let mut bytes_read = 0;
        for (range, answer) in requests.ranges.iter().zip(&answers) {
            let got = answer.len() as u64;
            if got != range.end - range.start {
                let wanted = range.end - range.start;
                let file = self.name.to_string();
                return Err(SourceError::ShortRead {
                    file,
                    at: range.start,
                    wanted,
                    got,
                }
                .into());
            }
            bytes_read += got;
        }
        let pieces = wanted
            .iter()
            .zip(&requests.places)
            .map(|(range, &(request, skip))| {
                let skip = to_usize(skip)?;
                let length = to_usize(range.end - range.start)?;
                Ok(answers[request].slice(skip..skip + length))
            })
            .collect::<Result<_>>()?;
        Ok(Fetched { pieces, bytes_read })
    }

    fn check_inside(&self, range: &Range<u64>) -> Result<()> {
        if range.start > range.end || range.end > self.meta.size {
            let error = RootError::Truncated {
                at: range.start,
                wanted: range.end.saturating_sub(range.start),
                left: self.meta.size.saturating_sub(range.start),
            };
            return Err(placed(error, self.place()));
        }
        Ok(())
    }

    async fn request(&self, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        let path = &self.meta.location;
        if self.is_local {
            let opened = self.get().await?;
            if let GetResultPayload::File(file, _) = opened.payload {
                let ranges = ranges.to_vec();
                let read = SpawnedTask::spawn_blocking(move || read_ranges(&file, &ranges));
                return Ok(read
                    .await
                    .map_err(|e| DataFusionError::ExecutionJoin(Box::new(e)))??);
            }
        }
        futures::stream::iter(ranges.to_vec())
            .map(|range| async move { self.store.get_range(path, range).await })
            .buffered(self.requests_in_flight)
            .try_collect()
            .await
            .map_err(DataFusionError::from)
    }
}

/// Reads ranges of a local file; those beyond its end come back short.
fn read_ranges(mut file: &File, ranges: &[Range<u64>]) -> std::io::Result<Vec<Bytes>> {
    ranges
        .iter()
        .map(|range| {
            let wanted = range.end.saturating_sub(range.start);
            // Reading to the end of `take` fills memory that was not zeroed before, which
            // reading into a slice would need.
            let mut bytes = Vec::with_capacity(usize::try_from(wanted).unwrap_or(0));
            file.seek(SeekFrom::Start(range.start))?;
            file.take(wanted).read_to_end(&mut bytes)?;
            Ok(bytes.into())
        })
        .collect()
}

fn to_usize(n: u64) -> Result<usize> {
    usize::try_from(n).map_err(|e| DataFusionError::External(Box::new(e)))
}

#[cfg(test)]
mod tests {
    use object_store::memory::InMemory;

    use super::*;

    async fn reader_of(bytes: &'static [u8]) -> FileReader {
        let store = Arc::new(InMemory::new());
        let path = Path::from("dir/x.root");
        store.put(&path, bytes.into()).await.unwrap();
        let meta = store.head(&path).await.unwrap();
        let url = ObjectStoreUrl::parse("mem://bucket").unwrap();
        FileReader::new(store, &url, meta, &ScanOptions::default())
    }

    #[tokio::test]
    async fn pieces_come_in_the_order_they_were_asked_for() {
        let reader = reader_of(b"0123456789").await;

        let fetched = reader.read(&[7..9, 0..2, 7..8]).await.unwrap();

        assert_eq!(fetched.pieces, [&b"78"[..], b"01", b"7"]);
        assert_eq!(fetched.bytes_read, 9);
        assert_eq!(reader.name(), "mem://bucket/dir/x.root");
    }

    #[tokio::test]
    async fn a_range_outside_the_file_is_refused_before_anything_is_read() {
        let reader = reader_of(b"0123456789").await;

        let error = reader
            .read(std::slice::from_ref(&(8..11)))
            .await
            .unwrap_err()
            .to_string();

        assert!(
            error.contains("wanted 3 bytes at byte 8, but only 2 are left"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn a_file_that_was_written_again_is_noticed() {
        let reader = reader_of(b"0123456789").await;
        reader.check_unchanged().await.unwrap();

        reader
            .store
            .put(&reader.meta.location, b"01234".as_slice().into())
            .await
            .unwrap();
        let error = reader.check_unchanged().await.unwrap_err().to_string();

        assert!(
            error.contains("changed after the query was planned: it had 10 bytes"),
            "{error}"
        );
    }
}
