//! The formulas of momenta, angles and masses, one number at a time.
//!
//! Momenta, energies and masses are in GeV, angles in radians, all double
//! precision. The order of the operations is part of the contract: results
//! are those of the reference implementations to the last bit wherever their
//! formula is the same (`x*x + y*y + z*z + m*m` from the left, and so on). The
//! exceptions are px, py and pz, whose sines are our own: they are the same on
//! all machines, but may differ from those of a C library by 2 ulp.
//!
//! # Source
//!
//! ROOT `Math/GenVector` (`PtEtaPhiM4D`, `PxPyPzE4D`, `Boost`, `VectorUtil`), the `vector`
//! package of Scikit-HEP, and the queries of the IRIS-HEP ADL benchmarks.

use std::f64::consts::{LN_2, PI, TAU};

use crate::trig;

/// The x component of the momentum: `pt cos(phi)`.
#[inline]
#[must_use]
pub fn px(pt: f64, phi: f64) -> f64 {
    pt * trig::cos(phi)
}

/// The y component of the momentum: `pt sin(phi)`.
#[inline]
#[must_use]
pub fn py(pt: f64, phi: f64) -> f64 {
    pt * trig::sin(phi)
}

/// The z component of the momentum: `pt sinh(eta)`.
#[inline]
#[must_use]
pub fn pz(pt: f64, eta: f64) -> f64 {
    pt * trig::sinh(eta)
}

/// The energy: `sqrt(px² + py² + pz² + m²)`.
///
/// A negative mass means a negative square of the mass, as in ROOT; the
/// energy is then not below 0.
#[inline]
#[must_use]
pub fn energy(px: f64, py: f64, pz: f64, mass: f64) -> f64 {
    let squared = px * px + py * py + pz * pz + mass * mass.abs();
    // Not `max`, which would turn NaN into 0; not a root in a branch, so that
    // loops take several roots at a time.
    let clipped = if squared < 0.0 { 0.0 } else { squared };
    clipped.sqrt()
}

/// The invariant mass: `sqrt(e² - px² - py² - pz²)`, with the sign of what is under the root.
#[inline]
#[must_use]
pub fn mass(px: f64, py: f64, pz: f64, e: f64) -> f64 {
    let squared = e * e - px * px - py * py - pz * pz;
    squared.abs().sqrt().copysign(squared)
}

/// The transverse momentum: `sqrt(px² + py²)`.
///
/// Not `hypot`, which is several times slower and rounds otherwise than
/// ROOT; overflow would need more than 1e154 GeV.
#[inline]
#[must_use]
pub fn pt(px: f64, py: f64) -> f64 {
    (px * px + py * py).sqrt()
}

/// The size of the momentum: `sqrt(px² + py² + pz²)`.
#[inline]
#[must_use]
pub fn p(px: f64, py: f64, pz: f64) -> f64 {
    (px * px + py * py + pz * pz).sqrt()
}

/// The pseudorapidity: `asinh(pz / pt)`.
///
/// Along the beam (`pt = 0`) it is `±(|pz| + 22756)`, as in ROOT, so that
/// such particles stay ordered and finite; 0 for no momentum at all.
///
/// # Source
///
/// ROOT `Math/GenVector/eta.h`, `Eta_FromRhoZ` and `etaMax`.
#[inline]
#[must_use]
pub fn eta(px: f64, py: f64, pz: f64) -> f64 {
    /// Larger than the pseudorapidity of any double with `pt > 0`.
    const ETA_MAX: f64 = 22756.0;
    let pt = pt(px, py);
    if pt > 0.0 {
        let ratio = pz / pt;
        if ratio.abs() > 1e300 {
            // The ratio may be too large for a double, its logarithm is not.
            (pz.abs().ln() - pt.ln() + LN_2).copysign(pz)
        } else {
            ratio.asinh()
        }
    } else if pz > 0.0 {
        pz + ETA_MAX
    } else if pz < 0.0 {
        pz - ETA_MAX
    } else {
        pz + pt
    }
}

/// The azimuth: `atan2(py, px)`, in -π to π.
#[inline]
#[must_use]
pub fn phi(px: f64, py: f64) -> f64 {
    py.atan2(px)
}

/// The rapidity: `ln((e + pz) / (e - pz)) / 2`.
///
/// Computed for `|pz|` and given the sign of `pz`, so that opposite momenta
/// have exactly opposite rapidities. Infinite along the beam without a mass.
#[inline]
#[must_use]
pub fn rapidity(pz: f64, e: f64) -> f64 {
    let size = pz.abs();
    let (plus, minus) = (e + size, e - size);
    (0.5 * (plus / minus).ln()).copysign(pz)
}

/// The difference of two azimuths, `a - b`, in -π to π.
#[inline]
#[must_use]
pub fn delta_phi(a: f64, b: f64) -> f64 {
    let mut difference = a - b;
    if difference.abs() > 3.0 * PI {
        difference %= TAU;
    }
    if difference > PI {
        difference - TAU
    } else if difference < -PI {
        difference + TAU
    } else {
        difference
    }
}

/// The distance in pseudorapidity and azimuth: `sqrt(Δη² + Δφ²)`.
#[inline]
#[must_use]
pub fn delta_r(eta1: f64, phi1: f64, eta2: f64, phi2: f64) -> f64 {
    let (de, dp) = (eta1 - eta2, delta_phi(phi1, phi2));
    (de * de + dp * dp).sqrt()
}

/// The transverse mass of two massless particles: `sqrt(2 pt1 pt2 (1 - cos Δφ))`.
#[inline]
#[must_use]
pub fn transverse_mass(pt1: f64, phi1: f64, pt2: f64, phi2: f64) -> f64 {
    (2.0 * pt1 * pt2 * (1.0 - delta_phi(phi1, phi2).cos())).sqrt()
}

/// A four-vector `[px, py, pz, e]` boosted by the velocity `beta` (in units of c).
///
/// Boosting a particle by minus its own velocity (`-p / e`) brings it to
/// rest. NaN if `|beta| >= 1`.
///
/// # Source
///
/// ROOT `Math::VectorUtil::boost`.
#[inline]
#[must_use]
pub fn boost([px, py, pz, e]: [f64; 4], [bx, by, bz]: [f64; 3]) -> [f64; 4] {
    let b2 = bx * bx + by * by + bz * bz;
    if b2 >= 1.0 {
        return [f64::NAN; 4];
    }
    let gamma = 1.0 / (1.0 - b2).sqrt();
    let bp = bx * px + by * py + bz * pz;
    let gamma2 = if b2 > 0.0 { (gamma - 1.0) / b2 } else { 0.0 };
    let along = gamma2 * bp + gamma * e;
    [
        px + along * bx,
        py + along * by,
        pz + along * bz,
        gamma * (e + bp),
    ]
}
