//! Damaged files: an error or an answer, never a panic and never endless memory.

use bytes::Bytes;
use hepframe_root_io::{Result, RootError, Want};
use hepframe_root_write::{Codec, Column as Written, LastBaskets, TreeOptions};

use crate::fixture::{file_of, open_file, open_tree, read};

fn good_file() -> Bytes {
    let counts: Vec<i32> = (0..30).map(|i| i % 3).collect();
    let offsets: Vec<usize> = counts
        .iter()
        .scan(0, |at, &n| {
            Some(std::mem::replace(at, *at + usize::try_from(n).unwrap()))
        })
        .collect();
    let offsets = [offsets, vec![30]].concat();
    let values: Vec<f32> = vec![1.5; 30];
    let words: Vec<String> = (0..30).map(|i| format!("entry {i}")).collect();
    file_of(
        TreeOptions::new()
            .codec(Codec::Zstd(1))
            .entries_per_basket(10)
            .last_baskets(LastBaskets::InTree),
        &[
            ("n", Written::flat(counts)),
            ("x", Written::counted("n", values.clone())),
            ("v", Written::vector(&offsets, values)),
            ("s", Written::text(&words)),
        ],
    )
}

/// Reads all there is; what matters is that it returns.
fn read_everything(file: &Bytes) -> Result<()> {
    open_file(file, Want::Everything)?;
    let tree = open_tree(file, "t")?;
    for column in &tree.columns {
        // Entry counts that lie must not make this test endless.
        if column.field().is_ok() && tree.entries < 1000 {
            read(file, &tree, &column.name, 7)?;
        }
    }
    Ok(())
}

#[test]
fn a_file_cut_off_anywhere_is_an_error_or_an_answer() {
    let file = good_file();

    for len in 0..file.len() {
        let _outcome = read_everything(&file.slice(..len));
    }

    assert!(read_everything(&file.slice(..20)).is_err());
    assert!(read_everything(&file).is_ok());
}

#[test]
fn a_file_that_is_not_whole_says_how_much_of_it_is_there() {
    let file = good_file();
    let opened = |len: usize| open_file(&file.slice(..len), Want::Everything);
    let half = file.len() / 2;

    let cut_off = opened(half).and_then(|index| index.find_tree(None).cloned());

    let (there, whole) = (half as u64, file.len() as u64);
    assert!(
        matches!(cut_off, Err(RootError::CutOff { there: a, whole: b }) if (a, b) == (there, whole)),
        "{cut_off:?}"
    );
    assert!(matches!(opened(0), Err(RootError::Empty)));
    assert!(opened(file.len()).is_ok());
}

#[test]
fn a_damaged_byte_anywhere_is_an_error_or_an_answer() {
    let file = good_file();

    for at in 0..file.len() {
        let mut bytes = file.to_vec();
        bytes[at] ^= [0xff, 0x80, 0x01][at % 3];
        let _outcome = read_everything(&bytes.into());
    }
}

#[test]
fn a_file_that_was_never_closed_gives_the_trees_it_holds() {
    let good = good_file();
    let mut bytes = good.to_vec();
    let word = |at: usize| u32::from_be_bytes(good[at..at + 4].try_into().unwrap()) as usize;
    // The directory starts after the header (byte 8) and the file's name (byte 28).
    let directory = word(8) + word(28);
    // Without the length of its list of keys, and without the place of the class descriptions.
    bytes[directory + 10..directory + 14].fill(0);
    bytes[37..45].fill(0);
    let file = Bytes::from(bytes);

    let index = open_file(&file, Want::Everything).unwrap();
    let tree = open_tree(&file, "t").unwrap();

    assert!(index.recovered && !open_file(&good, Want::Everything).unwrap().recovered);
    let good_tree = open_tree(&good, "t").unwrap();
    for name in ["n", "x", "v", "s"] {
        let expected = read(&good, &good_tree, name, 30).unwrap();
        assert_eq!(
            read(&file, &tree, name, 30).unwrap().as_ref(),
            expected.as_ref(),
            "{name}"
        );
    }
}

#[test]
fn what_is_no_root_file_says_how_it_starts() {
    let message = read_everything(&Bytes::from_static(&[b'P'; 200]))
        .unwrap_err()
        .to_string();

    assert!(
        message.contains("not a ROOT file") && message.contains("PPPP"),
        "{message}"
    );
}
