//! The values: entry `i` of every field follows a simple rule, so that a checker knows what must be
//! there without being told.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    reason = "small numbers"
)]

use std::ops::Range;

use hepframe_root_write::{Field, FieldValues as Values, Numbers, Packing, RealPacking};

/// What every chunk has.
pub(crate) fn every_field(entries: Range<usize>) -> Vec<Field> {
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
        Field::new("char", Values::Chars(each(all, letter))),
        Field::new("byte", Values::Bytes(each(all, |i| i as u8))),
        Field::new(
            "atomic",
            Values::wrapped("std::atomic<std::int32_t>", each(all, |i| i as i32)),
        ),
    ]
}

fn packed(all: &[usize]) -> Vec<Field> {
    let single = |packing| Values::packed(packing, each(all, |i| third(i) as f32));
    let double = |packing| Values::packed(packing, each(all, third));
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
    let item_texts = Values::text(&each(&items, |k| format!("t{k}")));
    vec![
        Field::new("string", Values::text(&texts)),
        Field::new("vf", Values::list(&offsets, floats.clone())),
        Field::new("vi64", Values::list(&offsets, each(&items, |k| k as i64))),
        Field::new("vb", Values::list(&offsets, each(&items, |k| k % 2 == 0))),
        Field::new("vs", Values::list(&offsets, item_texts)),
        Field::new(
            "vv",
            Values::list(&offsets, Values::list(&pairs, pair_items)),
        ),
        Field::new(
            "v3",
            Values::list(&offsets, Values::array(3, triples(&items))),
        ),
        Field::new(
            "rvec",
            Values::list(&offsets, floats.clone()).with_type("ROOT::VecOps::RVec<float>"),
        ),
        Field::new(
            "set",
            Values::list(&offsets, floats).with_type("std::set<float>"),
        ),
        Field::new("a3", Values::array(3, triples(all))),
        Field::new("a23", Values::array(2, Values::array(3, triples(&twice)))),
        Field::new(
            "bits",
            Values::bits(
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
        Values::record(
            "Hit",
            vec![
                Field::new("x", each(of, |k| k as f32)),
                Field::new("n", each(of, |k| k as i32)),
                Field::new("s", Values::text(&each(of, |k| format!("t{k}")))),
            ],
        )
    };
    let muon = Values::record(
        "",
        vec![
            Field::new("Muon_pt", each(&items, |k| k as f32)),
            Field::new("Muon_charge", each(&items, |k| 1 - 2 * (k % 2) as i32)),
        ],
    );
    let map = Values::pair(each(&items, |k| k as i32), each(&items, |k| k as f32));
    vec![
        Field::new("hit", hit(all)),
        Field::new("hits", Values::list(&offsets, hit(&items))),
        Field::new(
            "untyped",
            Values::record("", vec![Field::new("x", each(all, |i| i as f32))]),
        ),
        Field::new(
            "pair",
            Values::pair(each(all, |i| i as i32), each(all, third)),
        ),
        Field::new(
            "tuple",
            Values::tuple(vec![
                each(all, |i| i as i32).into(),
                Values::list(&offsets, each(&items, |k| k as f32)),
                each(all, |i| i % 3 == 0).into(),
            ]),
        ),
        Field::new(
            "map",
            Values::list(&offsets, map).with_type("std::map<std::int32_t,float>"),
        ),
        Field::new("_collection0", Values::list(&offsets, muon)),
        Field::new("nMuon", Values::counts_of("_collection0")),
        Field::new("Muon_pt", Values::member_of("_collection0", "Muon_pt")),
        Field::new(
            "Muon_charge",
            Values::member_of("_collection0", "Muon_charge"),
        ),
        Field::new("f32_again", Values::copy_of("f32")),
        Field::new("hits_s", Values::member_of("hits", "s")),
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
        Values::text(&of_kind(1).map(|i| format!("t{i}")).collect::<Vec<_>>()),
        Values::list(&offsets(&lists), each(&items(&lists), |k| k as f32)),
    ];
    let lost = each(all, |i| (i % 3 != 0).then_some(0));
    let kept = vec![each(&some, |i| i as i32).into(), Values::Text(vec![])];
    vec![
        Field::new(
            "optional",
            Values::optional(&present, each(&some, |i| i as i32)),
        ),
        Field::new(
            "unique",
            Values::optional(
                &present,
                Values::list(&offsets(&some), each(&items(&some), |k| k as f32)),
            )
            .with_type("std::unique_ptr<std::vector<float>>"),
        ),
        Field::new("variant", Values::variant(&tags, alternatives)),
        Field::new("lost", Values::variant(&lost, kept)),
    ]
}

/// What the last chunk brings.
pub(crate) fn late_fields(entries: Range<usize>) -> Vec<Field> {
    let all: Vec<usize> = entries.collect();
    let offsets = offsets(&all);
    vec![
        Field::new("late", each(&all, |i| i as i32)),
        Field::new("late_a3", Values::array(3, triples(&all))),
        Field::new(
            "late_vf",
            Values::list(&offsets, each(&items(&all), |k| k as f32)),
        ),
        Field::new(
            "late_string",
            Values::text(&each(&all, |i| format!("t{i}"))),
        ),
        Field::new("late_copy", Values::copy_of("vf")),
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
