//! Writes files with every kind of branch, for other readers to check (`tests/check_root_write.py`).
//!
//! Entry `i` of every branch follows a simple rule, so that a checker knows
//! what must be there without being told.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    reason = "small numbers"
)]

use std::path::PathBuf;

use hepframe_root_write::{
    ClusterRange, Codec, Column, FileWriter, Items, LastBaskets, Leaf, Lists, Numbers, Offsets,
    Packing, Result, TreeOptions, WriteError,
};

fn main() -> Result<()> {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        return Err(WriteError::from(std::io::Error::other(
            "usage: every_type FOLDER",
        )));
    };
    std::fs::create_dir_all(&folder)?;
    let codecs = [
        ("none", Codec::None),
        ("zlib", Codec::Zlib(6)),
        ("lzma", Codec::Lzma(5)),
        ("lz4", Codec::Lz4),
        ("zstd", Codec::Zstd(5)),
        ("cs", Codec::OldCs(6)),
    ];
    for (name, codec) in codecs {
        let options = TreeOptions::new().codec(codec).entries_per_basket(100);
        write(&folder.join(format!("every_{name}.root")), options, 0)?;
    }
    let cut = TreeOptions::new()
        .entries_per_basket(64)
        .branch_entries_per_basket("f32", 17)
        .cluster_ranges(&[ClusterRange {
            last_entry: 149,
            entries_per_cluster: 70,
        }])
        .entries_per_cluster(40);
    write(&folder.join("every_clusters.root"), cut, 0)?;
    let generated = TreeOptions::new()
        .codec(Codec::Lz4)
        .offsets(Offsets::Generated);
    write(&folder.join("every_generated.root"), generated, 0)?;
    let embedded = TreeOptions::new()
        .entries_per_basket(90)
        .last_baskets(LastBaskets::InTree);
    write(&folder.join("every_embedded.root"), embedded, 0)?;
    write(&folder.join("every_big.root"), TreeOptions::new(), 3 << 30)
}

/// The same entries in three chunks, in a directory, after an older cycle.
fn write(path: &std::path::Path, options: TreeOptions, hole: u64) -> Result<()> {
    let mut file = FileWriter::create(path)?;
    file.tree(
        "dir/Events",
        TreeOptions::new(),
        &[("old", Column::flat(vec![1_i32]))],
    )?;
    file.skip(hole)?;
    let mut tree = file.open_tree("dir/Events", options.title("every type"))?;
    for chunk in [0..150, 150..151, 151..300] {
        tree.append(&columns(chunk))?;
    }
    tree.finish()?;
    file.tree(
        "empty",
        TreeOptions::new(),
        &[("x", Column::flat(Vec::<f32>::new()))],
    )?;
    file.finish().map(drop)
}

type Columns = Vec<(&'static str, Column)>;

fn columns(entries: std::ops::Range<usize>) -> Columns {
    let all: Vec<usize> = entries.collect();
    let mut columns = numbers(&all);
    columns.extend(packed(&all));
    columns.extend(arrays(&all));
    columns.extend(texts(&all));
    columns.extend(vectors(&all));
    columns
}

fn numbers(all: &[usize]) -> Columns {
    vec![
        ("n", Column::flat(each(all, |i| (i % 4) as i32))),
        ("bool", Column::flat(each(all, |i| i % 3 == 0))),
        ("i8", Column::flat(each(all, |i| i as i8))),
        ("u8", Column::flat(each(all, |i| i as u8))),
        ("i16", Column::flat(each(all, |i| -(i as i16)))),
        ("u16", Column::flat(each(all, |i| 60_000 + i as u16))),
        ("i32", Column::flat(each(all, |i| -(i as i32) << 16))),
        ("u32", Column::flat(each(all, |i| u32::MAX - i as u32))),
        ("i64", Column::flat(each(all, |i| -(i as i64) << 40))),
        ("u64", Column::flat(each(all, |i| u64::MAX - i as u64))),
        (
            "long",
            Column::flat(Numbers::Long(each(all, |i| -(i as i64)))),
        ),
        (
            "ulong",
            Column::flat(Numbers::ULong(each(all, |i| i as u64))),
        ),
        ("f32", Column::flat(each(all, |i| third(i) as f32))),
        ("f64", Column::flat(each(all, third))),
    ]
}

fn packed(all: &[usize]) -> Columns {
    let short = |packing| Column::flat(Numbers::Float16(packing, each(all, |i| third(i) as f32)));
    let long = |packing| Column::flat(Numbers::Double32(packing, each(all, third)));
    vec![
        ("h", short(Packing::Plain)),
        ("h_bits", short(Packing::Mantissa(10))),
        ("h_range", short(Packing::Range(0.0, 20.0))),
        ("h_range_bits", short(Packing::RangeBits(-1.0, 20.0, 14))),
        ("d", long(Packing::Plain)),
        ("d_bits", long(Packing::Mantissa(12))),
        ("d_range", long(Packing::Range(0.0, 20.0))),
        ("d_range_bits", long(Packing::RangeBits(-1.0, 20.0, 20))),
    ]
}

fn arrays(all: &[usize]) -> Columns {
    let items = items(all);
    let twice: Vec<usize> = all.iter().flat_map(|&i| [i, i]).collect();
    let in_range = Packing::RangeBits(0.0, 4096.0, 16);
    vec![
        ("a3", Column::array(&[3], triples(all))),
        ("a23", Column::array(&[2, 3], triples(&twice))),
        ("x", Column::counted("n", each(&items, |k| k as f32))),
        ("b", Column::counted("n", each(&items, |k| k % 2 == 0))),
        ("x3", Column::counted_arrays("n", &[3], triples(&items))),
        (
            "xh",
            Column::counted("n", Numbers::Float16(in_range, each(&items, |k| k as f32))),
        ),
        (
            "leaves",
            Column::Leaves(vec![
                Leaf::new("a", each(all, |i| i as i32)),
                Leaf::new("c", each(all, |i| i as i8)),
                Leaf::array("v", &[3], triples(all)),
                Leaf::new("d", each(all, third)),
            ]),
        ),
    ]
}

fn texts(all: &[usize]) -> Columns {
    let texts = each(all, |i| "x".repeat(if i % 50 == 7 { 300 } else { i % 5 }));
    vec![
        ("s", Column::text(&texts)),
        ("string", Column::std_string(&texts)),
        ("tstring", Column::tstring(&texts)),
    ]
}

fn vectors(all: &[usize]) -> Columns {
    let items = items(all);
    let mut offsets = vec![0];
    for i in all {
        offsets.push(offsets[offsets.len() - 1] + i % 4);
    }
    let texts = Items::Text(each(&items, |k| format!("t{k}").into_bytes()));
    let pairs: Vec<usize> = (0..=items.len()).map(|k| 2 * k).collect();
    let pair_items: Vec<i16> = items.iter().flat_map(|&k| [k as i16, -1]).collect();
    let nested = Lists::new(&pairs, Items::Numbers(pair_items.into()));
    vec![
        ("vf", Column::vector(&offsets, each(&items, |k| k as f32))),
        ("vi64", Column::vector(&offsets, each(&items, |k| k as i64))),
        ("vb", Column::vector(&offsets, each(&items, |k| k % 2 == 0))),
        ("vs", Column::Vector(Lists::new(&offsets, texts))),
        (
            "vv",
            Column::Vector(Lists::new(&offsets, Items::Lists(Box::new(nested)))),
        ),
    ]
}

/// Entry `i` has `i % 4` items, `10 * i` and its successors.
fn items(all: &[usize]) -> Vec<usize> {
    all.iter()
        .flat_map(|i| (0..i % 4).map(move |k| 10 * i + k))
        .collect()
}

fn each<T>(all: &[usize], rule: impl Fn(usize) -> T) -> Vec<T> {
    all.iter().map(|&i| rule(i)).collect()
}

fn third(i: usize) -> f64 {
    i as f64 / 30.0
}

/// `i`, `i + 0.25` and `i + 0.5` for each.
fn triples(all: &[usize]) -> Vec<f32> {
    all.iter()
        .flat_map(|&i| [0.0, 0.25, 0.5].map(|part| i as f32 + part))
        .collect()
}
