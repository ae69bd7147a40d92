//! Values on their way into columns.

use std::ops::Range;

use super::elements::{Element, switch};
use super::field::FieldValues;
use super::types::RealPacking;
use crate::numbers::Numbers;

/// A column being filled, whatever its representations.
#[derive(Debug)]
pub(crate) struct OpenColumn {
    /// The elements of the open cluster.
    pub(crate) pending: Vec<u64>,
    /// How many items of its parts the open cluster has: one number for offsets, one for each
    /// alternative of a switch.
    item_counts: Vec<u64>,
    /// Element with which the open cluster begins.
    pub(crate) first: u64,
}

impl OpenColumn {
    /// A column whose first element is `first`.
    pub(crate) fn new(first: u64) -> Self {
        Self {
            pending: Vec::new(),
            item_counts: Vec::new(),
            first,
        }
    }

    /// Forgets the elements of a cluster that is written.
    pub(crate) fn begin_cluster(&mut self) {
        self.first += self.pending.len() as u64;
        self.pending.clear();
        self.item_counts.clear();
    }

    /// Adds the ends of lists of these lengths.
    fn put_ends(&mut self, lengths: impl Iterator<Item = usize>) {
        let mut end = self.item_counts.pop().unwrap_or_default();
        for length in lengths {
            end += length as u64;
            self.pending.push(end);
        }
        self.item_counts.push(end);
    }

    fn put_tags(&mut self, tags: &[Option<u8>], alternatives: usize) {
        self.item_counts.resize(alternatives, 0);
        for tag in tags {
            let Some(tag) = *tag else {
                self.pending.push(switch(0, 0));
                continue;
            };
            let count = &mut self.item_counts[usize::from(tag)];
            self.pending.push(switch(tag + 1, *count));
            *count += 1;
        }
    }
}

/// Adds the values in `range` to the columns, which come in the order of the schema; the values
/// were checked.
pub(crate) fn put<'a>(
    values: &FieldValues,
    range: Range<usize>,
    columns: &mut impl Iterator<Item = &'a mut OpenColumn>,
) {
    match values {
        FieldValues::Typed { values, .. } | FieldValues::Wrapped { values, .. } => {
            put(values, range, columns);
        }
        FieldValues::Record { members, .. } => {
            for member in members {
                put(&member.values, range.clone(), columns);
            }
        }
        FieldValues::Array { length, items } => {
            put(items, range.start * length..range.end * length, columns);
        }
        FieldValues::Projected(_) => {}
        _ => {
            if let Some(column) = columns.next() {
                put_own(values, range, column, columns);
            }
        }
    }
}

/// Adds values that have a column of their own.
fn put_own<'a>(
    values: &FieldValues,
    range: Range<usize>,
    column: &mut OpenColumn,
    columns: &mut impl Iterator<Item = &'a mut OpenColumn>,
) {
    let out = &mut column.pending;
    match values {
        FieldValues::Numbers(numbers) => numbers.put_elements(range, out),
        FieldValues::Packed(packing, Numbers::F32(v)) => {
            put_packed(*packing, v[range].iter().map(|x| f64::from(*x)), out);
        }
        FieldValues::Packed(packing, Numbers::F64(v)) => {
            put_packed(*packing, v[range].iter().copied(), out);
        }
        FieldValues::Chars(v) | FieldValues::Bytes(v) => {
            out.extend(v[range].iter().map(|x| u64::from(*x)));
        }
        FieldValues::Bits { length, bits } => {
            let bits = &bits[range.start * length..range.end * length];
            out.extend(bits.iter().map(|bit| u64::from(*bit)));
        }
        FieldValues::Text(texts) | FieldValues::Streamed { objects: texts, .. } => {
            let texts = &texts[range];
            column.put_ends(texts.iter().map(Vec::len));
            if let Some(column) = columns.next() {
                let bytes = texts.iter().flatten().map(|x| u64::from(*x));
                column.pending.extend(bytes);
            }
        }
        FieldValues::List { offsets, items } => {
            let within = &offsets[range.start..=range.end];
            column.put_ends(within.windows(2).map(|pair| pair[1] - pair[0]));
            put(items, offsets[range.start]..offsets[range.end], columns);
        }
        FieldValues::Optional { present, items } => {
            column.put_ends(present[range.clone()].iter().map(|is| usize::from(*is)));
            let before = |entry| present[..entry].iter().filter(|is| **is).count();
            put(items, before(range.start)..before(range.end), columns);
        }
        FieldValues::Variant { tags, alternatives } => {
            column.put_tags(&tags[range.clone()], alternatives.len());
            for (tag, part) in (0..).zip(alternatives) {
                let of_part =
                    |tags: &[Option<u8>]| tags.iter().filter(|other| **other == Some(tag)).count();
                let before = of_part(&tags[..range.start]);
                put(part, before..of_part(&tags[..range.end]), columns);
            }
        }
        _ => {}
    }
}

fn put_packed(packing: RealPacking, values: impl Iterator<Item = f64>, out: &mut Vec<u64>) {
    out.extend(values.map(|value| packing.pattern(value)));
}

impl Numbers {
    pub(crate) fn element(&self) -> Element {
        match self {
            Self::Bool(_) => Element::Bit,
            Self::I8(_) => Element::Int8,
            Self::U8(_) => Element::UInt8,
            Self::I16(_) => Element::Int16,
            Self::U16(_) => Element::UInt16,
            Self::I32(_) => Element::Int32,
            Self::U32(_) => Element::UInt32,
            Self::I64(_) | Self::Long(_) => Element::Int64,
            Self::U64(_) | Self::ULong(_) => Element::UInt64,
            Self::F32(_) | Self::Float16(..) | Self::Double32(..) => Element::Real32,
            Self::F64(_) => Element::Real64,
        }
    }

    /// Adds the numbers in `range`, which lies within them, as elements.
    fn put_elements(&self, range: Range<usize>, out: &mut Vec<u64>) {
        let signed = i64::cast_unsigned;
        match self {
            Self::Bool(v) => each(&v[range], out, u64::from),
            Self::I8(v) => each(&v[range], out, |x| signed(x.into())),
            Self::U8(v) => each(&v[range], out, u64::from),
            Self::I16(v) => each(&v[range], out, |x| signed(x.into())),
            Self::U16(v) => each(&v[range], out, u64::from),
            Self::I32(v) => each(&v[range], out, |x| signed(x.into())),
            Self::U32(v) => each(&v[range], out, u64::from),
            Self::I64(v) | Self::Long(v) => each(&v[range], out, signed),
            Self::U64(v) | Self::ULong(v) => each(&v[range], out, |x| x),
            Self::F32(v) | Self::Float16(_, v) => {
                each(&v[range], out, |x| u64::from(x.to_bits()));
            }
            Self::F64(v) => each(&v[range], out, f64::to_bits),
            Self::Double32(_, v) => each(&v[range], out, |x| RealPacking::Single.pattern(x)),
        }
    }
}

fn each<T: Copy>(values: &[T], out: &mut Vec<u64>, element: impl Fn(T) -> u64) {
    out.extend(values.iter().map(|value| element(*value)));
}
