//! Sums that are exact until they are read, so that their order does not matter.
//!
//! A double is a whole multiple of 2^-1074 below 2^2098 of them. A sum is such a whole number in
//! digits of 32 bits, each kept in a signed 64-bit slot that has room for a billion additions
//! before carries must move on:
//!
//! ```text
//!  2^-1074                                                   2^1024
//!  word 0 │ 1 │ … │ 31 │ 32 │ 33 │ 34 │ 35 │ …                │ 65
//!                 └── window: the words that terms of this ──┘
//!                     histogram have touched, for each bin
//! ```
//!
//! Adding touches three slots. Reading carries, then rounds once to the nearest double (ties to
//! even): the result is that of Python's `math.fsum`, with NaN and infinities as IEEE adds them.

use super::digits::{Digits, INFINITY_BITS, MOST_WORDS};

/// Terms that a slot takes between two normalisations: 2^30 times 2^32 stays below 2^63.
const MOST_PENDING: u32 = 1 << 30;
const FRACTION: u64 = (1 << 52) - 1;

/// Terms that are no finite number.
const NAN: u8 = 1;
const PLUS_INFINITY: u8 = 2;
const MINUS_INFINITY: u8 = 4;

/// An exact sum for each of many bins.
#[derive(Debug, Clone)]
pub(super) struct ExactSums {
    bins: usize,
    /// The lowest word of the window.
    low: usize,
    /// Words in the window, and slots of a bin.
    width: usize,
    slots: Vec<i64>,
    /// Terms since carries last moved.
    pending: u32,
    /// What infinities and NaN came to each bin; empty while none has.
    odd: Vec<u8>,
}

impl ExactSums {
    /// A sum of nothing in each bin.
    pub(super) fn new(bins: usize) -> Self {
        Self {
            bins,
            low: 0,
            width: 0,
            slots: Vec::new(),
            pending: 0,
            odd: Vec::new(),
        }
    }

    /// Bytes on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        self.slots.capacity() * size_of::<i64>() + self.odd.capacity()
    }

    /// Adds a term to a bin, which must exist.
    #[inline]
    pub(super) fn add(&mut self, bin: usize, term: f64) {
        let bits = term.to_bits();
        let exponent = (bits & INFINITY_BITS) >> 52;
        if exponent == 0x7ff {
            return self.mark(bin, kind_of(term));
        }
        let mantissa = (bits & FRACTION) | u64::from(exponent != 0) << 52;
        if mantissa == 0 {
            return;
        }
        let place = exponent.saturating_sub(1);
        let word = (place / 32) as usize;
        if word < self.low || word + 3 > self.low + self.width {
            self.widen(word, word + 3);
        }
        if self.pending >= MOST_PENDING {
            self.carry();
        }
        self.pending += 1;
        let at = bin * self.width + (word - self.low);
        if let Some([a, b, c]) = self.slots.get_mut(at..).and_then(<[i64]>::first_chunk_mut) {
            let shifted = u128::from(mantissa) << (place % 32);
            // x ^ 0 - 0 is x, x ^ -1 - -1 is -x: no branch for the sign.
            let sign = -i64::from(bits >> 63 == 1);
            *a += (digit(shifted) ^ sign) - sign;
            *b += (digit(shifted >> 32) ^ sign) - sign;
            *c += (digit(shifted >> 64) ^ sign) - sign;
        }
    }

    /// The sum of a bin as digits.
    pub(super) fn digits(&self, bin: usize) -> Digits {
        let slots = self.slots_of(bin);
        // The sign is known when all carries have arrived at the top.
        let rest = slots.iter().fold(0, |carry, slot| (slot + carry) >> 32);
        let negative = rest < 0;
        let mut words = [0; MOST_WORDS + 2];
        let mut carry = 0_i64;
        for (word, slot) in words.iter_mut().zip(slots) {
            let sum = if negative { carry - slot } else { carry + slot };
            *word = low32(sum);
            carry = sum >> 32;
        }
        for word in words.iter_mut().skip(slots.len()).take(2) {
            *word = low32(carry);
            carry >>= 32;
        }
        Digits::trimmed(negative, self.low, words)
    }

    /// Adds a sum that was read elsewhere. At most one for each bin may come between two calls of
    /// [`ExactSums::more_digits`].
    pub(super) fn add_digits(&mut self, bin: usize, digits: &Digits) {
        let words = digits.words();
        if digits.low < self.low
            || self.width == 0
            || digits.low + words.len() > self.low + self.width
        {
            self.widen(digits.low, digits.low + words.len());
        }
        let at = bin * self.width + (digits.low - self.low);
        for (slot, word) in self.slots.iter_mut().skip(at).zip(words) {
            let word = i64::from(*word);
            *slot += if digits.negative { -word } else { word };
        }
    }

    /// Makes room for one more addition of digits to each bin.
    pub(super) fn more_digits(&mut self) {
        if self.pending >= MOST_PENDING {
            self.carry();
        }
        self.pending += 1;
    }

    /// What came to a bin that was no finite number, for [`ExactSums::mark`].
    pub(super) fn marks(&self, bin: usize) -> u8 {
        self.odd.get(bin).copied().unwrap_or(0)
    }

    /// Remembers that something came that was no finite number.
    #[cold]
    pub(super) fn mark(&mut self, bin: usize, marks: u8) {
        if self.odd.is_empty() {
            self.odd = vec![0; self.bins];
        }
        if let Some(odd) = self.odd.get_mut(bin) {
            *odd |= marks & (NAN | PLUS_INFINITY | MINUS_INFINITY);
        }
    }

    /// The sum of a bin, rounded once.
    pub(super) fn value(&self, bin: usize) -> f64 {
        match self.marks(bin) {
            0 => self.digits(bin).round(),
            PLUS_INFINITY => f64::INFINITY,
            MINUS_INFINITY => f64::NEG_INFINITY,
            _ => f64::NAN,
        }
    }

    fn slots_of(&self, bin: usize) -> &[i64] {
        let at = bin * self.width;
        self.slots.get(at..at + self.width).unwrap_or_default()
    }

    /// Makes the window hold the words from `low` up to `end`.
    #[cold]
    fn widen(&mut self, low: usize, end: usize) {
        let (low, end) = match self.width {
            0 => (low, end),
            width => (self.low.min(low), (self.low + width).max(end)),
        };
        let width = end - low;
        let mut slots = vec![0; self.bins * width];
        if self.width > 0 {
            let new_bins = slots.chunks_exact_mut(width);
            for (new, old) in new_bins.zip(self.slots.chunks_exact(self.width)) {
                let start = self.low - low;
                if let Some(new) = new.get_mut(start..start + self.width) {
                    new.copy_from_slice(old);
                }
            }
        }
        (self.low, self.width, self.slots) = (low, width, slots);
    }

    /// Moves carries up, so that slots are digits again; the topmost keeps the sign.
    #[cold]
    fn carry(&mut self) {
        self.pending = 0;
        if self.width == 0 {
            return;
        }
        let end = self.low + self.width;
        let tops = self.slots.chunks_exact(self.width).filter_map(<[_]>::last);
        if end < MOST_WORDS && tops.copied().any(|top| top.unsigned_abs() >= 1 << 31) {
            self.widen(self.low, end + 1);
        }
        for bin in self.slots.chunks_exact_mut(self.width) {
            let Some((top, digits)) = bin.split_last_mut() else {
                continue;
            };
            let mut carry = 0;
            for slot in digits {
                let sum = *slot + carry;
                *slot = i64::from(low32(sum));
                carry = sum >> 32;
            }
            *top += carry;
        }
    }
}

fn kind_of(term: f64) -> u8 {
    match term {
        f64::INFINITY => PLUS_INFINITY,
        f64::NEG_INFINITY => MINUS_INFINITY,
        _ => NAN,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "one digit is wanted")]
fn digit(bits: u128) -> i64 {
    i64::from(bits as u32)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "one digit in two's complement is wanted"
)]
fn low32(sum: i64) -> u32 {
    sum as u32
}

#[cfg(test)]
#[path = "exact_tests.rs"]
mod tests;
