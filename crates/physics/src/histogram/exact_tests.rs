//! Tests of the exact sums, against Shewchuk's algorithm (which Python's `math.fsum` uses too).

#![expect(clippy::float_cmp, reason = "sums are exact")]

use proptest::prelude::*;
use rstest::rstest;

use super::*;

/// Sums without error in a quite different way: as partial sums that do not overlap.
fn shewchuk(terms: &[f64]) -> f64 {
    let mut partials: Vec<f64> = Vec::new();
    for term in terms {
        let mut x = *term;
        let mut kept = Vec::new();
        for mut y in partials {
            if x.abs() < y.abs() {
                (x, y) = (y, x);
            }
            let high = x + y;
            let low = y - (high - x);
            if low != 0.0 {
                kept.push(low);
            }
            x = high;
        }
        kept.push(x);
        partials = kept;
    }
    let Some(mut high) = partials.pop() else {
        return 0.0;
    };
    let mut low = 0.0;
    while let Some(y) = partials.pop() {
        let x = high;
        high = x + y;
        low = y - (high - x);
        if low != 0.0 {
            break;
        }
    }
    // Half way between two doubles, what is left decides.
    if let Some(next) = partials.last()
        && (low < 0.0) == (*next < 0.0)
        && low != 0.0
    {
        let y = low * 2.0;
        let x = high + y;
        if y == x - high {
            high = x;
        }
    }
    high + 0.0
}

fn summed(terms: &[f64]) -> f64 {
    let mut sums = ExactSums::new(2);
    for term in terms {
        sums.add(1, *term);
    }
    assert_eq!(sums.value(0), 0.0);
    sums.value(1)
}

/// Finite doubles of all sizes whose sums stay finite, near ones more often.
fn term() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => -1e3_f64..1e3,
        1 => any::<f32>().prop_filter("finite", |x| x.is_finite()).prop_map(f64::from),
        1 => any::<f64>().prop_filter("not huge", |x| x.abs() < 1e300),
        1 => (any::<bool>(), 0_u64..1 << 54)
            .prop_map(|(minus, bits)| f64::from_bits(bits) * if minus { -1.0 } else { 1.0 }),
    ]
}

fn merged(mut left: ExactSums, right: &ExactSums) -> ExactSums {
    left.more_digits();
    for bin in 0..right.bins {
        left.add_digits(bin, &right.digits(bin));
        if right.marks(bin) != 0 {
            left.mark(bin, right.marks(bin));
        }
    }
    left
}

proptest! {
    #[test]
    fn a_sum_is_the_nearest_double_to_the_true_sum(terms in prop::collection::vec(term(), 0..200)) {
        prop_assert_eq!(summed(&terms).to_bits(), shewchuk(&terms).to_bits());
    }

    #[test]
    fn order_and_split_do_not_matter(
        terms in prop::collection::vec(term(), 1..100).prop_shuffle(),
        cuts in prop::collection::vec(0.0..1.0_f64, 0..5),
        eager in any::<bool>(),
    ) {
        let mut parts = vec![ExactSums::new(2); cuts.len() + 1];
        for (place, term) in terms.iter().enumerate() {
            let at = place as f64 / terms.len() as f64;
            let part = cuts.iter().filter(|cut| **cut < at).count();
            parts[part].add(1, *term);
            if eager {
                parts[part].carry();
            }
        }
        let sums = parts.iter().fold(ExactSums::new(2), merged);

        let mut sorted = terms;
        sorted.sort_by(f64::total_cmp);
        prop_assert_eq!(sums.value(1).to_bits(), summed(&sorted).to_bits());
        prop_assert_eq!(sums.value(0), 0.0);
    }

    #[test]
    fn one_term_is_itself(bits in any::<u64>()) {
        let term = f64::from_bits(bits);
        prop_assume!(!term.is_nan());
        prop_assert_eq!(summed(&[term]), term);
    }
}

#[rstest]
#[case::cancels(&[1e300, 1.0, -1e300], 1.0)]
#[case::smallest(&[5e-324, 5e-324], 1e-323)]
#[case::tie_to_even_below(&[9_007_199_254_740_992.0, 1.0], 9_007_199_254_740_992.0)]
#[case::tie_to_even_above(&[9_007_199_254_740_994.0, 1.0], 9_007_199_254_740_996.0)]
#[case::a_little_above_a_tie(&[9_007_199_254_740_992.0, 1.0, 5e-324], 9_007_199_254_740_994.0)]
#[case::too_large(&[f64::MAX, f64::MAX], f64::INFINITY)]
#[case::too_large_in_between(&[f64::MAX, f64::MAX, -f64::MAX], f64::MAX)]
#[case::rounds_to_infinity(&[f64::MAX, f64::MAX / 4e15], f64::INFINITY)]
#[case::negative(&[-0.1, -0.2, -0.3], -0.6)]
#[case::no_negative_zero(&[-0.0], 0.0)]
#[case::infinity(&[1.0, f64::INFINITY], f64::INFINITY)]
#[case::minus_infinity(&[f64::NEG_INFINITY, f64::MAX], f64::NEG_INFINITY)]
#[case::both_infinities(&[f64::NEG_INFINITY, f64::INFINITY], f64::NAN)]
#[case::nan(&[f64::NAN, f64::INFINITY], f64::NAN)]
fn a_sum_is_rounded_once(#[case] terms: &[f64], #[case] sum: f64) {
    let found = summed(terms);

    assert!(
        found.to_bits() == sum.to_bits() || (found.is_nan() && sum.is_nan()),
        "{found:?}"
    );
}

#[test]
fn carries_move_on_before_slots_overflow() {
    let mut sums = ExactSums::new(1);
    let mut largest_digits = f64::from_bits(0x3fef_ffff_ffff_ffff);
    for _ in 0..3 {
        for _ in 0..1000 {
            sums.add(0, -largest_digits);
        }
        // As if a billion terms had come.
        sums.pending = MOST_PENDING;
        largest_digits *= 2.0;
    }

    assert_eq!(
        sums.value(0),
        shewchuk(&[-7000.0 * f64::from_bits(0x3fef_ffff_ffff_ffff)])
    );
    assert!(sums.slots.iter().all(|slot| slot.unsigned_abs() < 1 << 44));
}

#[test]
fn digits_come_back_from_their_parts() {
    let mut sums = ExactSums::new(1);
    sums.add(0, -1e-5);
    sums.add(0, 3e20);
    let digits = sums.digits(0);

    let again = Digits::new(digits.negative, digits.low, digits.words()).unwrap();

    assert_eq!(again.round(), 3e20);
    assert!(Digits::new(false, 60, &[1; 11]).is_none());
    assert!(Digits::new(false, 0, &[1; 99]).is_none());
}
