//! Missing transverse energy of events with at least two jets above 40 GeV.

use hepframe_engine::EngineError;
use hepframe_engine::frame::{Booking, Frame, axis};

pub(crate) fn book(events: &Frame) -> Result<Vec<Booking>, EngineError> {
    let two = events.filter("count(Jet_pt > 40) >= 2", "two jets")?;
    Ok(vec![two.h1("MET_pt", axis(100, 0.0, 200.0))?])
}
