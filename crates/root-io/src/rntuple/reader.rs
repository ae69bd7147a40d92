//! Reading the column of a field: pages in, Arrow arrays out, batch by batch.

use std::ops::Range;

use arrow::array::{ArrayRef, AsArray};
use arrow::buffer::OffsetBuffer;
use bytes::Bytes;

use super::builder::{Builder, ListBuilder, builder};
use super::fed::Fed;
use super::layout::{FieldLayout, PhysicalColumn};
use super::pages::Span;
use crate::error::{Result, RootError};
use crate::shared::SharedOffsets;
use crate::tree::{Column, Stored};

/// Decodes one column of an RNTuple, batch by batch.
///
/// A page is unpacked once, however many batches it spans, and forgotten when it is passed.
pub(crate) struct PageReader {
    counted_by: Option<usize>,
    /// First entries of the clusters, and at last the number of entries.
    borders: Vec<u64>,
    fed: Fed,
    root: Result<Root>,
    /// Entries before this one were read.
    read_to: u64,
}

/// The outermost builder; lists may take the offsets of another column.
enum Root {
    List(ListBuilder),
    Other(Box<dyn Builder>),
}

impl PageReader {
    /// A reader of a field without any bytes yet.
    pub(crate) fn new(column: &Column, text_as_binary: bool) -> Self {
        let (borders, root) = match open(column, text_as_binary) {
            Ok((borders, root)) => (borders, Ok(root)),
            Err(error) => (Vec::new(), Err(error)),
        };
        Self {
            counted_by: column.counted_by,
            borders,
            fed: Fed::default(),
            root,
            read_to: 0,
        }
    }

    /// Where the pages are that are missing to read these entries, ascending, none twice.
    pub(crate) fn pages_wanted(&mut self, entries: Range<u64>) -> Result<Vec<Range<u64>>> {
        let entries = entries.start.max(self.read_to)..entries.end;
        let spans = self.spans(&entries)?;
        let root = match &mut self.root {
            Ok(Root::List(list)) => list as &mut dyn Builder,
            Ok(Root::Other(other)) => other.as_mut(),
            Err(error) => return Err(error.clone()),
        };
        let outcome = spans
            .iter()
            .try_for_each(|span| root.want(span, &mut self.fed));
        let missing = self.fed.take_missing();
        outcome.map(|()| missing)
    }

    /// Gives the bytes from byte `at` of the file on.
    pub(crate) fn feed(&mut self, at: u64, bytes: Bytes) {
        self.fed.feed(at, bytes);
    }

    /// The values of these entries.
    pub(crate) fn read(
        &mut self,
        entries: Range<u64>,
        shared: &mut SharedOffsets,
    ) -> Result<ArrayRef> {
        let spans = self.spans(&entries)?;
        let failed = RootError::malformed("column", 0, "an earlier read failed");
        let mut root = std::mem::replace(&mut self.root, Err(failed))?;
        let offsets = self.counted_by.and_then(|id| shared.get(id, &entries));
        let array = read(&mut root, &spans, &mut self.fed, offsets.cloned())?;
        if let (Some(id), Some(list)) = (self.counted_by, array.as_list_opt::<i32>()) {
            shared.put(id, &entries, list.offsets().clone());
        }
        self.root = Ok(root);
        self.read_to = self.read_to.max(entries.end);
        Ok(array)
    }

    pub(crate) fn unpacked_bytes(&self) -> u64 {
        self.fed.unpacked_bytes
    }

    pub(crate) fn unpacked_pages(&self) -> u64 {
        self.fed.unpacked_pages
    }

    /// Entries as elements of the clusters they lie in.
    fn spans(&self, entries: &Range<u64>) -> Result<Vec<Span>> {
        if let Err(error) = &self.root {
            return Err(error.clone());
        }
        let there_are = self.borders.last().copied().unwrap_or(0);
        if entries.end > there_are && entries.start < entries.end {
            let why = format!(
                "no page holds entry {}, there are {there_are}",
                entries.end - 1
            );
            return Err(RootError::malformed("column", 0, why));
        }
        let first = self
            .borders
            .partition_point(|&border| border <= entries.start);
        let mut spans = Vec::new();
        for (cluster, borders) in self
            .borders
            .windows(2)
            .enumerate()
            .skip(first.saturating_sub(1))
        {
            let (start, end) = (borders[0], borders[1]);
            if start >= entries.end {
                break;
            }
            let elements = entries.start.max(start) - start..entries.end.min(end) - start;
            if elements.start < elements.end {
                spans.push(Span { cluster, elements });
            }
        }
        Ok(spans)
    }
}

/// Appends all spans and finishes; with `offsets` if another column has built them.
fn read(
    root: &mut Root,
    spans: &[Span],
    fed: &mut Fed,
    offsets: Option<OffsetBuffer<i32>>,
) -> Result<ArrayRef> {
    match (root, offsets) {
        (Root::List(list), Some(offsets)) => {
            for span in spans {
                list.append_items(span, fed)?;
            }
            list.finish_with(offsets)
        }
        (Root::List(list), None) => build(list, spans, fed),
        (Root::Other(other), _) => build(other.as_mut(), spans, fed),
    }
}

fn build(builder: &mut dyn Builder, spans: &[Span], fed: &mut Fed) -> Result<ArrayRef> {
    for span in spans {
        builder.append(span, fed)?;
    }
    builder.finish()
}

/// The borders of the clusters and the builder of a field.
fn open(column: &Column, text_as_binary: bool) -> Result<(Vec<u64>, Root)> {
    let layout = match &column.stored {
        Ok(Stored::Field(layout)) => layout,
        Ok(Stored::Branch(_)) => {
            return Err(RootError::malformed("column", 0, "it is in baskets"));
        }
        Err(error) => return Err(error.clone()),
    };
    let root = match layout {
        FieldLayout::List { offsets, item } => {
            Root::List(ListBuilder::new(offsets, item, text_as_binary)?)
        }
        other => Root::Other(builder(other, text_as_binary)?),
    };
    Ok((borders(layout)?, root))
}

/// First entries of the clusters, and at last the number of entries.
fn borders(layout: &FieldLayout) -> Result<Vec<u64>> {
    let Some((column, per_entry)) = outermost(layout, 1) else {
        let why = "its entries have no values to count them by";
        return Err(RootError::unsupported("std::array", why));
    };
    let mut borders = vec![0];
    let mut end = 0_u64;
    for cluster in &column.clusters {
        let entries = cluster.elements / per_entry;
        end = end.checked_add(entries).ok_or_else(|| {
            let why = format!("{end} and {entries} more entries");
            RootError::malformed("clusters", 0, why)
        })?;
        borders.push(end);
    }
    Ok(borders)
}

/// A column that has `per_entry` elements in each entry, if there is one.
fn outermost(layout: &FieldLayout, per_entry: u64) -> Option<(&PhysicalColumn, u64)> {
    match layout {
        FieldLayout::Number { column, .. } => Some((column, per_entry)),
        FieldLayout::Text { offsets, .. }
        | FieldLayout::List { offsets, .. }
        | FieldLayout::Cardinality { offsets, .. }
        | FieldLayout::Optional { offsets, .. } => Some((offsets, per_entry)),
        FieldLayout::Variant { switch, .. } => Some((switch, per_entry)),
        FieldLayout::Array { length: 0, .. } => None,
        FieldLayout::Array { length, item } => {
            outermost(item, per_entry.checked_mul(u64::from(*length))?)
        }
        FieldLayout::Record { members } => members
            .iter()
            .find_map(|(_, member)| outermost(member, per_entry)),
    }
}
