//! Asking for pages, reading in pieces, sharing what is read.

use std::collections::HashSet;
use std::ops::Range;

use arrow::array::{Array, AsArray};
use arrow::compute::concat;
use arrow::datatypes::DataType;

use super::{FieldLayout, FileReader, Pages, cluster, column, list, number};
use crate::rntuple::elements::Encoding;
use crate::shared::SharedOffsets;

/// Five entries in three clusters, one of them empty; their pages end inside lists.
fn jagged(pages: &mut Pages) -> FieldLayout {
    let offsets = pages.offsets(&[&[&[2, 2], &[5]], &[], &[&[1], &[4]]]);
    let items = pages.floats(&[
        &[&[1.0], &[2.0, 3.0, 4.0], &[5.0]],
        &[],
        &[&[6.0, 7.0], &[8.0, 9.0]],
    ]);
    list(&offsets, number(&items, DataType::Float32))
}

/// Every way to cut `0..5` into ranges.
fn all_cuts() -> impl Iterator<Item = Vec<Range<u64>>> {
    (0..16_u64).map(|cuts| {
        let inner = (1..5).filter(move |at| cuts >> (at - 1) & 1 == 1);
        let ends: Vec<u64> = inner.chain([5]).collect();
        let starts = std::iter::once(0).chain(ends.clone());
        starts.zip(ends).map(|(start, end)| start..end).collect()
    })
}

fn assert_asked_once(reader: &FileReader) {
    let mut seen = HashSet::new();
    assert!(reader.asked.iter().all(|range| seen.insert(range.start)));
}

#[test]
fn any_cut_into_batches_gives_the_same_values() {
    let mut pages = Pages::default();
    let layout = jagged(&mut pages);
    let whole = pages.reader(layout.clone()).read(0..5).unwrap();

    for cut in all_cuts() {
        for ahead in [true, false] {
            let mut reader = pages.reader(layout.clone());
            if ahead {
                reader.feed(0..5).unwrap();
            }
            let batches: Vec<_> = cut
                .iter()
                .map(|entries| reader.read(entries.clone()).unwrap())
                .collect();

            let batches: Vec<&dyn Array> = batches.iter().map(AsRef::as_ref).collect();
            assert_eq!(&concat(&batches).unwrap(), &whole, "{cut:?}");
            assert_asked_once(&reader);
            assert_eq!(reader.pages.unpacked_pages(), 9, "{cut:?}");
        }
    }
}

#[test]
fn entries_may_be_left_out() {
    let mut pages = Pages::default();
    let layout = jagged(&mut pages);
    let whole = pages.reader(layout.clone()).read(0..5).unwrap();

    for start in 0..5_u32 {
        for end in start..=5 {
            let mut reader = pages.reader(layout.clone());
            let batch = reader.read(start.into()..end.into()).unwrap();
            let later = (end < 5).then(|| reader.read(4..5).unwrap());

            let (first, count) = (start as usize, (end - start) as usize);
            assert_eq!(&batch, &whole.slice(first, count));
            assert!(later.is_none_or(|later| later == whole.slice(4, 1)));
            let list = batch.as_list::<i32>();
            let items = list.offsets().last().map(|&last| usize::try_from(last));
            assert_eq!(items, Some(Ok(list.values().len())), "{start}..{end}");
        }
    }
}

#[test]
fn items_are_asked_for_once_their_offsets_are_known() {
    let mut pages = Pages::default();
    let layout = jagged(&mut pages);
    let mut reader = pages.reader(layout);

    let of_offsets = reader.pages.pages_wanted(2..4).unwrap();
    reader.give(&of_offsets);
    let of_items = reader.pages.pages_wanted(2..4).unwrap();

    // Pages lie one after the other: four of offsets, then five of items.
    assert_eq!(of_offsets.len(), 3, "the first says where entry 2 begins");
    assert_eq!(of_items.len(), 3, "items 2..5, then 0..1");
    assert!(of_items.is_sorted_by_key(|range| range.start));
    assert!(of_offsets.iter().all(|range| range.end < of_items[0].start));
}

#[test]
fn pages_that_were_read_are_not_asked_for_again() {
    let mut pages = Pages::default();
    let layout = jagged(&mut pages);
    let mut reader = pages.reader(layout);
    reader.read(0..3).unwrap();
    let before = reader.asked.len();

    reader.feed(0..3).unwrap();

    assert_eq!(reader.asked.len(), before);
}

#[test]
fn pages_in_the_same_place_are_asked_for_once() {
    let mut pages = Pages::default();
    let place = pages.page(vec![5, 6]);
    let same = vec![(2, place.clone()), (2, place)];
    let layout = number(
        &column(vec![cluster(Encoding::UInt8, same)]),
        DataType::UInt8,
    );
    let mut reader = pages.reader(layout);

    let array = reader.read(0..4).unwrap();

    assert_eq!(
        array.as_primitive::<arrow::datatypes::UInt8Type>().values()[..],
        [5, 6, 5, 6]
    );
    assert_eq!(reader.asked.len(), 1);
}

#[test]
fn columns_of_the_same_lists_share_their_offsets() {
    let mut pages = Pages::default();
    let offsets = pages.offsets(&[&[&[2, 2, 3]]]);
    let pt = pages.floats(&[&[&[1.0, 2.0, 3.0]]]);
    let eta = pages.floats(&[&[&[4.0, 5.0, 6.0]]]);
    let of = |items| list(&offsets, number(items, DataType::Float32));
    let mut pt = pages.counted(of(&pt), Some(7));
    let mut eta = pages.counted(of(&eta), Some(7));
    let mut shared = SharedOffsets::default();

    for entries in [0..2, 2..3] {
        let pt = pt.read_sharing(entries.clone(), &mut shared).unwrap();
        let eta = eta.read_sharing(entries, &mut shared).unwrap();

        let (pt, eta) = (pt.as_list::<i32>(), eta.as_list::<i32>());
        assert!(pt.offsets().ptr_eq(eta.offsets()));
        assert_eq!(eta.values().len(), pt.values().len());
    }
}

#[test]
fn offsets_that_another_column_has_read_are_left_packed() {
    let mut pages = Pages::default();
    let offsets = pages.offsets(&[&[&[2, 2, 3], &[5]]]);
    let items = pages.floats(&[&[&[1.0, 2.0, 3.0, 4.0, 5.0]]]);
    let of = || list(&offsets, number(&items, DataType::Float32));
    let mut first = pages.counted(of(), Some(7));
    let mut second = pages.counted(of(), Some(7));
    let mut alone = pages.counted(of(), Some(7));
    let mut shared = SharedOffsets::default();

    let of_first = first.read_sharing(1..4, &mut shared).unwrap();
    let of_second = second.read_sharing(1..4, &mut shared).unwrap();
    let of_alone = alone.read(1..4).unwrap();

    assert_eq!(&of_first, &of_second);
    assert_eq!(&of_first, &of_alone);
    assert_eq!(first.pages.unpacked_pages(), 3);
    assert_eq!(second.pages.unpacked_pages(), 1, "that of the items");
    assert_eq!(alone.pages.unpacked_pages(), 3);
}

#[test]
fn offsets_of_other_lists_are_refused() {
    let mut pages = Pages::default();
    let two = pages.offsets(&[&[&[2]]]);
    let three = pages.offsets(&[&[&[3]]]);
    let items = pages.floats(&[&[&[1.0, 2.0, 3.0]]]);
    let of = |offsets| list(offsets, number(&items, DataType::Float32));
    let mut shared = SharedOffsets::default();
    let mut first = pages.counted(of(&two), Some(7));
    let mut second = pages.counted(of(&three), Some(7));

    first.read_sharing(0..1, &mut shared).unwrap();
    let error = second.read_sharing(0..1, &mut shared).unwrap_err();

    assert!(
        error.to_string().contains("has 3 items where another"),
        "{error}"
    );
}
