//! Axes: which bin a value belongs to.
//!
//! ```text
//! regular, 4 bins from 0 to 8      names 'e', 'mu'
//!  under │ 1 │ 2 │ 3 │ 4 │ over     e │ mu │ others
//!    0   0   2   4   6   8  5       0    1     2      ← bin
//! ```

use std::collections::HashMap;

use crate::{PhysicsError, Result};

/// Bins of one histogram, flow bins included: what a 32-bit index and a worker's memory bear.
pub const MOST_BINS: usize = 10_000_000;

/// Added to a number below 2^51 it leaves the nearest integer in the low bits (two's complement).
const TO_INTEGER: f64 = 6_755_399_441_055_744.0;

/// One axis of a histogram; the functions that make one refuse what makes no sense.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis(Kind);

/// What an axis consists of.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Bins of equal width, with underflow and overflow.
    Regular {
        /// Number of bins without flow.
        bins: u32,
        /// Lower edge of the first bin.
        lo: f64,
        /// Upper edge of the last bin; a value equal to it is overflow.
        hi: f64,
    },
    /// Bins between rising edges, with underflow and overflow.
    Variable {
        /// One edge more than bins.
        edges: Vec<f64>,
    },
    /// A bin per text and one for all others.
    Names {
        /// The texts, in the order of their bins.
        names: Vec<String>,
        /// Bin by text.
        bins: HashMap<String, u32>,
    },
    /// A bin per integer and one for all others.
    Integers {
        /// The integers, in the order of their bins.
        integers: Vec<i64>,
        /// Bin by integer.
        bins: HashMap<i64, u32>,
    },
}

impl Axis {
    /// `bins` bins of equal width from `lo` to `hi`.
    ///
    /// # Errors
    /// [`PhysicsError::BadCall`] if there is no bin or too many, or `lo` and `hi` are not finite
    /// numbers in rising order.
    pub fn regular(bins: i64, lo: f64, hi: f64) -> Result<Self> {
        let bins = bin_count(bins)?;
        if !(lo.is_finite() && hi.is_finite() && (hi - lo).is_finite()) {
            return Err(PhysicsError::bad_call(format!(
                "histogram axis: lo and hi must be finite, got lo = {lo}, hi = {hi}"
            )));
        }
        if lo >= hi {
            return Err(PhysicsError::bad_call(format!(
                "histogram axis: lo must be below hi, got lo = {lo}, hi = {hi}"
            )));
        }
        Ok(Self(Kind::Regular { bins, lo, hi }))
    }

    /// Bins between rising edges.
    ///
    /// # Errors
    /// [`PhysicsError::BadCall`] with fewer than two edges, too many, or edges that are not finite
    /// or do not rise.
    pub fn variable(edges: Vec<f64>) -> Result<Self> {
        if edges.len() < 2 {
            return Err(PhysicsError::bad_call(format!(
                "histogram axis: give at least two edges, got {}",
                edges.len()
            )));
        }
        bin_count(i64::try_from(edges.len() - 1).unwrap_or(i64::MAX))?;
        if let Some(edge) = edges.iter().find(|edge| !edge.is_finite()) {
            return Err(PhysicsError::bad_call(format!(
                "histogram axis: edges must be finite, got {edge}"
            )));
        }
        if let Some([left, right]) = edges.array_windows().find(|[left, right]| left >= right) {
            return Err(PhysicsError::bad_call(format!(
                "histogram axis: edges must rise, got {left} before {right}"
            )));
        }
        Ok(Self(Kind::Variable { edges }))
    }

    /// A bin per text.
    ///
    /// # Errors
    /// [`PhysicsError::BadCall`] without texts, with too many or with one text twice.
    pub fn names(names: Vec<String>) -> Result<Self> {
        let bins = categories(&names)?;
        Ok(Self(Kind::Names { names, bins }))
    }

    /// A bin per integer.
    ///
    /// # Errors
    /// [`PhysicsError::BadCall`] without integers, with too many, one twice, or one beyond 2^53.
    pub fn integers(integers: Vec<i64>) -> Result<Self> {
        if let Some(far) = integers.iter().find(|i| i.unsigned_abs() > 1 << 53) {
            return Err(PhysicsError::bad_call(format!(
                "histogram axis: categories must be between -2^53 and 2^53, got {far}"
            )));
        }
        let bins = categories(&integers)?;
        Ok(Self(Kind::Integers { integers, bins }))
    }

    /// What the axis consists of.
    #[must_use]
    pub fn kind(&self) -> &Kind {
        &self.0
    }

    /// Number of bins without flow.
    #[must_use]
    pub fn bins(&self) -> usize {
        match &self.0 {
            Kind::Regular { bins, .. } => *bins as usize,
            Kind::Variable { edges } => edges.len() - 1,
            Kind::Names { names, .. } => names.len(),
            Kind::Integers { integers, .. } => integers.len(),
        }
    }

    /// Number of bins with flow: two more, or one more for categories.
    #[must_use]
    pub fn extent(&self) -> usize {
        self.bins() + 1 + usize::from(self.has_underflow())
    }

    /// True if bin 0 is underflow; categories have none.
    #[must_use]
    pub fn has_underflow(&self) -> bool {
        matches!(self.0, Kind::Regular { .. } | Kind::Variable { .. })
    }

    /// The lower edges of all bins and the upper edge of the last; `None` for categories.
    #[must_use]
    pub fn edges(&self) -> Option<Vec<f64>> {
        match &self.0 {
            Kind::Regular { bins, lo, hi } => {
                let edge = |bin: u32| lo + (hi - lo) * f64::from(bin) / f64::from(*bins);
                Some((0..*bins).map(edge).chain([*hi]).collect())
            }
            Kind::Variable { edges } => Some(edges.clone()),
            Kind::Names { .. } | Kind::Integers { .. } => None,
        }
    }

    /// The bin of a number, flow included; `None` for NaN. Of texts all are others.
    /// ```
    /// # use hepframe_physics::histogram::Axis;
    /// let axis = Axis::regular(4, 0.0, 8.0)?;
    /// let bins = [-1.0, 2.0, 8.0, f64::NAN].map(|x| axis.index(x));
    /// assert_eq!(bins, [Some(0), Some(2), Some(5), None]);
    /// # Ok::<_, hepframe_physics::PhysicsError>(())
    /// ```
    #[must_use]
    pub fn index(&self, x: f64) -> Option<u32> {
        let mut bin = [0];
        self.indices(&[x], &mut bin);
        (bin[0] as usize != self.extent()).then_some(bin[0])
    }

    /// The bins of numbers; NaN gets the number after the last bin.
    pub(super) fn indices<T: Copy + Into<f64>>(&self, values: &[T], out: &mut [u32]) {
        match &self.0 {
            Kind::Regular { bins, lo, hi } => regular_indices(*bins, *lo, *hi, values, out),
            Kind::Variable { edges } => {
                for (bin, value) in out.iter_mut().zip(values) {
                    let x: f64 = (*value).into();
                    let below = if x.is_nan() {
                        edges.len() + 1
                    } else {
                        edges.partition_point(|edge| *edge <= x)
                    };
                    *bin = small(below);
                }
            }
            Kind::Integers { integers, bins } => {
                let others = small(integers.len());
                for (bin, value) in out.iter_mut().zip(values) {
                    let x: f64 = (*value).into();
                    *bin = match as_integer(x) {
                        _ if x.is_nan() => others + 1,
                        Some(integer) => bins.get(&integer).copied().unwrap_or(others),
                        None => others,
                    };
                }
            }
            Kind::Names { names, .. } => out.fill(small(names.len())),
        }
    }

    /// The bin of a text; of an axis without texts, the last.
    pub(super) fn index_of_text(&self, text: &str) -> u32 {
        let others = small(self.extent() - 1);
        match &self.0 {
            Kind::Names { bins, .. } => bins.get(text).copied().unwrap_or(others),
            _ => others,
        }
    }
}

/// As ROOT's `TAxis::FindFixBin`: `1 + floor(n (x - lo) / (hi - lo))` in double. NaN gets `n + 2`.
///
/// There is no branch per value, so that the compiler turns the loop into vector instructions; a
/// rounding addition and a comparison stand for the conversion to integers, which has none.
fn regular_indices<T: Copy + Into<f64>>(
    bins: u32,
    lo: f64,
    hi: f64,
    values: &[T],
    out: &mut [u32],
) {
    let (n, width) = (f64::from(bins), hi - lo);
    let mut any_nan = false;
    for (bin, value) in out.iter_mut().zip(values) {
        let x: f64 = (*value).into();
        any_nan |= x.is_nan();
        let place = n * (x - lo) / width;
        let place = if x < hi { place } else { n };
        let place = if x < lo { -1.0 } else { place };
        let shifted = place + TO_INTEGER;
        let rounded_up = u32::from(shifted - TO_INTEGER > place);
        *bin = low_bits(shifted).wrapping_sub(rounded_up).wrapping_add(1);
    }
    if any_nan {
        for (bin, value) in out.iter_mut().zip(values) {
            let x: f64 = (*value).into();
            *bin = if x.is_nan() { bins + 2 } else { *bin };
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the low bits are wanted")]
fn low_bits(x: f64) -> u32 {
    x.to_bits() as u32
}

/// There are at most [`MOST_BINS`] bins.
fn small(bin: usize) -> u32 {
    u32::try_from(bin).unwrap_or(u32::MAX)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::float_cmp,
    reason = "only whole numbers that a double holds exactly come through"
)]
fn as_integer(x: f64) -> Option<i64> {
    (x.trunc() == x && x.abs() <= 9_007_199_254_740_992.0).then_some(x as i64)
}

fn bin_count(bins: i64) -> Result<u32> {
    match u32::try_from(bins) {
        Ok(count @ 1..) if count as usize <= MOST_BINS - 2 => Ok(count),
        _ => Err(PhysicsError::bad_call(format!(
            "histogram axis: the number of bins must be between 1 and {}, got {bins}",
            MOST_BINS - 2
        ))),
    }
}

fn categories<T: Clone + Eq + std::hash::Hash + std::fmt::Debug>(
    values: &[T],
) -> Result<HashMap<T, u32>> {
    let count = bin_count(i64::try_from(values.len()).unwrap_or(i64::MAX))?;
    let mut bins = HashMap::with_capacity(values.len());
    for (value, bin) in values.iter().zip(0..count) {
        if bins.insert(value.clone(), bin).is_some() {
            return Err(PhysicsError::bad_call(format!(
                "histogram axis: category {value:?} is given twice"
            )));
        }
    }
    Ok(bins)
}

#[cfg(test)]
#[path = "axis_tests.rs"]
mod tests;
