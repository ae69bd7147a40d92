//! What filters learned about columns: smallest and largest value of a chunk.
//!
//! A filter looks at every value of its columns, so their bounds cost little to find then. They
//! stay when the chunk is evicted, and later filters skip chunks that cannot match, before
//! anything is read. Values compare as in DataFusion: floats in their total order, in which
//! positive NaN is above all numbers.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, UInt64Array};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, SchemaRef,
    UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use datafusion::common::pruning::PruningStatistics;
use datafusion::common::{Column, ScalarValue};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_optimizer::pruning::PruningPredicateBuilder;

use super::identity::CachedColumnEntry;

/// Chunks of a column whose bounds are remembered.
const MOST_CHUNKS: usize = 16 << 10;

/// Bounds by the first and the last entry of a chunk.
#[derive(Debug, Default)]
pub(crate) struct Learned {
    bounds: BTreeMap<(u64, u64), Bounds>,
}

#[derive(Debug, Clone, PartialEq)]
struct Bounds {
    least: ScalarValue,
    most: ScalarValue,
}

impl Learned {
    pub(crate) fn knows(&self, chunk: &Range<u64>) -> bool {
        self.bounds.contains_key(&(chunk.start, chunk.end))
    }

    fn get(&self, chunk: &Range<u64>) -> Option<&Bounds> {
        self.bounds.get(&(chunk.start, chunk.end))
    }
}

/// Remembers the bounds of a chunk, if the column is of numbers.
pub(crate) fn learn(entry: &CachedColumnEntry, chunk: &Range<u64>, batches: &[ArrayRef]) {
    let Some(bounds_of) = bounds_for(&entry.column.data_type) else {
        return;
    };
    if entry.learned.read().knows(chunk) {
        return;
    }
    let Some(bounds) = bounds_of(batches) else {
        return;
    };
    let mut learned = entry.learned.write();
    if learned.bounds.len() < MOST_CHUNKS {
        learned.bounds.insert((chunk.start, chunk.end), bounds);
    }
}

/// Finds the bounds of a chunk's batches.
type FindBounds = fn(&[ArrayRef]) -> Option<Bounds>;

/// How to find the bounds of values of this type.
fn bounds_for(data_type: &DataType) -> Option<FindBounds> {
    Some(match data_type {
        DataType::Int8 => |b| bounds_of::<Int8Type, _>(b, |v| v, |k| k),
        DataType::Int16 => |b| bounds_of::<Int16Type, _>(b, |v| v, |k| k),
        DataType::Int32 => |b| bounds_of::<Int32Type, _>(b, |v| v, |k| k),
        DataType::Int64 => |b| bounds_of::<Int64Type, _>(b, |v| v, |k| k),
        DataType::UInt8 => |b| bounds_of::<UInt8Type, _>(b, |v| v, |k| k),
        DataType::UInt16 => |b| bounds_of::<UInt16Type, _>(b, |v| v, |k| k),
        DataType::UInt32 => |b| bounds_of::<UInt32Type, _>(b, |v| v, |k| k),
        DataType::UInt64 => |b| bounds_of::<UInt64Type, _>(b, |v| v, |k| k),
        DataType::Float32 => |b| bounds_of::<Float32Type, _>(b, key_of_f32, f32_of_key),
        DataType::Float64 => |b| bounds_of::<Float64Type, _>(b, key_of_f64, f64_of_key),
        _ => return None,
    })
}

/// An integer that orders as the float does in the total order (see [`f32::total_cmp`]).
fn key_of_f32(value: f32) -> i32 {
    let bits = value.to_bits().cast_signed();
    bits ^ ((bits >> 31).cast_unsigned() >> 1).cast_signed()
}

fn f32_of_key(key: i32) -> f32 {
    let bits = key ^ ((key >> 31).cast_unsigned() >> 1).cast_signed();
    f32::from_bits(bits.cast_unsigned())
}

fn key_of_f64(value: f64) -> i64 {
    let bits = value.to_bits().cast_signed();
    bits ^ ((bits >> 63).cast_unsigned() >> 1).cast_signed()
}

fn f64_of_key(key: i64) -> f64 {
    let bits = key ^ ((key >> 63).cast_unsigned() >> 1).cast_signed();
    f64::from_bits(bits.cast_unsigned())
}

/// Smallest and largest value; `None` if there is none.
fn bounds_of<T: ArrowPrimitiveType, K: Copy + Ord>(
    batches: &[ArrayRef],
    key: impl Fn(T::Native) -> K,
    value: impl Fn(K) -> T::Native,
) -> Option<Bounds> {
    let mut bounds: Option<(K, K)> = None;
    for batch in batches {
        let batch = batch.as_primitive_opt::<T>()?;
        if batch.null_count() > 0 {
            return None;
        }
        bounds = extended(bounds, batch.values(), &key);
    }
    let (least, most) = bounds?;
    let scalar = |key| ScalarValue::new_primitive::<T>(Some(value(key)), &T::DATA_TYPE).ok();
    Some(Bounds {
        least: scalar(least)?,
        most: scalar(most)?,
    })
}

/// Bounds that hold for these values too.
///
/// Both are found in one pass, in lanes that the compiler turns into vectors: the query that
/// fills the cache pays for it.
fn extended<V: Copy, K: Copy + Ord>(
    bounds: Option<(K, K)>,
    values: &[V],
    key: impl Fn(V) -> K,
) -> Option<(K, K)> {
    const LANES: usize = 16;
    let Some(&first) = values.first() else {
        return bounds;
    };
    let first = key(first);
    let (least, most) = bounds.unwrap_or((first, first));
    let (mut least, mut most) = ([least; LANES], [most; LANES]);
    let (lanes, rest) = values.as_chunks::<LANES>();
    for chunk in lanes {
        for i in 0..LANES {
            let key = key(chunk[i]);
            least[i] = least[i].min(key);
            most[i] = most[i].max(key);
        }
    }
    for (i, value) in rest.iter().enumerate() {
        let key = key(*value);
        least[i] = least[i].min(key);
        most[i] = most[i].max(key);
    }
    Some((*least.iter().min()?, *most.iter().max()?))
}

/// A column of a filter: its entry, or that the file lacks it.
pub(crate) enum FilterColumn {
    Stored(Arc<CachedColumnEntry>),
    /// All its values are null.
    Missing,
}

/// For each chunk: whether the filter may be true for one of its rows.
///
/// `columns` are those of `schema`. Whatever cannot be judged may be true.
pub(crate) fn may_match(
    predicate: &Arc<dyn PhysicalExpr>,
    schema: &SchemaRef,
    columns: &[FilterColumn],
    chunks: &[Range<u64>],
) -> Vec<bool> {
    let everything = || vec![true; chunks.len()];
    let knows_any = columns.iter().any(|column| match column {
        FilterColumn::Missing => true,
        FilterColumn::Stored(entry) => {
            let learned = entry.learned.read();
            chunks.iter().any(|chunk| learned.knows(chunk))
        }
    });
    if !knows_any {
        return everything();
    }
    let pruning = PruningPredicateBuilder::new()
        .with_file_schema(Arc::clone(schema))
        .build(Arc::clone(predicate));
    let statistics = ChunkStatistics {
        schema,
        columns,
        chunks,
    };
    match pruning {
        Some(pruning) => pruning.prune(&statistics).unwrap_or_else(|_| everything()),
        None => everything(),
    }
}

struct ChunkStatistics<'a> {
    schema: &'a SchemaRef,
    columns: &'a [FilterColumn],
    chunks: &'a [Range<u64>],
}

impl ChunkStatistics<'_> {
    fn column(&self, column: &Column) -> Option<(&FilterColumn, &DataType)> {
        let index = self.schema.index_of(&column.name).ok()?;
        Some((
            self.columns.get(index)?,
            self.schema.field(index).data_type(),
        ))
    }

    /// Bounds of the chunks in the type of the table, null where they are not known.
    fn bounds(&self, column: &Column, pick: impl Fn(&Bounds) -> &ScalarValue) -> Option<ArrayRef> {
        let (FilterColumn::Stored(entry), table_type) = self.column(column)? else {
            return None;
        };
        let unknown = ScalarValue::try_from(&entry.column.data_type).ok()?;
        let learned = entry.learned.read();
        let values = self.chunks.iter().map(|chunk| {
            learned
                .get(chunk)
                .map_or_else(|| unknown.clone(), |b| pick(b).clone())
        });
        let array = ScalarValue::iter_to_array(values).ok()?;
        // Tables only widen: that keeps the order.
        cast(&array, table_type).ok()
    }
}

impl PruningStatistics for ChunkStatistics<'_> {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        self.bounds(column, |bounds| &bounds.least)
    }

    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        self.bounds(column, |bounds| &bounds.most)
    }

    fn num_containers(&self) -> usize {
        self.chunks.len()
    }

    fn null_counts(&self, column: &Column) -> Option<ArrayRef> {
        let (column, _) = self.column(column)?;
        Some(match column {
            FilterColumn::Missing => Arc::new(self.rows()),
            FilterColumn::Stored(_) => Arc::new(UInt64Array::from(vec![0; self.chunks.len()])),
        })
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        Some(Arc::new(self.rows()))
    }

    fn contained(&self, _column: &Column, _values: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        None
    }
}

impl ChunkStatistics<'_> {
    fn rows(&self) -> UInt64Array {
        self.chunks
            .iter()
            .map(|chunk| Some(chunk.end - chunk.start))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Float32Array, Float64Array};
    use proptest::prelude::*;

    use super::*;

    fn bounds(values: &[f64]) -> Option<Bounds> {
        let batches: Vec<ArrayRef> = values
            .chunks(2)
            .map(|part| Arc::new(Float64Array::from(part.to_vec())) as ArrayRef)
            .collect();
        bounds_of::<Float64Type, _>(&batches, key_of_f64, f64_of_key)
    }

    #[test]
    fn bounds_are_those_of_all_batches() {
        let found = bounds(&[3.0, 1.0, 7.0, 2.0, 5.0]).unwrap();

        assert_eq!(found.least, ScalarValue::Float64(Some(1.0)));
        assert_eq!(found.most, ScalarValue::Float64(Some(7.0)));
    }

    #[test]
    fn a_nan_is_above_all_numbers_as_in_comparisons() {
        let found = bounds(&[1.0, f64::NAN, 2.0]).unwrap();

        assert_eq!(found.least, ScalarValue::Float64(Some(1.0)));
        assert!(matches!(found.most, ScalarValue::Float64(Some(x)) if x.is_nan()));
    }

    proptest! {
        #[test]
        fn bounds_are_those_of_the_total_order(bits in proptest::collection::vec(any::<u32>(), 1..70)) {
            let values: Vec<f32> = bits.iter().map(|&bits| f32::from_bits(bits)).collect();
            let batches: Vec<ArrayRef> = values
                .chunks(40)
                .map(|part| Arc::new(Float32Array::from(part.to_vec())) as ArrayRef)
                .collect();

            let found = bounds_of::<Float32Type, _>(&batches, key_of_f32, f32_of_key).unwrap();

            let least = values.iter().copied().min_by(f32::total_cmp).map(f32::to_bits);
            let most = values.iter().copied().max_by(f32::total_cmp).map(f32::to_bits);
            let bits = |bound| match bound {
                ScalarValue::Float32(value) => value.map(f32::to_bits),
                _ => None,
            };
            prop_assert_eq!((bits(found.least), bits(found.most)), (least, most));
        }
    }

    #[test]
    fn no_values_have_no_bounds() {
        assert_eq!(bounds(&[]), None);
    }
}
