//! How long kernels on lists take per element, on 65 536 events with 2.7 jets on average.

use std::sync::Arc;

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};

use arrow::array::{Array, Float32Array, ListArray, Scalar};
use arrow::compute::kernels::cmp::gt;
use arrow::datatypes::{DataType, Field, Float32Type};
use hepframe_physics::combinations::{any_within, member};
use hepframe_physics::lists::{self, Broadcast, Operand, Order, Position};

fn main() {
    divan::main();
}

const EVENTS: usize = 65_536;

/// Lists of 0 to 7 numbers; the same in every run, in no order.
fn jets() -> ListArray {
    let mut state = 1_u64;
    let mut random = || {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        u16::try_from(state >> 48).unwrap_or(0)
    };
    ListArray::from_iter_primitive::<Float32Type, _, _>((0..EVENTS).map(|_| {
        let count = [0, 1, 1, 2, 2, 3, 5, 7][usize::from(random() >> 13)];
        let mut jets = Vec::new();
        jets.resize_with(count, || Some(f32::from(random()) / 13_000.0));
        Some(jets)
    }))
}

/// Measures a kernel; the items are elements of the list.
fn bench<R>(bencher: Bencher<'_, '_>, kernel: impl Fn(&ListArray) -> R) {
    let jets = jets();
    bencher
        .counter(ItemsCount::new(jets.values().len()))
        .bench_local(|| kernel(black_box(&jets)));
}

#[divan::bench]
fn sum(bencher: Bencher<'_, '_>) {
    bench(bencher, lists::sum);
}

#[divan::bench]
fn argmax(bencher: Bencher<'_, '_>) {
    bench(bencher, lists::argmax);
}

#[divan::bench]
fn count_and_first(bencher: Bencher<'_, '_>) {
    bench(bencher, |list| {
        (lists::count(list), lists::at(list, Position::Constant(0)))
    });
}

#[divan::bench]
fn sort(bencher: Bencher<'_, '_>) {
    bench(bencher, |list| lists::sort(list, Order::Descending));
}

#[divan::bench]
fn pairs(bencher: Bencher<'_, '_>) {
    bench(bencher, |list| (member(list, 2, 0), member(list, 2, 1)));
}

#[divan::bench]
fn matching(bencher: Bencher<'_, '_>) {
    bench(bencher, |list| any_within(list, list, list, list, 0.4));
}

#[divan::bench]
fn repeat(bencher: Bencher<'_, '_>) {
    bench(bencher, |list| {
        let lined_up = Broadcast::new(&[Operand::List(list)]);
        lined_up.and_then(|lined_up| lined_up.repeat(&lists::at(list, Position::Constant(0))?))
    });
}

#[divan::bench]
fn mask(bencher: Bencher<'_, '_>) {
    let jets = jets();
    let chosen = gt(jets.values(), &Scalar::new(Float32Array::from(vec![2.5])));
    let field = Arc::new(Field::new_list_field(DataType::Boolean, true));
    let offsets = jets.offsets().clone();
    let chosen =
        chosen.and_then(|chosen| ListArray::try_new(field, offsets, Arc::new(chosen), None));
    bencher
        .counter(ItemsCount::new(jets.values().len()))
        .bench_local(|| {
            chosen
                .as_ref()
                .map(|chosen| lists::mask(black_box(&jets), chosen))
        });
}
