//! Programs built in tests, and their evaluation one node and one combination at a time.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float32Array, ListArray};
use arrow::datatypes::{Float32Type, Float64Type, Int64Type};
use hepframe_physics::Formula;
use hepframe_physics::fourvector::{delta_r, energy, mass, px, py, pz};
use hepframe_physics::fused::{Combination, Kind, Node, Op, Program, Reduction};

use super::combinations::choose;
use crate::sample::lists;

/// Lists of one event, and its per-event value.
pub(crate) type Event = (Vec<[f32; 4]>, f32);

/// Nodes in the making.
#[derive(Default)]
pub(crate) struct Nodes(Vec<Node>);

impl Nodes {
    pub(crate) fn add(&mut self, op: Op, of: &[usize]) -> usize {
        self.0.push(Node::new(op, of));
        self.0.len() - 1
    }

    pub(crate) fn rounded(&mut self, op: Op, of: &[usize]) -> usize {
        let node = self.add(op, of);
        self.0[node].kind = Kind::F32;
        node
    }

    pub(crate) fn over(self, combination: Combination, reduction: Reduction) -> Program {
        Program {
            combination,
            nodes: self.0,
            reduction,
        }
    }

    /// The components px, py, pz, e of a member whose lists are pt, eta, phi, mass.
    fn components(&mut self, member: usize) -> [usize; 4] {
        let [pt, eta, phi, mass] = [0, 1, 2, 3].map(|list| self.add(Op::Input(list, member), &[]));
        let x = self.add(Op::Formula(Formula::Px), &[pt, phi]);
        let y = self.add(Op::Formula(Formula::Py), &[pt, phi]);
        let z = self.add(Op::Formula(Formula::Pz), &[pt, eta]);
        let e = self.add(Op::Formula(Formula::Energy), &[x, y, z, mass]);
        [x, y, z, e]
    }

    /// The mass of the sum of the first `n` members.
    pub(crate) fn mass_of(&mut self, n: usize) -> usize {
        let mut sum = self.components(0);
        for member in 1..n {
            let next = self.components(member);
            for component in 0..4 {
                sum[component] = self.add(Op::Add, &[sum[component], next[component]]);
            }
        }
        self.add(Op::Formula(Formula::Mass), &sum)
    }
}

/// Evaluates every node for one combination, given its members' fields.
fn interpret(program: &Program, members: &[[f32; 4]], per_event: f32) -> f64 {
    let mut values: Vec<f64> = Vec::new();
    for node in &program.nodes {
        let of: Vec<f64> = node.of.iter().map(|&of| values[of]).collect();
        let flag = |is_true| f64::from(u8::from(is_true));
        let value = match (node.op, &of[..]) {
            (Op::Input(list, member), _) => f64::from(members[member][list]),
            (Op::PerEvent(_), _) => f64::from(per_event),
            (Op::Constant(value), _) => value,
            (Op::Add, [a, b]) => a + b,
            (Op::Subtract, [a, b]) => a - b,
            (Op::Abs, [a]) => a.abs(),
            (Op::Less, [a, b]) => flag(a < b),
            (Op::NotEqual, [a, b]) => flag(a != b),
            (Op::And, [a, b]) => flag(*a != 0.0 && *b != 0.0),
            (Op::Where, [a, b, c]) => {
                if *a != 0.0 {
                    *b
                } else {
                    *c
                }
            }
            (Op::Formula(Formula::Px), [a, b]) => px(*a, *b),
            (Op::Formula(Formula::Py), [a, b]) => py(*a, *b),
            (Op::Formula(Formula::Pz), [a, b]) => pz(*a, *b),
            (Op::Formula(Formula::Energy), [a, b, c, d]) => energy(*a, *b, *c, *d),
            (Op::Formula(Formula::Mass), [a, b, c, d]) => mass(*a, *b, *c, *d),
            (Op::Formula(Formula::DeltaR), [a, b, c, d]) => delta_r(*a, *b, *c, *d),
            other => panic!("no test uses {other:?}"),
        };
        values.push(match node.kind {
            Kind::F32 => f64::from(value as f32),
            Kind::F64 | Kind::Bool => value,
        });
    }
    values[program.reduction.root()]
}

/// What a reduction of plain values is: bits of a double, or an integer as one.
fn reduce(reduction: Reduction, values: &[f64]) -> Option<u64> {
    let best = |wins: fn(f64, f64) -> bool| {
        let mut best: Option<usize> = None;
        for (at, value) in values.iter().enumerate() {
            if !value.is_nan() && best.is_none_or(|best| wins(*value, values[best])) {
                best = Some(at);
            }
        }
        best
    };
    let trues = values.iter().filter(|value| **value != 0.0).count();
    match reduction {
        Reduction::ArgMin(_) => best(|new, best| new < best).map(|at| at as u64),
        Reduction::ArgMax(_) => best(|new, best| new > best).map(|at| at as u64),
        Reduction::Any(_) => Some(u64::from(trues > 0)),
        Reduction::All(_) => Some(u64::from(trues == values.len())),
        Reduction::Count(_) => Some(trues as u64),
        Reduction::Sum(_) => Some(values.iter().fold(0.0, |sum, value| sum + value).to_bits()),
        Reduction::Min(_) | Reduction::Max(_) if values.is_empty() => None,
        Reduction::Min(_) => Some(
            best(|new, best| new < best)
                .map_or(f64::NAN, |at| values[at])
                .to_bits(),
        ),
        Reduction::Max(_) => Some(
            best(|new, best| new > best)
                .map_or(f64::NAN, |at| values[at])
                .to_bits(),
        ),
    }
}

/// Results as [`reduce`] gives them.
pub(crate) fn as_bits(array: &ArrayRef) -> Vec<Option<u64>> {
    if let Some(flags) = array.as_boolean_opt() {
        flags.iter().map(|flag| flag.map(u64::from)).collect()
    } else if let Some(integers) = array.as_primitive_opt::<Int64Type>() {
        integers
            .iter()
            .map(|value| value.map(|value| value as u64))
            .collect()
    } else {
        array
            .as_primitive::<Float64Type>()
            .iter()
            .map(|value| value.map(f64::to_bits))
            .collect()
    }
}

fn fields(events: &[Event]) -> Vec<ListArray> {
    (0..4)
        .map(|field| {
            let rows: Vec<Vec<f32>> = events
                .iter()
                .map(|(particles, _)| particles.iter().map(|particle| particle[field]).collect())
                .collect();
            lists::<Float32Type>(&rows)
        })
        .collect()
}

/// Evaluates fused and naively, over combinations or over products of the list with itself.
pub(crate) fn agree(program: &Program, events: &[Event]) {
    let members: Vec<Vec<Vec<usize>>> = events
        .iter()
        .map(|(particles, _)| match program.combination {
            Combination::Combinations(n) => choose(particles.len(), n),
            Combination::Cross(n) => products(particles.len(), n),
        })
        .collect();
    let expected: Vec<Option<u64>> = events
        .iter()
        .zip(&members)
        .map(|((particles, per_event), combinations)| {
            let values: Vec<f64> = combinations
                .iter()
                .map(|members| {
                    let members: Vec<[f32; 4]> = members.iter().map(|&at| particles[at]).collect();
                    interpret(program, &members, *per_event)
                })
                .collect();
            reduce(program.reduction, &values)
        })
        .collect();
    let arrays = fields(events);
    let arrays: Vec<&ListArray> = arrays.iter().collect();
    let per_event: ArrayRef = Arc::new(
        events
            .iter()
            .map(|(_, value)| Some(*value))
            .collect::<Float32Array>(),
    );

    let found = program
        .evaluate(&arrays, &[per_event], events.len())
        .unwrap();

    assert_eq!(found.data_type(), &program.reduction.data_type());
    assert_eq!(as_bits(&found), expected);
}

fn products(len: usize, n: usize) -> Vec<Vec<usize>> {
    (0..len.pow(n as u32))
        .map(|rank| {
            (0..n)
                .rev()
                .map(|slot| rank / len.pow(slot as u32) % len)
                .collect()
        })
        .collect()
}
