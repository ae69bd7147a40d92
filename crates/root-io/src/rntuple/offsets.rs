//! Where the items of lists begin and end.
//!
//! ```text
//! element   0  1  2  3
//! offset    2  2  5  9      items 0..2, none, 2..5, 5..9
//! ```
//!
//! The element in front of a range says where its items begin; at the beginning of a cluster that
//! is 0.

use std::ops::Range;
use std::sync::Arc;

use super::decoded::Decoded;
use super::elements::Packed;
use super::fed::Fed;
use super::layout::PhysicalColumn;
use super::pages::Span;
use crate::error::{Result, RootError};

/// A column of offsets.
#[derive(Debug)]
pub(super) struct Offsets {
    ends: Decoded<u64>,
    /// Where reading has got to: cluster, element, and where its items begin.
    passed: (usize, u64, u64),
}

impl Offsets {
    pub(super) fn new(column: Arc<PhysicalColumn>) -> Self {
        Self {
            ends: Decoded::new(column, offsets),
            passed: (0, 0, 0),
        }
    }

    /// The items of these elements, once their pages were given or others have found them.
    ///
    /// What is missing to read the offsets is noted in `fed`.
    ///
    /// # Errors
    ///
    /// [`RootError::Malformed`] if offsets decrease or there are fewer elements.
    pub(super) fn want(&mut self, span: &Span, fed: &mut Fed) -> Result<Option<Range<u64>>> {
        let is_there = self.ends.want(&self.with_start(span), fed)?;
        if let Some(items) = self.known_items(span) {
            return Ok(Some(items));
        }
        if is_there {
            self.items(span, fed).map(Some)
        } else {
            Ok(None)
        }
    }

    /// The items of these elements, whose offsets are decoded for [`read`](Self::read).
    ///
    /// # Errors
    ///
    /// As [`want`](Self::want), and if a page was not given.
    pub(super) fn items(&mut self, span: &Span, fed: &mut Fed) -> Result<Range<u64>> {
        self.ends.decode(&self.with_start(span), fed)?;
        let items = self.decoded_items(span)?;
        if !span.is_empty() {
            let known = &self.ends.column().known_offsets;
            known.put(span.cluster, span.elements.start, items.start);
            known.put(span.cluster, span.elements.end, items.end);
        }
        Ok(items)
    }

    /// Hands out where the items of each of these elements end, in runs, after
    /// [`items`](Self::items); then forgets the pages before the end of `span`.
    pub(super) fn read(
        &mut self,
        span: &Span,
        items: &Range<u64>,
        fed: &mut Fed,
        each: impl FnMut(&[u64]) -> Result<()>,
    ) -> Result<()> {
        self.ends.for_each(span, each)?;
        self.pass(span, items, fed);
        Ok(())
    }

    /// The items of these elements, whose offsets are not read; forgets the pages before the end
    /// of `span`.
    ///
    /// # Errors
    ///
    /// As [`items`](Self::items).
    pub(super) fn skip(&mut self, span: &Span, fed: &mut Fed) -> Result<Range<u64>> {
        let items = match self.known_items(span) {
            Some(items) => items,
            None => self.items(span, fed)?,
        };
        self.pass(span, &items, fed);
        Ok(items)
    }

    fn pass(&mut self, span: &Span, items: &Range<u64>, fed: &mut Fed) {
        if !span.is_empty() {
            self.passed = (span.cluster, span.elements.end, items.end);
            self.ends.pass(span, fed);
        }
    }

    /// These elements, and the one in front where it says where items begin.
    fn with_start(&self, span: &Span) -> Span {
        let Range { start, end } = span.elements;
        if start == end || self.passed_start(span).is_some() {
            return span.clone();
        }
        span.with(start - 1..end)
    }

    /// Where the items of these elements begin, if no page need be asked.
    fn passed_start(&self, span: &Span) -> Option<u64> {
        let (cluster, element, offset) = self.passed;
        match span.elements.start {
            0 => Some(0),
            start => ((cluster, element) == (span.cluster, start)).then_some(offset),
        }
    }

    /// The items of these elements, if another column has found them.
    fn known_items(&self, span: &Span) -> Option<Range<u64>> {
        let Range { start, end } = span.elements;
        let known = &self.ends.column().known_offsets;
        let end = known.get(span.cluster, end)?;
        let start = match self.passed_start(span) {
            Some(start) => start,
            None => known.get(span.cluster, start)?,
        };
        (start <= end).then_some(start..end)
    }

    fn decoded_items(&self, span: &Span) -> Result<Range<u64>> {
        if span.is_empty() {
            return Ok(0..0);
        }
        let first = match self.passed_start(span) {
            Some(first) => first,
            None => self.ends.get(span.cluster, span.elements.start - 1)?,
        };
        let mut last = first;
        self.ends.for_each(span, |ends| {
            let (Some(&from), Some(&to)) = (ends.first(), ends.last()) else {
                return Ok(());
            };
            if from < last {
                return Err(decreasing(last, from));
            }
            last = to;
            Ok(())
        })?;
        Ok(first..last)
    }
}

/// The offsets of a page, none less than the one before.
fn offsets(page: &Packed<'_>, out: &mut Vec<u64>) -> Result<()> {
    page.offsets(out)?;
    let pairs = out.iter().zip(out.iter().skip(1));
    // Without leaving early, many are compared at once.
    if pairs.fold(true, |ascend, (a, b)| ascend & (a <= b)) {
        return Ok(());
    }
    let falls = out.windows(2).find(|pair| pair[0] > pair[1]);
    let (from, to) = falls.map_or((0, 0), |pair| (pair[0], pair[1]));
    Err(decreasing(from, to))
}

fn decreasing(from: u64, to: u64) -> RootError {
    let why = format!("offsets decrease from {from} to {to}");
    RootError::malformed("page", 0, why)
}
