//! Writes files with every kind of branch, for other readers to check (`tests/check_root_write.py`).
//!
//! Entry `i` of every branch follows a simple rule, so that a checker knows
//! what must be there without being told.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
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

fn columns(entries: std::ops::Range<usize>) -> Vec<(&'static str, Column)> {
    let all: Vec<usize> = entries.collect();
    let counts: Vec<i32> = all.iter().map(|i| (i % 4) as i32).collect();
    let items: Vec<usize> = all
        .iter()
        .flat_map(|i| (0..i % 4).map(move |k| 10 * i + k))
        .collect();
    let mut offsets = vec![0];
    offsets.extend(all.iter().scan(0, |sum, i| {
        *sum += i % 4;
        Some(*sum)
    }));
    let texts: Vec<String> = all
        .iter()
        .map(|i| "x".repeat(if i % 50 == 7 { 300 } else { i % 5 }))
        .collect();
    let item_texts: Vec<String> = items.iter().map(|k| format!("t{k}")).collect();
    let pairs: Vec<usize> = (0..=items.len()).map(|k| 2 * k).collect();
    let pair_items: Vec<i16> = items.iter().flat_map(|&k| [k as i16, -1]).collect();
    let nested = Lists::new(&pairs, Items::Numbers(pair_items.into()));
    let f64s: Vec<f64> = all.iter().map(|&i| i as f64 / 30.0).collect();
    let f32s: Vec<f32> = f64s.iter().map(|&x| x as f32).collect();
    let packed = |packing| Column::flat(Numbers::Float16(packing, f32s.clone()));
    let packed_wide = |packing| Column::flat(Numbers::Double32(packing, f64s.clone()));
    vec![
        ("n", Column::flat(counts)),
        (
            "bool",
            Column::flat(all.iter().map(|i| i % 3 == 0).collect::<Vec<_>>()),
        ),
        (
            "i8",
            Column::flat(all.iter().map(|&i| i as i8).collect::<Vec<_>>()),
        ),
        (
            "u8",
            Column::flat(all.iter().map(|&i| i as u8).collect::<Vec<_>>()),
        ),
        (
            "i16",
            Column::flat(all.iter().map(|&i| -(i as i16)).collect::<Vec<_>>()),
        ),
        (
            "u16",
            Column::flat(all.iter().map(|&i| 60_000 + i as u16).collect::<Vec<_>>()),
        ),
        (
            "i32",
            Column::flat(all.iter().map(|&i| -(i as i32) << 16).collect::<Vec<_>>()),
        ),
        (
            "u32",
            Column::flat(all.iter().map(|&i| u32::MAX - i as u32).collect::<Vec<_>>()),
        ),
        (
            "i64",
            Column::flat(all.iter().map(|&i| -(i as i64) << 40).collect::<Vec<_>>()),
        ),
        (
            "u64",
            Column::flat(all.iter().map(|&i| u64::MAX - i as u64).collect::<Vec<_>>()),
        ),
        (
            "long",
            Column::flat(Numbers::Long(all.iter().map(|&i| -(i as i64)).collect())),
        ),
        (
            "ulong",
            Column::flat(Numbers::ULong(all.iter().map(|&i| i as u64).collect())),
        ),
        ("f32", Column::flat(f32s.clone())),
        ("f64", Column::flat(f64s.clone())),
        ("h", packed(Packing::Plain)),
        ("h_bits", packed(Packing::Mantissa(10))),
        ("h_range", packed(Packing::Range(0.0, 20.0))),
        ("h_range_bits", packed(Packing::RangeBits(-1.0, 20.0, 14))),
        ("d", packed_wide(Packing::Plain)),
        ("d_bits", packed_wide(Packing::Mantissa(12))),
        ("d_range", packed_wide(Packing::Range(0.0, 20.0))),
        (
            "d_range_bits",
            packed_wide(Packing::RangeBits(-1.0, 20.0, 20)),
        ),
        ("a3", Column::array(&[3], triples(&all))),
        (
            "a23",
            Column::array(
                &[2, 3],
                triples(&all.iter().flat_map(|&i| [i, i]).collect::<Vec<_>>()),
            ),
        ),
        (
            "x",
            Column::counted("n", items.iter().map(|&k| k as f32).collect::<Vec<_>>()),
        ),
        (
            "b",
            Column::counted("n", items.iter().map(|k| k % 2 == 0).collect::<Vec<_>>()),
        ),
        ("x3", Column::counted_arrays("n", &[3], triples(&items))),
        (
            "xh",
            Column::counted(
                "n",
                Numbers::Float16(
                    Packing::RangeBits(0.0, 4096.0, 16),
                    items.iter().map(|&k| k as f32).collect(),
                ),
            ),
        ),
        ("s", Column::text(&texts)),
        (
            "leaves",
            Column::Leaves(vec![
                Leaf::new("a", all.iter().map(|&i| i as i32).collect::<Vec<_>>()),
                Leaf::new("c", all.iter().map(|&i| i as i8).collect::<Vec<_>>()),
                Leaf::array("v", &[3], triples(&all)),
                Leaf::new("d", f64s.clone()),
            ]),
        ),
        ("string", Column::std_string(&texts)),
        ("tstring", Column::tstring(&texts)),
        (
            "vf",
            Column::vector(
                &offsets,
                items.iter().map(|&k| k as f32).collect::<Vec<_>>(),
            ),
        ),
        (
            "vi64",
            Column::vector(
                &offsets,
                items.iter().map(|&k| k as i64).collect::<Vec<_>>(),
            ),
        ),
        (
            "vb",
            Column::vector(
                &offsets,
                items.iter().map(|k| k % 2 == 0).collect::<Vec<_>>(),
            ),
        ),
        (
            "vs",
            Column::Vector(Lists::new(
                &offsets,
                Items::Text(item_texts.into_iter().map(String::into_bytes).collect()),
            )),
        ),
        (
            "vv",
            Column::Vector(Lists::new(&offsets, Items::Lists(Box::new(nested)))),
        ),
    ]
}

/// `i`, `i + 0.25` and `i + 0.5` for each.
fn triples(all: &[usize]) -> Vec<f32> {
    all.iter()
        .flat_map(|&i| [0.0, 0.25, 0.5].map(|part| i as f32 + part))
        .collect()
}
