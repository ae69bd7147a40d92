//! Laws of the kernels, checked against plain loops over vectors of vectors.
#![expect(
    clippy::float_cmp,
    clippy::cast_possible_wrap,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "numbers are small, and bits must agree"
)]

#[cfg(test)]
mod combinations;
#[cfg(test)]
mod fourvectors;
#[cfg(test)]
mod fused;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod naive;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod trig;
