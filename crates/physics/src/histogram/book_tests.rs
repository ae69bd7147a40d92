//! Tests of filling, merging and what comes out.

use std::sync::Arc;

use arrow::array::{
    Array, BooleanArray, DictionaryArray, Float32Array, Float64Array, Int32Array, LargeListArray,
    ListArray, StringArray,
};
use arrow::datatypes::{Float64Type, Int32Type};
use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::histogram::{Axis, BinKind, structs_of};

fn doubles(values: &[f64]) -> ArrayRef {
    Arc::new(Float64Array::from(values.to_vec()))
}

fn lists(lists: &[&[f64]]) -> ArrayRef {
    let lists = lists
        .iter()
        .map(|list| Some(list.iter().copied().map(Some)));
    Arc::new(ListArray::from_iter_primitive::<Float64Type, _, _>(lists))
}

fn truths(values: &[bool]) -> ArrayRef {
    Arc::new(BooleanArray::from(values.to_vec()))
}

/// Two bins from 0 to 2.
fn two_bins() -> Axis {
    Axis::regular(2, 0.0, 2.0).unwrap()
}

fn weighted() -> Spec {
    Spec {
        weight: Some(1),
        ..Spec::counting(vec![two_bins()])
    }
}

fn masked() -> Spec {
    Spec {
        mask: Some(1),
        ..Spec::counting(vec![two_bins()])
    }
}

fn filled(spec: Spec, arrays: &[ArrayRef]) -> Histogram {
    let mut book = Book::new(vec![spec]).unwrap();
    book.fill(arrays).unwrap();
    book.finish().remove(0)
}

fn refusal(spec: Spec, arrays: &[ArrayRef]) -> String {
    let mut book = Book::new(vec![spec]).unwrap();
    book.fill(arrays).unwrap_err().to_string()
}

#[test]
fn every_element_fills_with_the_weight_of_its_event() {
    let x = lists(&[&[0.5, 1.5], &[], &[0.5, 7.0], &[-1.0]]);
    let weight = doubles(&[2.0, 100.0, 3.0, 5.0]);

    let histogram = filled(weighted(), &[x, weight]);

    assert_eq!(histogram.kind, BinKind::Weighted);
    assert_eq!(histogram.values, [5.0, 5.0, 2.0, 3.0]);
    assert_eq!(histogram.variances, [25.0, 13.0, 4.0, 9.0]);
    assert_eq!(histogram.entries, 5);
}

#[test]
fn a_list_of_weights_goes_along_with_a_value_of_the_event() {
    let histogram = filled(
        weighted(),
        &[doubles(&[0.5, 1.5]), lists(&[&[1.0, 2.0], &[4.0]])],
    );

    assert_eq!(histogram.values, [0.0, 3.0, 4.0, 0.0]);
}

#[rstest]
#[case::shorter(lists(&[&[1.0], &[2.0]]), "x has 2 values and weight has 1")]
#[case::longer(lists(&[&[1.0, 1.0], &[2.0]]), "x has 0 values and weight has 1")]
fn lists_of_other_lengths_are_refused_with_the_row(#[case] weight: ArrayRef, #[case] why: &str) {
    let row = if why.starts_with("x has 2") {
        "in row 0"
    } else {
        "in row 1"
    };

    let message = refusal(weighted(), &[lists(&[&[0.5, 1.5], &[]]), weight]);

    assert!(message.contains(why) && message.contains(row), "{message}");
}

#[rstest]
#[case::per_event(truths(&[true, false]), [0.0, 2.0, 1.0, 0.0])]
#[case::per_element(
    Arc::new(ListArray::new(
        Arc::new(arrow::datatypes::Field::new_list_field(arrow::datatypes::DataType::Boolean, true)),
        arrow::buffer::OffsetBuffer::from_lengths([3, 1]),
        truths(&[false, true, false, true]),
        None,
    )) as ArrayRef,
    [0.0, 1.0, 0.0, 1.0]
)]
#[case::null_is_false(Arc::new(BooleanArray::from(vec![None, Some(true)])), [0.0, 0.0, 0.0, 1.0])]
fn a_mask_says_what_is_filled(#[case] mask: ArrayRef, #[case] bins: [f64; 4]) {
    let histogram = filled(masked(), &[lists(&[&[0.5, 0.5, 1.5], &[9.0]]), mask]);

    assert_eq!(histogram.values, bins);
    assert_eq!(histogram.missing, 0);
}

#[test]
fn nulls_are_missing_unless_masked() {
    let x = Arc::new(Float32Array::from(vec![Some(0.5), None, None, Some(1.5)]));
    let weight = Arc::new(Float64Array::from(vec![
        Some(1.0),
        Some(1.0),
        Some(1.0),
        None,
    ]));
    let mask = truths(&[true, true, false, true]);
    let spec = Spec {
        mask: Some(2),
        ..weighted()
    };

    let histogram = filled(spec, &[x, weight, mask]);

    assert_eq!(histogram.values, [0.0, 1.0, 0.0, 0.0]);
    assert_eq!((histogram.entries, histogram.missing), (1, 2));
}

#[test]
fn nan_is_counted_apart_in_every_axis_and_with_its_weight() {
    let axes = vec![two_bins(), two_bins()];
    let spec = Spec {
        weight: Some(2),
        ..Spec::counting(axes)
    };
    let x = doubles(&[0.5, f64::NAN, 1.5, f64::INFINITY]);
    let y = doubles(&[1.5, 0.5, f64::NAN, f64::NEG_INFINITY]);

    let histogram = filled(spec, &[x, y, doubles(&[1.0, 2.0, 3.0, 4.0])]);

    let mut bins = [0.0; 16];
    bins[4 + 2] = 1.0;
    bins[3 * 4] = 4.0;
    assert_eq!(histogram.values, bins);
    assert_eq!((histogram.nan, histogram.entries), (5.0, 4));
}

#[test]
fn names_and_integers_have_their_bins() {
    let texts = StringArray::from(vec!["mu", "e", "tau", "mu"]);
    let names = Axis::names(vec!["e".into(), "mu".into()]).unwrap();
    let dictionary: DictionaryArray<Int32Type> = ["mu", "e", "tau", "mu"].into_iter().collect();
    for texts in [Arc::new(texts) as ArrayRef, Arc::new(dictionary)] {
        let histogram = filled(Spec::counting(vec![names.clone()]), &[texts]);
        assert_eq!(histogram.values, [1.0, 2.0, 1.0]);
    }

    let integers = Axis::integers(vec![11, 13]).unwrap();
    let ids = Arc::new(Int32Array::from(vec![13, -13, 11, 13]));
    let histogram = filled(Spec::counting(vec![integers]), &[ids]);
    assert_eq!(histogram.values, [1.0, 2.0, 1.0]);
}

#[test]
fn a_profile_holds_means_and_variances() {
    let spec = Spec {
        sample: Some(1),
        ..Spec::counting(vec![two_bins()])
    };
    let x = doubles(&[0.5, 0.5, 0.5, 1.5, 1.5]);
    let y = doubles(&[1.0, 2.0, 4.0, 9.0, f64::NAN]);

    let histogram = filled(spec.clone(), &[Arc::clone(&x), Arc::clone(&y)]);

    assert_eq!(histogram.kind, BinKind::Mean);
    assert_eq!(histogram.weights, [0.0, 3.0, 1.0, 0.0]);
    assert_eq!(histogram.values, [0.0, 7.0 / 3.0, 9.0, 0.0]);
    assert!((histogram.variances[1] - 7.0 / 3.0).abs() < 1e-12);
    assert_eq!((histogram.variances[2], histogram.nan), (0.0, 1.0));

    // As boost-histogram: fill([0.5, 1, 1], sample=[1, 2, 3], weight=[1, 2, 3]).
    let weighted = Spec {
        weight: Some(2),
        ..spec
    };
    let weights = doubles(&[1.0, 2.0, 3.0]);
    let (x, y) = (doubles(&[0.5, 1.0, 1.0]), doubles(&[1.0, 2.0, 3.0]));
    let histogram = filled(weighted, &[x, y, weights]);
    assert_eq!(histogram.values, [0.0, 1.0, 2.6, 0.0]);
    assert_eq!(histogram.squared_weights, [0.0, 1.0, 13.0, 0.0]);
    assert!((histogram.variances[2] - 0.5).abs() < 1e-12);
}

#[test]
fn slices_and_null_lists_and_large_lists_fill_what_they_show() {
    let all = lists(&[&[9.0], &[0.5], &[1.5, 1.5], &[9.0]]);
    let histogram = filled(Spec::counting(vec![two_bins()]), &[all.slice(1, 2)]);
    assert_eq!(histogram.values, [0.0, 1.0, 2.0, 0.0]);

    // The null list has elements below it.
    let whole = all.as_any().downcast_ref::<ListArray>().unwrap();
    let (item, offsets, values, _) = whole.clone().into_parts();
    let nulls = vec![false, true, true, false].into();
    let hidden = ListArray::new(item, offsets, values, Some(nulls));
    let histogram = filled(Spec::counting(vec![two_bins()]), &[Arc::new(hidden)]);
    assert_eq!(histogram.values, [0.0, 1.0, 2.0, 0.0]);

    let large = LargeListArray::from_iter_primitive::<Float64Type, _, _>([Some([Some(0.5)])]);
    let histogram = filled(Spec::counting(vec![two_bins()]), &[Arc::new(large)]);
    assert_eq!(histogram.values, [0.0, 1.0, 0.0, 0.0]);
}

#[rstest]
#[case::texts_on_numbers(Spec::counting(vec![two_bins()]), Arc::new(StringArray::from(vec!["a"])), "an axis of numbers cannot be filled with texts")]
#[case::mask_of_numbers(masked(), doubles(&[1.0]), "the mask must be boolean")]
#[case::too_few_columns(Spec { coordinates: vec![9], ..weighted() }, doubles(&[1.0]), "it needs column 9, but only 2 are given")]
#[case::other_rows(weighted(), doubles(&[1.0, 2.0]), "x has 2 events and weight has 1")]
#[case::dates(weighted(), Arc::new(arrow::array::Date32Array::from(vec![1])), "does not work on Date32")]
fn a_column_that_does_not_fit_is_refused(
    #[case] spec: Spec,
    #[case] x: ArrayRef,
    #[case] why: &str,
) {
    let message = refusal(spec, &[x, doubles(&[1.0])]);

    assert!(message.contains(why), "{message}");
}

#[test]
fn broken_states_are_refused() {
    let mut book = Book::new(vec![weighted()]).unwrap();
    book.fill(&[doubles(&[0.5, f64::NAN]), doubles(&[0.1, f64::INFINITY])])
        .unwrap();
    let state = book.state();
    let mut other = Book::new(vec![masked()]).unwrap();

    assert!(other.merge(&state).is_err());
    for end in 0..state.len() {
        assert!(book.merge(&state[..end]).is_err(), "cut at {end}");
    }
    let mut newer = state.clone();
    newer[0] = 99;
    let message = book.merge(&newer).unwrap_err().to_string();
    assert!(message.contains("another version"), "{message}");
}

/// Weights that a sum of doubles in another order would round differently.
fn weight() -> impl Strategy<Value = f64> {
    prop_oneof![
        -1.0..2.0_f64,
        any::<f32>().prop_map(f64::from),
        Just(1e-300),
        Just(0.1)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_mask_fills_as_if_the_other_events_were_not_there(
        mut events in prop::collection::vec((prop::collection::vec(-1.0..4.0_f64, 0..4), weight(), 0..9), 0..400),
        long in 0..400_usize,
    ) {
        // A list that is longer than a chunk.
        if let Some((x, ..)) = events.get_mut(long) {
            *x = vec![0.5; 3000];
        }
        let columns = |events: &[&(Vec<f64>, f64, i32)]| {
            let x: Vec<&[f64]> = events.iter().map(|(x, ..)| x.as_slice()).collect();
            let weights: Vec<_> = events.iter().map(|(_, weight, _)| *weight).collect();
            let keep: Vec<_> = events.iter().map(|(.., number)| *number == 0).collect();
            [lists(&x), doubles(&weights), truths(&keep)]
        };
        let of_lists = Spec { mask: Some(2), ..weighted() };
        let of_events = Spec { coordinates: vec![1], ..of_lists.clone() };
        let mut masked = Book::new(vec![of_lists, of_events]).unwrap();
        let mut alone = masked.clone();

        masked.fill(&columns(&events.iter().collect::<Vec<_>>())).unwrap();
        let kept: Vec<_> = events.iter().filter(|(.., number)| *number == 0).collect();
        alone.fill(&columns(&kept)).unwrap();

        prop_assert_eq!(masked.state(), alone.state());
    }

    #[test]
    fn parts_merge_to_the_whole_to_the_last_bit(
        events in prop::collection::vec((-1.0..4.0_f64, weight()), 0..3000),
        cuts in prop::collection::vec(0..3000_usize, 0..4),
    ) {
        let profile = Spec { sample: Some(1), ..weighted() };
        let specs = vec![weighted(), Spec::counting(vec![two_bins()]), profile];
        let columns = |events: &[(f64, f64)]| {
            let (x, weight): (Vec<_>, Vec<_>) = events.iter().copied().unzip();
            [doubles(&x), doubles(&weight)]
        };
        let mut whole = Book::new(specs.clone()).unwrap();
        whole.fill(&columns(&events)).unwrap();

        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut % (events.len() + 1)).collect();
        cuts.push(0);
        cuts.sort_unstable();
        let mut merged = Book::new(specs.clone()).unwrap();
        let mut end = events.len();
        for cut in cuts.into_iter().rev() {
            let mut part = Book::new(specs.clone()).unwrap();
            part.fill(&columns(&events[cut..end])).unwrap();
            merged.merge(&part.state()).unwrap();
            end = cut;
        }

        prop_assert_eq!(merged.state(), whole.state());
        // By their text, because NaN is not equal to itself.
        prop_assert_eq!(format!("{:?}", merged.finish()), format!("{:?}", whole.finish()));
    }

    #[test]
    fn structs_and_histograms_are_the_same(counts in prop::collection::vec(0.0..3.0_f64, 0..9)) {
        let axes = vec![
            two_bins(),
            Axis::variable(vec![0.0, 0.1, 5.0]).unwrap(),
            Axis::integers(vec![0, -7]).unwrap(),
        ];
        let profile = Spec { coordinates: vec![0; 3], sample: Some(0), weight: Some(0), ..Spec::counting(axes) };
        let mut book = Book::new(vec![profile, Spec::counting(vec![two_bins()])]).unwrap();
        book.fill(&[doubles(&counts)]).unwrap();
        let histograms = book.finish();

        let structs = structs_of(&histograms).unwrap();

        for (row, histogram) in histograms.into_iter().enumerate() {
            prop_assert_eq!(Histogram::from_struct(&structs, row).unwrap(), Some(histogram));
        }
        prop_assert!(Histogram::from_struct(&structs, 2).is_err());
    }
}
