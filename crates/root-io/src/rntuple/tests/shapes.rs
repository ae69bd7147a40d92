//! Every way a field is made of columns.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringArray, UInt32Array};
use arrow::datatypes::{DataType, Int16Type};
use arrow::util::display::{ArrayFormatter, FormatOptions};

use super::{FieldLayout, Pages, PhysicalColumn, cluster, column, list, number};
use crate::error::RootError;
use crate::rntuple::elements::Encoding;
use crate::rntuple::layout::PagePlace;

/// The values as text, one after the other.
fn shown(array: &ArrayRef) -> String {
    let options = FormatOptions::new().with_null("null");
    let format = ArrayFormatter::try_new(array, &options).unwrap();
    let values = (0..array.len()).map(|i| format.value(i).to_string());
    values.collect::<Vec<_>>().join(" ")
}

/// Reads all entries and, for the same, one by one; also checks that the type is as described.
fn read_all(pages: &Pages, layout: &FieldLayout, entries: u64) -> ArrayRef {
    let array = pages.reader(layout.clone()).read(0..entries).unwrap();
    let mut reader = pages.reader(layout.clone());
    let each: Vec<String> = (0..entries)
        .map(|entry| shown(&reader.read(entry..entry + 1).unwrap()))
        .collect();

    assert_eq!(each.join(" "), shown(&array));
    assert_eq!(*array.data_type(), layout.data_type(false));
    array
}

fn text(offsets: &Arc<PhysicalColumn>, bytes: &Arc<PhysicalColumn>) -> FieldLayout {
    FieldLayout::Text {
        offsets: Arc::clone(offsets),
        bytes: Arc::clone(bytes),
    }
}

#[test]
fn lists_of_lists_of_numbers() {
    let mut pages = Pages::default();
    let outer = pages.offsets(&[&[&[2], &[2, 3]], &[&[1]]]);
    let inner = pages.offsets(&[&[&[1], &[3, 3]], &[&[2]]]);
    let items = pages.floats(&[&[&[1.0, 2.0], &[3.0]], &[&[4.0, 5.0]]]);
    let layout = list(&outer, list(&inner, number(&items, DataType::Float32)));

    let array = read_all(&pages, &layout, 4);

    assert_eq!(shown(&array), "[[1.0], [2.0, 3.0]] [] [[]] [[4.0, 5.0]]");
}

#[test]
fn strings_and_lists_of_strings() {
    let mut pages = Pages::default();
    let lists = pages.offsets(&[&[&[1, 3]], &[&[0]]]);
    let ends = pages.offsets(&[&[&[4, 4, 6]], &[]]);
    let bytes = pages.text(&[&["muon", "ab"], &[]]);

    let strings = read_all(&pages, &text(&ends, &bytes), 3);
    let lists = read_all(&pages, &list(&lists, text(&ends, &bytes)), 3);

    assert_eq!(
        strings.as_string(),
        &StringArray::from(vec!["muon", "", "ab"])
    );
    assert_eq!(shown(&lists), "[muon] [, ab] []");
}

#[test]
fn text_that_is_not_utf8_is_told_apart() {
    let mut pages = Pages::default();
    let ends = pages.offsets(&[&[&[1]]]);
    let bytes = pages.column(Encoding::Char, &[&[&[0xe9_u8]]], |&byte| vec![byte]);

    let outcome = pages.reader(text(&ends, &bytes)).read(0..1);

    assert!(matches!(outcome, Err(RootError::NotUtf8 { .. })));
}

#[test]
fn bits_and_sets_of_bits() {
    let mut pages = Pages::default();
    let place = pages.page(vec![0b1010_0110, 0b0000_0011]);
    let bits = column(vec![cluster(Encoding::Bit, vec![(10, place)])]);
    let sets = FieldLayout::Array {
        length: 5,
        item: Box::new(number(&bits, DataType::Boolean)),
    };

    let sets = read_all(&pages, &sets, 2);
    let bits = read_all(&pages, &number(&bits, DataType::Boolean), 10);

    let t_and_f = shown(&bits).replace("true", "t").replace("false", "f");
    assert_eq!(t_and_f, "f t t f f t f t t t");
    assert_eq!(
        shown(&sets),
        "[false, true, true, false, false] [true, false, true, true, true]"
    );
}

#[test]
fn arrays_of_classes_and_arrays_of_nothing() {
    let mut pages = Pages::default();
    let x = pages.floats(&[&[&[1.0], &[2.0]], &[&[3.0, 4.0]]]);
    let nothing = FieldLayout::Array {
        length: 0,
        item: Box::new(number(&x, DataType::Float32)),
    };
    let members = vec![
        ("x".to_owned(), number(&x, DataType::Float64)),
        ("nothing".to_owned(), nothing),
    ];
    let layout = FieldLayout::Array {
        length: 2,
        item: Box::new(FieldLayout::Record { members }),
    };

    let array = read_all(&pages, &layout, 2);

    assert_eq!(
        shown(&array),
        "[{x: 1.0, nothing: []}, {x: 2.0, nothing: []}] \
         [{x: 3.0, nothing: []}, {x: 4.0, nothing: []}]"
    );
}

#[test]
fn missing_values_hold_defaults() {
    let mut pages = Pages::default();
    let is_there = pages.offsets(&[&[&[0, 1], &[1, 2]], &[&[1]]]);
    let ends = pages.offsets(&[&[&[2, 3]], &[&[1]]]);
    let x = pages.floats(&[&[&[1.0, 2.0, 3.0]], &[&[4.0]]]);
    let optional = |item| FieldLayout::Optional {
        offsets: Arc::clone(&is_there),
        item: Box::new(item),
    };

    let reals = read_all(&pages, &optional(number(&x, DataType::Float32)), 5);
    let lists = optional(list(&ends, number(&x, DataType::Float32)));
    let lists = read_all(&pages, &lists, 5);

    assert_eq!(shown(&reals), "null 1.0 null 2.0 4.0");
    let values = reals
        .as_primitive::<arrow::datatypes::Float32Type>()
        .values();
    assert_eq!(values[..], [0.0, 1.0, 0.0, 2.0, 4.0]);
    assert_eq!(shown(&lists), "null [1.0, 2.0] null [3.0] [4.0]");
    assert_eq!(lists.as_list::<i32>().values().len(), 4);
}

/// Alternative and index, as a page stores them.
fn switch_bytes(&(alternative, index): &(u32, u64)) -> Vec<u8> {
    [&index.to_le_bytes()[..], &alternative.to_le_bytes()].concat()
}

#[test]
fn variants_hold_one_of_their_alternatives_or_none() {
    let mut pages = Pages::default();
    let switch = pages.column(
        Encoding::Switch,
        &[&[&[(2, 0), (1, 0)], &[(0, 0), (2, 1)]], &[&[(2, 0)]]],
        switch_bytes,
    );
    let x = pages.floats(&[&[&[1.5]], &[]]);
    let ends = pages.offsets(&[&[&[2, 3]], &[&[1]]]);
    let bytes = pages.text(&[&["mue"], &["t"]]);
    let variant = FieldLayout::Variant {
        switch,
        alternatives: vec![number(&x, DataType::Float32), text(&ends, &bytes)],
    };
    let is_there = pages.offsets(&[&[&[1, 1, 2, 3, 4]], &[&[1]]]);
    let optional = FieldLayout::Optional {
        offsets: is_there,
        item: Box::new(variant.clone()),
    };

    let variants = read_all(&pages, &variant, 5);
    let optional = read_all(&pages, &optional, 6);

    assert_eq!(
        shown(&variants),
        "{_1=mu} {_0=1.5} {none=null} {_1=e} {_1=t}"
    );
    assert_eq!(
        shown(&optional),
        "{_1=mu} {none=null} {_0=1.5} {none=null} {_1=e} {_1=t}"
    );
}

#[test]
fn the_number_of_items_is_read_without_the_items() {
    let mut pages = Pages::default();
    let offsets = pages.offsets(&[&[&[2, 2], &[5]], &[&[1]]]);
    let layout = FieldLayout::Cardinality {
        offsets,
        data_type: DataType::UInt32,
    };

    let counts = read_all(&pages, &layout, 4);

    assert_eq!(counts.as_primitive(), &UInt32Array::from(vec![2, 0, 3, 1]));
}

#[test]
fn numbers_become_wider_and_differ_in_encoding_from_cluster_to_cluster() {
    let mut pages = Pages::default();
    let narrow = pages.page(vec![0xff, 7]);
    let zigzag = pages.page(vec![1, 2, 0, 1]);
    let layout = number(
        &column(vec![
            cluster(Encoding::Int8, vec![(2, narrow)]),
            cluster(Encoding::SplitInt16, vec![(2, zigzag)]),
            cluster(Encoding::Int16, vec![(1, PagePlace::Zero)]),
        ]),
        DataType::Int16,
    );

    let array = read_all(&pages, &layout, 5);

    assert_eq!(
        array.as_primitive::<Int16Type>().values()[..],
        [-1, 7, -1, 129, 0]
    );
}

#[test]
fn differences_are_summed_up_in_each_page() {
    let mut pages = Pages::default();
    // 2, then 1 more; 3, then 256 more: bytes of the same significance together.
    let first = pages.page(vec![2, 1, 0, 0, 0, 0, 0, 0]);
    let second = pages.page(vec![3, 0, 0, 1, 0, 0, 0, 0]);
    let layout = FieldLayout::Cardinality {
        offsets: column(vec![cluster(
            Encoding::SplitIndex32,
            vec![(2, first), (2, second)],
        )]),
        data_type: DataType::UInt64,
    };

    let counts = read_all(&pages, &layout, 4);

    assert_eq!(shown(&counts), "2 1 0 256");
}
