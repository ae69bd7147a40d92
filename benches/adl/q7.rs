//! Scalar sum of the momenta of jets above 30 GeV with no lepton above 10 GeV within 0.4.

use hepframe_engine::EngineError;
use hepframe_engine::frame::{Booking, Frame, axis};

pub(crate) fn book(events: &Frame) -> Result<Vec<Booking>, EngineError> {
    let clean = events
        .define("near_mu", "any_within(Jet, Muon[Muon.pt > 10], 0.4)")?
        .define("near_e", "any_within(Jet, Electron[Electron.pt > 10], 0.4)")?
        .define("pt", "Jet_pt[Jet_pt > 30 AND NOT near_mu AND NOT near_e]")?
        .filter("len(pt) > 0", "a clean jet")?;
    Ok(vec![clean.h1("sum(pt)", axis(100, 15.0, 200.0))?])
}
