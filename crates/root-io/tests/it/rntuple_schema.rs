//! `RNTuple`s that the project writes itself: which columns their fields become.

use std::sync::Arc;

use hepframe_root_io::{Column, PATH_KEY, Tree};
use hepframe_root_write::{Field, FieldValues};

use crate::rntuple_fixture::{lists, tree_of};

fn xy() -> FieldValues {
    let x = Field::new("x", vec![1.0_f32, 2.0]);
    FieldValues::record("Point", vec![x, Field::new("y", vec![3_i16, 4])])
}

/// `name: type`, and what the column is a part of.
fn described(tree: &Tree) -> Vec<String> {
    let describe = |column: &Arc<Column>| {
        let field = column.field().unwrap();
        let missing = if field.is_nullable() { "?" } else { "" };
        let path = field.metadata().get(PATH_KEY);
        assert_eq!(path, column.parts.as_ref());
        let of = path.map(|path| format!(" of {path}")).unwrap_or_default();
        format!("{}: {}{missing}{of}", column.name, field.data_type())
    };
    tree.columns.iter().map(describe).collect()
}

#[test]
fn numbers_and_text_have_the_types_of_cpp() {
    let tree = tree_of(&[
        Field::new("flag", vec![true, false]),
        Field::new("char", FieldValues::Chars(vec![1, 2])),
        Field::new("byte", FieldValues::Bytes(vec![1, 2])),
        Field::new("u64", vec![1_u64, 2]),
        Field::new("f64", vec![1.0_f64, 2.0]),
        Field::new("text", FieldValues::text(&["a", "b"])),
        Field::new("bits", FieldValues::bits(3, vec![true; 6])),
        Field::new("colour", FieldValues::wrapped("Colour", vec![1_u8, 2])),
        Field::new("pair", FieldValues::array(2, vec![1_i32; 4])),
    ]);

    assert_eq!(
        described(&tree),
        [
            "flag: Boolean",
            "char: Int8",
            "byte: UInt8",
            "u64: UInt64",
            "f64: Float64",
            "text: Utf8",
            "bits: FixedSizeList(3 x non-null Boolean)",
            "colour: UInt8",
            "pair: FixedSizeList(2 x non-null Int32)",
        ]
    );
}

#[test]
fn a_collection_of_records_is_a_list_for_each_member() {
    let hits = FieldValues::list(&[0, 1, 3], vec![1_i32, 2, 3]);
    let muon = FieldValues::record(
        "Muon",
        vec![
            Field::new("pt", vec![1.0_f32, 2.0]),
            Field::new("at", xy()),
            Field::new("hits", hits),
        ],
    );

    let tree = tree_of(&[Field::new("Muon", lists(muon))]);

    assert_eq!(
        described(&tree),
        [
            "Muon.pt: List(non-null Float32) of Muon[].pt",
            "Muon.at: List(non-null Struct(\"x\": non-null Float32, \"y\": non-null Int16)) of Muon[].at",
            "Muon.hits: List(non-null List(non-null Int32)) of Muon[].hits",
        ]
    );
    assert_eq!(tree.columns[0].cpp_type, "std::vector<float>");
    assert_eq!(tree.columns[0].branch, "Muon._0.pt");
    assert!(tree.columns[0].is_counted_like(&tree.columns[2]));
}

#[test]
fn records_are_taken_apart_down_to_one_level_of_collection() {
    let sub = FieldValues::record("Sub", vec![Field::new("at", xy())]);
    let event = FieldValues::record(
        "Event",
        vec![
            Field::new("id", vec![1_i32, 2]),
            Field::new("sub", sub),
            Field::new("hits", lists(xy())),
            Field::new("times", lists(vec![1.0_f64, 2.0])),
        ],
    );

    let tree = tree_of(&[Field::new("evt", event)]);

    assert_eq!(
        described(&tree),
        [
            "evt.id: Int32 of evt.id",
            "evt.sub.at.x: Float32 of evt.sub.at.x",
            "evt.sub.at.y: Int16 of evt.sub.at.y",
            "evt.hits.x: List(non-null Float32) of evt.hits[].x",
            "evt.hits.y: List(non-null Int16) of evt.hits[].y",
            "evt.times: List(non-null Float64) of evt.times",
        ]
    );
}

#[test]
fn pairs_and_maps_have_numbered_members() {
    let pairs = || FieldValues::pair(vec![1_i32, 2], FieldValues::text(&["a", "b"]));

    let tree = tree_of(&[
        Field::new("pair", pairs()),
        Field::new(
            "map",
            lists(pairs()).with_type("std::map<std::int32_t,std::string>"),
        ),
    ]);

    assert_eq!(
        described(&tree),
        [
            "pair._0: Int32 of pair._0",
            "pair._1: Utf8 of pair._1",
            "map._0: List(non-null Int32) of map[]._0",
            "map._1: List(non-null Utf8) of map[]._1",
        ]
    );
}

#[test]
fn what_may_be_missing_stays_one_column() {
    let alternatives = vec![vec![1_i32].into(), FieldValues::text(&["a"])];

    let tree = tree_of(&[
        Field::new("point", FieldValues::optional(&[true, true], xy())),
        Field::new(
            "either",
            FieldValues::variant(&[Some(0), Some(1)], alternatives),
        ),
        Field::new(
            "some",
            lists(FieldValues::optional(&[true, false], vec![1_i32])),
        ),
    ]);

    assert_eq!(
        described(&tree),
        [
            "point: Struct(\"x\": non-null Float32, \"y\": non-null Int16)?",
            "either: Union(Dense, 0: (\"none\": Null), 1: (\"_0\": non-null Int32), 2: (\"_1\": non-null Utf8))",
            "some: List(Int32)",
        ]
    );
}

#[test]
fn members_of_base_classes_follow_and_leave_the_name_to_those_that_hide_them() {
    let base = FieldValues::record("Base", vec![Field::new("x", vec![1_i32, 2])]);
    let members = vec![Field::new(":_0", base), Field::new("x", vec![1.5_f32, 2.5])];

    let tree = tree_of(&[Field::new("d", FieldValues::record("Derived", members))]);

    assert_eq!(
        described(&tree),
        ["d.x: Float32 of d.x", "d.x_2: Int32 of d.x_2"]
    );
    let note = tree.columns[1].note.as_deref();
    assert_eq!(
        note,
        Some("another member is named `x`, so this one is `x_2`")
    );
}

#[test]
fn projections_show_the_columns_of_their_sources() {
    let tree = tree_of(&[
        Field::new("Muon", lists(xy())),
        Field::new("nMuon", FieldValues::counts_of("Muon")),
        Field::new("Muon_x", FieldValues::member_of("Muon", "x")),
    ]);

    assert_eq!(
        described(&tree)[2..],
        ["nMuon: UInt32", "Muon_x: List(non-null Float32)"]
    );
    let (source, projected) = (&tree.columns[0], &tree.columns[3]);
    assert!(projected.is_counted_like(source));
    assert_eq!(projected.zip_bytes, source.zip_bytes);
    assert_eq!(projected.cpp_type, "ROOT::VecOps::RVec<float>");
}

#[test]
fn lists_of_other_collections_are_not_counted_alike() {
    let tree = tree_of(&[
        Field::new("a", lists(vec![1_i32, 2])),
        Field::new("b", lists(vec![1_i32, 2])),
        Field::new("n", vec![1_i32, 2]),
    ]);

    assert!(!tree.columns[0].is_counted_like(&tree.columns[1]));
    assert!(!tree.columns[2].is_counted_like(&tree.columns[2]));
}
