//! Reading fields whose pages are written here, one by one.

mod damage;
mod order;
mod shapes;

use std::ops::Range;
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;
use bytes::Bytes;
use xxhash_rust::xxh3::xxh3_64;

use super::elements::Encoding;
use super::layout::{ClusterPages, FieldLayout, Page, PagePlace, PhysicalColumn};
use super::reader::PageReader;
use crate::error::Result;
use crate::shared::SharedOffsets;
use crate::tree::{Column, Stored};

/// Pages in the order they were written, and where the next one goes.
#[derive(Default)]
struct Pages {
    file: Vec<u8>,
}

impl Pages {
    /// A column of these clusters of pages of 64-bit offsets.
    fn offsets(&mut self, clusters: &[&[&[u64]]]) -> Arc<PhysicalColumn> {
        self.column(Encoding::Index64, clusters, |offset| {
            offset.to_le_bytes().to_vec()
        })
    }

    /// A column of these clusters of pages of `float`.
    fn floats(&mut self, clusters: &[&[&[f32]]]) -> Arc<PhysicalColumn> {
        self.column(Encoding::Real32, clusters, |real| {
            real.to_le_bytes().to_vec()
        })
    }

    /// A column of these clusters of pages of characters.
    fn text(&mut self, clusters: &[&[&str]]) -> Arc<PhysicalColumn> {
        let clusters = clusters.iter();
        let clusters: Vec<Vec<&[u8]>> = clusters
            .map(|pages| pages.iter().map(|page| page.as_bytes()).collect())
            .collect();
        let clusters: Vec<&[&[u8]]> = clusters.iter().map(Vec::as_slice).collect();
        self.column(Encoding::Char, &clusters, |&byte| vec![byte])
    }

    fn column<T>(
        &mut self,
        encoding: Encoding,
        clusters: &[&[&[T]]],
        bytes_of: impl Fn(&T) -> Vec<u8>,
    ) -> Arc<PhysicalColumn> {
        let clusters = clusters.iter().map(|pages| {
            let pages = pages.iter().map(|page| {
                let bytes = page.iter().flat_map(&bytes_of).collect();
                (page.len() as u64, self.page(bytes))
            });
            cluster(encoding, pages.collect())
        });
        column(clusters.collect())
    }

    /// Writes a page and its checksum.
    fn page(&mut self, mut bytes: Vec<u8>) -> PagePlace {
        bytes.extend(xxh3_64(&bytes).to_le_bytes());
        // Something else lies between pages.
        self.file.extend(b"key");
        let start = self.file.len() as u64;
        self.file.extend(bytes);
        PagePlace::File {
            bytes: start..self.file.len() as u64,
            has_checksum: true,
        }
    }

    fn reader(&self, layout: FieldLayout) -> FileReader {
        self.counted(layout, None)
    }

    /// A reader of a column of lists that others have as well.
    fn counted(&self, layout: FieldLayout, counted_by: Option<usize>) -> FileReader {
        FileReader {
            file: Bytes::copy_from_slice(&self.file),
            pages: PageReader::new(&table_column(layout, counted_by), false),
            asked: Vec::new(),
        }
    }
}

/// Pages of so many elements, one after the other.
fn cluster(encoding: Encoding, pages: Vec<(u64, PagePlace)>) -> ClusterPages {
    let mut elements = 0;
    let pages = pages.into_iter().map(|(count, place)| {
        let start = elements;
        elements += count;
        Page {
            elements: start..elements,
            place,
        }
    });
    ClusterPages {
        pages: pages.collect(),
        encoding,
        elements,
    }
}

fn column(clusters: Vec<ClusterPages>) -> Arc<PhysicalColumn> {
    Arc::new(PhysicalColumn::new(0, clusters))
}

fn table_column(layout: FieldLayout, counted_by: Option<usize>) -> Column {
    Column {
        name: "field".to_owned(),
        branch: "field".to_owned(),
        cpp_type: String::new(),
        codec: String::new(),
        baskets: Vec::new(),
        zip_bytes: 0,
        tot_bytes: 0,
        note: None,
        parts: None,
        stored: Ok(Stored::Field(layout)),
        counted_by,
    }
}

fn number(column: &Arc<PhysicalColumn>, data_type: DataType) -> FieldLayout {
    FieldLayout::Number {
        column: Arc::clone(column),
        data_type,
    }
}

fn list(offsets: &Arc<PhysicalColumn>, item: FieldLayout) -> FieldLayout {
    FieldLayout::List {
        offsets: Arc::clone(offsets),
        item: Box::new(item),
    }
}

/// A reader, and the file it reads.
struct FileReader {
    file: Bytes,
    pages: PageReader,
    /// Every range that was asked for, in the order of asking.
    asked: Vec<Range<u64>>,
}

impl FileReader {
    /// Feeds what is wanted until nothing is.
    fn feed(&mut self, entries: Range<u64>) -> Result<()> {
        loop {
            let wanted = self.pages.pages_wanted(entries.clone())?;
            if wanted.is_empty() {
                return Ok(());
            }
            self.give(&wanted);
            self.asked.extend(wanted);
        }
    }

    fn give(&mut self, wanted: &[Range<u64>]) {
        for Range { start, end } in wanted.iter().cloned() {
            let place = usize::try_from(start).unwrap()..usize::try_from(end).unwrap();
            self.pages.feed(start, self.file.slice(place));
        }
    }

    fn read(&mut self, entries: Range<u64>) -> Result<ArrayRef> {
        self.read_sharing(entries, &mut SharedOffsets::default())
    }

    fn read_sharing(
        &mut self,
        entries: Range<u64>,
        shared: &mut SharedOffsets,
    ) -> Result<ArrayRef> {
        self.feed(entries.clone())?;
        self.pages.read(entries, shared)
    }

    /// What is wrong with these entries.
    fn error(&mut self, entries: Range<u64>) -> String {
        self.read(entries).unwrap_err().to_string()
    }
}
