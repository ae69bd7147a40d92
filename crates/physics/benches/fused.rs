//! How long reductions over combinations take, on events like those of ADL query 6:
//! 2.7 jets on average with a long tail, the triple with the mass nearest to 172.5 GeV.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};

use arrow::array::{AsArray, ListArray};
use arrow::datatypes::{Float32Type, Int64Type};
use hepframe_physics::Formula;
use hepframe_physics::combinations::{combination_offsets, member_index_at};
use hepframe_physics::fused::{Combination, Node, Op, Program, Reduction};
use hepframe_physics::lists::{Position, at};

fn main() {
    divan::main();
}

const EVENTS: usize = 65_536;

/// Numbers from 0 to 1 that are the same in every run (`SplitMix64`).
struct Random(u64);

impl Random {
    #[expect(clippy::cast_precision_loss, reason = "24 bits fit")]
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) >> 40) as f32 / (1_u64 << 24) as f32
    }
}

/// Lists pt, eta, phi, mass of jets; a geometric number of them per event.
fn jets() -> [ListArray; 4] {
    let mut random = Random(1);
    let mut fields: [Vec<Option<Vec<Option<f32>>>>; 4] = Default::default();
    for _ in 0..EVENTS {
        let mut jets: [Vec<Option<f32>>; 4] = Default::default();
        while random.next() < 0.73 {
            let pt = 15.0 - 30.0 * (1.0 - random.next()).ln();
            jets[0].push(Some(pt));
            jets[1].push(Some(5.0 * random.next() - 2.5));
            jets[2].push(Some(6.2 * random.next() - 3.1));
            jets[3].push(Some(0.1 * pt));
        }
        for (field, jets) in fields.iter_mut().zip(jets) {
            field.push(Some(jets));
        }
    }
    fields.map(ListArray::from_iter_primitive::<Float32Type, _, _>)
}

/// Nodes in the making.
#[derive(Default)]
struct Nodes(Vec<Node>);

impl Nodes {
    fn add(&mut self, op: Op, of: &[usize]) -> usize {
        self.0.push(Node::new(op, of));
        self.0.len() - 1
    }

    /// px, py, pz, e of a member, or only loads if they are in the lists.
    fn components(&mut self, member: usize, are_loaded: bool) -> [usize; 4] {
        let fields = [0, 1, 2, 3].map(|list| self.add(Op::Input(list, member), &[]));
        if are_loaded {
            return fields;
        }
        let [pt, eta, phi, mass] = fields;
        let x = self.add(Op::Formula(Formula::Px), &[pt, phi]);
        let y = self.add(Op::Formula(Formula::Py), &[pt, phi]);
        let z = self.add(Op::Formula(Formula::Pz), &[pt, eta]);
        let e = self.add(Op::Formula(Formula::Energy), &[x, y, z, mass]);
        [x, y, z, e]
    }

    fn nearest_mass(mut self, n: usize, to: f64, are_loaded: bool) -> Program {
        let mut sum = self.components(0, are_loaded);
        for member in 1..n {
            let next = self.components(member, are_loaded);
            sum = std::array::from_fn(|at| self.add(Op::Add, &[sum[at], next[at]]));
        }
        let mass = self.add(Op::Formula(Formula::Mass), &sum);
        let to = self.add(Op::Constant(to), &[]);
        let difference = self.add(Op::Subtract, &[mass, to]);
        let distance = self.add(Op::Abs, &[difference]);
        Program {
            combination: Combination::Combinations(n),
            nodes: self.0,
            reduction: Reduction::ArgMin(distance),
        }
    }
}

/// The items are combinations: divan's throughput is that of triples or pairs.
fn bench(bencher: Bencher<'_, '_>, n: usize, to: f64, are_loaded: bool) {
    let jets = jets();
    let lists = jets.each_ref();
    let count = combination_offsets(lists[0], n).map_or(0, |offsets| offsets[EVENTS]);
    let program = Nodes::default().nearest_mass(n, to, are_loaded);
    bencher
        .counter(ItemsCount::new(count.unsigned_abs()))
        .bench_local(|| program.evaluate(black_box(&lists), &[], EVENTS));
}

/// All of query 6 but the fields of the triple found.
#[divan::bench]
fn best_triple(bencher: Bencher<'_, '_>) {
    bench(bencher, 3, 172.5, false);
}

/// The same without sines and the like: what the triples cost.
#[divan::bench]
fn best_triple_of_cartesian(bencher: Bencher<'_, '_>) {
    bench(bencher, 3, 172.5, true);
}

/// The same for pairs.
#[divan::bench]
fn best_pair(bencher: Bencher<'_, '_>) {
    bench(bencher, 2, 91.2, false);
}

/// The twelve fields of the triples found, with positions shared by the fields of a member.
#[divan::bench]
fn fields_of_best_triple(bencher: Bencher<'_, '_>) {
    let jets = jets();
    let lists = jets.each_ref();
    let program = Nodes::default().nearest_mass(3, 172.5, false);
    let Ok(rank) = program.evaluate(&lists, &[], EVENTS) else {
        return;
    };
    let rank = rank.as_primitive::<Int64Type>();
    bencher.counter(ItemsCount::new(EVENTS)).bench_local(|| {
        for member in 0..3 {
            if let Ok(places) = member_index_at(lists[0], 3, member, black_box(rank)) {
                for list in lists {
                    black_box(at(list, Position::PerEvent(&places)).is_ok());
                }
            }
        }
    });
}
