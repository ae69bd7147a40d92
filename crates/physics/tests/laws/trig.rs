//! Momentum components against the standard library, over the whole range of doubles.
//!
//! `px(1, x)` is the cosine of x, `py(1, x)` the sine and `pz(1, x)` the hyperbolic sine.

use std::f64::consts::{FRAC_PI_2, LN_2};

use arrow::array::Float64Array;
use hepframe_physics::Formula;
use hepframe_physics::fourvector::{px, py, pz};
use proptest::prelude::*;

/// Steps between neighbouring doubles from one number to the other; none between NaNs.
fn ulps(left: f64, right: f64) -> u64 {
    let place = |x: f64| {
        let size = (x.to_bits() & !(1 << 63)) as i64;
        if x.is_sign_negative() { -size } else { size }
    };
    if left.is_nan() && right.is_nan() {
        0
    } else if left.is_nan() || right.is_nan() {
        u64::MAX
    } else {
        place(left).abs_diff(place(right))
    }
}

/// The standard library's sines are themselves off by up to 0.6 ulp, its
/// hyperbolic sine by up to 2.
fn assert_close(x: f64) {
    assert!(
        ulps(px(1.0, x), x.cos()) <= 1,
        "cos({x:e}) is {:e}",
        px(1.0, x)
    );
    assert!(
        ulps(py(1.0, x), x.sin()) <= 1,
        "sin({x:e}) is {:e}",
        py(1.0, x)
    );
    assert!(
        ulps(pz(1.0, x), x.sinh()) <= 2,
        "sinh({x:e}) is {:e}",
        pz(1.0, x)
    );
}

fn neighbours(x: f64) -> [f64; 5] {
    [
        x.next_down().next_down(),
        x.next_down(),
        x,
        x.next_up(),
        x.next_up().next_up(),
    ]
}

#[test]
fn angles_next_to_quarter_turns_keep_their_digits() {
    for quarters in -6500..6500_i32 {
        for x in neighbours(f64::from(quarters) * FRAC_PI_2) {
            assert_close(x);
        }
        // Between two of them the polynomials are at their ends.
        for x in neighbours((f64::from(quarters) + 0.5) * FRAC_PI_2) {
            assert_close(x);
        }
    }
}

#[test]
fn pseudorapidities_next_to_seams_keep_their_digits() {
    for k in 0..2100_i32 {
        for x in neighbours(f64::from(k) * 0.5 * LN_2) {
            assert_close(x);
            assert_close(-x);
        }
    }
    for x in neighbours(1.0) {
        assert_close(x);
    }
}

#[test]
fn all_sizes_of_numbers_have_sines() {
    for exponent in 0..2048_u64 {
        for fraction in 0..64_u64 {
            let x = f64::from_bits(exponent << 52 | fraction << 46 | fraction);
            assert_close(x);
            assert_close(-x);
        }
    }
    for x in [
        1e4,
        1e5,
        1e22,
        700.0,
        710.4,
        711.0,
        f64::MAX,
        f64::MIN_POSITIVE,
    ] {
        for x in neighbours(x) {
            assert_close(x);
        }
    }
}

#[test]
fn zeros_keep_their_signs() {
    for zero in [0.0_f64, -0.0] {
        assert_eq!(py(1.0, zero).to_bits(), zero.to_bits());
        assert_eq!(pz(1.0, zero).to_bits(), zero.to_bits());
        assert_eq!(px(1.0, zero), 1.0);
    }
}

/// Numbers such as physics has, and some that it does not.
fn argument() -> impl Strategy<Value = f64> {
    prop_oneof![
        8 => -3.2_f64..3.2,
        4 => -12.0_f64..12.0,
        2 => -1000.0_f64..1000.0,
        1 => -1e5_f64..1e5,
        1 => any::<f64>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]
    #[test]
    fn sines_are_close(x in argument()) {
        assert_close(x);
    }
}

proptest! {
    /// Wherever a number is in a column, and whatever its neighbours are.
    #[test]
    fn columns_have_the_bits_of_single_numbers(
        rows in proptest::collection::vec((0.0_f64..500.0, argument()), 0..70),
    ) {
        let (pt, angle): (Vec<f64>, Vec<f64>) = rows.into_iter().unzip();
        let columns = [&pt, &angle].map(|values| Float64Array::from(values.clone()));
        for (formula, function) in [
            (Formula::Px, px as fn(f64, f64) -> f64),
            (Formula::Py, py),
            (Formula::Pz, pz),
        ] {
            let column = formula.evaluate(&columns.each_ref()).unwrap();
            for (at, found) in column.values().iter().enumerate() {
                prop_assert_eq!(found.to_bits(), function(pt[at], angle[at]).to_bits());
            }
        }
    }
}
