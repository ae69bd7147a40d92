//! Missing transverse energy of all events.

use hepframe_engine::EngineError;
use hepframe_engine::frame::{Booking, Frame, axis};

pub(crate) fn book(events: &Frame) -> Result<Vec<Booking>, EngineError> {
    Ok(vec![events.h1("MET_pt", axis(100, 0.0, 200.0))?])
}
