//! The digits of an exact sum, and the double nearest to it.

/// Words of 32 bits that a sum can have at most: 66 for one double, the rest for carries of 2^64
/// terms and for the sign of the topmost slot.
pub(super) const MOST_WORDS: usize = 70;
/// The bits of the exponent, and of infinity.
pub(super) const INFINITY_BITS: u64 = 0x7ff << 52;

/// A sum as sign and digits, the lowest first; no digits for zero. Neither end is zero, so equal
/// sums look equal.
#[derive(Debug, Clone, Copy)]
pub(super) struct Digits {
    pub(super) negative: bool,
    /// Word of the first digit.
    pub(super) low: usize,
    words: [u32; MOST_WORDS + 2],
    len: usize,
}

impl Digits {
    /// Puts digits together again; `None` if there are more than a sum can have.
    pub(super) fn new(negative: bool, low: usize, digits: &[u32]) -> Option<Self> {
        let mut words = [0; MOST_WORDS + 2];
        words.get_mut(..digits.len())?.copy_from_slice(digits);
        let len = digits.len();
        (low + len <= MOST_WORDS).then_some(Self {
            negative,
            low,
            words,
            len,
        })
    }

    /// The digits of `words`, the first of which stands at `low`, without zeros at the ends.
    pub(super) fn trimmed(negative: bool, low: usize, mut words: [u32; MOST_WORDS + 2]) -> Self {
        let first = words.iter().position(|word| *word != 0);
        let last = words.iter().rposition(|word| *word != 0);
        match (first, last) {
            (Some(first), Some(last)) => {
                words.copy_within(first..=last, 0);
                Self {
                    negative,
                    low: low + first,
                    words,
                    len: last - first + 1,
                }
            }
            _ => Self {
                negative: false,
                low: 0,
                words,
                len: 0,
            },
        }
    }

    /// The digits, the lowest first.
    pub(super) fn words(&self) -> &[u32] {
        self.words.get(..self.len).unwrap_or_default()
    }

    /// The nearest double, ties to even; beyond the largest, infinity.
    pub(super) fn round(&self) -> f64 {
        let words = self.words();
        let Some(top) = words.len().checked_sub(1) else {
            return 0.0;
        };
        // The topmost 96 bits hold the 53 that stay and more than one below them.
        let word = |below_top: usize| match top.checked_sub(below_top) {
            Some(at) => u128::from(words[at]),
            None => 0,
        };
        let leading = word(0) << 64 | word(1) << 32 | word(2);
        let rest = words.iter().rev().skip(3).any(|word| *word != 0);
        let highest_bit = 127 - leading.leading_zeros();
        let scale = 32 * (self.low + top);
        // Position of the highest bit above 2^-1074.
        let position = scale + highest_bit as usize - 64;
        let magnitude = if position <= 52 {
            // All digits are in sight, and the number of multiples is the pattern of bits.
            low64(leading >> (64 - scale))
        } else {
            let shift = highest_bit - 52;
            let kept = leading >> shift;
            let cut = leading & ((1 << shift) - 1);
            let half = 1_u128 << (shift - 1);
            let up = cut > half || (cut == half && (rest || kept & 1 == 1));
            // The highest of the 53 bits adds one to the exponent, a carry another: as it should.
            ((((position - 52) as u64) << 52) + low64(kept) + u64::from(up)).min(INFINITY_BITS)
        };
        f64::from_bits(magnitude | u64::from(self.negative) << 63)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the rest is zero")]
fn low64(bits: u128) -> u64 {
    bits as u64
}
