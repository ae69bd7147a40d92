//! A finished histogram.

use super::axis::Axis;
use super::fill::Filling;
use super::spec::Spec;
use super::storage::Moments;

/// What the bins of a histogram hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinKind {
    /// How often they were filled.
    Int,
    /// Sums of weights.
    Weighted,
    /// Means of a sample.
    Mean,
    /// Weighted means of a sample.
    WeightedMean,
}

impl BinKind {
    /// The name in the serialisation schema of UHI.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Int => "int",
            Self::Weighted => "weighted",
            Self::Mean => "mean",
            Self::WeightedMean => "weighted_mean",
        }
    }

    /// By the name of [`BinKind::name`].
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        [Self::Int, Self::Weighted, Self::Mean, Self::WeightedMean]
            .into_iter()
            .find(|kind| kind.name() == name)
    }

    /// True for profiles.
    #[must_use]
    pub fn is_profile(self) -> bool {
        matches!(self, Self::Mean | Self::WeightedMean)
    }
}

/// A finished histogram.
///
/// # Shapes
/// Every list has a number for each bin, flow included, the first axis outermost: with extents
/// `[n, m]` bin `(i, j)` is number `i * m + j`.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    /// What bins hold.
    pub kind: BinKind,
    /// The axes.
    pub axes: Vec<Axis>,
    /// Counts, sums of weights, or means; the mean of nothing is 0.
    pub values: Vec<f64>,
    /// Variances of the counts (the counts), of the sums of weights (the sums of squared weights),
    /// or of the *sample* of a profile: `Σw(y - mean)² / (Σw - Σw²/Σw)`, and 0 where that has no
    /// meaning. The variance of a mean is that of its sample, divided by `(Σw)² / Σw²`.
    pub variances: Vec<f64>,
    /// Of profiles the sum of weights, or the count; else empty.
    pub weights: Vec<f64>,
    /// Of weighted profiles the sum of squared weights; else empty.
    pub squared_weights: Vec<f64>,
    /// Fills, those of flow bins and with NaN included.
    pub entries: u64,
    /// The count, or the sum of weights, of what had a NaN for a coordinate or sample.
    pub nan: f64,
    /// Elements not filled because a coordinate, sample or weight was null.
    pub missing: u64,
}

impl Histogram {
    /// Rounds what was summed.
    pub(super) fn of(spec: &Spec, filling: &Filling) -> Self {
        let storage = &filling.storage;
        let bins = 0..storage.cells();
        let kind = match (&storage.weights, &storage.samples) {
            (None, None) => BinKind::Int,
            (Some(_), None) => BinKind::Weighted,
            (None, Some(_)) => BinKind::Mean,
            (Some(_), Some(_)) => BinKind::WeightedMean,
        };
        let weights: Vec<f64> = bins.clone().map(|bin| storage.weight(bin)).collect();
        let squares: Vec<f64> = match &storage.weights {
            Some(sums) => bins.clone().map(|bin| sums.second.value(bin)).collect(),
            None => weights.clone(),
        };
        let mut histogram = Self {
            kind,
            axes: spec.axes.clone(),
            values: weights,
            variances: squares,
            weights: Vec::new(),
            squared_weights: Vec::new(),
            entries: storage.entries(),
            nan: storage.weight(storage.nan_bin()),
            missing: filling.missing,
        };
        if let Some(samples) = &storage.samples {
            histogram.become_profile(samples);
        }
        histogram
    }

    fn become_profile(&mut self, samples: &Moments) {
        self.weights = std::mem::take(&mut self.values);
        self.squared_weights = std::mem::take(&mut self.variances);
        for (bin, (weight, square)) in self.weights.iter().zip(&self.squared_weights).enumerate() {
            let (mean, variance) = mean_and_variance(
                *weight,
                *square,
                samples.first.value(bin),
                samples.second.value(bin),
            );
            self.values.push(mean);
            self.variances.push(variance);
        }
        if self.kind == BinKind::Mean {
            self.squared_weights.clear();
        }
    }

    /// The sum over all bins, flow included: fills, or weights.
    #[must_use]
    pub fn total(&self) -> f64 {
        let weights = if self.kind.is_profile() {
            &self.weights
        } else {
            &self.values
        };
        weights.iter().sum()
    }
}

/// Of a weighted sample, from Σw, Σw², Σwy and Σwy².
fn mean_and_variance(weight: f64, square: f64, first: f64, second: f64) -> (f64, f64) {
    if weight == 0.0 {
        return (0.0, 0.0);
    }
    let mean = first / weight;
    let freedom = weight - square / weight;
    let deviations = second - first * mean;
    let variance = match freedom > 0.0 {
        // Rounding can make a small difference of large numbers negative.
        true if deviations < 0.0 => 0.0,
        true => deviations / freedom,
        false => 0.0,
    };
    (mean, variance)
}
