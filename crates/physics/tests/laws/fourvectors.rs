//! Formulas of four-vectors against known values and each other.

use std::f64::consts::PI;

use hepframe_physics::fourvector::{
    boost, delta_phi, delta_r, energy, eta, mass, p, phi, pt, px, py, pz, rapidity, transverse_mass,
};
use proptest::prelude::*;
use rstest::rstest;

fn close(found: f64, expected: f64) -> bool {
    (found - expected).abs() <= 1e-9 * expected.abs().max(1.0)
}

proptest! {
    #[test]
    fn coordinates_survive_the_round_trip(
        pt0 in 1.0_f64..500.0, eta0 in -4.0_f64..4.0, phi0 in -3.1_f64..3.1, mass0 in 0.1_f64..200.0,
    ) {
        let (x, y, z) = (px(pt0, phi0), py(pt0, phi0), pz(pt0, eta0));
        let e = energy(x, y, z, mass0);

        prop_assert!(close(pt(x, y), pt0));
        prop_assert!(close(eta(x, y, z), eta0));
        prop_assert!(close(phi(x, y), phi0));
        prop_assert!((mass(x, y, z, e) - mass0).abs() < 1e-6 * e * e / mass0);
    }

    #[test]
    fn a_boost_by_its_own_velocity_brings_a_particle_to_rest(
        x in -50.0_f64..50.0, y in -50.0_f64..50.0, z in -50.0_f64..50.0, m in 1.0_f64..100.0,
    ) {
        let e = energy(x, y, z, m);

        let [rest_x, rest_y, rest_z, rest_e] = boost([x, y, z, e], [-x / e, -y / e, -z / e]);

        prop_assert!(p(rest_x, rest_y, rest_z) < 1e-6 * e);
        prop_assert!((rest_e - m).abs() < 1e-6 * e);
    }

    #[test]
    fn differences_of_azimuths_are_at_most_half_a_turn(a in -20.0_f64..20.0, b in -20.0_f64..20.0) {
        let difference = delta_phi(a, b);

        prop_assert!(difference.abs() <= PI);
        prop_assert!(((a - b - difference) / (2.0 * PI)).fract().abs() < 1e-9
            || ((a - b - difference) / (2.0 * PI)).fract().abs() > 1.0 - 1e-9);
    }
}

#[rstest]
#[case::along_the_beam(eta(0.0, 0.0, 10.0), 22766.0)]
#[case::against_the_beam(eta(0.0, 0.0, -10.0), -22766.0)]
#[case::nothing(eta(0.0, 0.0, 0.0), 0.0)]
#[case::almost_along(eta(1e-150, 0.0, 1e160), 310.0 * std::f64::consts::LN_10 + std::f64::consts::LN_2)]
#[case::space_like(mass(3.0, 0.0, 0.0, 0.0), -3.0)]
#[case::negative_mass(energy(5.0, 0.0, 0.0, -3.0), 4.0)]
#[case::negative_mass_at_rest(energy(1.0, 0.0, 0.0, -3.0), 0.0)]
#[case::back_to_back(transverse_mass(40.0, 0.0, 40.0, PI), 80.0)]
#[case::three_four_five(delta_r(0.3, 0.0, 0.0, 0.4), 0.5)]
#[case::across_the_seam(delta_phi(3.0, -3.0), 6.0 - 2.0 * PI)]
#[case::rapidity(rapidity(-3.0, 5.0), -0.5 * 4.0_f64.ln())]
fn known_values(#[case] found: f64, #[case] expected: f64) {
    assert!(close(found, expected), "{found} is not {expected}");
}

#[test]
fn nan_stays_nan() {
    assert!(energy(f64::NAN, 0.0, 0.0, 0.0).is_nan());
    assert!(mass(f64::NAN, 0.0, 0.0, 1.0).is_nan());
    assert!(eta(1.0, 1.0, f64::NAN).is_nan());
    assert!(delta_phi(f64::NAN, 0.0).is_nan());
}
