//! Fused programs give the bits of evaluating every node for every combination.

use arrow::array::{AsArray, Int64Array};
use arrow::datatypes::{Float64Type, Int64Type, UInt8Type};
use hepframe_physics::fused::{Combination, Op, Program, Reduction};
use hepframe_physics::{Formula, PhysicsError};
use proptest::collection::vec;
use proptest::prelude::*;
use rstest::rstest;

use crate::naive::{Event, Nodes, agree, as_bits};
use crate::sample::{lists, with_null_rows};

fn events() -> impl Strategy<Value = Vec<Event>> {
    let particle = (1.0_f32..200.0, -3.0_f32..3.0, -3.1_f32..3.1, -0.1_f32..30.0)
        .prop_map(|(pt, eta, phi, mass)| [pt, eta, phi, mass]);
    let particles = prop_oneof![
        20 => vec(particle.clone(), 0..7),
        1 => vec(particle, 10..24),
    ];
    vec((particles, -50.0_f32..50.0), 0..30)
}

fn combination() -> impl Strategy<Value = Combination> {
    prop_oneof![
        (1_usize..5).prop_map(Combination::Combinations),
        (1_usize..4).prop_map(Combination::Cross),
    ]
}

fn value_reduction(root: usize, pick: usize) -> Reduction {
    [
        Reduction::ArgMin,
        Reduction::ArgMax,
        Reduction::Sum,
        Reduction::Min,
        Reduction::Max,
    ][pick](root)
}

proptest! {
    #[test]
    fn masses_of_sums_agree(events in events(), over in combination(), pick in 0_usize..5) {
        let mut nodes = Nodes::default();
        let mass = nodes.mass_of(over.members());
        let top = nodes.add(Op::Constant(172.5), &[]);
        let difference = nodes.add(Op::Subtract, &[mass, top]);
        let distance = nodes.add(Op::Abs, &[difference]);

        agree(&nodes.over(over, value_reduction(distance, pick)), &events);
    }

    #[test]
    fn cuts_with_constants_and_per_event_values_agree(
        events in events(), n in 2_usize..5, is_cross in any::<bool>(), pick in 0_usize..3,
    ) {
        let over = if is_cross { Combination::Cross(n.min(3)) } else { Combination::Combinations(n) };
        let mut nodes = Nodes::default();
        let first = [0, 1, 2].map(|list| nodes.add(Op::Input(list, 0), &[]));
        let second = [0, 1, 2].map(|list| nodes.add(Op::Input(list, 1), &[]));
        let met = nodes.add(Op::PerEvent(0), &[]);
        let sum = nodes.rounded(Op::Add, &[first[0], second[0]]);
        let shifted = nodes.rounded(Op::Subtract, &[sum, met]);
        let cut = nodes.add(Op::Constant(0.1), &[]);
        let particle_shifted = nodes.add(Op::Add, &[second[0], met]);
        let is_less = nodes.add(Op::Less, &[shifted, particle_shifted]);
        let distance = nodes.add(
            Op::Formula(Formula::DeltaR), &[first[1], first[2], second[1], second[2]]);
        let is_far = nodes.add(Op::Less, &[cut, distance]);
        let both = nodes.add(Op::And, &[is_less, is_far]);

        let reduction = [Reduction::Any, Reduction::All, Reduction::Count][pick](both);
        agree(&nodes.over(over, reduction), &events);
    }

    #[test]
    fn px_and_py_agree_in_any_order(
        events in events(), is_y_first in any::<bool>(), is_rounded in any::<bool>(), n in 1_usize..3,
    ) {
        let mut nodes = Nodes::default();
        let [pt, phi] = [0, 2].map(|list| nodes.add(Op::Input(list, 0), &[]));
        // Most angles of this one are too far for the fast sine.
        let far = (0..40).fold(phi, |sum, _| nodes.add(Op::Add, &[sum, sum]));
        let mut order = [Formula::Px, Formula::Py];
        if is_y_first {
            order.reverse();
        }
        let near = order.map(|formula| nodes.add(Op::Formula(formula), &[pt, phi]));
        let far = order.map(|formula| nodes.add(Op::Formula(formula), &[pt, far]));
        let rounded = nodes.rounded(Op::Formula(order[0]), &[pt, phi]);
        let mut sum = nodes.add(Op::Subtract, &[near[0], near[1]]);
        for value in far {
            sum = nodes.add(Op::Subtract, &[value, sum]);
        }
        if is_rounded {
            sum = nodes.add(Op::Subtract, &[rounded, sum]);
        }

        agree(&nodes.over(Combination::Combinations(n), Reduction::Sum(sum)), &events);
    }

    #[test]
    fn where_with_nan_leaves_out_combinations(events in events(), n in 2_usize..4, pick in 0_usize..5) {
        let mut nodes = Nodes::default();
        let mass = nodes.mass_of(n);
        let eta = [0, 1].map(|member| nodes.add(Op::Input(1, member), &[]));
        let zero = nodes.add(Op::Constant(0.0), &[]);
        let sides = eta.map(|eta| nodes.add(Op::Less, &[eta, zero]));
        let opposite = nodes.add(Op::NotEqual, &sides);
        let nan = nodes.add(Op::Constant(f64::NAN), &[]);
        let key = nodes.add(Op::Where, &[opposite, mass, nan]);
        let mut reduction = value_reduction(key, pick);
        if reduction == Reduction::Sum(key) {
            reduction = Reduction::Sum(mass);
        }

        agree(&nodes.over(Combination::Combinations(n), reduction), &events);
    }
}

#[test]
fn one_huge_event_goes_through_many_blocks() {
    let particles: Vec<[f32; 4]> = (0..90_u8)
        .map(|at| {
            [
                20.0 + f32::from(at),
                f32::from(at) / 30.0 - 1.5,
                f32::from(at) % 3.0,
                5.0,
            ]
        })
        .collect();
    let mut nodes = Nodes::default();
    let mass = nodes.mass_of(3);

    agree(
        &nodes.over(Combination::Combinations(3), Reduction::ArgMax(mass)),
        &[(particles[..2].to_vec(), 0.0), (particles, 0.0)],
    );
}

#[test]
fn infinite_values_count_and_nan_does_not() {
    let mut nodes = Nodes::default();
    let value = nodes.add(Op::Input(0, 0), &[]);
    let program = nodes.over(Combination::Combinations(1), Reduction::ArgMin(value));
    let list = lists::<Float64Type>(&[vec![f64::NAN, f64::INFINITY], vec![f64::NAN], vec![]]);

    let found = program.evaluate(&[&list], &[], 3).unwrap();

    assert_eq!(
        found.as_primitive::<Int64Type>(),
        &Int64Array::from(vec![Some(1), None, None])
    );
}

#[test]
fn a_null_list_gives_null_and_need_not_fit() {
    let mut nodes = Nodes::default();
    let sum = [0, 1].map(|list| nodes.add(Op::Input(list, 0), &[]));
    let sum = nodes.add(Op::Add, &sum);
    let program = nodes.over(Combination::Combinations(1), Reduction::Sum(sum));
    let left = with_null_rows(&lists::<UInt8Type>(&[vec![1, 2], vec![3]]), &[0]);
    let right = lists::<Float64Type>(&[vec![], vec![0.5]]);

    let found = program.evaluate(&[&left, &right], &[], 2).unwrap();
    let error = program
        .evaluate(&[&right, &lists::<UInt8Type>(&[vec![1], vec![3]])], &[], 2)
        .unwrap_err();

    assert_eq!(as_bits(&found), [None, Some(3.5_f64.to_bits())]);
    assert!(
        matches!(error, PhysicsError::DifferentLengths { row: 0, .. }),
        "{error}"
    );
}

#[test]
fn programs_survive_json_to_the_last_bit() {
    let mut nodes = Nodes::default();
    let mass = nodes.mass_of(2);
    let third = nodes.add(Op::Constant(1.0 / 3.0), &[]);
    let nan = nodes.add(Op::Constant(f64::NAN), &[]);
    let is_less = nodes.add(Op::Less, &[mass, third]);
    let key = nodes.rounded(Op::Where, &[is_less, mass, nan]);
    let program = nodes.over(Combination::Combinations(2), Reduction::Max(key));

    let json = program.to_json().unwrap();
    let back = Program::from_json(&json).unwrap();

    // NaN is not equal to itself, its text is.
    assert_eq!(back.to_json().unwrap(), json);
    assert!(
        json.contains(r#"{"op":{"constant":"0.3333333333333333"}}"#),
        "{json}"
    );
}

#[rstest]
#[case::later_node(Op::Abs, &[5], "it uses a later node")]
#[case::no_such_list(Op::Input(7, 0), &[], "there are only 1 lists")]
#[case::no_such_member(Op::Input(0, 2), &[], "there are only 2 members")]
#[case::no_such_column(Op::PerEvent(0), &[], "there are only 0 per-event columns")]
#[case::too_few(Op::Add, &[0], "it takes 2 nodes")]
#[case::not_a_boolean(Op::Not, &[0], "it wants a boolean")]
fn a_wrong_node_is_named(#[case] op: Op, #[case] of: &[usize], #[case] why: &str) {
    let mut nodes = Nodes::default();
    nodes.add(Op::Input(0, 0), &[]);
    let wrong = nodes.add(op, of);
    let program = nodes.over(Combination::Combinations(2), Reduction::Sum(wrong));

    let message = program.check(1, 0).unwrap_err().to_string();

    assert!(
        message.starts_with("node 1 of the program") && message.ends_with(why),
        "{message}"
    );
}
