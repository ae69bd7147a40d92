//! The pages of one column, read from front to back.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::elements::{Packed, Value};
use super::fed::Fed;
use super::layout::{ClusterPages, Page, PagePlace, PhysicalColumn};
use super::page::PageBytes;
use crate::compress::MAX_UNPACKED_BYTES;
use crate::decode::MOST_RESERVED;
use crate::error::{Result, RootError};

/// Elements without a page cost a file nothing, so a damaged one may promise any number of them.
/// This many 64-bit numbers are as much as the largest page unpacks to.
const MOST_ZEROS: usize = MAX_UNPACKED_BYTES / 8;

/// Elements of a column in one cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) cluster: usize,
    /// Counted from the beginning of the cluster.
    pub(super) elements: Range<u64>,
}

impl Span {
    pub(super) fn len(&self) -> u64 {
        self.elements.end.saturating_sub(self.elements.start)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Other elements of the same cluster.
    pub(super) fn with(&self, elements: Range<u64>) -> Self {
        Self {
            cluster: self.cluster,
            elements,
        }
    }
}

/// A page by cluster and its number there.
pub(super) type PageKey = (usize, usize);

/// What is read of one page.
pub(super) enum Part<'a> {
    /// So many elements that are 0.
    Zeros(usize),
    /// The elements `run` of this page.
    Packed(Packed<'a>, Range<usize>),
}

/// The pages of a column: which were asked for, and the one that is unpacked.
#[derive(Debug)]
pub(super) struct Pages {
    column: Arc<PhysicalColumn>,
    asked: BTreeMap<PageKey, Asked>,
    open: Option<(PageKey, PageBytes)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// Its bytes are held in this place.
    Holding(u64),
    /// It is unpacked, its bytes are not needed any more.
    Opened,
}

impl Pages {
    pub(super) fn new(column: Arc<PhysicalColumn>) -> Self {
        Self {
            column,
            asked: BTreeMap::new(),
            open: None,
        }
    }

    pub(super) fn column(&self) -> &Arc<PhysicalColumn> {
        &self.column
    }

    /// True if the bytes of all these pages are there; what is missing is noted in `fed`.
    pub(super) fn want(&mut self, span: &Span, fed: &mut Fed) -> Result<bool> {
        let column = Arc::clone(&self.column);
        let mut is_there = true;
        for (key, page) in column.pages_of(span)? {
            let PagePlace::File { bytes, .. } = &page.place else {
                continue;
            };
            let asked = self.asked.entry(key).or_insert_with(|| {
                fed.hold(bytes.start);
                Asked::Holding(bytes.start)
            });
            if *asked != Asked::Opened {
                is_there &= fed.has(bytes);
            }
        }
        Ok(is_there)
    }

    /// Hands out these elements, page by page; then forgets the pages before the end of `span`.
    pub(super) fn read(
        &mut self,
        span: &Span,
        fed: &mut Fed,
        mut each: impl FnMut(Part<'_>) -> Result<()>,
    ) -> Result<()> {
        let column = Arc::clone(&self.column);
        for (key, page) in column.pages_of(span)? {
            let run = part_of(page, span)?;
            match &page.place {
                PagePlace::Zero => {
                    each(Part::Zeros(run.len()))?;
                }
                PagePlace::File { bytes, .. } => {
                    let packed = self.open(key, page, fed)?;
                    each(Part::Packed(packed, run)).map_err(|error| of_page(error, bytes.start))?;
                }
            }
        }
        self.pass(span, fed);
        Ok(())
    }

    /// Appends these elements to a vector of numbers.
    pub(super) fn append<T: Value>(
        &mut self,
        span: &Span,
        fed: &mut Fed,
        out: &mut Vec<T>,
    ) -> Result<()> {
        let count = usize::try_from(span.len()).unwrap_or(usize::MAX);
        out.reserve(count.min(MOST_RESERVED));
        self.read(span, fed, |part| {
            match part {
                Part::Zeros(count) => {
                    refuse_many_zeros(out.len().saturating_add(count))?;
                    out.resize(out.len() + count, T::default());
                }
                Part::Packed(page, run) => {
                    out.reserve(run.len());
                    page.append(run, out)?;
                }
            }
            Ok(())
        })
    }

    /// A page, unpacked.
    pub(super) fn open(&mut self, key: PageKey, page: &Page, fed: &mut Fed) -> Result<Packed<'_>> {
        let encoding = self.column.cluster(key.0)?.encoding;
        let elements = page.elements.end.saturating_sub(page.elements.start);
        let open = match self.open.take().filter(|(open, _)| *open == key) {
            Some(open) => open,
            None => {
                let bytes = self.unpack(key, page, fed)?;
                fed.unpacked_bytes += bytes.as_slice().len() as u64;
                fed.unpacked_pages += 1;
                (key, bytes)
            }
        };
        let (_, bytes) = self.open.insert(open);
        Ok(Packed {
            encoding,
            bytes: bytes.as_slice(),
            elements: index(elements)?,
        })
    }

    fn unpack(&mut self, key: PageKey, page: &Page, fed: &mut Fed) -> Result<PageBytes> {
        let PagePlace::File {
            bytes: place,
            has_checksum,
        } = &page.place
        else {
            return Err(RootError::malformed("page", 0, "it is not in the file"));
        };
        let encoding = self.column.cluster(key.0)?.encoding;
        let elements = page.elements.end.saturating_sub(page.elements.start);
        let bytes = fed.get(place)?;
        let unpacked = PageBytes::unpack(bytes, *has_checksum, encoding, elements, place.start)?;
        if let Some(Asked::Holding(at)) = self.asked.insert(key, Asked::Opened) {
            fed.release(at);
        }
        Ok(unpacked)
    }

    /// Forgets the page that is unpacked, once what it says is kept elsewhere.
    pub(super) fn close(&mut self) {
        self.open = None;
    }

    /// Forgets all pages that end before or with this span.
    pub(super) fn pass(&mut self, span: &Span, fed: &mut Fed) {
        let first = self.column.first_after(span);
        let kept = self.asked.split_off(&first);
        for asked in std::mem::replace(&mut self.asked, kept).into_values() {
            if let Asked::Holding(at) = asked {
                fed.release(at);
            }
        }
        self.open.take_if(|(open, _)| *open < first);
    }
}

impl PhysicalColumn {
    pub(super) fn cluster(&self, cluster: usize) -> Result<&ClusterPages> {
        self.clusters.get(cluster).ok_or_else(|| {
            let why = format!(
                "it has {} clusters, none of number {cluster}",
                self.clusters.len()
            );
            RootError::malformed("column", 0, why)
        })
    }

    /// The pages that hold these elements.
    pub(super) fn pages_of(
        &self,
        span: &Span,
    ) -> Result<impl Iterator<Item = (PageKey, &Page)> + use<'_>> {
        let Range { start, end } = span.elements;
        let (first, pages) = if start < end {
            let cluster = self.cluster(span.cluster)?;
            let pages = &cluster.pages;
            let first = pages.partition_point(|page| page.elements.end <= start);
            let last = pages.partition_point(|page| page.elements.start < end);
            let held = pages.get(first..last).unwrap_or_default();
            let holds_all = held
                .first()
                .is_some_and(|page| page.elements.start <= start)
                && held.last().is_some_and(|page| page.elements.end >= end)
                && end <= cluster.elements;
            if !holds_all {
                let why = format!(
                    "elements {start} to {end} of cluster {} are wanted, it has {}",
                    span.cluster, cluster.elements
                );
                return Err(RootError::malformed("column", 0, why));
            }
            (first, held)
        } else {
            (0, &[][..])
        };
        let cluster = span.cluster;
        Ok((first..).map(move |page| (cluster, page)).zip(pages))
    }

    /// The first page that holds elements after this span.
    pub(super) fn first_after(&self, span: &Span) -> PageKey {
        let cluster = self.clusters.get(span.cluster);
        let passed = cluster.map_or(0, |cluster| {
            let pages = &cluster.pages;
            pages.partition_point(|page| page.elements.end <= span.elements.end)
        });
        (span.cluster, passed)
    }
}

/// The part of a page that lies in a span, counted from the page's beginning.
pub(super) fn part_of(page: &Page, span: &Span) -> Result<Range<usize>> {
    let Range { start, end } = page.elements;
    let from = span.elements.start.max(start) - start;
    let to = span.elements.end.min(end).saturating_sub(start);
    Ok(index(from)?..index(to)?)
}

/// Refuses to make room for elements that no page holds.
pub(super) fn refuse_many_zeros(count: usize) -> Result<()> {
    if count > MOST_ZEROS {
        let why =
            format!("it promises {count} elements without a page; read fewer entries at once");
        return Err(RootError::malformed("column", 0, why));
    }
    Ok(())
}

pub(super) fn index(element: u64) -> Result<usize> {
    usize::try_from(element)
        .map_err(|_| RootError::malformed("page", 0, format!("an element {element}")))
}

/// Says which page an error is about.
pub(super) fn of_page(error: RootError, at: u64) -> RootError {
    match error {
        RootError::Malformed { what, at: 0, why } => RootError::Malformed { what, at, why },
        other => other,
    }
}
