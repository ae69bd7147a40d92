//! The mass of the sum of particles, in one kernel with the widest instructions there are.

use multiversion::multiversion;

/// Appends the mass of the sum of `members` for each combination.
///
/// `particles` holds px, py, pz, e; `places` per member which particle of
/// them each combination has. Bit by bit this is
/// [`mass`](crate::fourvector::mass) of four sums from the left.
#[multiversion(targets("x86_64+avx2"))]
pub(super) fn mass_of_sum(
    particles: &[[f64; 4]],
    places: &[Vec<u32>],
    members: &[usize],
    out: &mut Vec<f64>,
) {
    match members {
        [a, b] => {
            for (&a, &b) in places[*a].iter().zip(&places[*b]) {
                out.push(squared_mass(add(
                    particles[a as usize],
                    particles[b as usize],
                )));
            }
        }
        [a, b, c] => {
            let [a, b, c] = [a, b, c].map(|member| &places[*member]);
            out.resize(a.len(), 0.0);
            for (((out, &a), &b), &c) in out.iter_mut().zip(a).zip(b).zip(c) {
                let pair = add(particles[a as usize], particles[b as usize]);
                *out = squared_mass(add(pair, particles[c as usize]));
            }
        }
        _ => {
            for at in 0..places[0].len() {
                let mut summands = members
                    .iter()
                    .map(|member| particles[places[*member][at] as usize]);
                let first = summands.next().unwrap_or_default();
                out.push(squared_mass(summands.fold(first, add)));
            }
        }
    }
    // Apart from the gathering loop, this one takes several roots at a time.
    for value in out {
        *value = value.abs().sqrt().copysign(*value);
    }
}

#[inline(always)]
fn add(left: [f64; 4], right: [f64; 4]) -> [f64; 4] {
    std::array::from_fn(|component| left[component] + right[component])
}

/// What is under the root of [`mass`](crate::fourvector::mass), in the same order.
#[inline(always)]
fn squared_mass([x, y, z, e]: [f64; 4]) -> f64 {
    e * e - x * x - y * y - z * z
}
