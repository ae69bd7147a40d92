//! One value per event out of the values of its combinations.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array};
use arrow::buffer::{BooleanBuffer, NullBuffer};

use super::program::Reduction;
use crate::lists::as_i64;

/// What is known of each event so far.
pub(super) struct Reducer {
    reduction: Reduction,
    /// The sum or the best value.
    values: Vec<f64>,
    /// The rank of the best, or -1; or how many are true.
    ranks: Vec<i64>,
    /// How many combinations have been seen.
    seen: Vec<i64>,
}

impl Reducer {
    pub(super) fn new(reduction: Reduction, rows: usize) -> Self {
        let (value, rank) = match reduction {
            Reduction::ArgMin(_) | Reduction::Min(_) => (f64::INFINITY, -1),
            Reduction::ArgMax(_) | Reduction::Max(_) => (f64::NEG_INFINITY, -1),
            Reduction::Any(_) | Reduction::All(_) | Reduction::Count(_) | Reduction::Sum(_) => {
                (0.0, 0)
            }
        };
        Self {
            reduction,
            values: vec![value; rows],
            ranks: vec![rank; rows],
            seen: vec![0; rows],
        }
    }

    /// Takes in the next values of one event.
    pub(super) fn update(&mut self, row: usize, values: &[f64]) {
        match self.reduction {
            Reduction::ArgMin(_) | Reduction::Min(_) => {
                self.update_best(row, values, |new, best| new < best);
            }
            Reduction::ArgMax(_) | Reduction::Max(_) => {
                self.update_best(row, values, |new, best| new > best);
            }
            Reduction::Any(_) | Reduction::All(_) | Reduction::Count(_) => {
                let count = values.iter().filter(|value| **value != 0.0).count();
                self.ranks[row] += as_i64(count);
            }
            Reduction::Sum(_) => {
                self.values[row] = values
                    .iter()
                    .fold(self.values[row], |sum, value| sum + value);
            }
        }
        self.seen[row] += as_i64(values.len());
    }

    #[inline]
    fn update_best(&mut self, row: usize, values: &[f64], beats: impl Fn(f64, f64) -> bool) {
        let mut best = self.values[row];
        let mut place = usize::MAX;
        for (at, &new) in values.iter().enumerate() {
            // Selections, not a branch that is hard to foresee.
            let wins = beats(new, best);
            best = if wins { new } else { best };
            place = if wins { at } else { place };
        }
        if place == usize::MAX && self.ranks[row] < 0 {
            // Nothing beats the infinity one starts with; it may itself be there.
            place = values
                .iter()
                .position(|value| !value.is_nan())
                .unwrap_or(usize::MAX);
        }
        if place != usize::MAX {
            self.values[row] = best;
            self.ranks[row] = self.seen[row] + as_i64(place);
        }
    }

    /// One value per event.
    pub(super) fn finish(self, nulls: Option<NullBuffer>) -> ArrayRef {
        let Self {
            reduction,
            mut values,
            ranks,
            seen,
        } = self;
        let rows = values.len();
        let null_unless =
            |known: BooleanBuffer| NullBuffer::union(nulls.as_ref(), Some(&NullBuffer::new(known)));
        match reduction {
            Reduction::ArgMin(_) | Reduction::ArgMax(_) => {
                let nulls = null_unless(ranks.iter().map(|rank| *rank >= 0).collect());
                let ranks = ranks.into_iter().map(|rank| rank.max(0)).collect();
                Arc::new(Int64Array::new(ranks, nulls))
            }
            Reduction::Any(_) => {
                let any = BooleanBuffer::collect_bool(rows, |row| ranks[row] > 0);
                Arc::new(BooleanArray::new(any, nulls))
            }
            Reduction::All(_) => {
                let all = BooleanBuffer::collect_bool(rows, |row| ranks[row] == seen[row]);
                Arc::new(BooleanArray::new(all, nulls))
            }
            Reduction::Count(_) => Arc::new(Int64Array::new(ranks.into(), nulls)),
            Reduction::Sum(_) => Arc::new(Float64Array::new(values.into(), nulls)),
            Reduction::Min(_) | Reduction::Max(_) => {
                for (value, rank) in values.iter_mut().zip(&ranks) {
                    if *rank < 0 {
                        *value = f64::NAN;
                    }
                }
                let nulls = null_unless(seen.iter().map(|seen| *seen > 0).collect());
                Arc::new(Float64Array::new(values.into(), nulls))
            }
        }
    }
}
