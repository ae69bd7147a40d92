//! `RNTuple`s that the project writes itself: clusters, pages and what opening asks for.

use hepframe_root_io::{Column, Step, TreeOpener, Want};
use hepframe_root_write::{
    Codec, Encoding, EqualPages, Field, FieldValues, Locators, NtupleOptions,
};

use crate::fixture::{open_file, part};
use crate::rntuple_fixture::{file_of, filled, lists, tree_with};

fn ends(column: &Column) -> Vec<u64> {
    column
        .baskets
        .iter()
        .map(|basket| basket.end_entry)
        .collect()
}

#[test]
fn clusters_and_pages_are_borders() {
    let numbers: Vec<i32> = (0..25).collect();
    let options = NtupleOptions::new()
        .entries_per_cluster(10)
        .elements_per_page(4)
        .clusters_per_group(2)
        .locators(Locators::Large)
        .description("numbers");

    let tree = tree_with(options, &[Field::new("n", numbers)]);

    assert_eq!((tree.entries, tree.title.as_str()), (25, "numbers"));
    assert_eq!(tree.cluster_borders, [0, 10, 20, 25]);
    assert_eq!(ends(&tree.columns[0]), [4, 8, 10, 14, 18, 20, 24, 25]);
}

#[test]
fn sizes_are_those_of_all_pages() {
    let zeros = vec![0_i32; 1000];
    let options = NtupleOptions::new()
        .codec(Codec::Zstd(5))
        .elements_per_page(500);

    let tree = tree_with(options, &[Field::new("n", zeros)]);

    let column = &tree.columns[0];
    assert_eq!((column.codec.as_str(), column.tot_bytes), ("zstd 5", 4000));
    // Two pages, each with a checksum of 8 bytes.
    assert!(
        (16..200).contains(&column.zip_bytes),
        "{}",
        column.zip_bytes
    );
}

#[test]
fn fields_added_late_have_all_entries() {
    let x = |values: Vec<i32>| Field::new("x", values);
    let late = Field::new("late", FieldValues::array(2, vec![1_i32; 6]));
    let first = [x((0..6).collect())];
    let three = FieldValues::list(&[0, 1, 1, 2], vec![1.0_f32, 2.0]);
    let second = [x(vec![6, 7, 8]), late, Field::new("list", three)];

    let tree = filled(NtupleOptions::new().entries_per_cluster(4), |ntuple| {
        ntuple.append(&first).unwrap();
        ntuple.append(&second).unwrap();
    });

    assert_eq!(tree.cluster_borders, [0, 4, 8, 9]);
    for name in ["late", "list"] {
        let column = tree.column(name).unwrap();
        assert!(column.field().is_ok(), "{:?}", column.field());
        // The pages of entries before the field was there are not in the file.
        assert_eq!(ends(column), [4, 6, 8, 9], "{name}");
    }
    assert_eq!(tree.column("late").unwrap().tot_bytes, 3 * 2 * 4);
}

#[test]
fn clusters_may_use_different_encodings() {
    let options = NtupleOptions::new()
        .encoding(Encoding::Split)
        .second_encoding(Encoding::Plain);
    let fields = [
        Field::new("n", vec![1_i32, 2]),
        Field::new("list", lists(vec![1.0_f64, 2.0])),
    ];

    let tree = filled(options, |ntuple| {
        ntuple.append(&fields).unwrap();
        ntuple.switch_encoding().unwrap();
        ntuple.append(&fields).unwrap();
    });

    assert!(tree.columns.iter().all(|column| column.field().is_ok()));
    assert_eq!(ends(&tree.columns[0]), [2, 4]);
    assert_eq!(tree.columns[0].tot_bytes, 16);
}

#[test]
fn vectors_of_the_same_lengths_are_counted_alike_if_equal_pages_are_written_once() {
    let fields = [
        Field::new("pt", lists(vec![1.0_f32, 2.0])),
        Field::new("eta", lists(vec![3.0_f32, 4.0])),
        Field::new("hit", FieldValues::list(&[0, 1, 2], vec![5.0_f32, 6.0])),
    ];

    for (equal_pages, alike) in [(EqualPages::Shared, true), (EqualPages::Repeated, false)] {
        let tree = tree_with(NtupleOptions::new().equal_pages(equal_pages), &fields);
        let [pt, eta, hit] = &tree.columns[..] else {
            panic!("{:?}", tree.columns);
        };

        assert_eq!(pt.is_counted_like(eta), alike, "{equal_pages:?}");
        assert!(!pt.is_counted_like(hit));
    }
}

#[test]
fn opening_asks_for_a_few_ranges() {
    let numbers: Vec<i32> = (0..100).collect();
    let options = NtupleOptions::new()
        .entries_per_cluster(10)
        .clusters_per_group(5);
    let file = file_of(options, &[Field::new("n", numbers)]);
    let index = open_file(&file, Want::Everything).unwrap();

    let mut opener = TreeOpener::new(&index, index.find_tree(None).unwrap()).unwrap();
    let mut asked = 0;
    while let Step::NeedBytes(range) = opener.step().unwrap() {
        opener.feed(range.start, part(&file, &range));
        asked += 1;
    }

    // Anchor, header, footer and two page lists.
    assert_eq!(asked, 5);
}

#[test]
fn an_ntuple_of_before_version_one_is_unsupported() {
    let file = file_of(NtupleOptions::new(), &[Field::new("n", vec![1_i32])]);
    let index = open_file(&file, Want::Everything).unwrap();
    let mut key = index.find_tree(None).unwrap().clone();
    "ROOT::Experimental::RNTuple".clone_into(&mut key.class);

    let error = TreeOpener::new(&index, &key).unwrap_err();

    assert!(error.to_string().contains("before RNTuple 1.0"), "{error}");
}
