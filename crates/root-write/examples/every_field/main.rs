//! Writes an RNTuple with every kind of field in several ways, for other readers to check.
mod fields;

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use hepframe_root_write::{
    Codec, Encoding, EqualPages, Field, FileWriter, Locators, NtupleOptions, OffsetWidth,
    OpenNtuple, PageChecksums, Result, WriteError,
};

use fields::{every_field, late_fields};

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
