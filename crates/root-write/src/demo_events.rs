//! Made-up collisions for the demo: muon pairs with a Z peak, jets and missing momentum.
//!
//! Spectra look like those of a detector, no more: nothing here is physics
//! to measure. Energies are in GeV, angles in radians, floats are 32 bits wide
//! and names are those of NanoAOD.

use crate::Column;
use crate::rng::Rng;

const MUON_MASS_GEV: f64 = 0.105_658_37;
const Z_MASS_GEV: f64 = 91.19;
const Z_WIDTH_GEV: f64 = 2.5;
/// Blurs the mass of a pair, as a detector would.
const MASS_RESOLUTION_GEV: f64 = 1.5;
/// Muons beyond this pseudorapidity or below this momentum are not seen.
const MUON_ETA_LIMIT: f64 = 2.4;
const MUON_PT_LIMIT_GEV: f64 = 3.0;
const MOST_MUONS: usize = 4;
const MOST_JETS: usize = 10;

/// A seeded stream of events.
#[derive(Debug, Clone)]
pub struct DemoEvents {
    rng: Rng,
    next_event: u64,
}

/// A particle in an event.
#[derive(Debug, Clone, Copy)]
struct Muon {
    pt: f64,
    eta: f64,
    phi: f64,
    charge: i32,
}

#[derive(Debug, Clone, Copy)]
struct Jet {
    pt: f64,
    eta: f64,
    phi: f64,
    mass: f64,
    btag: f64,
}

/// Columns of a chunk while it is made.
#[derive(Debug, Default)]
struct Chunk {
    run: Vec<u32>,
    event: Vec<u64>,
    muon_count: Vec<i32>,
    muon: [Vec<f32>; 4],
    muon_charge: Vec<i32>,
    jet_count: Vec<i32>,
    jet: [Vec<f32>; 5],
    met: [Vec<f32>; 2],
}

impl DemoEvents {
    /// The stream of a seed: equal seeds, equal events.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            rng: Rng::new(seed),
            next_event: 1,
        }
    }

    /// The next events as columns, ready for [`crate::OpenTree::append`].
    ///
    /// # Shapes
    ///
    /// `run`, `event`, `nMuon`, `nJet`, `MET_pt` and `MET_phi` have one value per
    /// event; the `Muon_` and `Jet_` columns as many as `nMuon` and `nJet` say, by
    /// falling pt.
    pub fn next_chunk(&mut self, events: usize) -> Vec<(&'static str, Column)> {
        let mut chunk = Chunk::default();
        for _ in 0..events {
            self.add_event(&mut chunk);
        }
        chunk.into_columns()
    }

    fn add_event(&mut self, chunk: &mut Chunk) {
        // A new run now and then, as if the detector had been stopped.
        let run = 193_834 + u32::try_from(self.next_event / 50_000 % 1000).unwrap_or(0);
        chunk.run.push(run);
        chunk.event.push(self.next_event);
        self.next_event += 1;
        let muons = self.muons();
        chunk.muon_count.push(count(muons.len()));
        for muon in &muons {
            push(
                &mut chunk.muon,
                [muon.pt, muon.eta, muon.phi, MUON_MASS_GEV],
            );
            chunk.muon_charge.push(muon.charge);
        }
        let jets = self.jets();
        chunk.jet_count.push(count(jets.len()));
        for jet in &jets {
            push(
                &mut chunk.jet,
                [jet.pt, jet.eta, jet.phi, jet.mass, jet.btag],
            );
        }
        // Noise in both directions, more of it the more jets there are.
        let blur = 14.0 + 0.05 * jets.iter().map(|jet| jet.pt).sum::<f64>();
        let (x, y) = (self.rng.normal(0.0, blur), self.rng.normal(0.0, blur));
        push(&mut chunk.met, [x.hypot(y), y.atan2(x)]);
    }

    /// Muons of one event: a pair more often than not, seldom a third and fourth.
    fn muons(&mut self) -> Vec<Muon> {
        let kind = self.rng.uniform();
        let mut muons = Vec::with_capacity(MOST_MUONS);
        if kind < 0.30 {
            let mass = self.rng.breit_wigner(Z_MASS_GEV, Z_WIDTH_GEV);
            let mass = self.rng.normal(mass, MASS_RESOLUTION_GEV).clamp(2.0, 500.0);
            muons.extend(self.pair(mass, -1));
        } else if kind < 0.58 {
            let mass = self.continuum_mass();
            muons.extend(self.pair(mass, -1));
        } else if kind < 0.66 {
            let mass = self.continuum_mass();
            muons.extend(self.pair(mass, 1));
        } else if kind < 0.90 {
            muons.push(self.single_muon(10.0, 14.0));
        }
        while muons.len() < MOST_MUONS && self.rng.is_below(0.03) {
            muons.push(self.single_muon(MUON_PT_LIMIT_GEV, 6.0));
        }
        muons.retain(|muon| muon.eta.abs() < MUON_ETA_LIMIT && muon.pt > MUON_PT_LIMIT_GEV);
        muons.sort_by(|a, b| b.pt.total_cmp(&a.pt));
        muons
    }

    /// Mass of a pair that comes from no resonance.
    fn continuum_mass(&mut self) -> f64 {
        self.rng.falling(12.0, 35.0, 3.2).min(500.0)
    }

    fn single_muon(&mut self, low: f64, scale: f64) -> Muon {
        Muon {
            pt: self.rng.falling(low, scale, 4.6),
            eta: self.rng.between(-MUON_ETA_LIMIT, MUON_ETA_LIMIT),
            phi: self.rng.phi(),
            charge: self.charge(),
        }
    }

    fn charge(&mut self) -> i32 {
        if self.rng.is_below(0.5) { 1 } else { -1 }
    }

    /// Two muons whose four-vectors have exactly this mass, up to 32-bit rounding.
    ///
    /// `charge_product` is -1 for opposite charges, 1 for equal ones.
    fn pair(&mut self, mass: f64, charge_product: i32) -> [Muon; 2] {
        let energy = mass / 2.0;
        let momentum = (energy * energy - MUON_MASS_GEV * MUON_MASS_GEV)
            .max(0.0)
            .sqrt();
        // Even in all directions in the frame where the pair rests...
        let cosine = self.rng.between(-1.0, 1.0);
        let sine = (1.0 - cosine * cosine).sqrt();
        let around = self.rng.phi();
        let rest = [sine * around.cos(), sine * around.sin(), cosine].map(|part| momentum * part);
        // ...which moves with this momentum.
        let pt = self.rng.falling(0.3, 18.0, 4.2);
        let rapidity = self.rng.normal(0.0, 1.2);
        let phi = self.rng.phi();
        let transverse_mass = mass.hypot(pt);
        let parent = [
            pt * phi.cos(),
            pt * phi.sin(),
            transverse_mass * rapidity.sinh(),
        ];
        let parent_energy = transverse_mass * rapidity.cosh();
        let charge = self.charge();
        let opposite = rest.map(|part| -part);
        [(rest, charge), (opposite, charge * charge_product)].map(|(rest, charge)| {
            let [x, y, z] = boosted(rest, energy, parent, parent_energy, mass);
            let pt = x.hypot(y);
            Muon {
                pt,
                eta: (z / pt.max(1e-9)).asinh(),
                phi: y.atan2(x),
                charge,
            }
        })
    }

    fn jets(&mut self) -> Vec<Jet> {
        let count = self.rng.poisson(1.9).min(MOST_JETS);
        let mut jets: Vec<Jet> = (0..count)
            .map(|_| {
                let pt = self.rng.falling(15.0, 30.0, 4.0);
                let is_b = self.rng.is_below(0.08);
                let tag = self.rng.uniform();
                Jet {
                    pt,
                    eta: self.rng.normal(0.0, 1.9).clamp(-4.7, 4.7),
                    phi: self.rng.phi(),
                    mass: pt * self.rng.between(0.08, 0.2),
                    btag: if is_b {
                        1.0 - 0.3 * tag * tag
                    } else {
                        tag * tag * 0.8
                    },
                }
            })
            .collect();
        jets.sort_by(|a, b| b.pt.total_cmp(&a.pt));
        jets
    }
}

impl Chunk {
    fn into_columns(self) -> Vec<(&'static str, Column)> {
        let [muon_pt, muon_eta, muon_phi, muon_mass] = self.muon;
        let [jet_pt, jet_eta, jet_phi, jet_mass, jet_btag] = self.jet;
        let [met_pt, met_phi] = self.met;
        vec![
            ("run", Column::flat(self.run)),
            ("event", Column::flat(self.event)),
            ("nMuon", Column::flat(self.muon_count)),
            ("Muon_pt", Column::counted("nMuon", muon_pt)),
            ("Muon_eta", Column::counted("nMuon", muon_eta)),
            ("Muon_phi", Column::counted("nMuon", muon_phi)),
            ("Muon_mass", Column::counted("nMuon", muon_mass)),
            ("Muon_charge", Column::counted("nMuon", self.muon_charge)),
            ("nJet", Column::flat(self.jet_count)),
            ("Jet_pt", Column::counted("nJet", jet_pt)),
            ("Jet_eta", Column::counted("nJet", jet_eta)),
            ("Jet_phi", Column::counted("nJet", jet_phi)),
            ("Jet_mass", Column::counted("nJet", jet_mass)),
            ("Jet_btag", Column::counted("nJet", jet_btag)),
            ("MET_pt", Column::flat(met_pt)),
            ("MET_phi", Column::flat(met_phi)),
        ]
    }
}

/// A momentum seen from where its parent moves (a Lorentz boost).
fn boosted(
    momentum: [f64; 3],
    energy: f64,
    parent: [f64; 3],
    parent_energy: f64,
    parent_mass: f64,
) -> [f64; 3] {
    let [px, py, pz] = parent;
    let [x, y, z] = momentum;
    let along = (px * x + py * y + pz * z) / (parent_energy + parent_mass) + energy;
    let factor = along / parent_mass;
    [x + factor * px, y + factor * py, z + factor * pz]
}

#[expect(clippy::cast_possible_truncation, reason = "NanoAOD keeps 32 bits")]
fn push<const N: usize>(columns: &mut [Vec<f32>; N], values: [f64; N]) {
    for (column, value) in columns.iter_mut().zip(values) {
        column.push(value as f32);
    }
}

fn count(length: usize) -> i32 {
    i32::try_from(length).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mass(muons: &[Muon; 2]) -> f64 {
        let mut sum = [0.0; 4];
        for muon in muons {
            let z = muon.pt * muon.eta.sinh();
            let energy = (muon.pt.powi(2) + z * z + MUON_MASS_GEV.powi(2)).sqrt();
            let parts = [
                muon.pt * muon.phi.cos(),
                muon.pt * muon.phi.sin(),
                z,
                energy,
            ];
            sum.iter_mut()
                .zip(parts)
                .for_each(|(sum, part)| *sum += part);
        }
        let [x, y, z, energy] = sum;
        (energy * energy - x * x - y * y - z * z).sqrt()
    }

    #[test]
    fn a_pair_has_the_mass_it_was_made_with() {
        let mut events = DemoEvents::new(7);

        for wanted in [12.0, 91.19, 300.0] {
            let pair = events.pair(wanted, -1);

            assert!((mass(&pair) - wanted).abs() < 1e-6 * wanted);
            assert_eq!(pair[0].charge + pair[1].charge, 0);
        }
    }

    #[test]
    fn equal_seeds_give_equal_events_however_they_are_cut() {
        let (mut whole, mut cut) = (DemoEvents::new(3), DemoEvents::new(3));

        let _first = cut.next_chunk(10);
        let _first = whole.next_chunk(4);
        let _second = whole.next_chunk(6);

        assert_eq!(whole.next_chunk(20), cut.next_chunk(20));
    }

    #[test]
    fn no_event_has_more_than_four_muons_and_pairs_are_common() {
        let mut events = DemoEvents::new(1);

        let counts: Vec<usize> = (0..5000).map(|_| events.muons().len()).collect();

        assert!(counts.iter().all(|&count| count <= MOST_MUONS));
        assert!(counts.iter().filter(|&&count| count == 2).count() > 1000);
        assert!(counts.contains(&0));
    }
}
