//! Tables of some entries of another table.

use hepframe_root_source::{RootColumns, ScanOptions};
use hepframe_root_write::Codec;
use rstest::rstest;
use tempfile::TempDir;

use crate::fixture::{ENTRIES, numbers, open, session, tiny_steps, write_events};

#[rstest]
#[case::none(0..0)]
#[case::the_first(0..1)]
#[case::inside_a_chunk(130..170)]
#[case::over_chunks(130..470)]
#[case::over_files(990..1_010)]
#[case::of_the_second_file(1_300..2_000)]
#[case::beyond_the_end(1_990..5_000)]
#[tokio::test]
async fn some_entries_are_just_those_however_they_are_read(
    #[case] entries: std::ops::Range<u64>,
    #[values(1, 3)] partitions: usize,
    #[values(tiny_steps(), ScanOptions::default())] options: ScanOptions,
) {
    let directory = TempDir::new().unwrap();
    let paths = ["a.root", "b.root"].map(|name| directory.path().join(name));
    write_events(&paths[0], 0, Codec::Lz4);
    write_events(&paths[1], ENTRIES as i32, Codec::Zstd(1));
    let context = session(partitions);
    let uri = directory.path().join("*.root").display().to_string();
    let table = open(&context, &[&uri], options).await.unwrap();

    let some = table.among(entries.clone());
    context.register_table("some", some).unwrap();
    let ids = numbers(&context, "SELECT id FROM some ORDER BY id").await;
    let counted = numbers(&context, "SELECT count(*) FROM some").await;
    let one = numbers(&context, "SELECT id FROM some LIMIT 1").await;
    let even = numbers(&context, "SELECT id FROM some WHERE id % 2 = 0 ORDER BY id").await;

    let wanted: Vec<f64> = entries
        .take_while(|id| *id < 2_000)
        .map(|id| id as f64)
        .collect();
    assert_eq!(ids, wanted);
    assert_eq!(counted, [wanted.len() as f64]);
    assert_eq!(one.len(), wanted.len().min(1));
    assert!(one.iter().all(|id| wanted.contains(id)), "{one:?}");
    let halves: Vec<f64> = wanted.into_iter().filter(|id| id % 2.0 == 0.0).collect();
    assert_eq!(even, halves);
}

#[tokio::test]
async fn an_entry_of_a_table_is_in_one_of_its_files() {
    let directory = TempDir::new().unwrap();
    let paths = ["a.root", "b.root"].map(|name| directory.path().join(name));
    write_events(&paths[0], 0, Codec::Lz4);
    write_events(&paths[1], 0, Codec::Lz4);
    let context = session(1);
    let uri = directory.path().display().to_string();
    let table = open(&context, &[&uri], ScanOptions::default())
        .await
        .unwrap();

    let definition = table.definition();

    let [a, b] = paths.map(|path| path.display().to_string());
    assert_eq!(definition.place_of(999), Some((a, 999)));
    assert_eq!(definition.place_of(1_000), Some((b, 0)));
    assert_eq!(definition.place_of(2_000), None);
}
