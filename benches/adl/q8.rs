//! With three leptons: transverse mass of missing energy and the leading lepton outside the pair closest to the Z.

use hepframe_engine::EngineError;
use hepframe_engine::frame::{Booking, Frame, axis};

pub(crate) fn book(events: &Frame) -> Result<Vec<Booking>, EngineError> {
    let lepton = "concat(with_field(Muon, 'kind', 0), with_field(Electron, 'kind', 1))";
    let same = "pair[pair.a.charge <> pair.b.charge AND pair.a.kind = pair.b.kind]";
    let others = "lepton[index(lepton) <> z.a.at AND index(lepton) <> z.b.at]";
    let mass = "transverse_mass(MET_pt, MET_phi, other.pt, other.phi)";
    let of_z = events
        .filter("nMuon + nElectron >= 3", "three leptons")?
        .define("lepton", lepton)?
        .define("pair", "pairs(with_field(lepton, 'at', index(lepton)))")?
        .define("same", same)?
        .define("z", "best_by(same, abs((same.a + same.b).mass - 91.2))")?
        .filter("z IS NOT NULL", "a pair")?
        .define("others", others)?
        .define("other", "best_by(others, -others.pt)")?;
    Ok(vec![of_z.h1(mass, axis(100, 0.0, 200.0))?])
}
