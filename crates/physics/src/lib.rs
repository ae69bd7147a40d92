//! Physics on Arrow arrays: what SQL has no words for, without SQL.
//!
//! Every kernel takes Arrow arrays and gives an Arrow array back. A *list*
//! is a [`ListArray`](arrow::array::ListArray) with one list per event (row);
//! a *per-event* array has one value per event. Offsets of slices are
//! honoured, a null list gives a null result, and nothing here panics.
//!
//! | module | what it does |
//! |---|---|
//! | [`lists`] | masks, subscripts, slices, sorts and reductions of lists |
//! | [`fourvector`] | the formulas of momenta, angles and masses (GeV, radians) |
//! | [`combinations`] | members of pairs, triples and cross products; matching |
//! | [`fused`] | reductions over combinations that are never stored |
//! | [`histogram`] | axes, bins and sums of histograms |

#![forbid(unsafe_code)]

pub mod combinations;
mod error;
mod formula;
pub mod fourvector;
pub mod fused;
pub mod histogram;
pub mod lists;
mod place;
mod trig;

pub use error::{PhysicsError, Result};
pub use formula::Formula;
pub use place::{RowOfBatch, with_place};
