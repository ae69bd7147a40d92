//! Missing transverse energy of events with two muons of opposite charge and a mass within 60 and 120 GeV.

use hepframe_engine::EngineError;
use hepframe_engine::frame::{Booking, Frame, axis};

pub(crate) fn book(events: &Frame) -> Result<Vec<Booking>, EngineError> {
    let opposite = "pair.a.charge <> pair.b.charge";
    let in_window = "(pair.a + pair.b).mass > 60 AND (pair.a + pair.b).mass < 120";
    let near_z = events
        .filter("nMuon >= 2", "two muons")?
        .define("pair", "pairs(Muon)")?
        .filter(format!("any({opposite} AND {in_window})"), "near the Z")?;
    Ok(vec![near_z.h1("MET_pt", axis(100, 0.0, 200.0))?])
}
