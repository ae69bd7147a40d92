//! A small deterministic random generator: xoshiro256++, seeded by splitmix64.
//!
//! Both are by Blackman and Vigna (<https://prng.di.unimi.it>, public domain).
//! Equal seeds give equal numbers on every machine, up to the last bit of the
//! C library's `ln`, `cos` and friends in the distributions.

use std::f64::consts::TAU;

/// A stream of random numbers.
#[derive(Debug, Clone)]
pub(crate) struct Rng {
    state: [u64; 4],
}

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        let mut word = seed;
        let mut splitmix = || {
            word = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^ (mixed >> 31)
        };
        Self {
            state: [splitmix(), splitmix(), splitmix(), splitmix()],
        }
    }

    fn next(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let result = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c, d) = (c ^ a, d ^ b);
        self.state = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
        result
    }

    /// Evenly from 0 (never 0 itself) to 1.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    pub(crate) fn uniform(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// Evenly between two numbers.
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    pub(crate) fn is_below(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }

    /// An angle from -pi to pi.
    pub(crate) fn phi(&mut self) -> f64 {
        self.between(-0.5, 0.5) * TAU
    }

    /// Gaussian, by Box and Muller.
    pub(crate) fn normal(&mut self, mean: f64, sigma: f64) -> f64 {
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        mean + sigma * radius * (TAU * self.uniform()).cos()
    }

    /// Breit-Wigner (Cauchy) around `mean` with a full width at half maximum.
    pub(crate) fn breit_wigner(&mut self, mean: f64, width: f64) -> f64 {
        mean + 0.5 * width * (0.5 * TAU * (self.uniform() - 0.5)).tan()
    }

    /// Falls like `(1 + (x - low) / scale)^-power` from `low` on.
    pub(crate) fn falling(&mut self, low: f64, scale: f64, power: f64) -> f64 {
        low + scale * (self.uniform().powf(-1.0 / (power - 1.0)) - 1.0)
    }

    /// Poisson of a small mean, by Knuth.
    pub(crate) fn poisson(&mut self, mean: f64) -> usize {
        let limit = (-mean).exp();
        let mut product = self.uniform();
        let mut count = 0;
        while product > limit {
            product *= self.uniform();
            count += 1;
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_that_of_the_reference_implementation() {
        // State 1, 2, 3, 4: the first numbers of Blackman's and Vigna's C code.
        let mut rng = Rng {
            state: [1, 2, 3, 4],
        };

        assert_eq!(
            [rng.next(), rng.next(), rng.next()],
            [41_943_041, 58_720_359, 3_588_806_011_781_223]
        );
    }

    #[test]
    fn a_gaussian_has_its_mean_and_width() {
        let mut rng = Rng::new(1);
        let n = 20_000;

        let values: Vec<f64> = (0..n).map(|_| rng.normal(3.0, 2.0)).collect();

        let mean = values.iter().sum::<f64>() / f64::from(n);
        let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / f64::from(n);
        assert!((mean - 3.0).abs() < 0.05 && (variance.sqrt() - 2.0).abs() < 0.05);
    }
}
