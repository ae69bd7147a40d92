//! Feeds the parsers of root-io with the bytes they ask for.
//!
//! A parser follows pointers, so every ask could be a round trip. Three things keep them few:
//! small files are read whole, of larger ones the head and the tail come first (ROOT writes
//! trees, keys and class descriptions last), and asks are rounded up to blocks. What was read
//! for one parser serves the next.

use std::collections::BTreeMap;
use std::ops::Range;

use bytes::Bytes;
use datafusion::error::Result;
use hepframe_root_io::{FileIndex, FileOpener, Place, RootError, Step, Tree, TreeOpener};

use super::FileReader;
use crate::error::{SourceError, placed};

/// Asks are rounded up to multiples of this; about what a disk reads ahead by itself.
const BLOCK_BYTES: u64 = 64 << 10;
/// Files up to this size are read whole: cheaper than a second round trip.
const SMALL_FILE_BYTES: u64 = 512 << 10;
/// Read of the end of a larger file at first: covers keys, class descriptions and small trees.
const TAIL_BYTES: u64 = 128 << 10;
/// More reads than any header needs; each brings at least a block.
const MOST_STEPS: usize = 20_000;

/// A parser that asks for bytes.
pub(crate) trait Opener {
    /// What comes out.
    type Found;
    fn step(&mut self) -> Result<Step<Self::Found>, RootError>;
    fn feed(&mut self, at: u64, bytes: Bytes);
}

impl Opener for FileOpener {
    type Found = FileIndex;
    fn step(&mut self) -> Result<Step<FileIndex>, RootError> {
        Self::step(self)
    }
    fn feed(&mut self, at: u64, bytes: Bytes) {
        Self::feed(self, at, bytes);
    }
}

impl Opener for TreeOpener {
    type Found = Tree;
    fn step(&mut self) -> Result<Step<Tree>, RootError> {
        Self::step(self)
    }
    fn feed(&mut self, at: u64, bytes: Bytes) {
        Self::feed(self, at, bytes);
    }
}

/// The parts of one file that were read while opening it.
#[derive(Debug)]
pub(crate) struct Headers<'a> {
    reader: &'a FileReader,
    /// Blocks by their first byte; they may overlap.
    blocks: BTreeMap<u64, Bytes>,
    bytes_read: u64,
}

impl<'a> Headers<'a> {
    pub(crate) fn of(reader: &'a FileReader) -> Self {
        Self {
            reader,
            blocks: BTreeMap::new(),
            bytes_read: 0,
        }
    }

    /// Steps the parser until it is done.
    ///
    /// # Errors
    ///
    /// The parser's, with this place; failed reads; [`SourceError::Endless`].
    pub(crate) async fn drive<O: Opener>(
        &mut self,
        mut opener: O,
        place: &Place,
    ) -> Result<O::Found> {
        if self.blocks.is_empty() {
            self.read_first().await?;
        }
        let size = self.reader.meta().size;
        let most_bytes = size.saturating_mul(4).saturating_add(16 << 20);
        let mut asked_before: Option<Range<u64>> = None;
        for steps in 0..MOST_STEPS {
            let asked = match opener.step().map_err(|e| placed(e, place.clone()))? {
                Step::Done(found) => return Ok(found),
                Step::NeedBytes(asked) => asked,
            };
            if asked_before.as_ref() == Some(&asked) || self.bytes_read > most_bytes {
                return Err(self.endless(steps));
            }
            let (at, bytes) = match self.known(&asked) {
                Some(block) => block,
                None => self.read_block(&asked).await?,
            };
            opener.feed(at, bytes);
            asked_before = Some(asked);
        }
        Err(self.endless(MOST_STEPS))
    }

    fn endless(&self, steps: usize) -> datafusion::error::DataFusionError {
        let file = self.reader.name().to_owned();
        SourceError::Endless {
            file,
            steps,
            bytes: self.bytes_read,
        }
        .into()
    }

    /// A block that holds all of `asked`.
    fn known(&self, asked: &Range<u64>) -> Option<(u64, Bytes)> {
        self.blocks
            .range(..=asked.start)
            .rev()
            .find(|(at, bytes)| **at + bytes.len() as u64 >= asked.end)
            .map(|(at, bytes)| (*at, bytes.clone()))
    }

    async fn read_first(&mut self) -> Result<()> {
        let size = self.reader.meta().size;
        let ranges = if size <= SMALL_FILE_BYTES {
            std::iter::once(0..size).collect()
        } else {
            vec![0..BLOCK_BYTES, size - TAIL_BYTES..size]
        };
        let fetched = self.reader.read(&ranges).await?;
        self.bytes_read += fetched.bytes_read;
        self.blocks
            .extend(ranges.iter().map(|range| range.start).zip(fetched.pieces));
        Ok(())
    }

    async fn read_block(&mut self, asked: &Range<u64>) -> Result<(u64, Bytes)> {
        let size = self.reader.meta().size;
        let end = asked.end.saturating_add(BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
        let wanted = asked.start..end.min(size).max(asked.end);
        let fetched = self.reader.read(std::slice::from_ref(&wanted)).await?;
        self.bytes_read += fetched.bytes_read;
        let bytes = fetched.pieces.into_iter().next().unwrap_or_default();
        self.blocks.insert(wanted.start, bytes.clone());
        Ok((wanted.start, bytes))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::execution::object_store::ObjectStoreUrl;
    use object_store::memory::InMemory;
    use object_store::path::Path;
    use object_store::{ObjectStore, ObjectStoreExt};

    use super::*;
    use crate::options::ScanOptions;

    async fn reader_of(bytes: Vec<u8>) -> FileReader {
        let store = Arc::new(InMemory::new());
        let path = Path::from("x.root");
        store.put(&path, bytes.into()).await.unwrap();
        let meta = store.head(&path).await.unwrap();
        let url = ObjectStoreUrl::parse("mem://bucket").unwrap();
        FileReader::new(
            store as Arc<dyn ObjectStore>,
            &url,
            meta,
            &ScanOptions::default(),
        )
    }

    /// Asks for one byte after the other, or for the same one for ever.
    struct Asks {
        wanted: Vec<u64>,
        next: usize,
        got: Vec<u8>,
        stubborn: bool,
    }

    impl Opener for Asks {
        type Found = Vec<u8>;
        fn step(&mut self) -> Result<Step<Vec<u8>>, RootError> {
            Ok(match self.wanted.get(self.next) {
                Some(&at) => Step::NeedBytes(at..at + 1),
                None => Step::Done(std::mem::take(&mut self.got)),
            })
        }
        fn feed(&mut self, at: u64, bytes: Bytes) {
            if !self.stubborn {
                let skip = usize::try_from(self.wanted[self.next] - at).unwrap();
                self.got.push(bytes[skip]);
                self.next += 1;
            }
        }
    }

    #[tokio::test]
    async fn what_was_read_once_is_not_read_again() {
        let bytes: Vec<u8> = (0..2_000_000_u32).map(|i| (i % 251) as u8).collect();
        let reader = reader_of(bytes.clone()).await;
        let mut headers = Headers::of(&reader);
        let wanted = vec![5, 1_000_000, 1_000_100, 1_999_999, 1_000_000];

        let asks = Asks {
            wanted: wanted.clone(),
            next: 0,
            got: vec![],
            stubborn: false,
        };
        let got = headers.drive(asks, &reader.place()).await.unwrap();

        let expected: Vec<u8> = wanted
            .iter()
            .map(|&at| bytes[usize::try_from(at).unwrap()])
            .collect();
        assert_eq!(got, expected);
        assert!(
            headers.bytes_read <= BLOCK_BYTES * 2 + TAIL_BYTES,
            "{}",
            headers.bytes_read
        );
    }

    #[tokio::test]
    async fn a_parser_that_turns_in_circles_is_stopped() {
        let reader = reader_of(vec![0; 100]).await;
        let asks = Asks {
            wanted: vec![7],
            next: 0,
            got: vec![],
            stubborn: true,
        };

        let error = Headers::of(&reader)
            .drive(asks, &reader.place())
            .await
            .unwrap_err()
            .to_string();

        assert!(error.contains("in circles"), "{error}");
    }

    #[tokio::test]
    async fn asking_beyond_the_end_is_an_error_with_the_files_name() {
        let reader = reader_of(vec![0; 100]).await;
        let asks = Asks {
            wanted: vec![100],
            next: 0,
            got: vec![],
            stubborn: false,
        };

        let error = Headers::of(&reader)
            .drive(asks, &reader.place())
            .await
            .unwrap_err()
            .to_string();

        assert!(error.contains("file `mem://bucket/x.root`"), "{error}");
    }
}
