//! Filling one histogram from the columns of a batch.
//!
//! Elements are taken in chunks that stay in the first-level cache: first the bin of each is
//! found along every axis, then what is masked or missing is sent to a bin that nobody reads, then
//! the bins take their counts and weights. Where a mask lets few events through, only those are
//! looked at.

use std::ops::Range;

use arrow::buffer::BooleanBuffer;

use super::axis::Axis;
use super::column::{Column, Data};
use super::input::Input;
use super::places::{Chunk, Places};
use super::spec::Spec;
use super::storage::Storage;
use crate::Result;

/// Buffers for a chunk, shared by all histograms of a book. They grow with the chunks that come:
/// one of thousands of groups may see a few rows only.
#[derive(Debug, Clone, Default)]
pub(super) struct Scratch {
    bins: Vec<u32>,
    bins_of_axis: Vec<u32>,
    coordinates: Vec<f64>,
    samples: Vec<f64>,
    weights: Vec<f64>,
}

impl Scratch {
    fn make_room(&mut self, len: usize) {
        if self.bins.len() < len {
            self.bins.resize(len, 0);
            self.bins_of_axis.resize(len, 0);
            self.coordinates.resize(len, 0.0);
            self.samples.resize(len, 0.0);
            self.weights.resize(len, 0.0);
        }
    }
}

/// A histogram while it is filled.
#[derive(Debug, Clone)]
pub(super) struct Filling {
    pub(super) storage: Storage,
    /// Elements that the mask lets through, but without coordinate, sample or weight.
    pub(super) missing: u64,
}

impl Filling {
    pub(super) fn new(spec: &Spec) -> Result<Self> {
        let storage = Storage::new(spec.cells()?, spec.weight.is_some(), spec.sample.is_some());
        Ok(Self {
            storage,
            missing: 0,
        })
    }

    /// Fills every event of a batch, or those that are `picked`: columns are found by their numbers
    /// in `spec`. Events that the mask does not let through may be left out of `picked`.
    pub(super) fn fill(
        &mut self,
        spec: &Spec,
        columns: &[Option<Column>],
        picked: Option<&[u32]>,
        scratch: &mut Scratch,
        places: &mut Places,
    ) -> Result<()> {
        let input = Input::new(spec, columns)?;
        places.begin();
        while let Some(chunk) = places.next(&input, picked) {
            scratch.make_room(chunk.len());
            self.fill_chunk(&input, &chunk, scratch);
        }
        Ok(())
    }

    fn fill_chunk(&mut self, input: &Input<'_>, chunk: &Chunk<'_>, scratch: &mut Scratch) {
        let len = chunk.len();
        let (bins, bins_of_axis) = (&mut scratch.bins[..len], &mut scratch.bins_of_axis[..len]);
        let mut extent = 0;
        for (number, (axis, column)) in input.coordinates.iter().enumerate() {
            let coordinates = &mut scratch.coordinates;
            if number == 0 {
                find_bins(axis, column, chunk, coordinates, bins);
                extent = axis.extent();
            } else {
                find_bins(axis, column, chunk, coordinates, bins_of_axis);
                extent = combine(bins, extent, bins_of_axis, axis.extent());
            }
        }
        if let Some(mask) = input.mask {
            self.drop_masked(bins, mask, chunk);
        }
        let filled = input.coordinates.iter().map(|(_, column)| *column);
        for column in filled.chain(input.sample).chain(input.weight) {
            self.drop_missing(bins, column, chunk);
        }
        let samples = input.sample.map(|column| {
            column.doubles(chunk.range.clone(), chunk.of(column), &mut scratch.samples)
        });
        if let Some(samples) = samples {
            self.set_nan_apart(bins, samples);
        }
        let weights = input.weight.map(|column| {
            column.doubles(chunk.range.clone(), chunk.of(column), &mut scratch.weights)
        });
        match weights {
            Some(weights) => self.storage.weigh(bins, weights),
            None => self.storage.count(bins),
        }
        if let Some(samples) = samples {
            self.storage.sample(bins, samples, weights);
        }
    }

    fn drop_masked(&self, bins: &mut [u32], mask: &Column, chunk: &Chunk<'_>) {
        let Data::Truths(truths) = &mask.data else {
            return;
        };
        let dropped = small(self.storage.dropped());
        let rows = chunk.of(mask);
        each_unset(truths, &chunk.range, rows, |at| bins[at] = dropped);
        if let Some(valid) = &mask.valid {
            each_unset(valid.inner(), &chunk.range, rows, |at| bins[at] = dropped);
        }
    }

    fn drop_missing(&mut self, bins: &mut [u32], column: &Column, chunk: &Chunk<'_>) {
        let Some(valid) = &column.valid else {
            return;
        };
        let dropped = small(self.storage.dropped());
        each_unset(valid.inner(), &chunk.range, chunk.of(column), |at| {
            self.missing += u64::from(bins[at] != dropped);
            bins[at] = dropped;
        });
    }

    /// A profile of a NaN would be NaN; it is counted with those of the coordinates.
    fn set_nan_apart(&self, bins: &mut [u32], samples: &[f64]) {
        let (nan, dropped) = (small(self.storage.nan_bin()), small(self.storage.dropped()));
        for (bin, sample) in bins.iter_mut().zip(samples) {
            if sample.is_nan() && *bin != dropped {
                *bin = nan;
            }
        }
    }
}

fn find_bins(
    axis: &Axis,
    column: &Column,
    chunk: &Chunk<'_>,
    buffer: &mut [f64],
    bins: &mut [u32],
) {
    let (range, rows) = (chunk.range.clone(), chunk.of(column));
    match &column.data {
        Data::Float(values) if rows.is_none() => axis.indices(&values[range], bins),
        Data::Texts(texts) => {
            for (at, (bin, element)) in bins.iter_mut().zip(range).enumerate() {
                let element = rows.map_or(element, |rows| rows[at] as usize);
                *bin = axis.index_of_text(texts.value(element));
            }
        }
        _ => axis.indices(column.doubles(range, rows, buffer), bins),
    }
}

/// Makes one bin of two, the first axis outermost. A number that is no bin is NaN; so is the
/// number of bins that is given back.
fn combine(bins: &mut [u32], extent: usize, others: &[u32], other_extent: usize) -> usize {
    let (extent, other_extent) = (small(extent), small(other_extent));
    let nan = extent.saturating_mul(other_extent);
    for (bin, other) in bins.iter_mut().zip(others) {
        let known = *bin < extent && *other < other_extent;
        let both = bin.wrapping_mul(other_extent).wrapping_add(*other);
        *bin = if known { both } else { nan };
    }
    nan as usize
}

/// Calls `then` with the place in the chunk of every element whose bit is not set.
fn each_unset(
    bits: &BooleanBuffer,
    chunk: &Range<usize>,
    rows: Option<&[u32]>,
    mut then: impl FnMut(usize),
) {
    for (at, element) in chunk.clone().enumerate() {
        let element = rows.map_or(element, |rows| rows[at] as usize);
        if !bits.value(element) {
            then(at);
        }
    }
}

/// Bins and rows of a batch fit into 32 bits.
pub(super) fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
