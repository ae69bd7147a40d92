//! Pages that are not as promised.

use std::sync::Arc;

use arrow::datatypes::DataType;

use super::{FieldLayout, Pages, PhysicalColumn, cluster, column, list, number};
use crate::rntuple::elements::Encoding;
use crate::rntuple::layout::PagePlace;

/// Lists of three floats with these offsets.
fn lists_of(pages: &mut Pages, offsets: &[&[u64]]) -> FieldLayout {
    let offsets = pages.offsets(&[offsets]);
    let items = pages.floats(&[&[&[1.0, 2.0, 3.0]]]);
    list(&offsets, number(&items, DataType::Float32))
}

#[test]
fn offsets_that_decrease_are_refused() {
    for offsets in [&[&[2_u64, 1][..]][..], &[&[2], &[1]]] {
        let mut pages = Pages::default();
        let layout = lists_of(&mut pages, offsets);

        let message = pages.reader(layout).error(0..2);

        assert!(
            message.contains("offsets decrease from 2 to 1"),
            "{message}"
        );
    }
}

#[test]
fn lists_of_more_items_than_there_are_are_refused() {
    for end in [4, 1 << 40, u64::MAX] {
        let mut pages = Pages::default();
        let layout = lists_of(&mut pages, &[&[2, end]]);

        let message = pages.reader(layout).error(0..2);

        assert!(
            message.contains("of cluster 0 are wanted, it has 3"),
            "{message}"
        );
    }
}

#[test]
fn a_value_that_is_there_twice_is_refused() {
    let mut pages = Pages::default();
    let offsets = pages.offsets(&[&[&[1, 3]]]);
    let items = pages.floats(&[&[&[1.0, 2.0, 3.0]]]);
    let layout = FieldLayout::Optional {
        offsets,
        item: Box::new(number(&items, DataType::Float32)),
    };

    let message = pages.reader(layout).error(0..2);

    assert!(message.ends_with("is there 2 times"), "{message}");
}

fn variants_of(pages: &mut Pages, switches: &[(u32, u64)]) -> FieldLayout {
    let switch = pages.column(Encoding::Switch, &[&[switches]], |(alternative, index)| {
        [&index.to_le_bytes()[..], &alternative.to_le_bytes()].concat()
    });
    let items = pages.floats(&[&[&[1.0, 2.0]]]);
    FieldLayout::Variant {
        switch,
        alternatives: vec![number(&items, DataType::Float32)],
    }
}

#[test]
fn a_variant_must_be_one_of_its_alternatives() {
    for (switches, why) in [
        (
            &[(1, 0), (2, 0)],
            "value 0 of alternative 2, but there are 1",
        ),
        (
            &[(1, 1), (1, 2)],
            "elements 1 to 3 of cluster 0 are wanted, it has 2",
        ),
        (
            &[(1, 0), (1, 0)],
            "value 0 of alternative 1, but value 1 should come next",
        ),
        (&[(0, 9), (1, u64::MAX)], "but no cluster is so large"),
    ] {
        let mut pages = Pages::default();
        let layout = variants_of(&mut pages, switches);

        let message = pages.reader(layout).error(0..2);

        assert!(message.contains(why), "{message}");
    }
}

#[test]
fn a_flipped_bit_is_noticed_and_later_reads_say_so() {
    let mut pages = Pages::default();
    let x = pages.floats(&[&[&[1.0, 2.0]]]);
    pages.file[5] ^= 1;
    let mut reader = pages.reader(number(&x, DataType::Float32));

    let first = reader.error(0..1);
    let second = reader.error(1..2);

    assert!(
        first.starts_with("malformed page at byte 3: its checksum"),
        "{first}"
    );
    assert!(second.contains("an earlier read failed"), "{second}");
}

#[test]
fn pages_that_were_not_given_are_missed() {
    let mut pages = Pages::default();
    let x = pages.floats(&[&[&[1.0, 2.0]]]);
    let mut reader = pages.reader(number(&x, DataType::Float32));

    let error = reader
        .pages
        .read(0..2, &mut crate::SharedOffsets::default());

    assert_eq!(
        error.unwrap_err().to_string(),
        "malformed page at byte 3: its bytes were not given"
    );
}

#[test]
fn entries_there_are_not_are_refused() {
    let mut pages = Pages::default();
    let x = pages.floats(&[&[&[1.0, 2.0]], &[&[3.0]]]);
    let mut reader = pages.reader(number(&x, DataType::Float32));

    let message = reader.error(1..5);

    assert!(
        message.contains("no page holds entry 4, there are 3"),
        "{message}"
    );
}

#[test]
fn numbers_that_do_not_fit_are_refused() {
    let mut pages = Pages::default();
    let place = pages.page(vec![1, 0, 0x80, 0]);
    let wide = column(vec![cluster(Encoding::Int16, vec![(2, place)])]);
    let mut reader = pages.reader(number(&wide, DataType::Int8));

    let message = reader.error(0..2);

    assert_eq!(message, "malformed page at byte 3: 128 is no i8");
}

#[test]
fn elements_of_another_kind_are_refused() {
    let mut pages = Pages::default();
    let x = pages.floats(&[&[&[1.0, 2.0]]]);
    let as_bits = pages.reader(number(&x, DataType::Boolean)).error(0..1);
    let as_whole = pages.reader(number(&x, DataType::Int32)).error(0..1);
    let as_offsets = list(&x, number(&x, DataType::Float32));
    let as_offsets = pages.reader(as_offsets).error(0..1);

    assert!(
        as_bits.ends_with("stored as Real32, not as bits"),
        "{as_bits}"
    );
    assert!(as_whole.ends_with("not as whole numbers"), "{as_whole}");
    assert!(as_offsets.ends_with("not as offsets"), "{as_offsets}");
}

/// A column of any number of elements that no page holds.
fn zeros(elements: u64) -> Arc<PhysicalColumn> {
    column(vec![cluster(
        Encoding::Real32,
        vec![(elements, PagePlace::Zero)],
    )])
}

#[test]
fn elements_without_a_page_do_not_fill_the_memory() {
    let absurd = FieldLayout::Array {
        length: 1 << 30,
        item: Box::new(number(&zeros(1 << 60), DataType::Float32)),
    };

    let message = Pages::default().reader(absurd).error(0..1000);

    assert!(message.contains("elements without a page"), "{message}");
}

#[test]
fn a_column_of_fewer_clusters_is_refused() {
    let mut pages = Pages::default();
    let offsets = pages.offsets(&[&[&[1]], &[&[1]]]);
    let items = pages.floats(&[&[&[1.0]]]);
    let mut reader = pages.reader(list(&offsets, number(&items, DataType::Float32)));

    let message = reader.error(0..2);

    assert!(
        message.contains("it has 1 clusters, none of number 1"),
        "{message}"
    );
}
