//! The eight ADL queries as programs of frames; each file books what `qN.sql` selects.

use hepframe_engine::EngineError;
use hepframe_engine::frame::{Booking, Frame};

mod q1;
mod q2;
mod q3;
mod q4;
mod q5;
mod q6;
mod q7;
mod q8;

/// A query as a program: books its histograms on the events.
pub(crate) type Program = fn(&Frame) -> Result<Vec<Booking>, EngineError>;

/// All queries, by the names of their files.
pub(crate) const PROGRAMS: [(&str, Program); 8] = [
    ("q1", q1::book),
    ("q2", q2::book),
    ("q3", q3::book),
    ("q4", q4::book),
    ("q5", q5::book),
    ("q6", q6::book),
    ("q7", q7::book),
    ("q8", q8::book),
];
