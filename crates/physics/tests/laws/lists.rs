//! Kernels on lists do what loops over vectors do.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, ListArray, StringArray,
};
use arrow::datatypes::{Float32Type, Float64Type, Int8Type, Int64Type, UInt64Type};
use hepframe_physics::PhysicsError;
use hepframe_physics::combinations::member_at;
use hepframe_physics::lists::{self, Broadcast, Operand, Order, Position};
use proptest::collection::vec;
use proptest::prelude::*;
use rstest::rstest;

use crate::sample::{bits, flags, lists as make, plain_rows, rows, with_null_rows};

fn jagged() -> impl Strategy<Value = Vec<Vec<f32>>> {
    let value = prop_oneof![8 => -50.0_f32..50.0, 1 => Just(f32::NAN), 1 => Just(3.0)];
    vec(vec(value, 0..7), 0..20)
}

proptest! {
    #[test]
    fn a_mask_keeps_what_a_filter_keeps(rows in jagged()) {
        let chosen: Vec<Vec<bool>> = rows.iter().map(|row| row.iter().map(|x| *x > 2.0).collect()).collect();
        let kept: Vec<Vec<f32>> = rows.iter()
            .map(|row| row.iter().copied().filter(|x| *x > 2.0).collect()).collect();

        let masked = lists::mask(&make::<Float32Type>(&rows), &flags(&chosen)).unwrap();

        prop_assert_eq!(plain_rows::<Float32Type>(&masked), kept);
    }

    #[test]
    fn sums_and_means_are_those_of_a_loop(rows in jagged()) {
        let list = make::<Float32Type>(&rows);
        let sums: Vec<f64> = rows.iter()
            .map(|row| row.iter().fold(0.0, |total, x| total + f64::from(*x))).collect();
        let means = rows.iter().zip(&sums)
            .map(|(row, sum)| (!row.is_empty()).then(|| (sum / row.len() as f64).to_bits()));

        let found = lists::sum(&list).unwrap();

        prop_assert_eq!(bits(found.as_primitive()), bits(&Float64Array::from(sums.clone())));
        prop_assert_eq!(bits(&lists::mean(&list).unwrap()), means.collect::<Vec<_>>());
    }

    #[test]
    fn sorting_by_argsort_is_sorting(rows in jagged()) {
        let list = make::<Float32Type>(&rows);
        for order in [Order::Ascending, Order::Descending] {
            let mut sorted = rows.clone();
            for row in &mut sorted {
                row.sort_by(|a, b| match order {
                    _ if a.is_nan() || b.is_nan() => a.is_nan().cmp(&b.is_nan()),
                    Order::Ascending => a.total_cmp(b),
                    Order::Descending => b.total_cmp(a),
                });
            }
            let as_bits = |rows: Vec<Vec<f32>>| -> Vec<Vec<u32>> {
                rows.iter().map(|row| row.iter().map(|x| x.to_bits()).collect()).collect()
            };

            let by_argsort = lists::take(&list, &lists::argsort(&list, order).unwrap()).unwrap();
            let by_sort = lists::sort(&list, order).unwrap();

            prop_assert_eq!(as_bits(plain_rows::<Float32Type>(&by_argsort)), as_bits(sorted.clone()));
            prop_assert_eq!(as_bits(plain_rows::<Float32Type>(&by_sort)), as_bits(sorted));
        }
    }

    #[test]
    fn argmin_points_at_min(rows in jagged()) {
        let list = make::<Float32Type>(&rows);
        let expected: Vec<Option<i64>> = rows.iter().map(|row| {
            let best = row.iter().copied().filter(|x| !x.is_nan()).reduce(f32::min)?;
            row.iter().position(|x| *x == best).map(|at| at as i64)
        }).collect();

        let places = lists::argmin(&list).unwrap();
        let least = lists::min(&list).unwrap();
        let at_places = lists::at(&list, Position::PerEvent(&places)).unwrap();

        prop_assert_eq!(places.iter().collect::<Vec<_>>(), expected);
        for (row, values) in rows.iter().enumerate() {
            if places.is_valid(row) {
                prop_assert_eq!(
                    least.as_primitive::<Float32Type>().value(row),
                    at_places.as_primitive::<Float32Type>().value(row));
            } else {
                prop_assert_eq!(least.is_valid(row), !values.is_empty());
            }
        }
    }

    #[test]
    fn slices_are_pythons(rows in jagged(), start in -9_i64..9, stop in -9_i64..9) {
        let python = |row: &Vec<f32>| -> Vec<u32> {
            let end = |at: i64| {
                let len = row.len() as i64;
                (if at < 0 { at + len } else { at }).clamp(0, len) as usize
            };
            let (from, to) = (end(start), end(stop));
            row[from..to.max(from)].iter().map(|x| x.to_bits()).collect()
        };

        let found = lists::slice(
            &make::<Float32Type>(&rows),
            Some(Position::Constant(start)),
            Some(Position::Constant(stop)),
        ).unwrap();

        let found: Vec<Vec<u32>> = plain_rows::<Float32Type>(&found).iter()
            .map(|row| row.iter().map(|x| x.to_bits()).collect()).collect();
        prop_assert_eq!(found, rows.iter().map(python).collect::<Vec<_>>());
    }
}

fn small() -> ListArray {
    make::<Float64Type>(&[vec![4.0, 1.0, 3.0], vec![], vec![2.0]])
}

#[rstest]
#[case::the_first(0, &[Some(4.0), None, Some(2.0)])]
#[case::past_the_end(1, &[Some(1.0), None, None])]
#[case::the_last(-1, &[Some(3.0), None, Some(2.0)])]
#[case::before_the_start(-4, &[None, None, None])]
#[case::far_out(i64::MIN, &[None, None, None])]
fn a_subscript_counts_from_either_end(#[case] at: i64, #[case] expected: &[Option<f64>]) {
    let found = lists::at(&small(), Position::Constant(at)).unwrap();

    assert_eq!(
        found.as_primitive::<Float64Type>(),
        &Float64Array::from(expected.to_vec())
    );
}

#[test]
fn a_null_position_finds_nothing() {
    let positions = Int64Array::from(vec![Some(1), None, None]);

    let found = lists::at(&small(), Position::PerEvent(&positions)).unwrap();
    let member = member_at(&small(), 1, 0, &positions).unwrap();
    let rest = lists::slice(&small(), Some(Position::PerEvent(&positions)), None).unwrap();

    let expected = Float64Array::from(vec![Some(1.0), None, None]);
    assert_eq!(found.as_primitive::<Float64Type>(), &expected);
    assert_eq!(member.as_primitive::<Float64Type>(), &expected);
    assert_eq!(
        rows::<Float64Type>(&rest),
        [Some(vec![Some(1.0), Some(3.0)]), None, None]
    );
}

#[test]
fn lists_that_differ_in_length_are_named_with_their_event() {
    let other = make::<Float64Type>(&[vec![1.0; 3], vec![1.0], vec![1.0]]);

    let error = Broadcast::new(&[Operand::List(&small()), Operand::List(&other)]).unwrap_err();

    assert!(
        matches!(
            error,
            PhysicsError::DifferentLengths {
                left: 0,
                right: 1,
                row: 1,
                left_len: 0,
                right_len: 1
            }
        ),
        "{error}"
    );
}

#[test]
fn a_null_list_meets_elements_and_stays_null() {
    let left = with_null_rows(&small(), &[0]);
    let right = make::<Float64Type>(&[vec![], vec![], vec![7.0]]);
    let per_event: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));

    let operands = Broadcast::new(&[
        Operand::List(&left),
        Operand::List(&right),
        Operand::PerEvent(&per_event),
    ])
    .unwrap();
    let back = operands.wrap(Arc::clone(&operands.children()[0])).unwrap();

    assert_eq!(
        rows::<Float64Type>(&back),
        [None, Some(vec![]), Some(vec![Some(2.0)])]
    );
    assert_eq!(
        operands.children()[2].as_primitive::<Int64Type>().values(),
        &[3]
    );
}

#[test]
fn null_lists_give_null_whatever_they_hold() {
    let list = with_null_rows(&small(), &[0]);

    assert!(lists::sum(&list).unwrap().is_null(0));
    assert!(lists::argmin(&list).unwrap().is_null(0));
    assert!(lists::at(&list, Position::Constant(0)).unwrap().is_null(0));
    assert!(lists::len(&list).is_null(0));
    assert!(lists::slice(&list, None, None).unwrap().is_null(0));
    assert!(lists::concat(&[&list, &small()]).unwrap().is_null(0));
}

#[test]
fn null_elements_are_kept_by_sorts_and_skipped_by_reductions() {
    let list = ListArray::from_iter_primitive::<Float64Type, _, _>([Some(vec![
        None,
        Some(f64::NAN),
        Some(2.0),
        Some(1.0),
    ])]);

    let places = lists::argsort(&list, Order::Descending).unwrap();

    assert_eq!(plain_rows::<Int64Type>(&places), [[2, 3, 1, 0]]);
    assert_eq!(lists::count(&list).unwrap().value(0), 3);
    assert_eq!(
        lists::max(&list)
            .unwrap()
            .as_primitive::<Float64Type>()
            .value(0),
        2.0
    );
    assert_eq!(lists::argmin(&list).unwrap().value(0), 3);
}

#[test]
fn sums_of_integers_are_wide_and_never_wrap() {
    let bytes = make::<Int8Type>(&[vec![127; 4]]);
    let huge = make::<UInt64Type>(&[vec![u64::MAX, 1]]);

    let sum = lists::sum(&bytes).unwrap();
    let error = lists::sum(&huge).unwrap_err();

    assert_eq!(sum.as_primitive::<Int64Type>().value(0), 508);
    assert!(
        matches!(error, PhysicsError::SumOverflow { row: 0 }),
        "{error}"
    );
}

#[test]
fn booleans_are_any_all_and_counted() {
    let list = flags(&[vec![], vec![true, false], vec![true]]);

    assert_eq!(
        lists::any(&list).unwrap(),
        BooleanArray::from(vec![false, true, true])
    );
    assert_eq!(
        lists::all(&list).unwrap(),
        BooleanArray::from(vec![true, false, true])
    );
    assert_eq!(
        lists::count(&list).unwrap(),
        Int64Array::from(vec![0, 1, 1])
    );
}

#[test]
fn shapes_change_and_values_stay() {
    let list = small();
    let together = lists::concat(&[&list, &lists::reverse(&list).unwrap()]).unwrap();
    let per_event: ArrayRef = Arc::new(StringArray::from(vec!["a", "b", "c"]));
    let names = lists::repeat_values(&per_event, &list).unwrap();

    assert_eq!(
        plain_rows::<Float64Type>(&together),
        [vec![4.0, 1.0, 3.0, 3.0, 1.0, 4.0], vec![], vec![2.0, 2.0]]
    );
    assert_eq!(
        plain_rows::<Float64Type>(&lists::top_k(&list, 2).unwrap()),
        [vec![4.0, 3.0], vec![], vec![2.0]]
    );
    assert_eq!(
        plain_rows::<Int64Type>(&lists::index(&list).unwrap()),
        [vec![0, 1, 2], vec![], vec![0]]
    );
    assert_eq!(
        names.values().as_ref(),
        &StringArray::from(vec!["a", "a", "a", "c"])
    );
    let sorted = lists::sort(&names, Order::Ascending).unwrap();
    assert_eq!(
        sorted.value(0).as_ref(),
        &StringArray::from(vec!["a", "a", "a"])
    );
}
