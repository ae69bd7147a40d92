//! Sine, cosine and hyperbolic sine without branches, so that loops over them become wide.
//!
//! The `*_near` functions are right for arguments that are not [`is_far_angle`]
//! or [`is_far_eta`]; beyond, results are nonsense, but nothing panics. The
//! others take any number. All are pure functions of their argument: only
//! additions, multiplications and selections in a fixed order, which give the
//! same bits alone, in a vector of any width, and on any machine.
//!
//! Near sines and cosines are within 1 ulp of the exact value, hyperbolic
//! sines within 1.25 ulp; far ones are those of the standard library.
//!
//! # Source
//!
//! Sine and cosine: reduction by parts of π/2 of Cody and Waite, *Software
//! Manual for the Elementary Functions* (1980), and the minimax polynomials of
//! fdlibm, `k_sin.c` and `k_cos.c` (Sun Microsystems 1993). Hyperbolic sine:
//! the addition theorem around multiples of ln 2, and Taylor's series.

use std::f64::consts::{FRAC_2_PI, LOG2_E};

/// Angles beyond have more quarter turns than the parts of π/2 below allow (2^13).
const MAX_ANGLE: f64 = 1e4;

/// Powers of two beyond would not be normal numbers.
const MAX_ETA: f64 = 700.0;

/// Adding this to a number below 2^51 rounds it to an integer, which is then
/// in the lowest bits of the sum.
const ROUNDER: f64 = 6_755_399_441_055_744.0;

/// π/2 as a sum: 40 bits, so that multiples are exact, 40 bits and the rest.
const HALF_PI: [f64; 3] = [
    1.570_796_326_794_152_3,
    7.443_547_480_480_255e-13,
    6.368_317_163_510_95e-25,
];

/// ln 2 as a sum: 40 bits, so that multiples are exact, and the rest.
const LN_2: [f64; 2] = [0.693_147_180_559_208_2, 7.371_002_565_167_799e-13];

/// `sin x = x + x³ (SIN_FIRST + x² (SIN[0] + SIN[1] x² + ...))` up to π/4.
const SIN: [f64; 5] = [
    8.333_333_333_322_49e-3,
    -1.984_126_982_985_795e-4,
    2.755_731_370_707_006_8e-6,
    -2.505_076_025_340_686_3e-8,
    1.589_690_995_211_55e-10,
];

/// The largest coefficient is apart: it is added last.
const SIN_FIRST: f64 = -0.166_666_666_666_666_32;

/// `cos x = 1 - x²/2 + x⁴ (COS[0] + COS[1] x² + ...)` up to π/4.
const COS: [f64; 6] = [
    0.041_666_666_666_666_6,
    -1.388_888_888_887_411e-3,
    2.480_158_728_947_673e-5,
    -2.755_731_435_139_066_3e-7,
    2.087_572_321_298_175e-9,
    -1.135_964_755_778_819_5e-11,
];

/// `sinh x = x + x³ (SINH[0] + SINH[1] x² + ...)`: 1/3!, 1/5!, ..., enough up to 1.
const SINH: [f64; 9] = [
    0.166_666_666_666_666_66,
    8.333_333_333_333_333e-3,
    1.984_126_984_126_984e-4,
    2.755_731_922_398_589_3e-6,
    2.505_210_838_544_172e-8,
    1.605_904_383_682_161_3e-10,
    7.647_163_731_819_816e-13,
    2.811_457_254_345_520_6e-15,
    8.220_635_246_624_33e-18,
];

/// `cosh x = 1 + x² (COSH[0] + COSH[1] x² + ...)`: 1/2!, 1/4!, ..., enough up to (ln 2)/2.
const COSH: [f64; 7] = [
    0.5,
    0.041_666_666_666_666_664,
    1.388_888_888_888_889e-3,
    2.480_158_730_158_73e-5,
    2.755_731_922_398_589e-7,
    2.087_675_698_786_81e-9,
    1.147_074_559_772_972_5e-11,
];

/// Whether [`sin_cos_near`] is of no use; false for NaN, which it handles.
#[inline(always)]
pub(crate) fn is_far_angle(x: f64) -> bool {
    x.abs() > MAX_ANGLE
}

/// Whether [`sinh_near`] is of no use; false for NaN, which it handles.
#[inline(always)]
pub(crate) fn is_far_eta(x: f64) -> bool {
    x.abs() > MAX_ETA
}

/// The sine of any angle.
#[inline]
pub(crate) fn sin(x: f64) -> f64 {
    if is_far_angle(x) {
        x.sin()
    } else {
        sin_cos_near(x).0
    }
}

/// The cosine of any angle.
#[inline]
pub(crate) fn cos(x: f64) -> f64 {
    if is_far_angle(x) {
        x.cos()
    } else {
        sin_cos_near(x).1
    }
}

/// The hyperbolic sine of any number.
#[inline]
pub(crate) fn sinh(x: f64) -> f64 {
    if is_far_eta(x) {
        x.sinh()
    } else {
        sinh_near(x)
    }
}

/// The sine and the cosine; one that is not used costs nothing.
#[inline(always)]
pub(crate) fn sin_cos_near(x: f64) -> (f64, f64) {
    let rounded = x * FRAC_2_PI + ROUNDER;
    let quarters = rounded - ROUNDER;
    // What is left of x is `r + tail`. The first subtraction is exact, the
    // second is made so by its error; without it, angles next to a multiple
    // of π/2 would have few right digits.
    let left = x - quarters * HALF_PI[0];
    let second = quarters * HALF_PI[1];
    let less = left - second;
    let back = less - left;
    let error = (left - (less - back)) - (second + back);
    let third = quarters * HALF_PI[2] - error;
    let r = less - third;
    let tail = (less - r) - third;

    let z = r * r;
    let cube = z * r;
    // The tail of r changes the sine by `tail cos r` and the cosine by `-tail sin r`.
    let sine = r - ((z * (0.5 * tail - cube * polynomial(z, SIN)) - tail) - cube * SIN_FIRST);
    let half = 0.5 * z;
    let one = 1.0 - half;
    let cosine = one + (((1.0 - one) - half) + (z * (z * polynomial(z, COS)) - r * tail));

    let quadrant = rounded.to_bits();
    let is_even = quadrant & 1 == 0;
    let sin = if is_even { sine } else { cosine };
    let cos = if is_even { cosine } else { sine };
    // The second bit is the sign: quadrants 2 and 3 of the sine, 1 and 2 of the cosine.
    (
        with_flipped_sign(sin, quadrant),
        with_flipped_sign(cos, quadrant.wrapping_add(1)),
    )
}

/// Negates `x` if the second bit of `quadrant` is set.
#[inline(always)]
fn with_flipped_sign(x: f64, quadrant: u64) -> f64 {
    f64::from_bits(x.to_bits() ^ ((quadrant & 2) << 62))
}

/// The hyperbolic sine.
///
/// With `x = k ln 2 + r` it is `sinh(k ln 2) cosh r + cosh(k ln 2) sinh r`,
/// where the factors are sums of two powers of two.
#[inline(always)]
pub(crate) fn sinh_near(x: f64) -> f64 {
    let size = x.abs();
    // Below 1 the series of the sine alone: a difference of two terms would lose digits.
    let rounded = if size < 1.0 {
        ROUNDER
    } else {
        size * LOG2_E + ROUNDER
    };
    let k = rounded - ROUNDER;
    let left = size - k * LN_2[0];
    let second = k * LN_2[1];
    let r = left - second;
    let tail = (left - r) - second;

    // 2^(k-1) and 2^(-k-1); shifting drops all bits of the rounder.
    let bits = rounded.to_bits();
    let up = f64::from_bits(bits.wrapping_add(1022) << 52);
    let down = f64::from_bits(1022_u64.wrapping_sub(bits) << 52);
    let sinh_k = up - down;
    let sinh_k_tail = (up - sinh_k) - down;
    let cosh_k = up + down;

    let z = r * r;
    let sinh_rest = z * (r * polynomial(z, SINH)) + tail;
    let cosh_rest = z * polynomial(z, COSH);
    let small = (sinh_k * cosh_rest + cosh_k * sinh_rest) + sinh_k_tail;
    let sinh = sinh_k + (cosh_k * r + small);
    sinh.copysign(x)
}

/// `c[0] + c[1] z + c[2] z² + ...`
#[inline(always)]
fn polynomial<const N: usize>(z: f64, coefficients: [f64; N]) -> f64 {
    let mut sum = coefficients[N - 1];
    let mut at = N - 1;
    while at > 0 {
        at -= 1;
        sum = sum * z + coefficients[at];
    }
    sum
}
