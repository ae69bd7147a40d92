//! Combinations and products are those of nested loops.

use arrow::array::{Array, AsArray, Int64Array};
use arrow::datatypes::{Float32Type, Float64Type, Int32Type, Int64Type};
use hepframe_physics::PhysicsError;
use hepframe_physics::combinations::{
    any_within, combination_offsets, cross_member, cross_member_at, cross_member_index, member,
    member_at, member_index, nearest,
};
use proptest::collection::vec;
use proptest::prelude::*;
use rstest::rstest;

use crate::sample::{lists, plain_rows, rows, with_null_rows};

/// All ways to take `n` of `0..len`, in lexicographic order.
pub(crate) fn choose(len: usize, n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return vec![vec![]];
    }
    let mut all = Vec::new();
    for first in 0..len {
        for rest in choose(len - first - 1, n - 1) {
            let rest = rest.into_iter().map(|at| at + first + 1);
            all.push(std::iter::once(first).chain(rest).collect());
        }
    }
    all
}

fn integers() -> impl Strategy<Value = Vec<Vec<i32>>> {
    vec(vec(any::<i32>(), 0..8), 0..12)
}

proptest! {
    #[test]
    fn members_are_those_of_nested_loops(events in integers(), n in 1_usize..6) {
        let list = lists::<Int32Type>(&events);
        for k in 0..n {
            let expected: Vec<Vec<i32>> = events.iter()
                .map(|event| choose(event.len(), n).iter().map(|c| event[c[k]]).collect()).collect();
            let places: Vec<Vec<i64>> = events.iter()
                .map(|event| choose(event.len(), n).iter().map(|c| c[k] as i64).collect()).collect();

            let found = member(&list, n, k).unwrap();

            prop_assert_eq!(found.offsets(), &combination_offsets(&list, n).unwrap());
            prop_assert_eq!(plain_rows::<Int32Type>(&found), expected);
            prop_assert_eq!(plain_rows::<Int64Type>(&member_index(&list, n, k).unwrap()), places);
        }
    }

    #[test]
    fn a_rank_finds_its_member(events in integers(), n in 1_usize..6, rank in 0_i64..30) {
        let list = lists::<Int32Type>(&events);
        let ranks = Int64Array::from(vec![rank; events.len()]);
        for k in 0..n {
            let all = plain_rows::<Int32Type>(&member(&list, n, k).unwrap());
            let expected: Vec<Option<i32>> =
                all.iter().map(|row| row.get(rank as usize).copied()).collect();

            let found = member_at(&list, n, k, &ranks).unwrap();

            prop_assert_eq!(found.as_primitive::<Int32Type>().iter().collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn products_are_those_of_nested_loops(
        events in vec((vec(any::<i32>(), 0..4), vec(any::<i32>(), 0..4), vec(any::<i32>(), 0..3)), 0..10),
        rank in 0_i64..20,
    ) {
        let sides: [Vec<Vec<i32>>; 3] = [
            events.iter().map(|event| event.0.clone()).collect(),
            events.iter().map(|event| event.1.clone()).collect(),
            events.iter().map(|event| event.2.clone()).collect(),
        ];
        let arrays = sides.each_ref().map(|side| lists::<Int32Type>(side));
        let arrays = [&arrays[0], &arrays[1], &arrays[2]];
        let ranks = Int64Array::from(vec![rank; events.len()]);
        for k in 0..3 {
            let expected: Vec<Vec<i64>> = events.iter().map(|(a, b, c)| {
                let mut places = Vec::new();
                for i in 0..a.len() { for j in 0..b.len() { for l in 0..c.len() {
                    places.push([i, j, l][k] as i64);
                } } }
                places
            }).collect();
            let at_rank: Vec<Option<i32>> = expected.iter().zip(&sides[k])
                .map(|(places, side)| Some(side[*places.get(rank as usize)? as usize])).collect();

            let found = cross_member_index(&arrays, k).unwrap();
            let members = cross_member(&arrays, k).unwrap();
            let one = cross_member_at(&arrays, k, &ranks).unwrap();

            prop_assert_eq!(plain_rows::<Int64Type>(&found), expected);
            prop_assert_eq!(one.as_primitive::<Int32Type>().iter().collect::<Vec<_>>(), at_rank);
            prop_assert_eq!(members.offsets(), found.offsets());
        }
    }
}

#[test]
fn null_lists_have_no_combinations() {
    let list = with_null_rows(&lists::<Int32Type>(&[vec![1, 2, 3], vec![4, 5]]), &[0]);

    let pairs = member(&list, 2, 1).unwrap();
    let products = cross_member(&[&list, &list], 0).unwrap();

    assert_eq!(rows::<Int32Type>(&pairs), [None, Some(vec![Some(5)])]);
    assert!(products.is_null(0) && products.value(1).len() == 4);
    assert!(
        member_at(&list, 2, 0, &Int64Array::from(vec![0, 0]))
            .unwrap()
            .is_null(0)
    );
}

#[rstest]
#[case::no_members(0, 0, "1 to 8 members, not 0")]
#[case::nine_members(9, 0, "1 to 8 members, not 9")]
#[case::member_too_far(3, 3, "members 0 to 2, not 3")]
fn a_bad_call_says_what_would_be_right(#[case] n: usize, #[case] k: usize, #[case] why: &str) {
    let message = member(&lists::<Int32Type>(&[vec![1]]), n, k)
        .unwrap_err()
        .to_string();

    assert!(message.ends_with(why), "{message}");
}

#[test]
fn more_combinations_than_offsets_can_count_are_refused() {
    let list = lists::<Int32Type>(&[vec![0; 3000]]);

    let error = member(&list, 3, 0).unwrap_err();

    assert!(
        matches!(
            error,
            PhysicsError::TooManyElements {
                count: 4_495_501_000,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn jets_near_leptons_are_found() {
    let jet_eta = lists::<Float32Type>(&[vec![0.0, 2.0], vec![1.0]]);
    let jet_phi = lists::<Float32Type>(&[vec![3.1, 0.0], vec![1.0]]);
    let lepton_eta = lists::<Float64Type>(&[vec![0.9, 0.1, f64::NAN], vec![]]);
    let lepton_phi = lists::<Float64Type>(&[vec![3.0, -3.1, 0.0], vec![]]);

    let near = any_within(&jet_eta, &jet_phi, &lepton_eta, &lepton_phi, 0.4).unwrap();
    let which = nearest(&jet_eta, &jet_phi, &lepton_eta, &lepton_phi, None).unwrap();
    let close = nearest(&jet_eta, &jet_phi, &lepton_eta, &lepton_phi, Some(0.4)).unwrap();

    let flags: Vec<bool> = near.values().as_boolean().values().iter().collect();
    assert_eq!(flags, [true, false, false]);
    assert_eq!(
        rows::<Int64Type>(&which),
        [Some(vec![Some(1), Some(0)]), Some(vec![None])]
    );
    assert_eq!(
        rows::<Int64Type>(&close),
        [Some(vec![Some(1), None]), Some(vec![None])]
    );
}
