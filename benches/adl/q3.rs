//! Transverse momentum of jets with |eta| < 1.

use hepframe_engine::EngineError;
use hepframe_engine::frame::{Booking, Frame, axis};

pub(crate) fn book(events: &Frame) -> Result<Vec<Booking>, EngineError> {
    let central = events.define("central", "Jet_pt[abs(Jet_eta) < 1]")?;
    Ok(vec![central.h1("central", axis(100, 15.0, 60.0))?])
}
