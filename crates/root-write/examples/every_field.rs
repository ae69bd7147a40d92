//! Writes an RNTuple with every kind of field in several ways, for other readers to check.
//!
//! Entry `i` of every field follows a simple rule, so that a checker knows
//! what must be there without being told.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    reason = "small numbers"
)]

use std::fs::File;
use std::io::BufWriter;
use std::ops::Range;
use std::path::{Path, PathBuf};

use hepframe_root_write::{
    Codec, Encoding, EqualPages, Field, FieldValues, FileWriter, Locators, NtupleOptions, Numbers,
    OffsetWidth, OpenNtuple, Packing, PageChecksums, RealPacking, Result, WriteError,
};

const ENTRIES: usize = 300;

fn main() -> Result<()> {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        let usage = std::io::Error::other("usage: every_field FOLDER");
        return Err(WriteError::from(usage));
    };
    std::fs::create_dir_all(&folder)?;
    let new = NtupleOptions::new;
    let cut = new().entries_per_cluster(70).elements_per_page(33);
    let cases = [
        ("plain", new()),
        ("split", new().encoding(Encoding::Split)),
        ("zlib", new().codec(Codec::Zlib(6))),
        ("lzma", new().codec(Codec::Lzma(5))),
        ("lz4", new().codec(Codec::Lz4)),
        ("cs", new().codec(Codec::OldCs(6))),
        (
            "zstd",
            new().codec(Codec::Zstd(5)).encoding(Encoding::Split),
        ),
        ("cut", cut.clone()),
        ("cut_split", cut.clone().encoding(Encoding::Split)),
        ("groups", cut.clone().clusters_per_group(2)),
        (
            "short_offsets",
            cut.clone()
                .offset_width(OffsetWidth::Bits32)
                .encoding(Encoding::Split),
        ),
        ("no_checksums", cut.clone().checksums(PageChecksums::Absent)),
        ("shared", cut.clone().equal_pages(EqualPages::Shared)),
        ("large", cut.clone().locators(Locators::Large)),
    ];
    for (name, options) in cases {
        let path = folder.join(format!("field_{name}.root"));
        write(&path, options, |_| Ok(()))?;
    }
    let two = cut.clone().second_encoding(Encoding::Split);
    write(&folder.join("field_two_encodings.root"), two, |ntuple| {
        ntuple.switch_encoding()
    })?;
    let mut file = FileWriter::create(folder.join("field_big.root"))?;
    file.skip(3 << 30)?;
    file.rntuple("dir/Events", cut, &every_field(0..ENTRIES))?;
    file.finish().map(drop)
}

/// The entries in three chunks; the last one brings more fields, in the middle of a cluster.
fn write(
    path: &Path,
    options: NtupleOptions,
    before_last: impl FnOnce(&mut OpenNtuple<'_, BufWriter<File>>) -> Result<()>,
) -> Result<()> {
    let mut file = FileWriter::create(path)?;
    let mut ntuple = file.open_rntuple("dir/Events", options.description("every field"))?;
    ntuple.append(&every_field(0..150))?;
    ntuple.append(&every_field(150..151))?;
    before_last(&mut ntuple)?;
    let mut fields = every_field(151..ENTRIES);
    fields.extend(late_fields(151..ENTRIES));
    ntuple.append(&fields)?;
    ntuple.finish()?;
    let none = [Field::new("x", Vec::<f32>::new())];
    file.rntuple("empty", NtupleOptions::new(), &none)?;
    file.finish().map(drop)
}

fn every_field(entries: Range<usize>) -> Vec<Field> {
    let all: Vec<usize> = entries.collect();
    let mut fields = numbers(&all);
    fields.extend(packed(&all));
    fields.extend(nested(&all));
    fields.extend(records(&all));
    fields.extend(choices(&all));
    fields
}

fn numbers(all: &[usize]) -> Vec<Field> {
    let doubles = Numbers::Double32(Packing::Plain, each(all, third));
    vec![
        Field::new("bool", each(all, |i| i % 3 == 0)),
        Field::new("i8", each(all, |i| i as i8)),
        Field::new("u8", each(all, |i| i as u8)),
        Field::new("i16", each(all, |i| -(i as i16))),
        Field::new("u16", each(all, |i| 60_000 + i as u16)),
        Field::new("i32", each(all, |i| -(i as i32) << 16)),
        Field::new("u32", each(all, |i| u32::MAX - i as u32)),
        Field::new("i64", each(all, |i| -(i as i64) << 40)),
        Field::new("u64", each(all, |i| u64::MAX - i as u64)),
        Field::new("f32", each(all, |i| third(i) as f32)),
        Field::new("f64", each(all, third)),
        Field::new("double32", doubles),
        Field::new("char", FieldValues::Chars(each(all, letter))),
        Field::new("byte", FieldValues::Bytes(each(all, |i| i as u8))),
        Field::new(
            "atomic",
            FieldValues::wrapped("std::atomic<std::int32_t>", each(all, |i| i as i32)),
        ),
    ]
}

fn packed(all: &[usize]) -> Vec<Field> {
    let single = |packing| FieldValues::packed(packing, each(all, |i| third(i) as f32));
    let double = |packing| FieldValues::packed(packing, each(all, third));
    let quantized = |bits| RealPacking::Quantized {
        bits,
        min: -1.0,
        max: 10.0,
    };
    vec![
        Field::new("half", single(RealPacking::Half)),
        Field::new("half_double", double(RealPacking::Half)),
        Field::new("single", double(RealPacking::Single)),
        Field::new("trunc10", single(RealPacking::Truncated { bits: 10 })),
        Field::new("trunc21", double(RealPacking::Truncated { bits: 21 })),
        Field::new("trunc31", single(RealPacking::Truncated { bits: 31 })),
        Field::new("quant1", single(quantized(1))),
        Field::new("quant11", single(quantized(11))),
        Field::new("quant32", double(quantized(32))),
    ]
}

fn nested(all: &[usize]) -> Vec<Field> {
    let items = items(all);
    let offsets = offsets(all);
    let pairs: Vec<usize> = (0..=items.len()).map(|k| 2 * k).collect();
    let pair_items: Vec<i16> = items.iter().flat_map(|&k| [k as i16, -1]).collect();
    let floats = each(&items, |k| k as f32);
    let twice: Vec<usize> = all.iter().flat_map(|&i| [i, i]).collect();
    let texts = each(all, |i| "x".repeat(if i % 50 == 7 { 300 } else { i % 5 }));
    let item_texts = FieldValues::text(&each(&items, |k| format!("t{k}")));
    vec![
        Field::new("string", FieldValues::text(&texts)),
        Field::new("vf", FieldValues::list(&offsets, floats.clone())),
        Field::new(
            "vi64",
            FieldValues::list(&offsets, each(&items, |k| k as i64)),
        ),
        Field::new(
            "vb",
            FieldValues::list(&offsets, each(&items, |k| k % 2 == 0)),
        ),
        Field::new("vs", FieldValues::list(&offsets, item_texts)),
        Field::new(
            "vv",
            FieldValues::list(&offsets, FieldValues::list(&pairs, pair_items)),
        ),
        Field::new(
            "v3",
            FieldValues::list(&offsets, FieldValues::array(3, triples(&items))),
        ),
        Field::new(
            "rvec",
            FieldValues::list(&offsets, floats.clone()).with_type("ROOT::VecOps::RVec<float>"),
        ),
        Field::new(
            "set",
            FieldValues::list(&offsets, floats).with_type("std::set<float>"),
        ),
        Field::new("a3", FieldValues::array(3, triples(all))),
        Field::new(
            "a23",
            FieldValues::array(2, FieldValues::array(3, triples(&twice))),
        ),
        Field::new(
            "bits",
            FieldValues::bits(
                11,
                all.iter()
                    .flat_map(|i| (0..11).map(move |b| i >> b & 1 == 1))
                    .collect(),
            ),
        ),
    ]
}

fn records(all: &[usize]) -> Vec<Field> {
    let items = items(all);
    let offsets = offsets(all);
    let hit = |of: &[usize]| {
        FieldValues::record(
            "Hit",
            vec![
                Field::new("x", each(of, |k| k as f32)),
                Field::new("n", each(of, |k| k as i32)),
                Field::new("s", FieldValues::text(&each(of, |k| format!("t{k}")))),
            ],
        )
    };
    let muon = FieldValues::record(
        "",
        vec![
            Field::new("Muon_pt", each(&items, |k| k as f32)),
            Field::new("Muon_charge", each(&items, |k| 1 - 2 * (k % 2) as i32)),
        ],
    );
    let map = FieldValues::pair(each(&items, |k| k as i32), each(&items, |k| k as f32));
    vec![
        Field::new("hit", hit(all)),
        Field::new("hits", FieldValues::list(&offsets, hit(&items))),
        Field::new(
            "untyped",
            FieldValues::record("", vec![Field::new("x", each(all, |i| i as f32))]),
        ),
        Field::new(
            "pair",
            FieldValues::pair(each(all, |i| i as i32), each(all, third)),
        ),
        Field::new(
            "tuple",
            FieldValues::tuple(vec![
                each(all, |i| i as i32).into(),
                FieldValues::list(&offsets, each(&items, |k| k as f32)),
                each(all, |i| i % 3 == 0).into(),
            ]),
        ),
        Field::new(
            "map",
            FieldValues::list(&offsets, map).with_type("std::map<std::int32_t,float>"),
        ),
        Field::new("_collection0", FieldValues::list(&offsets, muon)),
        Field::new("nMuon", FieldValues::counts_of("_collection0")),
        Field::new("Muon_pt", FieldValues::member_of("_collection0", "Muon_pt")),
        Field::new(
            "Muon_charge",
            FieldValues::member_of("_collection0", "Muon_charge"),
        ),
        Field::new("f32_again", FieldValues::copy_of("f32")),
        Field::new("hits_s", FieldValues::member_of("hits", "s")),
    ]
}

fn choices(all: &[usize]) -> Vec<Field> {
    let some: Vec<usize> = all.iter().copied().filter(|i| i % 3 != 0).collect();
    let present = each(all, |i| i % 3 != 0);
    let of_kind = |kind| all.iter().copied().filter(move |i| i % 3 == kind);
    let lists: Vec<usize> = of_kind(2).collect();
    let tags = each(all, |i| Some((i % 3) as u8));
    let alternatives = vec![
        of_kind(0).map(|i| i as i32).collect::<Vec<_>>().into(),
        FieldValues::text(&of_kind(1).map(|i| format!("t{i}")).collect::<Vec<_>>()),
        FieldValues::list(&offsets(&lists), each(&items(&lists), |k| k as f32)),
    ];
    let lost = each(all, |i| (i % 3 != 0).then_some(0));
    let kept = vec![each(&some, |i| i as i32).into(), FieldValues::Text(vec![])];
    vec![
        Field::new(
            "optional",
            FieldValues::optional(&present, each(&some, |i| i as i32)),
        ),
        Field::new(
            "unique",
            FieldValues::optional(
                &present,
                FieldValues::list(&offsets(&some), each(&items(&some), |k| k as f32)),
            )
            .with_type("std::unique_ptr<std::vector<float>>"),
        ),
        Field::new("variant", FieldValues::variant(&tags, alternatives)),
        Field::new("lost", FieldValues::variant(&lost, kept)),
    ]
}

/// What the last chunk brings.
fn late_fields(entries: Range<usize>) -> Vec<Field> {
    let all: Vec<usize> = entries.collect();
    let offsets = offsets(&all);
    vec![
        Field::new("late", each(&all, |i| i as i32)),
        Field::new("late_a3", FieldValues::array(3, triples(&all))),
        Field::new(
            "late_vf",
            FieldValues::list(&offsets, each(&items(&all), |k| k as f32)),
        ),
        Field::new(
            "late_string",
            FieldValues::text(&each(&all, |i| format!("t{i}"))),
        ),
        Field::new("late_copy", FieldValues::copy_of("vf")),
    ]
}

/// Entry `i` has `i % 4` items, `10 * i` and its successors.
fn items(all: &[usize]) -> Vec<usize> {
    all.iter()
        .flat_map(|i| (0..i % 4).map(move |k| 10 * i + k))
        .collect()
}

fn offsets(all: &[usize]) -> Vec<usize> {
    let mut offsets = vec![0];
    for i in all {
        offsets.push(offsets[offsets.len() - 1] + i % 4);
    }
    offsets
}

fn each<T>(all: &[usize], rule: impl Fn(usize) -> T) -> Vec<T> {
    all.iter().map(|&i| rule(i)).collect()
}

fn letter(i: usize) -> u8 {
    b'a' + (i % 26) as u8
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
