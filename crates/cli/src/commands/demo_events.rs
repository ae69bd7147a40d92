//! Events for the demo: Z → μμ over a continuum, with jets. The same numbers every time.

use std::f64::consts::{PI, TAU};
use std::path::Path;

use hepframe_root_write::{Codec, Column, FileWriter, TreeOptions, WriteError};

/// Mass and width of the Z, and the resolution of our imaginary detector, in GeV.
const Z_MASS_GEV: f64 = 91.19;
const Z_WIDTH_GEV: f64 = 2.5;
const RESOLUTION_GEV: f64 = 1.4;
/// Share of dimuon events that come from a Z.
const Z_SHARE: f64 = 0.35;
const MUON_MASS_GEV: f32 = 0.105_658;
/// Events generated, and kept in memory, at once.
const CHUNK: u32 = 100_000;

/// Writes `events` events to the tree `Events` of a new file.
pub(super) fn write_file(path: &Path, events: u32) -> Result<(), WriteError> {
    let mut file = FileWriter::create(path)?;
    let options = TreeOptions::new()
        .title("dimuon and jet events made by hepframe demo")
        .codec(Codec::Lz4)
        .entries_per_cluster(u64::from(CHUNK));
    let mut tree = file.open_tree("Events", options)?;
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut first = 0;
    loop {
        let count = CHUNK.min(events - first);
        let chunk = Chunk::generate(&mut random, first, count);
        tree.append(&chunk.into_columns())?;
        first += count;
        if first >= events {
            break;
        }
    }
    tree.finish()?;
    file.finish()?;
    Ok(())
}

/// Columns of some events.
#[derive(Default)]
struct Chunk {
    event: Vec<u64>,
    met_pt: Vec<f32>,
    met_phi: Vec<f32>,
    muon_count: Vec<i32>,
    muons: Particles,
    muon_charge: Vec<i32>,
    jet_count: Vec<i32>,
    jets: Particles,
}

#[derive(Default)]
struct Particles {
    pt: Vec<f32>,
    eta: Vec<f32>,
    phi: Vec<f32>,
    mass: Vec<f32>,
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "branches are single precision"
)]
impl Particles {
    fn push(&mut self, pt: f64, eta: f64, phi: f64, mass: f32) {
        self.pt.push(pt as f32);
        self.eta.push(eta as f32);
        self.phi.push(phi as f32);
        self.mass.push(mass);
    }
}

impl Chunk {
    fn generate(random: &mut Random, first: u32, count: u32) -> Self {
        let mut chunk = Self::default();
        for event in first..first + count {
            chunk.add_event(random, event);
        }
        chunk
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "branches are single precision"
    )]
    fn add_event(&mut self, random: &mut Random, event: u32) {
        self.event.push(u64::from(event) + 1);
        self.met_pt.push(random.exponential(25.0) as f32);
        self.met_phi.push(random.angle() as f32);
        let muons = match random.uniform() {
            share if share < 0.25 => 0,
            share if share < 0.45 => 1,
            share if share < 0.95 => 2,
            _ => 3,
        };
        self.muon_count.push(muons);
        if muons >= 2 {
            self.add_pair(random);
        }
        if muons % 2 == 1 {
            let pt = 5.0 + random.exponential(12.0);
            let (eta, phi) = (random.between(-2.4, 2.4), random.angle());
            self.muons.push(pt, eta, phi, MUON_MASS_GEV);
            self.muon_charge.push(random.sign());
        }
        let jets = random.poisson(2.5);
        self.jet_count.push(jets);
        for _ in 0..jets {
            let pt = 20.0 + random.exponential(35.0);
            let mass = pt * random.between(0.05, 0.2);
            self.jets
                .push(pt, 2.0 * random.normal(), random.angle(), mass as f32);
        }
    }

    /// Two muons from something of a mass that is a Z's or anything.
    fn add_pair(&mut self, random: &mut Random) {
        let is_z = random.uniform() < Z_SHARE;
        let mass = if is_z {
            let breit_wigner = (PI * (random.uniform() - 0.5)).tan() * Z_WIDTH_GEV / 2.0;
            // The tails of a Breit-Wigner reach everywhere; a detector would not trigger there.
            Z_MASS_GEV + breit_wigner.clamp(-40.0, 40.0) + RESOLUTION_GEV * random.normal()
        } else {
            12.0 + random.exponential(45.0)
        };
        let (first, second) = decay(random, mass);
        let charge = random.sign();
        // Some pairs of the continuum have equal charges, as fakes do.
        let other = if is_z || random.uniform() < 0.7 {
            -charge
        } else {
            charge
        };
        let mut pair = [(first, charge), (second, other)];
        pair.sort_by(|(a, _), (b, _)| b.pt().total_cmp(&a.pt()));
        for (muon, charge) in pair {
            self.muons
                .push(muon.pt(), muon.eta(), muon.phi(), MUON_MASS_GEV);
            self.muon_charge.push(charge);
        }
    }

    fn into_columns(self) -> Vec<(&'static str, Column)> {
        let events = self.event.len();
        vec![
            ("run", Column::flat(vec![1_i32; events])),
            ("event", Column::flat(self.event)),
            ("MET_pt", Column::flat(self.met_pt)),
            ("MET_phi", Column::flat(self.met_phi)),
            ("nMuon", Column::flat(self.muon_count)),
            ("Muon_pt", Column::counted("nMuon", self.muons.pt)),
            ("Muon_eta", Column::counted("nMuon", self.muons.eta)),
            ("Muon_phi", Column::counted("nMuon", self.muons.phi)),
            ("Muon_mass", Column::counted("nMuon", self.muons.mass)),
            ("Muon_charge", Column::counted("nMuon", self.muon_charge)),
            ("nJet", Column::flat(self.jet_count)),
            ("Jet_pt", Column::counted("nJet", self.jets.pt)),
            ("Jet_eta", Column::counted("nJet", self.jets.eta)),
            ("Jet_phi", Column::counted("nJet", self.jets.phi)),
            ("Jet_mass", Column::counted("nJet", self.jets.mass)),
        ]
    }
}

/// A massless momentum: muons at these energies.
#[derive(Debug, Clone, Copy)]
struct Momentum {
    x: f64,
    y: f64,
    z: f64,
}

impl Momentum {
    fn pt(self) -> f64 {
        self.x.hypot(self.y)
    }

    fn phi(self) -> f64 {
        self.y.atan2(self.x)
    }

    fn eta(self) -> f64 {
        (self.z / self.pt()).asinh()
    }
}

/// Decays a parent of this mass and some momentum into two.
fn decay(random: &mut Random, mass: f64) -> (Momentum, Momentum) {
    let cos_theta = random.between(-1.0, 1.0);
    let sin_theta = (1.0 - cos_theta * cos_theta).sqrt();
    let phi = random.angle();
    let half = mass / 2.0;
    let (x, y, z) = (
        half * sin_theta * phi.cos(),
        half * sin_theta * phi.sin(),
        half * cos_theta,
    );

    let parent_pt = random.exponential(12.0);
    let parent_phi = random.angle();
    let rapidity = 0.9 * random.normal();
    let transverse_mass = mass.hypot(parent_pt);
    let parent = Momentum {
        x: parent_pt * parent_phi.cos(),
        y: parent_pt * parent_phi.sin(),
        z: transverse_mass * rapidity.sinh(),
    };
    let energy = transverse_mass * rapidity.cosh();
    let boosted = |x: f64, y: f64, z: f64| {
        let along = (x * parent.x + y * parent.y + z * parent.z) / mass;
        let factor = along / (energy + mass) + half / mass;
        Momentum {
            x: x + factor * parent.x,
            y: y + factor * parent.y,
            z: z + factor * parent.z,
        }
    };
    (boosted(x, y, z), boosted(-x, -y, -z))
}

/// SplitMix64: small, good enough for a picture, and the same on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// In the open interval from 0 to 1.
    #[expect(clippy::cast_precision_loss, reason = "53 bits are kept")]
    fn uniform(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    fn angle(&mut self) -> f64 {
        self.between(-PI, PI)
    }

    fn sign(&mut self) -> i32 {
        if self.next() & 1 == 0 { 1 } else { -1 }
    }

    fn exponential(&mut self, mean: f64) -> f64 {
        -mean * self.uniform().ln()
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (TAU * self.uniform()).cos()
    }

    fn poisson(&mut self, mean: f64) -> i32 {
        let limit = (-mean).exp();
        let (mut count, mut product) = (0, self.uniform());
        while product > limit {
            count += 1;
            product *= self.uniform();
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_muons_have_the_mass_of_their_parent() {
        let mut random = Random(1);
        for mass in [12.0, 91.19, 400.0] {
            let (a, b) = decay(&mut random, mass);
            let found =
                (2.0 * a.pt() * b.pt() * ((a.eta() - b.eta()).cosh() - (a.phi() - b.phi()).cos()))
                    .sqrt();

            assert!(
                (found - mass).abs() < 1e-6 * mass,
                "{found} instead of {mass}"
            );
        }
    }

    #[test]
    fn counters_agree_with_the_lists() {
        let chunk = Chunk::generate(&mut Random(7), 0, 1000);

        let muons: i32 = chunk.muon_count.iter().sum();
        let jets: i32 = chunk.jet_count.iter().sum();
        assert_eq!(usize::try_from(muons).unwrap(), chunk.muons.pt.len());
        assert_eq!(usize::try_from(muons).unwrap(), chunk.muon_charge.len());
        assert_eq!(usize::try_from(jets).unwrap(), chunk.jets.pt.len());
    }
}
