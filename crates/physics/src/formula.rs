//! The formulas of [`fourvector`](crate::fourvector) by name, for columns of numbers.

use arrow::array::{Array, Float64Array};
use arrow::buffer::NullBuffer;
use multiversion::multiversion;
use serde::{Deserialize, Serialize};

use crate::fourvector;
use crate::lists::same_rows;
use crate::{PhysicsError, Result, trig};

/// A formula of [`fourvector`](crate::fourvector), with its arguments in the same order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Formula {
    /// [`fourvector::px`] of `pt, phi`.
    Px,
    /// [`fourvector::py`] of `pt, phi`.
    Py,
    /// [`fourvector::pz`] of `pt, eta`.
    Pz,
    /// [`fourvector::energy`] of `px, py, pz, mass`.
    Energy,
    /// [`fourvector::mass`] of `px, py, pz, e`.
    Mass,
    /// [`fourvector::pt`] of `px, py`.
    Pt,
    /// [`fourvector::p`] of `px, py, pz`.
    P,
    /// [`fourvector::eta`] of `px, py, pz`.
    Eta,
    /// [`fourvector::phi`] of `px, py`.
    Phi,
    /// [`fourvector::rapidity`] of `pz, e`.
    Rapidity,
    /// [`fourvector::delta_phi`] of `phi1, phi2`.
    DeltaPhi,
    /// [`fourvector::delta_r`] of `eta1, phi1, eta2, phi2`.
    DeltaR,
    /// [`fourvector::transverse_mass`] of `pt1, phi1, pt2, phi2`.
    TransverseMass,
    /// The x component of [`fourvector::boost`] of `px, py, pz, e, bx, by, bz`.
    BoostPx,
    /// The y component of [`fourvector::boost`].
    BoostPy,
    /// The z component of [`fourvector::boost`].
    BoostPz,
    /// The energy of [`fourvector::boost`].
    BoostE,
}

impl Formula {
    /// Number of arguments.
    #[must_use]
    pub const fn arity(self) -> usize {
        match self {
            Self::Px
            | Self::Py
            | Self::Pz
            | Self::Pt
            | Self::Phi
            | Self::Rapidity
            | Self::DeltaPhi => 2,
            Self::P | Self::Eta => 3,
            Self::Energy | Self::Mass | Self::DeltaR | Self::TransverseMass => 4,
            Self::BoostPx | Self::BoostPy | Self::BoostPz | Self::BoostE => 7,
        }
    }

    /// Applies the formula to columns of equal length; null where any argument is null.
    ///
    /// # Errors
    ///
    /// [`PhysicsError::BadCall`] if there are not as many columns as
    /// [`arity`](Self::arity), [`PhysicsError::DifferentRows`] if they differ in length.
    pub fn evaluate(self, arguments: &[&Float64Array]) -> Result<Float64Array> {
        if arguments.len() != self.arity() {
            return Err(PhysicsError::bad_call(format!(
                "{self:?} takes {} arguments, not {}",
                self.arity(),
                arguments.len()
            )));
        }
        let rows = arguments[0].len();
        for (number, argument) in arguments.iter().enumerate() {
            same_rows((0, rows), (number, argument.len()))?;
        }
        let columns: Vec<&[f64]> = arguments
            .iter()
            .map(|column| &column.values()[..])
            .collect();
        let mut out = vec![0.0; rows];
        self.fill(&columns, &mut out);
        let nulls = NullBuffer::union_many(arguments.iter().map(|column| column.nulls()));
        Ok(Float64Array::new(out.into(), nulls))
    }

    /// Writes the formula of `arguments`, of which there are [`arity`](Self::arity), to `out`.
    pub(crate) fn fill(self, arguments: &[&[f64]], out: &mut [f64]) {
        fill_near(self, arguments, out);
        match self {
            Self::Px => mend(arguments, out, trig::is_far_angle, fourvector::px),
            Self::Py => mend(arguments, out, trig::is_far_angle, fourvector::py),
            Self::Pz => mend(arguments, out, trig::is_far_eta, fourvector::pz),
            _ => {}
        }
    }
}

/// Writes [`Formula::Px`] to `x` and [`Formula::Py`] to `y`, in the time of one of them.
pub(crate) fn fill_transverse(arguments: &[&[f64]], x: &mut [f64], y: &mut [f64]) {
    fill_transverse_near(arguments, x, y);
    mend(arguments, x, trig::is_far_angle, fourvector::px);
    mend(arguments, y, trig::is_far_angle, fourvector::py);
}

#[multiversion(targets("x86_64+avx2"))]
fn fill_transverse_near(arguments: &[&[f64]], x: &mut [f64], y: &mut [f64]) {
    let [pt, phi] = arguments else { return };
    for (((x, y), pt), phi) in x.iter_mut().zip(y).zip(*pt).zip(*phi) {
        let (sin, cos) = trig::sin_cos_near(*phi);
        *x = pt * cos;
        *y = pt * sin;
    }
}

/// Writes a formula to `out`, with the widest instructions there are; px, py
/// and pz are right only where the angle or the pseudorapidity is not far.
#[multiversion(targets("x86_64+avx2"))]
fn fill_near(formula: Formula, arguments: &[&[f64]], out: &mut [f64]) {
    match formula {
        Formula::Px => map(arguments, out, |[pt, phi]| pt * trig::sin_cos_near(phi).1),
        Formula::Py => map(arguments, out, |[pt, phi]| pt * trig::sin_cos_near(phi).0),
        Formula::Pz => map(arguments, out, |[pt, eta]| pt * trig::sinh_near(eta)),
        Formula::Energy => map(arguments, out, |[x, y, z, m]| {
            fourvector::energy(x, y, z, m)
        }),
        Formula::Mass => map(arguments, out, |[x, y, z, e]| fourvector::mass(x, y, z, e)),
        Formula::Pt => map(arguments, out, |[x, y]| fourvector::pt(x, y)),
        Formula::P => map(arguments, out, |[x, y, z]| fourvector::p(x, y, z)),
        Formula::Eta => map(arguments, out, |[x, y, z]| fourvector::eta(x, y, z)),
        Formula::Phi => map(arguments, out, |[x, y]| fourvector::phi(x, y)),
        Formula::Rapidity => map(arguments, out, |[z, e]| fourvector::rapidity(z, e)),
        Formula::DeltaPhi => map(arguments, out, |[a, b]| fourvector::delta_phi(a, b)),
        Formula::DeltaR => map(arguments, out, |[eta1, phi1, eta2, phi2]| {
            fourvector::delta_r(eta1, phi1, eta2, phi2)
        }),
        Formula::TransverseMass => map(arguments, out, |[pt1, phi1, pt2, phi2]| {
            fourvector::transverse_mass(pt1, phi1, pt2, phi2)
        }),
        Formula::BoostPx => map(arguments, out, |all| boosted(all)[0]),
        Formula::BoostPy => map(arguments, out, |all| boosted(all)[1]),
        Formula::BoostPz => map(arguments, out, |all| boosted(all)[2]),
        Formula::BoostE => map(arguments, out, |all| boosted(all)[3]),
    }
}

/// Computes the few numbers again whose second argument is far.
fn mend(
    arguments: &[&[f64]],
    out: &mut [f64],
    is_far: impl Fn(f64) -> bool,
    function: impl Fn(f64, f64) -> f64,
) {
    let [first, second] = arguments else { return };
    let second = &second[..out.len()];
    // Counting all is faster than stopping at the first: it has no branches.
    if second.iter().filter(|value| is_far(**value)).count() == 0 {
        return;
    }
    for ((out, &first), &second) in out.iter_mut().zip(*first).zip(second) {
        if is_far(second) {
            *out = function(first, second);
        }
    }
}

fn boosted([x, y, z, e, bx, by, bz]: [f64; 7]) -> [f64; 4] {
    fourvector::boost([x, y, z, e], [bx, by, bz])
}

/// Calls a function of `N` numbers for each element; the caller checked that
/// there are `N` columns, at least as long as `out`.
///
/// Always inlined, so that the loop has the instructions of its caller.
#[inline(always)]
pub(crate) fn map<const N: usize>(
    arguments: &[&[f64]],
    out: &mut [f64],
    function: impl Fn([f64; N]) -> f64,
) {
    debug_assert_eq!(arguments.len(), N);
    // Cutting all columns to one length first leaves no bounds checks in the loop.
    let len = out.len();
    let columns: [&[f64]; N] = std::array::from_fn(|number| &arguments[number][..len]);
    for (at, value) in out.iter_mut().enumerate() {
        *value = function(std::array::from_fn(|number| columns[number][at]));
    }
}
