//! Filling one histogram from the columns of a batch.
//!
//! Elements are taken in chunks that stay in the first-level cache: first the bin of each is
//! found along every axis, then what is masked or missing is sent to a bin that nobody reads, then
//! the bins take their counts and weights.

use std::ops::Range;

use arrow::buffer::{BooleanBuffer, OffsetBuffer};

use super::axis::Axis;
use super::column::{Column, Data, from_i32};
use super::input::Input;
use super::spec::Spec;
use super::storage::Storage;
use crate::Result;

/// Elements handled at once: all buffers of a chunk fit into 32 kB.
const CHUNK: usize = 1024;

/// Buffers for a chunk, shared by all histograms of a book. They grow with the chunks that come:
/// one of thousands of groups may see a few rows only.
#[derive(Debug, Clone, Default)]
pub(super) struct Scratch {
    bins: Vec<u32>,
    bins_of_axis: Vec<u32>,
    rows: Vec<u32>,
    coordinates: Vec<f64>,
    samples: Vec<f64>,
    weights: Vec<f64>,
}

impl Scratch {
    fn make_room(&mut self, len: usize) {
        if self.bins.len() < len {
            self.bins.resize(len, 0);
            self.bins_of_axis.resize(len, 0);
            self.rows.resize(len, 0);
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

    /// Fills every event of a batch: columns are found by their numbers in `spec`.
    pub(super) fn fill(
        &mut self,
        spec: &Spec,
        columns: &[Option<Column>],
        scratch: &mut Scratch,
    ) -> Result<()> {
        let input = Input::new(spec, columns)?;
        let elements = input.elements();
        let repeats = input.offsets.filter(|_| input.some_have_no_list());
        scratch.make_room(elements.min(CHUNK));
        let mut row = 0;
        for start in (0..elements).step_by(CHUNK) {
            let chunk = start..elements.min(start + CHUNK);
            if let Some(offsets) = repeats {
                row = rows_of(offsets, chunk.clone(), row, &mut scratch.rows);
            }
            self.fill_chunk(&input, chunk, repeats.is_some(), scratch);
        }
        Ok(())
    }

    fn fill_chunk(
        &mut self,
        input: &Input<'_>,
        chunk: Range<usize>,
        repeats: bool,
        scratch: &mut Scratch,
    ) {
        let len = chunk.len();
        let rows_of = |column: &Column| repeats && column.offsets.is_none();
        let (bins, bins_of_axis) = (&mut scratch.bins[..len], &mut scratch.bins_of_axis[..len]);
        let rows = &scratch.rows[..len];
        let mut extent = 0;
        for (number, (axis, column)) in input.coordinates.iter().enumerate() {
            let rows = rows_of(column).then_some(rows);
            if number == 0 {
                find_bins(axis, column, &chunk, rows, &mut scratch.coordinates, bins);
                extent = axis.extent();
            } else {
                let coordinates = &mut scratch.coordinates;
                find_bins(axis, column, &chunk, rows, coordinates, bins_of_axis);
                extent = combine(bins, extent, bins_of_axis, axis.extent());
            }
        }
        if let Some(mask) = input.mask {
            self.drop_masked(bins, mask, &chunk, rows_of(mask).then_some(rows));
        }
        let filled = input.coordinates.iter().map(|(_, column)| *column);
        for column in filled.chain(input.sample).chain(input.weight) {
            self.drop_missing(bins, column, &chunk, rows_of(column).then_some(rows));
        }
        let samples = input.sample.map(|column| {
            let rows = rows_of(column).then_some(rows);
            column.doubles(chunk.clone(), rows, &mut scratch.samples)
        });
        if let Some(samples) = samples {
            self.set_nan_apart(bins, samples);
        }
        let weights = input.weight.map(|column| {
            let rows = rows_of(column).then_some(rows);
            column.doubles(chunk.clone(), rows, &mut scratch.weights)
        });
        match weights {
            Some(weights) => self.storage.weigh(bins, weights),
            None => self.storage.count(bins),
        }
        if let Some(samples) = samples {
            self.storage.sample(bins, samples, weights);
        }
    }

    fn drop_masked(
        &self,
        bins: &mut [u32],
        mask: &Column,
        chunk: &Range<usize>,
        rows: Option<&[u32]>,
    ) {
        let Data::Truths(truths) = &mask.data else {
            return;
        };
        let dropped = small(self.storage.dropped());
        each_unset(truths, chunk, rows, |at| bins[at] = dropped);
        if let Some(valid) = &mask.valid {
            each_unset(valid.inner(), chunk, rows, |at| bins[at] = dropped);
        }
    }

    fn drop_missing(
        &mut self,
        bins: &mut [u32],
        column: &Column,
        chunk: &Range<usize>,
        rows: Option<&[u32]>,
    ) {
        let Some(valid) = &column.valid else {
            return;
        };
        let dropped = small(self.storage.dropped());
        each_unset(valid.inner(), chunk, rows, |at| {
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

/// Writes the event of each element; gives the event to go on from.
fn rows_of(
    offsets: &OffsetBuffer<i32>,
    elements: Range<usize>,
    mut row: usize,
    out: &mut [u32],
) -> usize {
    for (out, element) in out.iter_mut().zip(elements) {
        while offsets
            .get(row + 1)
            .is_some_and(|end| from_i32(*end) <= element)
        {
            row += 1;
        }
        *out = small(row);
    }
    row
}

fn find_bins(
    axis: &Axis,
    column: &Column,
    chunk: &Range<usize>,
    rows: Option<&[u32]>,
    buffer: &mut [f64],
    bins: &mut [u32],
) {
    match &column.data {
        Data::Float(values) if rows.is_none() => axis.indices(&values[chunk.clone()], bins),
        Data::Texts(texts) => {
            for (at, (bin, element)) in bins.iter_mut().zip(chunk.clone()).enumerate() {
                let element = rows.map_or(element, |rows| rows[at] as usize);
                *bin = axis.index_of_text(texts.value(element));
            }
        }
        _ => axis.indices(column.doubles(chunk.clone(), rows, buffer), bins),
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
fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
