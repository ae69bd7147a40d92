//! Headers, footers and page lists that were damaged before their checksums were made.

use std::io::Cursor;

use bytes::Bytes;
use hepframe_root_write::{Field, FieldValues, FileWriter, NtupleOptions};
use xxhash_rust::xxh3::xxh3_64;

use super::anchor::Anchor;
use super::description::{read_footer, read_header};
use super::locator::Extent;
use super::open::NTupleOpening;
use crate::open::{Fetched, Halt};
use crate::tree::Tree;

const ANCHOR_BYTES: usize = 78;

struct Written {
    file: Vec<u8>,
    anchor: usize,
}

/// A file with late fields, several clusters, projections and nested classes.
fn written() -> Written {
    let two = |items: FieldValues| FieldValues::list(&[0, 2, 2, 2], items);
    let point = FieldValues::record("P", vec![Field::new("x", vec![1.0_f32, 2.0])]);
    let first = [
        Field::new("n", vec![1_i32, 2, 3]),
        Field::new("p", two(point)),
        Field::new("np", FieldValues::counts_of("p")),
        Field::new("px", FieldValues::member_of("p", "x")),
        Field::new("s", FieldValues::text(&["a", "b", "c"])),
    ];
    let late = Field::new("late", FieldValues::array(2, vec![1_i16; 6]));
    let second = [&first[..], &[late]].concat();
    let mut file = FileWriter::new(Cursor::new(Vec::new()), "t.root").unwrap();
    let options = NtupleOptions::new().entries_per_cluster(2);
    let mut ntuple = file.open_rntuple("t", options).unwrap();
    ntuple.append(&first).unwrap();
    ntuple.append(&second).unwrap();
    ntuple.finish().unwrap();
    let file = file.finish().unwrap().into_inner();
    // The byte count of 66 and version 2 are in front of the anchor's epoch.
    let front = [0x40, 0, 0, 66, 0, 2, 0, 1];
    let anchor = file.windows(8).position(|bytes| bytes == front).unwrap();
    Written { file, anchor }
}

impl Written {
    fn open(&self, file: &[u8]) -> Result<Tree, Halt> {
        let mut fetched = Fetched::new(file.len() as u64);
        fetched.insert(0, Bytes::copy_from_slice(file));
        let anchor = || {
            let payload = &file[self.anchor..self.anchor + ANCHOR_BYTES];
            Ok((payload.to_vec(), self.anchor as u64))
        };
        NTupleOpening::default().advance(&fetched, "t", anchor)
    }

    /// Header, footer and page lists, none of them packed.
    fn envelopes(&self) -> Vec<Extent> {
        let part = |place: Extent| {
            let at = usize::try_from(place.at).unwrap();
            &self.file[at..at + usize::try_from(place.bytes).unwrap()]
        };
        let anchor = Anchor::parse(&self.file[self.anchor..], 0).unwrap();
        let (header, mut described) = read_header(part(anchor.header.place)).unwrap();
        let footer = part(anchor.footer.place);
        let groups = read_footer(footer, &header, &mut described).unwrap();
        let page_lists = groups.iter().map(|group| group.pages.place);
        let first = [anchor.header.place, anchor.footer.place];
        first.into_iter().chain(page_lists).collect()
    }
}

/// The file with other bytes at a place in an envelope, which has a good checksum again.
fn damaged(file: &[u8], envelope: Extent, at: usize, with: &[u8]) -> Vec<u8> {
    let start = usize::try_from(envelope.at).unwrap();
    let end = start + usize::try_from(envelope.bytes).unwrap() - 8;
    let mut bad = file.to_vec();
    let last = (start + at + with.len()).min(end);
    bad[start + at..last].copy_from_slice(&with[..last - start - at]);
    let checksum = xxh3_64(&bad[start..end]);
    bad[end..end + 8].copy_from_slice(&checksum.to_le_bytes());
    bad
}

#[test]
fn damage_under_a_good_checksum_is_an_error_or_a_description() {
    let written = written();
    let good = written.open(&written.file).unwrap();
    assert_eq!((good.entries, good.columns.len()), (6, 6));

    let patterns = [&[0xff; 8][..], &[0; 8], &[0xff, 0xff, 0xff, 0x7f], &[1]];
    let (mut refused, mut opened) = (0, 0);
    for envelope in written.envelopes() {
        for at in 0..usize::try_from(envelope.bytes).unwrap() - 8 {
            for with in patterns {
                let file = damaged(&written.file, envelope, at, with);
                match written.open(&file) {
                    Ok(tree) => {
                        opened += 1;
                        assert!(tree.columns.iter().all(|column| column.baskets.len() < 100));
                    }
                    Err(Halt::Failed(_)) => refused += 1,
                    Err(Halt::Need(range)) => panic!("{range:?} is asked for, all is there"),
                }
            }
        }
    }

    assert!(refused > 100 && opened > 100, "{refused} {opened}");
}

#[test]
fn a_header_of_another_file_is_noticed() {
    let written = written();
    let header = written.envelopes()[0];

    let file = damaged(&written.file, header, 30, b"x");
    let halt = written.open(&file).unwrap_err();

    let Halt::Failed(error) = halt else {
        panic!("all bytes are there");
    };
    assert!(error.to_string().contains("belongs to header"), "{error}");
}
