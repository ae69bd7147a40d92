//! Of the three jets whose mass is closest to 172.5 GeV: transverse momentum, and the largest b-tag.

use hepframe_engine::EngineError;
use hepframe_engine::frame::{Booking, Frame, axis};

pub(crate) fn book(events: &Frame) -> Result<Vec<Booking>, EngineError> {
    let closest = "best_by(three, abs((three.a + three.b + three.c).mass - 172.5))";
    let top = events
        .filter("nJet >= 3", "three jets")?
        .define("three", "combinations(Jet, 3)")?
        .define("top", closest)?;
    let b_tag = "greatest(top.a.btag, top.b.btag, top.c.btag)";
    Ok(vec![
        top.h1("(top.a + top.b + top.c).pt", axis(100, 15.0, 40.0))?,
        top.h1(b_tag, axis(100, 0.0, 1.0))?,
    ])
}
