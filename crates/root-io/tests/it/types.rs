//! Every type of the table in docs/supported-types.md, in every codec, cut into baskets and batches.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BooleanArray, FixedSizeListArray, Float32Array,
    Float64Array, Int16Array, Int32Array, ListArray, StringArray, StructArray, UInt64Array,
};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Field, Float32Type, Float64Type, Int32Type};
use hepframe_root_io::{RootError, SharedOffsets, Want};
use hepframe_root_write::{
    Codec, Column as Written, Items, LastBaskets, Leaf, Lists, Numbers, Offsets, Packing,
    TreeOptions,
};
use rstest::rstest;

use crate::fixture::{file_of, open_file, open_tree, read, read_as, reader};

const ENTRIES: usize = 50;

/// Entry `i` has `i % 4` values.
fn counts() -> Vec<i32> {
    (0..ENTRIES)
        .map(|i| i32::try_from(i % 4).unwrap())
        .collect()
}

fn offsets() -> Vec<i32> {
    let mut all = vec![0];
    for n in counts() {
        all.push(all[all.len() - 1] + n);
    }
    all
}

fn written_offsets() -> Vec<usize> {
    offsets()
        .iter()
        .map(|&offset| usize::try_from(offset).unwrap())
        .collect()
}

/// As many different numbers as all lists together have values.
fn floats() -> Vec<f32> {
    let total = u16::try_from(offsets()[ENTRIES]).unwrap();
    (0..total).map(|k| f32::from(k) * 1.25 - 7.0).collect()
}

fn item(data_type: DataType) -> Arc<Field> {
    Arc::new(Field::new_list_field(data_type, false))
}

fn list_of(values: ArrayRef) -> ArrayRef {
    let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets()));
    Arc::new(ListArray::new(
        item(values.data_type().clone()),
        offsets,
        values,
        None,
    ))
}

fn arrays_of(n: i32, values: ArrayRef) -> ArrayRef {
    Arc::new(FixedSizeListArray::new(
        item(values.data_type().clone()),
        n,
        values,
        None,
    ))
}

/// Every way of storing an entry, with what must come out.
fn all_kinds() -> Vec<(&'static str, Written, ArrayRef)> {
    let int = |i: usize| i32::try_from(i).unwrap();
    let ints: Vec<i32> = (0..ENTRIES).map(|i| int(i) << 20).collect();
    let wide: Vec<u64> = (0..ENTRIES as u64).map(|i| u64::MAX - i).collect();
    let bools: Vec<bool> = (0..ENTRIES).map(|i| i % 3 == 0).collect();
    let sixes: Vec<i32> = (0..6 * ENTRIES).map(int).collect();
    let texts: Vec<String> = (0..ENTRIES)
        .map(|i| "µ".repeat(if i == 7 { 300 } else { i % 3 }))
        .collect();
    let text_array = || Arc::new(StringArray::from(texts.clone())) as ArrayRef;
    let words: Vec<String> = (0..floats().len()).map(|k| format!("w{k}")).collect();
    let pairs: Vec<f32> = floats().iter().flat_map(|&x| [x, -x]).collect();
    let flags: Vec<bool> = (0..floats().len()).map(|k| k % 2 == 0).collect();
    let f32s = || Arc::new(Float32Array::from(floats())) as ArrayRef;
    let vector = |items| Written::Vector(Lists::new(&written_offsets(), items));
    vec![
        (
            "n",
            Written::flat(counts()),
            Arc::new(Int32Array::from(counts())),
        ),
        (
            "i32",
            Written::flat(ints.clone()),
            Arc::new(Int32Array::from(ints.clone())),
        ),
        (
            "u64",
            Written::flat(wide.clone()),
            Arc::new(UInt64Array::from(wide)),
        ),
        (
            "bool",
            Written::flat(bools.clone()),
            Arc::new(BooleanArray::from(bools)),
        ),
        (
            "a23",
            Written::array(&[2, 3], sixes.clone()),
            arrays_of(2, arrays_of(3, Arc::new(Int32Array::from(sixes)))),
        ),
        ("x", Written::counted("n", floats()), list_of(f32s())),
        (
            "x2",
            Written::counted_arrays("n", &[2], pairs.clone()),
            list_of(arrays_of(2, Arc::new(Float32Array::from(pairs)))),
        ),
        ("s", Written::text(&texts), text_array()),
        ("string", Written::std_string(&texts), text_array()),
        ("tstring", Written::tstring(&texts), text_array()),
        (
            "vf",
            Written::vector(&written_offsets(), floats()),
            list_of(f32s()),
        ),
        (
            "vb",
            Written::vector(&written_offsets(), flags.clone()),
            list_of(Arc::new(BooleanArray::from(flags))),
        ),
        (
            "vs",
            vector(Items::Text(
                words.iter().map(|w| w.clone().into_bytes()).collect(),
            )),
            list_of(Arc::new(StringArray::from(words))),
        ),
        nested(),
        leaf_list(&ints),
    ]
}

/// A vector of vectors of two values each.
fn nested() -> (&'static str, Written, ArrayRef) {
    let pairs: Vec<f32> = floats().iter().flat_map(|&x| [x, -x]).collect();
    let each_two: Vec<usize> = (0..=floats().len()).map(|k| 2 * k).collect();
    let inner = Lists::new(&each_two, Items::Numbers(pairs.clone().into()));
    let lists = Lists::new(&written_offsets(), Items::Lists(Box::new(inner)));
    let ends: Vec<i32> = each_two
        .iter()
        .map(|&k| i32::try_from(k).unwrap())
        .collect();
    let ends = OffsetBuffer::new(ScalarBuffer::from(ends));
    let values = Arc::new(Float32Array::from(pairs));
    let expected = ListArray::new(item(DataType::Float32), ends, values, None);
    ("vv", Written::Vector(lists), list_of(Arc::new(expected)))
}

/// `a/I:c/S:v[2]/D`: stored without padding whatever the alignment in memory.
fn leaf_list(ints: &[i32]) -> (&'static str, Written, ArrayRef) {
    let shorts: Vec<i16> = (0..ENTRIES).map(|i| -i16::try_from(i).unwrap()).collect();
    let doubles: Vec<f64> = (0..2 * ENTRIES)
        .map(|i| f64::from(u16::try_from(i).unwrap()))
        .collect();
    let pairs = arrays_of(2, Arc::new(Float64Array::from(doubles.clone())));
    let fields = vec![
        Field::new("a", DataType::Int32, false),
        Field::new("c", DataType::Int16, false),
        Field::new("v", pairs.data_type().clone(), false),
    ];
    let expected: Vec<ArrayRef> = vec![
        Arc::new(Int32Array::from(ints.to_vec())),
        Arc::new(Int16Array::from(shorts.clone())),
        pairs,
    ];
    let leaves = vec![
        Leaf::new("a", ints.to_vec()),
        Leaf::new("c", shorts),
        Leaf::array("v", &[2], doubles),
    ];
    let array = StructArray::new(fields.into(), expected, None);
    ("leaves", Written::Leaves(leaves), Arc::new(array))
}

fn assert_all_come_back(options: TreeOptions) {
    let kinds = all_kinds();
    let columns: Vec<(&str, Written)> = kinds
        .iter()
        .map(|(name, written, _)| (*name, written.clone()))
        .collect();
    let file = file_of(options, &columns);
    let tree = open_tree(&file, "t").unwrap();

    for (name, _, expected) in &kinds {
        for batch in [1, 7, 1000] {
            let array = read(&file, &tree, name, batch).unwrap();
            assert_eq!(
                array.as_ref(),
                expected.as_ref(),
                "{name} in batches of {batch}"
            );
        }
        let field = tree.column(name).unwrap().field().unwrap();
        assert_eq!(field.data_type(), expected.data_type(), "{name}");
    }
}

#[rstest]
#[case::none(Codec::None)]
#[case::zlib(Codec::Zlib(6))]
#[case::lzma(Codec::Lzma(5))]
#[case::lz4(Codec::Lz4)]
#[case::zstd(Codec::Zstd(5))]
#[case::old_deflate(Codec::OldCs(6))]
fn every_type_comes_back_from_every_codec(#[case] codec: Codec) {
    assert_all_come_back(TreeOptions::new().codec(codec).entries_per_basket(11));
}

#[test]
fn entry_tables_that_are_not_stored_are_made_from_the_counter() {
    let options = TreeOptions::new()
        .entries_per_basket(11)
        .branch_entries_per_basket("n", 7);
    assert_all_come_back(options.offsets(Offsets::Generated));
}

#[test]
fn baskets_kept_in_the_tree_are_read_like_others() {
    assert_all_come_back(
        TreeOptions::new()
            .entries_per_basket(20)
            .last_baskets(LastBaskets::InTree),
    );
}

#[rstest]
#[case::plain(Packing::Plain, 1e-3)]
#[case::mantissa(Packing::Mantissa(10), 1e-3)]
#[case::range(Packing::Range(-10.0, 120.0), 1e-6)]
#[case::range_and_bits(Packing::RangeBits(-10.0, 120.0, 16), 2e-3)]
fn packed_numbers_come_back_to_their_precision(#[case] packing: Packing, #[case] precision: f64) {
    let singles = floats();
    let doubles: Vec<f64> = singles.iter().map(|&x| f64::from(x)).collect();
    let file = file_of(
        TreeOptions::new().entries_per_basket(9),
        &[
            ("n", Written::flat(counts())),
            (
                "h",
                Written::counted("n", Numbers::Float16(packing, singles)),
            ),
            (
                "d",
                Written::counted("n", Numbers::Double32(packing, doubles.clone())),
            ),
        ],
    );
    let tree = open_tree(&file, "t").unwrap();

    let h = read(&file, &tree, "h", 1000).unwrap();
    let d = read(&file, &tree, "d", 1000).unwrap();

    let h = h
        .as_list::<i32>()
        .values()
        .as_primitive::<Float32Type>()
        .clone();
    let d = d
        .as_list::<i32>()
        .values()
        .as_primitive::<Float64Type>()
        .clone();
    for (i, &written) in doubles.iter().enumerate() {
        let allowed = precision * written.abs().max(1.0);
        assert!(
            (f64::from(h.value(i)) - written).abs() <= allowed,
            "Float16_t {written}"
        );
        assert!(
            (d.value(i) - written).abs() <= allowed,
            "Double32_t {written}"
        );
    }
}

#[test]
fn text_that_is_not_utf8_comes_as_bytes_and_never_as_other_text() {
    let bytes: [&[u8]; 3] = [b"ok", b"\xff\xfe", b""];
    let file = file_of(TreeOptions::new(), &[("s", Written::text(&bytes))]);
    let tree = open_tree(&file, "t").unwrap();

    let refused = read(&file, &tree, "s", 10).unwrap_err();
    let array = read_as(&file, &tree, "s", 10, true).unwrap();

    assert!(matches!(refused.root_cause(), RootError::NotUtf8 { column } if column == "s"));
    assert_eq!(
        array.as_ref(),
        &BinaryArray::from_vec(bytes.to_vec()) as &dyn Array
    );
}

#[test]
fn a_list_of_a_batch_owns_exactly_its_values() {
    let file = file_of(
        TreeOptions::new(),
        &[
            ("n", Written::flat(counts())),
            ("x", Written::counted("n", floats())),
        ],
    );
    let tree = open_tree(&file, "t").unwrap();
    let mut reader =
        hepframe_root_io::ColumnReader::new(Arc::clone(tree.column("x").unwrap()), false);
    if let hepframe_root_io::BasketPlace::File(range) = &reader.column().baskets[0].place {
        let place = |at: u64| usize::try_from(at).unwrap();
        let bytes = file.slice(place(range.start)..place(range.end));
        reader.feed(0, bytes);
    }

    let array = reader.read(10..13).unwrap();

    let list = array.as_list::<i32>();
    assert_eq!(list.value_offsets(), [0, 2, 5, 5]);
    assert_eq!(list.values().len(), 5);
}

#[rstest]
#[case::entry_tables_left_packed(Codec::Zstd(5))]
#[case::entry_tables_at_hand(Codec::None)]
fn columns_of_one_counter_share_their_offsets(#[case] codec: Codec) {
    let negative: Vec<f32> = floats().iter().map(|x| -x).collect();
    let file = file_of(
        TreeOptions::new()
            .codec(codec)
            .entries_per_basket(11)
            .branch_entries_per_basket("y", 8),
        &[
            ("n", Written::flat(counts())),
            ("x", Written::counted("n", floats())),
            ("y", Written::counted("n", negative)),
        ],
    );
    let tree = open_tree(&file, "t").unwrap();
    let whole = [
        read(&file, &tree, "x", 1000).unwrap(),
        read(&file, &tree, "y", 1000).unwrap(),
    ];
    let mut x = reader(&file, tree.column("x").unwrap(), false);
    let mut y = reader(&file, tree.column("y").unwrap(), false);
    let mut shared = SharedOffsets::default();

    // From the front, across baskets, skipping entries, and on from the middle of a basket.
    for (from, to) in [
        (0, 3),
        (3, 9),
        (9, 20),
        (20, 20),
        (23, 24),
        (24, 31),
        (40, 50),
    ] {
        let first = x.read_sharing(from..to, &mut shared).unwrap();
        let second = y.read_sharing(from..to, &mut shared).unwrap();

        let (at, len) = (
            usize::try_from(from).unwrap(),
            usize::try_from(to - from).unwrap(),
        );
        assert_eq!(
            first.as_ref(),
            whole[0].slice(at, len).as_ref(),
            "x {from}..{to}"
        );
        assert_eq!(
            second.as_ref(),
            whole[1].slice(at, len).as_ref(),
            "y {from}..{to}"
        );
        let (first, second) = (first.as_list::<i32>(), second.as_list::<i32>());
        assert!(first.offsets().inner().ptr_eq(second.offsets().inner()));
    }
}

#[test]
fn two_branches_of_one_name_are_both_offered() {
    let file = file_of(
        TreeOptions::new(),
        &[
            ("x", Written::flat(vec![1_i32])),
            ("x", Written::flat(vec![2_i32])),
        ],
    );
    let tree = open_tree(&file, "t").unwrap();

    let second = read(&file, &tree, "x_2", 10).unwrap();

    assert_eq!(second.as_primitive::<Int32Type>().values()[..], [2]);
    assert!(
        tree.column("x_2")
            .unwrap()
            .note
            .as_ref()
            .unwrap()
            .contains("`x`")
    );
}

#[test]
fn a_missing_tree_is_an_error_that_names_those_there_are() {
    let file = file_of(TreeOptions::new(), &[("x", Written::flat(vec![1_i32]))]);
    let index = open_file(&file, Want::Tree("u".to_owned())).unwrap();

    let message = index.find_tree(Some("u")).unwrap_err().to_string();

    assert_eq!(message, "no tree named `u`; the file holds `t`");
}
