//! `RNTuple`s that the project writes itself: their values, however they are packed and read.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float32Array, Float64Array, Int16Array, Int64Array,
    StringArray, UInt8Array,
};
use arrow::compute::concat;
use arrow::datatypes::{DataType, Float32Type, Float64Type, Int32Type};
use bytes::Bytes;
use hepframe_root_io::{ColumnReader, Result, SharedOffsets, Tree};
use hepframe_root_write::{
    Codec, Encoding, EqualPages, Field, FieldValues, Locators, NtupleOptions, OffsetWidth,
    PageChecksums, RealPacking,
};

use crate::fixture::{open_tree, part};
use crate::rntuple_fixture::file_of;

const ENTRIES: usize = 1000;

/// Feeds what is missing to read these entries; no range twice.
fn feed(file: &Bytes, reader: &mut ColumnReader, entries: &Range<u64>) -> Result<()> {
    let mut asked = HashSet::new();
    loop {
        let wanted = reader.pages_wanted(entries.clone())?;
        if wanted.is_empty() {
            return Ok(());
        }
        assert!(wanted.is_sorted_by(|a, b| a.end <= b.start), "{wanted:?}");
        for range in wanted {
            reader.feed_pages(range.start, part(file, &range));
            assert!(asked.insert(range.clone()), "{range:?} is asked for twice");
        }
    }
}

/// A column, read in batches of `batch` entries; pages are fed for `step` entries at once.
fn read(file: &Bytes, tree: &Tree, name: &str, batch: u64, step: u64) -> Result<ArrayRef> {
    let mut reader = ColumnReader::new(Arc::clone(tree.column(name).expect(name)), false);
    let mut batches = Vec::new();
    let mut at = 0;
    while at < tree.entries {
        let end = (at + batch).min(tree.entries);
        if at % step == 0 {
            feed(file, &mut reader, &(at..(at + step).min(tree.entries)))?;
        }
        batches.push(reader.read(at..end)?);
        at = end;
    }
    let batches: Vec<&dyn Array> = batches.iter().map(AsRef::as_ref).collect();
    Ok(concat(&batches).unwrap())
}

/// Ends of lists of 0, 1, 2, 3 items in turn.
fn offsets() -> Vec<usize> {
    let ends = (0..ENTRIES).scan(0, |end, entry| {
        *end += entry % 4;
        Some(*end)
    });
    std::iter::once(0).chain(ends).collect()
}

fn floats(count: usize) -> Vec<f32> {
    (0_u16..)
        .take(count)
        .map(|i| f32::from(i).sqrt() - 3.0)
        .collect()
}

fn fields() -> Vec<Field> {
    let offsets = offsets();
    let items = offsets[ENTRIES];
    let i64s: Vec<i64> = (-500..500).map(|i: i64| i * i * i * 40_503).collect();
    let i16s: Vec<i16> = (-500..500).collect();
    let text: Vec<String> = (0..ENTRIES).map(|i| "µ".repeat(i % 3)).collect();
    let present: Vec<bool> = (0..ENTRIES).map(|i| i % 3 == 1).collect();
    let there = present.iter().filter(|present| **present).count();
    let muon = FieldValues::record(
        "Muon",
        vec![
            Field::new("pt", floats(items)),
            Field::new("charge", (0..items).map(|i| i % 2 == 0).collect::<Vec<_>>()),
        ],
    );
    vec![
        Field::new("i64", i64s),
        Field::new("i16", i16s),
        Field::new(
            "f64",
            floats(ENTRIES)
                .into_iter()
                .map(f64::from)
                .collect::<Vec<_>>(),
        ),
        Field::new("text", FieldValues::text(&text)),
        Field::new("Muon", FieldValues::list(&offsets, muon)),
        Field::new("optional", FieldValues::optional(&present, floats(there))),
        Field::new("bytes", FieldValues::array(3, vec![7_u8; 3 * ENTRIES])),
    ]
}

/// Values of the lists, and that the lists are as long as they should be.
fn items_of(array: &ArrayRef) -> ArrayRef {
    let lists = array.as_list::<i32>();
    let ends = lists
        .offsets()
        .iter()
        .map(|&end| usize::try_from(end).unwrap());
    assert_eq!(ends.collect::<Vec<_>>(), offsets());
    Arc::clone(lists.values())
}

fn assert_as_written(read: impl Fn(&str) -> ArrayRef) {
    let i64s = (-500..500).map(|i: i64| i * i * i * 40_503);
    assert_eq!(
        read("i64").as_primitive(),
        &Int64Array::from_iter_values(i64s)
    );
    assert_eq!(
        read("i16").as_primitive(),
        &Int16Array::from_iter_values(-500..500)
    );
    let f64s = floats(ENTRIES).into_iter().map(f64::from);
    assert_eq!(
        read("f64").as_primitive(),
        &Float64Array::from_iter_values(f64s)
    );
    let text = (0..ENTRIES).map(|i| Some("µ".repeat(i % 3)));
    assert_eq!(read("text").as_string(), &text.collect::<StringArray>());
    let pts = items_of(&read("Muon.pt"));
    assert_eq!(pts.as_primitive(), &Float32Array::from(floats(pts.len())));
    let charges = items_of(&read("Muon.charge"));
    let signs: Vec<bool> = (0..pts.len()).map(|i| i % 2 == 0).collect();
    assert_eq!(charges.as_boolean(), &BooleanArray::from(signs));
    let mut there = floats(ENTRIES).into_iter();
    let optional = (0..ENTRIES).map(|i| (i % 3 == 1).then(|| there.next()).flatten());
    assert_eq!(
        read("optional").as_primitive(),
        &optional.collect::<Float32Array>()
    );
    let bytes = read("bytes");
    assert_eq!(
        bytes.as_fixed_size_list().values().as_primitive(),
        &UInt8Array::from(vec![7; 3 * ENTRIES])
    );
}

#[test]
fn values_are_the_same_however_they_are_packed_and_read() {
    let small = || {
        NtupleOptions::new()
            .elements_per_page(64)
            .entries_per_cluster(300)
    };
    for options in [
        NtupleOptions::new(),
        small().encoding(Encoding::Split),
        small().codec(Codec::Zstd(3)).encoding(Encoding::Split),
        small().codec(Codec::Lz4).offset_width(OffsetWidth::Bits32),
        small()
            .encoding(Encoding::Split)
            .offset_width(OffsetWidth::Bits32),
        small()
            .equal_pages(EqualPages::Shared)
            .checksums(PageChecksums::Absent),
        small().locators(Locators::Large).clusters_per_group(1),
    ] {
        let file = file_of(options.clone(), &fields());
        let tree = open_tree(&file, "dir/t").unwrap();

        for (batch, step) in [(1000, 1000), (7, 7), (7, 350), (128, 1024)] {
            assert_as_written(|name| {
                read(&file, &tree, name, batch, step)
                    .unwrap_or_else(|error| panic!("{name}: {error}, {options:?}"))
            });
        }
    }
}

#[test]
fn each_page_is_unpacked_once() {
    let options = NtupleOptions::new()
        .elements_per_page(100)
        .codec(Codec::Zstd(3));
    let file = file_of(options, &[Field::new("n", vec![5_i32; 1000])]);
    let tree = open_tree(&file, "dir/t").unwrap();
    let mut reader = ColumnReader::new(Arc::clone(tree.column("n").unwrap()), false);

    for start in (0..1000).step_by(8) {
        feed(&file, &mut reader, &(start..start + 8)).unwrap();
        let batch = reader.read(start..start + 8).unwrap();
        assert_eq!(batch.as_primitive::<Int32Type>().values()[..], [5; 8]);
    }

    assert_eq!(
        (reader.unpacked_baskets(), reader.unpacked_bytes()),
        (10, 4000)
    );
}

#[test]
fn columns_of_one_collection_share_their_offsets() {
    let file = file_of(NtupleOptions::new().elements_per_page(50), &fields());
    let tree = open_tree(&file, "dir/t").unwrap();
    let open = |name| ColumnReader::new(Arc::clone(tree.column(name).unwrap()), false);
    let (mut pt, mut charge) = (open("Muon.pt"), open("Muon.charge"));
    let mut shared = SharedOffsets::default();

    for entries in [0..90, 90..500, 700..1000] {
        feed(&file, &mut pt, &entries).unwrap();
        feed(&file, &mut charge, &entries).unwrap();
        let pt = pt.read_sharing(entries.clone(), &mut shared).unwrap();
        let charge = charge.read_sharing(entries, &mut shared).unwrap();

        let (pt, charge) = (pt.as_list::<i32>(), charge.as_list::<i32>());
        assert!(pt.offsets().ptr_eq(charge.offsets()));
        assert_eq!(pt.values().len(), charge.values().len());
    }
}

#[test]
fn numbers_of_fewer_bits_are_near_what_was_written() {
    let doubles: Vec<f64> = (0..ENTRIES).map(|i| (i as f64).sqrt()).collect();
    let singles = floats(ENTRIES);
    let quantised = RealPacking::Quantized {
        bits: 20,
        min: -4.0,
        max: 32.0,
    };
    // Largest error, as a part of the value and alone.
    for (packing, relative, absolute) in [
        (RealPacking::Half, 1.0 / 2048.0, 1e-7),
        (RealPacking::Truncated { bits: 16 }, 1.0 / 128.0, 0.0),
        (RealPacking::Truncated { bits: 31 }, 1e-6, 0.0),
        (quantised, 0.0, 36.0 / 1_048_575.0),
    ] {
        let options = NtupleOptions::new().elements_per_page(99);
        let fields = [
            Field::new("f64", FieldValues::packed(packing, doubles.clone())),
            Field::new("f32", FieldValues::packed(packing, singles.clone())),
        ];
        let file = file_of(options, &fields);
        let tree = open_tree(&file, "dir/t").unwrap();
        let near = |got: f64, wanted: f64| {
            let most = wanted.abs() * relative + absolute;
            assert!(
                (got - wanted).abs() <= most,
                "{packing:?}: {got} for {wanted}"
            );
        };

        let f64s = read(&file, &tree, "f64", 250, 250).unwrap();
        let f32s = read(&file, &tree, "f32", 13, 13).unwrap();

        let pairs = f64s
            .as_primitive::<Float64Type>()
            .values()
            .iter()
            .zip(&doubles);
        pairs.for_each(|(got, wanted)| near(*got, *wanted));
        let pairs = f32s
            .as_primitive::<Float32Type>()
            .values()
            .iter()
            .zip(&singles);
        pairs.for_each(|(got, wanted)| near(f64::from(*got), f64::from(*wanted)));
    }
}

#[test]
fn a_flipped_byte_of_a_page_is_an_error_with_the_branch() {
    let file = file_of(NtupleOptions::new(), &[Field::new("n", vec![5_i32; 10])]);
    let tree = open_tree(&file, "dir/t").unwrap();
    let column = tree.column("n").unwrap();
    assert_eq!(column.data_type(), Some(DataType::Int32));
    let place = ColumnReader::new(Arc::clone(column), false)
        .pages_wanted(0..10)
        .unwrap();

    for at in place[0].clone() {
        let mut damaged = file.to_vec();
        damaged[usize::try_from(at).unwrap()] ^= 1;
        let error = read(&damaged.into(), &tree, "n", 10, 10).unwrap_err();

        let message = error.to_string();
        assert!(
            message.starts_with("branch `n`: malformed page at byte"),
            "{message}"
        );
    }
}
