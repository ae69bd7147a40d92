//! Reductions over combinations that are never stored.
//!
//! `argmin(abs(trijet.mass - 172.5))` over all triples of jets is a
//! [`Program`]: what to compute for one combination, and how to reduce it to
//! one value per event. Evaluation takes the program apart:
//!
//! ```text
//! constants ─▶ once
//! per event ─▶ once per event                    (MET_pt * 2)
//! one member ▶ once per particle, whatever slot  (px, py, pz, e of a jet)
//! the rest ──▶ blocks of combinations that stay in the first-level cache
//! ```
//!
//! so no memory grows with the number of combinations, and the result is the
//! same to the last bit as that of storing every step.
//!
//! Values are doubles inside; inputs are 32-bit floats, doubles, integers of
//! up to 32 bits and booleans, all of which a double holds exactly. What is
//! computed of null is null, and reductions pass over it, as in SQL.
//! Comparisons are IEEE's: false with NaN, except `!=`.

mod apply;
mod blocks;
mod compile;
mod evaluate;
mod mass_of_sum;
mod nulls;
mod op;
mod operands;
mod program;
mod reduce;
mod source;
mod stage;

pub use op::{Kind, Op};
pub use program::{Combination, Node, Program, Reduction};
