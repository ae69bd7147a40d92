//! Pages whose elements say where others are: offsets and switches.
//!
//! They are looked at before anything is read, to know which pages of items to ask for; so what
//! they say is kept until it is passed.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::elements::Packed;
use super::fed::Fed;
use super::layout::{PagePlace, PhysicalColumn};
use super::pages::{PageKey, Pages, Span, of_page, part_of};
use crate::error::{Result, RootError};

/// Elements of a column, decoded page by page.
#[derive(Debug)]
pub(super) struct Decoded<T> {
    pages: Pages,
    decode: fn(&Packed<'_>, &mut Vec<T>) -> Result<()>,
    of_page: BTreeMap<PageKey, Vec<T>>,
    /// Emptied vectors for later pages.
    spare: Vec<Vec<T>>,
}

impl<T: Copy + Default> Decoded<T> {
    /// `decode` appends all elements of a page.
    pub(super) fn new(
        column: Arc<PhysicalColumn>,
        decode: fn(&Packed<'_>, &mut Vec<T>) -> Result<()>,
    ) -> Self {
        Self {
            pages: Pages::new(column),
            decode,
            of_page: BTreeMap::new(),
            spare: Vec::new(),
        }
    }

    pub(super) fn column(&self) -> &Arc<PhysicalColumn> {
        self.pages.column()
    }

    /// True if the pages of these elements were given; what is missing is noted in `fed`.
    pub(super) fn want(&mut self, span: &Span, fed: &mut Fed) -> Result<bool> {
        self.pages.want(span, fed)
    }

    /// Decodes the pages of these elements, those that were not.
    pub(super) fn decode(&mut self, span: &Span, fed: &mut Fed) -> Result<()> {
        let column = Arc::clone(self.pages.column());
        for (key, page) in column.pages_of(span)? {
            let PagePlace::File { bytes, .. } = &page.place else {
                continue;
            };
            if self.of_page.contains_key(&key) {
                continue;
            }
            let packed = self.pages.open(key, page, fed)?;
            let mut elements = self.spare.pop().unwrap_or_default();
            elements.reserve(packed.elements);
            (self.decode)(&packed, &mut elements).map_err(|error| of_page(error, bytes.start))?;
            self.of_page.insert(key, elements);
            self.pages.close();
        }
        Ok(())
    }

    /// Hands out these elements, which are [decoded](Self::decode), in runs; elements without a
    /// page are zeros.
    pub(super) fn for_each(
        &self,
        span: &Span,
        mut each: impl FnMut(&[T]) -> Result<()>,
    ) -> Result<()> {
        let zeros = [T::default(); 256];
        for (key, page) in self.pages.column().pages_of(span)? {
            let run = part_of(page, span)?;
            if page.place == PagePlace::Zero {
                let mut left = run.len();
                while left > 0 {
                    let some = left.min(zeros.len());
                    each(&zeros[..some])?;
                    left -= some;
                }
                continue;
            }
            let elements = self.of_page.get(&key).and_then(|page| page.get(run));
            each(elements.ok_or_else(|| not_decoded(key))?)?;
        }
        Ok(())
    }

    /// One element, which is decoded.
    pub(super) fn get(&self, cluster: usize, element: u64) -> Result<T> {
        let mut found = T::default();
        let elements = element..element.saturating_add(1);
        self.for_each(&Span { cluster, elements }, |run| {
            found = run.first().copied().unwrap_or_default();
            Ok(())
        })?;
        Ok(found)
    }

    /// Forgets all pages that end before or with this span.
    pub(super) fn pass(&mut self, span: &Span, fed: &mut Fed) {
        let first = self.pages.column().first_after(span);
        let kept = self.of_page.split_off(&first);
        for mut passed in std::mem::replace(&mut self.of_page, kept).into_values() {
            passed.clear();
            self.spare.push(passed);
        }
        self.pages.pass(span, fed);
    }
}

fn not_decoded((cluster, page): PageKey) -> RootError {
    let why = format!("page {page} of cluster {cluster} has fewer elements than it should");
    RootError::malformed("page", 0, why)
}
