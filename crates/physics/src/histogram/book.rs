//! Many histograms filled in one pass.

use std::collections::HashMap;

use arrow::array::ArrayRef;

use super::column::Column;
use super::fill::{Filling, Scratch};
use super::places::{Places, few};
use super::spec::Spec;
use super::state;
use super::value::Histogram;
use crate::Result;

/// Histograms that are filled together, batch by batch.
///
/// Where some columns are lists, every element fills, and a value of the event counts for each of
/// its elements; lists of one histogram must be equally long in every event. Elements whose
/// coordinate, sample or weight is null are counted as missing. A null in a mask is false, a null
/// list is empty. What has NaN for a coordinate or sample is counted apart.
///
/// Books of equal specs can be merged in any order: sums are exact.
///
/// ```
/// # use std::sync::Arc;
/// # use arrow::array::{ArrayRef, Float32Array};
/// # use hepframe_physics::histogram::{Axis, Book, Spec};
/// let mass: ArrayRef = Arc::new(Float32Array::from(vec![90.0, 91.5, 300.0, f32::NAN]));
/// let mut book = Book::new(vec![Spec::counting(vec![Axis::regular(2, 60.0, 120.0)?])])?;
///
/// book.fill(&[mass])?;
///
/// let histogram = &book.finish()[0];
/// assert_eq!(histogram.values, [0.0, 0.0, 2.0, 1.0]); // underflow first, overflow last
/// assert_eq!((histogram.entries, histogram.nan), (4, 1.0));
/// # Ok::<_, hepframe_physics::PhysicsError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Book {
    specs: Vec<Spec>,
    fillings: Vec<Filling>,
    scratch: Scratch,
    places: Places,
    /// Columns that some histogram reads.
    used: Vec<bool>,
}

impl Book {
    /// Empty histograms.
    ///
    /// # Errors
    /// As [`Spec::cells`].
    pub fn new(specs: Vec<Spec>) -> Result<Self> {
        let fillings = specs.iter().map(Filling::new).collect::<Result<_>>()?;
        let numbers = || {
            specs
                .iter()
                .flat_map(Spec::columns)
                .map(|(_, column)| column)
        };
        let mut used = vec![false; numbers().max().map_or(0, |last| last + 1)];
        for number in numbers() {
            if let Some(used) = used.get_mut(number) {
                *used = true;
            }
        }
        Ok(Self {
            specs,
            fillings,
            scratch: Scratch::default(),
            places: Places::default(),
            used,
        })
    }

    /// What is filled.
    #[must_use]
    pub fn specs(&self) -> &[Spec] {
        &self.specs
    }

    /// Fills every histogram with a batch: arrays of one value, or one list of values, per event.
    ///
    /// # Errors
    /// [`PhysicsError`](crate::PhysicsError) if a column is missing or of a wrong type, or lists
    /// of one event differ in length. Histograms are then filled in part and of no more use.
    pub fn fill(&mut self, arrays: &[ArrayRef]) -> Result<()> {
        let columns = arrays
            .iter()
            .enumerate()
            .map(|(number, array)| match self.used.get(number) {
                Some(true) => Column::new(array).map(Some),
                _ => Ok(None),
            })
            .collect::<Result<Vec<_>>>()?;
        // A mask is often shared by all histograms of a selection.
        let mut picked: HashMap<usize, Option<Vec<u32>>> = HashMap::new();
        for (spec, filling) in self.specs.iter().zip(&mut self.fillings) {
            let picked = match spec.mask {
                Some(number) => {
                    let mask = columns.get(number).and_then(Option::as_ref);
                    let known = picked.entry(number);
                    known.or_insert_with(|| mask.and_then(few)).as_deref()
                }
                None => None,
            };
            let (scratch, places) = (&mut self.scratch, &mut self.places);
            filling.fill(spec, &columns, picked, scratch, places)?;
        }
        Ok(())
    }

    /// The histograms as bytes, for [`Book::merge`]. Equal histograms have equal bytes.
    #[must_use]
    pub fn state(&self) -> Vec<u8> {
        state::write_book(&self.fillings)
    }

    /// Adds the histograms of another book of the same specs.
    ///
    /// # Errors
    /// [`PhysicsError::BadCall`](crate::PhysicsError::BadCall) if the bytes are none of
    /// [`Book::state`], or of another book.
    pub fn merge(&mut self, state: &[u8]) -> Result<()> {
        state::merge_book(&mut self.fillings, state)
    }

    /// The histograms, sums rounded once.
    #[must_use]
    pub fn finish(&self) -> Vec<Histogram> {
        let specs = self.specs.iter().zip(&self.fillings);
        specs
            .map(|(spec, filling)| Histogram::of(spec, filling))
            .collect()
    }

    /// Bytes on the heap, for those who watch over memory.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        let bins = self.fillings.iter().map(|f| f.storage.heap_bytes());
        bins.sum::<usize>() + self.fillings.len() * size_of::<(Filling, Spec)>()
    }
}

#[cfg(test)]
#[path = "book_tests.rs"]
mod tests;
