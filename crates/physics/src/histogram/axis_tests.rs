//! Tests of the axes.

#![expect(clippy::float_cmp, reason = "an edge is meant to the last bit")]

use proptest::prelude::*;
use rstest::rstest;

use super::*;

#[rstest]
#[case::no_bin(Axis::regular(0, 0.0, 1.0), "must be between 1 and 9999998, got 0")]
#[case::empty(Axis::regular(1, 5.0, 5.0), "lo must be below hi, got lo = 5, hi = 5")]
#[case::backwards(Axis::regular(1, 6.0, 5.0), "lo must be below hi, got lo = 6, hi = 5")]
#[case::not_a_number(
    Axis::regular(1, f64::NAN, 5.0),
    "must be finite, got lo = NaN, hi = 5"
)]
#[case::too_wide(Axis::regular(1, -1e308, 1e308), "must be finite, got lo = -1")]
#[case::one_edge(Axis::variable(vec![1.0]), "give at least two edges, got 1")]
#[case::equal_edges(Axis::variable(vec![1.0, 1.0]), "edges must rise, got 1 before 1")]
#[case::twice(Axis::names(vec!["e".into(), "e".into()]), "category \"e\" is given twice")]
#[case::none(Axis::integers(vec![]), "must be between 1 and 9999998, got 0")]
#[case::far(Axis::integers(vec![i64::MAX]), "between -2^53 and 2^53")]
fn a_bad_axis_is_refused_with_what_was_given(#[case] axis: Result<Axis>, #[case] why: &str) {
    let message = axis.unwrap_err().to_string();

    assert!(message.contains(why), "{message}");
}

#[rstest]
#[case::below(-0.1, Some(0))]
#[case::just_below(-f64::MIN_POSITIVE, Some(0))]
#[case::at_lo(0.0, Some(1))]
#[case::inside(0.75, Some(3))]
#[case::at_hi(1.0, Some(5))]
#[case::minus_infinity(f64::NEG_INFINITY, Some(0))]
#[case::infinity(f64::INFINITY, Some(5))]
#[case::largest(f64::MAX, Some(5))]
#[case::nan(f64::NAN, None)]
fn a_number_finds_its_bin(#[case] x: f64, #[case] bin: Option<u32>) {
    let regular = Axis::regular(4, 0.0, 1.0).unwrap();
    let variable = Axis::variable(vec![0.0, 0.25, 0.5, 0.75, 1.0]).unwrap();
    let bin = if x == 0.75 { Some(4) } else { bin };

    assert_eq!(regular.index(x), bin);
    assert_eq!(variable.index(x), bin);
}

#[test]
fn categories_have_a_bin_for_all_others() {
    let integers = Axis::integers(vec![11, -13]).unwrap();
    let found = [11.0, -13.0, 11.5, 1e300, f64::INFINITY].map(|x| integers.index(x));
    assert_eq!(found, [Some(0), Some(1), Some(2), Some(2), Some(2)]);
    assert_eq!(integers.index(f64::NAN), None);
    assert_eq!(integers.extent(), 3);

    let names = Axis::names(vec!["e".into(), "mu".into()]).unwrap();
    assert_eq!(
        ["mu", "e", "tau"].map(|x| names.index_of_text(x)),
        [1, 0, 2]
    );
}

/// The formula as it stands in the documentation.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and n"
)]
fn by_formula(n: u32, lo: f64, hi: f64, x: f64) -> Option<u32> {
    match x {
        _ if x.is_nan() => None,
        _ if x < lo => Some(0),
        _ if x >= hi => Some(n + 1),
        _ => Some(1 + (f64::from(n) * (x - lo) / (hi - lo)).floor() as u32),
    }
}

proptest! {
    #[test]
    fn vectors_give_what_the_formula_gives(
        n in 1_u32..5000,
        lo in -1e3_f64..1e3,
        width in 1e-3_f64..1e4,
        spots in prop::collection::vec((-1_i32..=5001, prop::sample::select(vec![-1_i64, 0, 1])), 1..50),
    ) {
        let hi = lo + width;
        let axis = Axis::regular(i64::from(n), lo, hi).unwrap();
        for (edge, step) in spots {
            let at = lo + width * f64::from(edge) / f64::from(n);
            let x = f64::from_bits(at.to_bits().wrapping_add_signed(step));
            prop_assert_eq!(axis.index(x), by_formula(n, lo, hi, x), "x = {:?}", x);
        }
    }
}
