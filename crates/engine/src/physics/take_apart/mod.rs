//! Collections are taken apart while planning: after this rule a plan holds flat columns.
//!
//! ```text
//!  Projection  best.a.pt                          Projection  #best.a.pt
//!   Projection  best_by(p, key) AS best     ──▶    Projection  hep_at(#p.pt, hep_place(#p.pt, 2, 0, hep_argmin(..))) AS #best.a.pt
//!    Projection  pairs(Muon) AS p                    Projection  Muon_pt AS #p.pt
//!     TableScan                                        TableScan
//! ```
//!
//! Every expression is evaluated symbolically ([`value`], [`lower`], [`fields`], [`whole`], [`combine`],
//! [`vectors`]): a collection is a record of
//! flat expressions, a pair two index views of one column. A projection that names a collection
//! stores the flat expressions under hidden names ([`plan`], [`stored`]); those that nobody reads are removed
//! by DataFusion's column pruning. What is a result as a whole is put together at the end.

mod args;
mod combine;
mod fields;
mod lower;
mod plan;
mod stored;
mod value;
mod vectors;
mod whole;

pub(crate) use plan::TakeApart;
