//! Transverse momentum of all jets.

use hepframe_engine::EngineError;
use hepframe_engine::frame::{Booking, Frame, axis};

pub(crate) fn book(events: &Frame) -> Result<Vec<Booking>, EngineError> {
    Ok(vec![events.h1("Jet_pt", axis(100, 15.0, 60.0))?])
}
