//! Frames: analyses step by step, as in `RDataFrame`, on the engine of the SQL.
//!
//! ```no_run
//! # async fn example() -> Result<(), hepframe_engine::EngineError> {
//! use hepframe_engine::Session;
//! use hepframe_engine::frame::axis;
//!
//! let session = Session::local()?;
//! let dimuons = session
//!     .read("events.root:Events")
//!     .await?
//!     .filter("nMuon == 2", "two muons")?
//!     .filter("Muon[0].charge <> Muon[1].charge", "opposite charge")?
//!     .define("mass", "(Muon[0] + Muon[1]).mass")?;
//! let answers = session
//!     .run(&[dimuons.h1("mass", axis(60, 60.0, 120.0))?, dimuons.report()])
//!     .await?;
//! println!("{}", answers[1].report()?);
//! # Ok(())
//! # }
//! ```
//!
//! A frame is a chain of steps over a table; nothing runs until [`Session::run`](crate::Session::run)
//! or a method that says so. All that is booked on frames over the same table is done in one scan:
//!
//! ```text
//! table ─▶ steps that all bookings share ─▶ other defines as columns, other filters as flags ─▶ one aggregate
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `sources` | where frames come from, frames as tables |
//! | `whole` | whole fields of an `RNTuple`, and their parts |
//! | `steps`, `join` | frames and their steps |
//! | `expression` | columns as text or built in code |
//! | `book` | what can be booked |
//! | `chain` | the plan of one frame |
//! | `plan` | many bookings as one plan |
//! | `run` | runs frames and bookings |
//! | `read` | answers from the row that it gives |
//! | `answer` | what comes out |

mod answer;
mod book;
mod chain;
mod expression;
mod join;
mod plan;
mod read;
mod run;
mod sources;
mod steps;
mod whole;

pub use answer::{Answer, Cut, Report};
pub use book::{Booking, axis, edges, integers, names};
pub use datafusion::logical_expr::{Expr, lit};
pub use expression::{Column, at, call, col, collection, field, mask};
pub use join::JoinKind;
pub use sources::FrameOfSql;
pub use steps::Frame;
