//! What each bin holds: a count, or exact sums of weights and of what a profile averages.

use super::exact::ExactSums;

/// Sums of terms and of their squares.
#[derive(Debug, Clone)]
pub(super) struct Moments {
    pub(super) first: ExactSums,
    pub(super) second: ExactSums,
}

/// The bins of one histogram.
///
/// Behind the `cells` bins of the axes come two more: one for what has a NaN for a coordinate, one
/// for what is not to be filled at all. They keep the loops free of branches.
#[derive(Debug, Clone)]
pub(super) struct Storage {
    cells: usize,
    /// Fills by bin; empty if there are weights.
    pub(super) counts: Vec<u64>,
    /// Fills in all bins and with NaN; for weights only.
    pub(super) fills: u64,
    /// Sums of w and w².
    pub(super) weights: Option<Moments>,
    /// Sums of wy and wy².
    pub(super) samples: Option<Moments>,
}

impl Storage {
    pub(super) fn new(cells: usize, weighted: bool, profile: bool) -> Self {
        let moments = || Moments {
            first: ExactSums::new(cells + 1),
            second: ExactSums::new(cells + 1),
        };
        Self {
            cells,
            counts: vec![0; if weighted { 0 } else { cells + 2 }],
            fills: 0,
            weights: weighted.then(moments),
            samples: profile.then(moments),
        }
    }

    /// Bins of the axes, flow included.
    pub(super) fn cells(&self) -> usize {
        self.cells
    }

    /// The bin for coordinates that are NaN.
    pub(super) fn nan_bin(&self) -> usize {
        self.cells
    }

    /// The bin for what is not filled.
    pub(super) fn dropped(&self) -> usize {
        self.cells + 1
    }

    /// Bytes on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        let sums = [&self.weights, &self.samples].into_iter().flatten();
        let sums: usize = sums
            .map(|moments| moments.first.heap_bytes() + moments.second.heap_bytes())
            .sum();
        self.counts.capacity() * size_of::<u64>() + sums
    }

    /// Adds one to each bin named.
    pub(super) fn count(&mut self, bins: &[u32]) {
        for bin in bins {
            if let Some(count) = self.counts.get_mut(*bin as usize) {
                *count += 1;
            }
        }
    }

    /// Adds weights. Squares are rounded as doubles are; their sum is exact.
    pub(super) fn weigh(&mut self, bins: &[u32], weights: &[f64]) {
        let dropped = self.dropped();
        let Some(sums) = &mut self.weights else {
            return;
        };
        for (bin, weight) in bins.iter().zip(weights) {
            let bin = *bin as usize;
            if bin < dropped {
                self.fills += 1;
                sums.first.add(bin, *weight);
                sums.second.add(bin, weight * weight);
            }
        }
    }

    /// Adds what a profile averages; without weights each counts 1.
    pub(super) fn sample(&mut self, bins: &[u32], samples: &[f64], weights: Option<&[f64]>) {
        let nan_bin = self.nan_bin();
        let Some(sums) = &mut self.samples else {
            return;
        };
        for (at, (bin, y)) in bins.iter().zip(samples).enumerate() {
            let bin = *bin as usize;
            if bin < nan_bin {
                let weight = weights.and_then(|weights| weights.get(at));
                let weighted = weight.map_or(*y, |weight| weight * y);
                sums.first.add(bin, weighted);
                sums.second.add(bin, weighted * y);
            }
        }
    }

    /// Fills in all bins and with NaN.
    pub(super) fn entries(&self) -> u64 {
        let counted = self.counts.iter().take(self.dropped()).sum::<u64>();
        self.fills + counted
    }

    /// The sum of weights (or the count) of a bin.
    #[expect(clippy::cast_precision_loss, reason = "counts beyond 2^53 are rounded")]
    pub(super) fn weight(&self, bin: usize) -> f64 {
        match &self.weights {
            Some(sums) => sums.first.value(bin),
            None => self.counts.get(bin).map_or(0.0, |count| *count as f64),
        }
    }
}
