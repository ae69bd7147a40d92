//! Missing transverse energy of events with two muons of opposite charge and a mass within 60 and 120 GeV.

use hepframe_engine::EngineError;
use hepframe_engine::frame::{Booking, Frame, axis};

pub(crate) fn book(events: &Frame) -> Result<Vec<Booking>, EngineError> {
    let near_z = events
        .filter("nMuon >= 2", "two muons")?
        .define("pair", "pairs(Muon)")?
        .define("opposite", "pair[pair.a.charge <> pair.b.charge]")?
        .define("mass", "(opposite.a + opposite.b).mass")?
        .filter("any(mass > 60 AND mass < 120)", "near the Z")?;
    Ok(vec![near_z.h1("MET_pt", axis(100, 0.0, 200.0))?])
}
