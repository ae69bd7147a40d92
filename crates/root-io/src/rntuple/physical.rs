//! Columns of elements over all clusters: which representation each cluster uses, and its pages.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::clusters::Clusters;
use super::description::{Deferred, DescribedColumn};
use super::elements::Encoding;
use super::layout::{ClusterPages, Page, PagePlace, PhysicalColumn};
use super::page_list::ClusterColumn;
use super::schema::{ColumnOf, Schema};
use crate::error::{Result, RootError};

/// What columns need to know of their file.
#[derive(Debug, Clone, Copy)]
pub(super) struct FileFacts {
    pub(super) file_bytes: u64,
    /// Longer pages would be split over several records; 0 means that none is.
    pub(super) max_key_bytes: u64,
}

/// Makes columns, each once.
pub(super) struct PhysicalColumns<'a> {
    schema: &'a Schema,
    clusters: &'a Clusters,
    facts: FileFacts,
    made: HashMap<usize, Result<Arc<PhysicalColumn>>>,
    alike: AlikeColumns,
}

impl<'a> PhysicalColumns<'a> {
    pub(super) fn new(schema: &'a Schema, clusters: &'a Clusters, facts: FileFacts) -> Self {
        Self {
            schema,
            clusters,
            facts,
            made: HashMap::new(),
            alike: AlikeColumns::default(),
        }
    }

    /// A column of a field, of whatever representation.
    ///
    /// Its number is that of the first representation.
    ///
    /// # Errors
    ///
    /// Pages that do not fit the entries or are not in the file, clusters without any
    /// representation, encodings that are not known.
    pub(super) fn get(&mut self, of: ColumnOf) -> Result<Arc<PhysicalColumn>> {
        let field = &self.schema.fields[of.field];
        let numbers = field.representations.iter().map(|columns| {
            columns.get(of.position).copied().ok_or_else(|| {
                malformed("its representations have different numbers of columns".to_owned())
            })
        });
        let numbers = numbers.collect::<Result<Vec<usize>>>()?;
        let Some(&id) = numbers.first() else {
            return Err(malformed("it has no column".to_owned()));
        };
        match self.made.entry(id) {
            Entry::Occupied(made) => made.get().clone(),
            Entry::Vacant(place) => {
                let (schema, clusters) = (self.schema, self.clusters);
                // Only the first column has a value for each of the field's values.
                let per_entry = field.per_entry.filter(|_| of.position == 0);
                let all = (0..clusters.all.len()).map(|cluster| Choice {
                    schema,
                    clusters,
                    facts: self.facts,
                    numbers: &numbers,
                    per_entry,
                    cluster,
                });
                let column = all
                    .map(|choice| choice.pages())
                    .collect::<Result<Vec<_>>>()
                    .map(|clusters| self.alike.column(id, clusters));
                place.insert(column).clone()
            }
        }
    }
}

/// Columns whose elements are in the same places.
///
/// ROOT writes pages with the same bytes once, so the offsets of `std::vector`s that always have
/// the same lengths are in the same pages. Such columns become one, whose offsets are shared.
#[derive(Default)]
struct AlikeColumns {
    by_first_page: HashMap<u64, Vec<Arc<PhysicalColumn>>>,
}

impl AlikeColumns {
    /// Columns that begin alike and go on differently are not made for long.
    const MOST_COMPARED: usize = 16;

    /// An earlier column with these pages, or one of this number.
    fn column(&mut self, id: usize, clusters: Vec<ClusterPages>) -> Arc<PhysicalColumn> {
        let mut places = clusters.iter().flat_map(|cluster| &cluster.pages);
        let first = places.find_map(|page| match &page.place {
            PagePlace::File { bytes, .. } => Some(bytes.start),
            PagePlace::Zero => None,
        });
        let Some(first) = first else {
            return Arc::new(PhysicalColumn::new(id, clusters));
        };
        let known = self.by_first_page.entry(first).or_default();
        if let Some(same) = known.iter().find(|column| column.clusters == clusters) {
            return Arc::clone(same);
        }
        let column = Arc::new(PhysicalColumn::new(id, clusters));
        if known.len() < Self::MOST_COMPARED {
            known.push(Arc::clone(&column));
        }
        column
    }
}

/// The choice of a representation in one cluster.
struct Choice<'a> {
    schema: &'a Schema,
    clusters: &'a Clusters,
    facts: FileFacts,
    /// Columns of all representations.
    numbers: &'a [usize],
    per_entry: Option<u64>,
    cluster: usize,
}

impl Choice<'_> {
    fn pages(&self) -> Result<ClusterPages> {
        let cluster = &self.clusters.all[self.cluster];
        let mut used = None;
        for &number in self.numbers {
            let column = &self.schema.columns[number];
            let stored = match cluster.columns.get(number) {
                Some(ClusterColumn::Suppressed) => continue,
                Some(ClusterColumn::Stored { pages, .. }) => &pages[..],
                None if column.deferred == Some(Deferred::Suppressed) => continue,
                None => &[],
            };
            used = Some((column, stored));
            break;
        }
        let Some((column, stored)) = used else {
            let why = format!("cluster {} has none of its representations", self.cluster);
            return Err(malformed(why));
        };
        self.check_places(stored)?;
        let mut pages = stored.to_vec();
        let there = pages.last().map_or(0, |page| page.elements.end);
        let missing = self.missing(column, there)?;
        if missing > 0 {
            for page in &mut pages {
                page.elements.start += missing;
                page.elements.end += missing;
            }
            let zeros = Page {
                elements: 0..missing,
                place: PagePlace::Zero,
            };
            pages.insert(0, zeros);
        }
        Ok(ClusterPages {
            encoding: Encoding::from_code(column.code, column.bits, column.range)?,
            elements: there + missing,
            pages,
        })
    }

    /// How many elements at the front were never written.
    fn missing(&self, column: &DescribedColumn, there: u64) -> Result<u64> {
        let Some(per_entry) = self.per_entry else {
            return Ok(0);
        };
        let entries = self.clusters.all[self.cluster].entries;
        let expected = entries.checked_mul(per_entry);
        let missing = expected.and_then(|expected| expected.checked_sub(there));
        match missing {
            Some(0) => Ok(0),
            Some(missing) if column.deferred == Some(Deferred::Zero) => Ok(missing),
            _ => Err(malformed(format!(
                "cluster {} has {there} elements for {entries} entries of {per_entry}",
                self.cluster
            ))),
        }
    }

    fn check_places(&self, pages: &[Page]) -> Result<()> {
        let FileFacts {
            file_bytes,
            max_key_bytes,
        } = self.facts;
        for page in pages {
            let PagePlace::File { bytes, .. } = &page.place else {
                continue;
            };
            if bytes.end > file_bytes {
                return Err(RootError::Truncated {
                    at: bytes.start,
                    wanted: bytes.end - bytes.start,
                    left: file_bytes.saturating_sub(bytes.start),
                });
            }
            if max_key_bytes > 0 && bytes.end - bytes.start > max_key_bytes {
                let why = format!(
                    "a page of {} bytes is split over records of {max_key_bytes} bytes",
                    bytes.end - bytes.start
                );
                return Err(RootError::unsupported("ROOT::RNTuple", why));
            }
        }
        Ok(())
    }
}

fn malformed(why: String) -> RootError {
    RootError::malformed("RNTuple column", 0, why)
}
