//! What was written comes back, and nothing else does.

use arrow::array::{Int32Array, ListArray, StringArray, StructArray};
use arrow::datatypes::{Float32Type, Int32Type};
use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::column_cache::disk::tests::{column, entry, file};

/// Two batches of four and three entries.
fn chunk(batches: Vec<ArrayRef>) -> Chunk {
    let data_type = batches[0].data_type().clone();
    Chunk::new(entry(file(), column(data_type)), batches)
}

fn numbers() -> Chunk {
    chunk(vec![
        Arc::new(Int32Array::from(vec![1, 2, 3, 4])),
        Arc::new(Int32Array::from(vec![5, 6, 7])),
    ])
}

fn lists() -> Chunk {
    let lists = |values: Vec<Option<Vec<Option<f32>>>>| -> ArrayRef {
        Arc::new(ListArray::from_iter_primitive::<Float32Type, _, _>(values))
    };
    chunk(vec![
        lists(vec![Some(vec![Some(1.5), None]), None, Some(vec![]), None]),
        lists(vec![Some(vec![Some(f32::NAN)]), Some(vec![]), None]),
    ])
}

fn texts_in_structs() -> Chunk {
    let structs = |texts: Vec<&str>| -> ArrayRef {
        let field = Arc::new(Field::new("name", DataType::Utf8, false));
        let texts: ArrayRef = Arc::new(StringArray::from(texts));
        Arc::new(StructArray::from(vec![(field, texts)]))
    };
    chunk(vec![
        structs(vec!["a", "", "c", "é"]),
        structs(vec!["", "", "g"]),
    ])
}

fn nested() -> Chunk {
    let rows = |rows: &[&[&[i32]]]| -> ArrayRef {
        let mut outer = arrow::array::ListBuilder::new(arrow::array::ListBuilder::new(
            arrow::array::PrimitiveBuilder::<Int32Type>::new(),
        ));
        for row in rows {
            for list in *row {
                outer.values().values().append_slice(list);
                outer.values().append(true);
            }
            outer.append(true);
        }
        Arc::new(outer.finish())
    };
    chunk(vec![
        rows(&[&[&[1], &[]], &[], &[&[2, 3]], &[]]),
        rows(&[&[], &[], &[&[4]]]),
    ])
}

fn written(chunk: &Chunk) -> (DiskKey, Vec<u8>) {
    let key = DiskKey::new(&chunk.column, &(0..7));
    let bytes = encode(&key, chunk).unwrap();
    (key, bytes)
}

fn read(bytes: &[u8], key: &DiskKey, chunk: &Chunk) -> Result<Chunk, Damage> {
    decode(&Buffer::from(bytes), key, &chunk.column, &(0..7))
}

#[rstest]
#[case::numbers(numbers())]
#[case::lists_with_nulls(lists())]
#[case::texts_in_structs(texts_in_structs())]
#[case::lists_of_lists(nested())]
fn a_chunk_comes_back_as_it_was(#[case] chunk: Chunk) {
    let (key, bytes) = written(&chunk);

    let back = read(&bytes, &key, &chunk).unwrap();

    // As text, since NaN equals nothing.
    assert_eq!(
        format!("{:?}", back.batches),
        format!("{:?}", chunk.batches)
    );
    assert!(back.bytes < chunk.bytes + 1_000, "{}", back.bytes);
}

#[test]
fn a_file_of_another_chunk_is_refused() {
    let (_, bytes) = written(&numbers());
    let wanted = lists();
    let key = DiskKey::new(&wanted.column, &(0..7));

    let damage = read(&bytes, &key, &wanted).unwrap_err();

    assert!(matches!(damage, Damage::OtherKey), "{damage}");
}

#[test]
fn arrays_that_do_not_fit_the_key_are_refused() {
    let chunk = numbers();
    let key = DiskKey::new(&chunk.column, &(0..9));
    let bytes = encode(&key, &chunk).unwrap();

    let damage = decode(&Buffer::from(bytes), &key, &chunk.column, &(0..9)).unwrap_err();

    assert!(matches!(damage, Damage::OtherArrays), "{damage}");
}

#[test]
fn a_file_that_ends_early_is_refused_wherever_it_ends() {
    let chunk = numbers();
    let (key, bytes) = written(&chunk);

    for length in 0..bytes.len() {
        read(&bytes[..length], &key, &chunk).unwrap_err();
    }
}

#[test]
fn arrays_that_end_early_under_a_right_checksum_are_refused() {
    let chunk = lists();
    let (key, bytes) = written(&chunk);
    let stream = (HEADER_BYTES + key.bytes.len()).next_multiple_of(ALIGNMENT);

    for length in stream..bytes.len() - 8 {
        let mut short = bytes[..length].to_vec();
        let checksum = checksum_of(&short);
        short[CHECKSUM_AT..HEADER_BYTES].copy_from_slice(&checksum.to_le_bytes());
        read(&short, &key, &chunk).unwrap_err();
    }
}

proptest! {
    #[test]
    fn a_file_with_any_bit_flipped_is_refused(at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let chunk = texts_in_structs();
        let (key, mut bytes) = written(&chunk);
        let at = at.index(bytes.len());
        bytes[at] ^= 1_u8 << bit;

        prop_assert!(read(&bytes, &key, &chunk).is_err());
    }
}
