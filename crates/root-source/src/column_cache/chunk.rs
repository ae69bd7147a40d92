//! One column over one run of entries, decoded and compact.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, make_array};
use arrow::datatypes::DataType;

use super::identity::CachedColumnEntry;

/// Charged for each array besides its buffers: the array, its pointers, its share of the maps.
const ARRAY_BYTES: u64 = 256;
/// An allocator rounds sizes up to its own and leaves gaps: mimalloc's resident memory was about
/// one part in so many above the buffers (`cache_memory` of the command's examples).
const GAPS: u64 = 8;
/// A buffer may be larger than its contents by one part in so many.
const SLACK: usize = 20;

/// Entries of a chunk of a column: the key of a chunk, with the column's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ChunkKey {
    pub(crate) column: u64,
    pub(crate) start: u64,
    pub(crate) end: u64,
}

/// The values of a chunk, an array per batch.
#[derive(Debug)]
pub(crate) struct Chunk {
    pub(crate) column: Arc<CachedColumnEntry>,
    pub(crate) batches: Vec<ArrayRef>,
    /// What its arrays take.
    pub(crate) bytes: u64,
}

impl Chunk {
    /// Takes decoded arrays, and copies those whose buffers are much larger than their contents.
    pub(crate) fn new(column: Arc<CachedColumnEntry>, batches: Vec<ArrayRef>) -> Self {
        let batches: Vec<ArrayRef> = batches.into_iter().map(compact).collect();
        let bytes = batches.iter().map(|array| bytes_of(array.as_ref())).sum();
        Self {
            column,
            batches,
            bytes,
        }
    }

    /// What it takes of the budget: its arrays, and what the allocator loses with them.
    pub(crate) fn charge(&self) -> u64 {
        (self.bytes + self.bytes / GAPS).max(1)
    }
}

/// Bytes that keeping an array costs. Offsets that columns share are charged to each of them, so
/// that the charge stays right when one of them goes.
fn bytes_of(array: &dyn Array) -> u64 {
    ARRAY_BYTES + array.get_buffer_memory_size() as u64
}

/// The same values in buffers that are not much larger.
fn compact(array: ArrayRef) -> ArrayRef {
    let data = array.to_data();
    let held = array.get_buffer_memory_size();
    // An array that cannot tell its size is kept as it is, and charged for what it holds.
    let Ok(needed) = data.get_slice_memory_size() else {
        return array;
    };
    if held <= needed + needed / SLACK + 64 * buffers_of(array.data_type()) {
        return array;
    }
    let mut copy = arrow::array::MutableArrayData::new(vec![&data], false, data.len());
    if copy.try_extend(0, 0, data.len()).is_err() {
        return array;
    }
    let mut array = make_array(copy.freeze());
    if let Some(only) = Arc::get_mut(&mut array) {
        only.shrink_to_fit();
    }
    array
}

/// Buffers of an array of this type, about: each may be rounded up to 64 bytes.
fn buffers_of(data_type: &DataType) -> usize {
    match data_type {
        DataType::List(item) | DataType::LargeList(item) => 1 + buffers_of(item.data_type()),
        DataType::FixedSizeList(item, _) => buffers_of(item.data_type()),
        DataType::Struct(fields) => fields
            .iter()
            .map(|field| buffers_of(field.data_type()))
            .sum::<usize>()
            .max(1),
        DataType::Utf8 | DataType::Binary | DataType::LargeUtf8 | DataType::LargeBinary => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Float32Array, ListArray};
    use arrow::buffer::{Buffer, OffsetBuffer, ScalarBuffer};
    use arrow::datatypes::Field;

    use super::*;

    #[test]
    fn a_buffer_much_larger_than_its_contents_is_copied() {
        let mut values = Vec::with_capacity(100_000);
        values.extend((0..1_000).map(|i: u16| f32::from(i)));
        let large: ArrayRef = Arc::new(Float32Array::new(
            ScalarBuffer::from(Buffer::from_vec(values)),
            None,
        ));
        assert!(large.get_buffer_memory_size() >= 400_000);

        let small = compact(Arc::clone(&large));

        assert_eq!(&small, &large);
        assert!(small.get_buffer_memory_size() < 4_300);
    }

    #[test]
    fn a_fitting_list_is_kept_as_it_is() {
        let values: ArrayRef = Arc::new(Float32Array::from(vec![1.0_f32; 600]));
        let offsets = OffsetBuffer::from_lengths(vec![3; 200]);
        let field = Arc::new(Field::new_list_field(DataType::Float32, false));
        let list: ArrayRef = Arc::new(ListArray::new(field, offsets, values, None));

        let kept = compact(Arc::clone(&list));

        assert!(Arc::ptr_eq(&kept, &list));
    }
}
