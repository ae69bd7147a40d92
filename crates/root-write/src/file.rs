//! A ROOT file being written: header, directories, keys, class descriptions, free list.
//!
//! ```text
//! header | root directory | records: baskets, trees, pages ...   |
//!        | key lists | class descriptions | free list
//! ```
//!
//! Records are appended; the header and the directories are patched at the end,
//! when it is known where their lists are.

use std::fs::File;
use std::io::{BufWriter, Seek, Write};
use std::path::Path;

use crate::buffer::Buffer;
use crate::column::Column;
use crate::directory::Directory;
use crate::key::{BIG_FILE, Key, put_place};
use crate::options::TreeOptions;
use crate::rntuple::{Field, NtupleOptions, OpenNtuple};
use crate::sink::Sink;
use crate::streamers::put_streamer_infos;
use crate::tree::OpenTree;
use crate::{Codec, Result};

/// The first record starts here (`fBEGIN`).
const BEGIN: u64 = HEADER_BYTES as u64;
const HEADER_BYTES: usize = 100;
/// Version of ROOT whose layout this follows.
const ROOT_VERSION: u32 = 63_206;

/// A ROOT file being written.
#[derive(Debug)]
pub struct FileWriter<W> {
    pub(crate) sink: Sink<W>,
    /// The root directory first, parents before children.
    directories: Vec<Directory>,
}

/// What a file at this path calls itself.
pub(crate) fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

impl FileWriter<BufWriter<File>> {
    /// Creates a file, or empties one that is there.
    ///
    /// # Errors
    ///
    /// `Io` if that is not possible.
    pub fn create(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let disk = BufWriter::with_capacity(1 << 20, File::create(path)?);
        Self::new(disk, &name_of(path))
    }
}

impl<W: Write + Seek> FileWriter<W> {
    /// Starts a file called `name` in `inner`, which is empty.
    ///
    /// # Errors
    ///
    /// `Io` if it cannot be written.
    pub fn new(inner: W, name: &str) -> Result<Self> {
        let mut sink = Sink::new(inner);
        // Patched by `finish`.
        sink.write(&[0; HEADER_BYTES])?;
        let root = Directory::start_root(name, &mut sink)?;
        Ok(Self {
            sink,
            directories: vec![root],
        })
    }

    /// Writes a tree in one go. `path` may name directories: `dir/sub/Events`.
    ///
    /// A name that is there already gets another cycle.
    ///
    /// # Errors
    ///
    /// As [`OpenTree::append`] and [`OpenTree::finish`].
    pub fn tree<N: AsRef<str>>(
        &mut self,
        path: &str,
        options: TreeOptions,
        columns: &[(N, Column)],
    ) -> Result<()> {
        let mut tree = self.open_tree(path, options)?;
        tree.append(columns)?;
        tree.finish()
    }

    /// Starts a tree that is filled chunk by chunk.
    ///
    /// # Errors
    ///
    /// `Io` if a directory on its path cannot be written.
    pub fn open_tree(&mut self, path: &str, options: TreeOptions) -> Result<OpenTree<'_, W>> {
        let (directory, name) = self.place(path)?;
        Ok(OpenTree::new(self, directory, name, options))
    }

    /// Writes an RNTuple in one go. `path` may name directories: `dir/sub/Events`.
    ///
    /// # Errors
    ///
    /// As [`OpenNtuple::append`] and [`OpenNtuple::finish`].
    pub fn rntuple(&mut self, path: &str, options: NtupleOptions, fields: &[Field]) -> Result<()> {
        let mut ntuple = self.open_rntuple(path, options)?;
        ntuple.append(fields)?;
        ntuple.finish()
    }

    /// Starts an RNTuple that is filled chunk by chunk.
    ///
    /// # Errors
    ///
    /// `Io` if a directory on its path cannot be written.
    pub fn open_rntuple(
        &mut self,
        path: &str,
        options: NtupleOptions,
    ) -> Result<OpenNtuple<'_, W>> {
        let (directory, name) = self.place(path)?;
        Ok(OpenNtuple::new(self, directory, name, options))
    }

    /// Leaves a hole, so that a test can make a file of many gigabytes that takes no space on disk.
    ///
    /// # Errors
    ///
    /// `Io` if the file cannot be that long.
    pub fn skip(&mut self, bytes: u64) -> Result<()> {
        self.sink.skip(bytes)
    }

    /// Writes what lists everything else, and gives the file back.
    ///
    /// # Errors
    ///
    /// `Io` if it cannot be written.
    pub fn finish(mut self) -> Result<W> {
        let identity = self.sink.identity();
        for directory in &mut self.directories {
            directory.finish(identity, &mut self.sink)?;
        }
        let seek_info = self.sink.position();
        let mut key = Key::new(
            "TList",
            "StreamerInfo",
            "Doubly linked list",
            seek_info,
            BEGIN,
        );
        let mut out = Buffer::new(key.header_bytes()?);
        put_streamer_infos(&mut out);
        let info_bytes = self.write_record(&mut key, &out.finish()?, Codec::Zlib(1))?;

        let seek_free = self.sink.position();
        let mut key = Key::new("TFile", &self.root().name, "", seek_free, BEGIN);
        let is_big = seek_free > BIG_FILE;
        // Free from the end of the file to ROOT's idea of the largest place.
        let free_bytes = usize::from(key.header_bytes()?) + if is_big { 18 } else { 10 };
        let end = seek_free + free_bytes as u64;
        let mut free = Vec::new();
        free.extend_from_slice(&(if is_big { 1001_u16 } else { 1 }).to_be_bytes());
        put_place(end, is_big, &mut free);
        put_place((end / 1_000_000_000 + 2) * 1_000_000_000, is_big, &mut free);
        let free_bytes = self.write_record(&mut key, &free, Codec::None)?;

        self.patch_header(
            end,
            [seek_free, seek_info],
            [free_bytes, info_bytes],
            identity,
        )?;
        self.sink.finish()
    }

    fn patch_header(
        &mut self,
        end: u64,
        [seek_free, seek_info]: [u64; 2],
        [free_bytes, info_bytes]: [i32; 2],
        identity: [u8; 16],
    ) -> Result<()> {
        let is_big = end > BIG_FILE;
        let mut header = b"root".to_vec();
        let version = if is_big {
            ROOT_VERSION + 1_000_000
        } else {
            ROOT_VERSION
        };
        header.extend_from_slice(&version.to_be_bytes());
        put_place(BEGIN, false, &mut header);
        put_place(end, is_big, &mut header);
        put_place(seek_free, is_big, &mut header);
        header.extend_from_slice(&free_bytes.to_be_bytes());
        header.extend_from_slice(&1_i32.to_be_bytes()); // one free segment
        header.extend_from_slice(&i32::from(self.root().name_bytes).to_be_bytes());
        header.push(if is_big { 8 } else { 4 }); // fUnits
        header.extend_from_slice(&Codec::Zlib(1).setting().to_be_bytes());
        put_place(seek_info, is_big, &mut header);
        header.extend_from_slice(&info_bytes.to_be_bytes());
        header.extend_from_slice(&1_u16.to_be_bytes()); // version of the identity
        header.extend_from_slice(&identity);
        self.sink.patch(0, &header)
    }

    /// Appends a record, packed if that makes it smaller; returns its bytes in the file.
    pub(crate) fn write_record(
        &mut self,
        key: &mut Key,
        record: &[u8],
        codec: Codec,
    ) -> Result<i32> {
        let packed = codec.pack(record)?;
        let stored = packed.as_deref().unwrap_or(record);
        key.object_bytes = record.len();
        key.stored_bytes = stored.len();
        let mut header = Vec::new();
        key.put(&mut header)?;
        self.sink.write(&header)?;
        self.sink.write(stored)?;
        key.total_bytes()
    }

    pub(crate) fn directory_seek(&self, directory: usize) -> u64 {
        self.directories
            .get(directory)
            .map_or(BEGIN, |directory| directory.seek)
    }

    /// Cycle for another object of this name.
    pub(crate) fn next_cycle(&self, directory: usize, name: &str) -> u16 {
        self.directories
            .get(directory)
            .map_or(1, |directory| directory.next_cycle(name))
    }

    pub(crate) fn list(&mut self, directory: usize, key: Key) {
        if let Some(directory) = self.directories.get_mut(directory) {
            directory.keys.push(key);
        }
    }

    /// The directory of a path, started if it is not there, and the name behind it.
    fn place<'p>(&mut self, path: &'p str) -> Result<(usize, &'p str)> {
        let (directories, name) = path.rsplit_once('/').unwrap_or(("", path));
        let mut directory = 0;
        for part in directories.split('/').filter(|part| !part.is_empty()) {
            directory = self.subdirectory(directory, part)?;
        }
        Ok((directory, name))
    }

    /// The directory of this name in another, started if it is not there.
    fn subdirectory(&mut self, parent: usize, name: &str) -> Result<usize> {
        let found = self
            .directories
            .iter()
            .position(|directory| directory.parent == Some(parent) && directory.name == name);
        if let Some(index) = found {
            return Ok(index);
        }
        let parent_seek = self.directory_seek(parent);
        let (directory, key) = Directory::start(name, parent, parent_seek, &mut self.sink)?;
        self.list(parent, key);
        self.directories.push(directory);
        Ok(self.directories.len() - 1)
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "`new` puts the root directory there"
    )]
    fn root(&self) -> &Directory {
        &self.directories[0]
    }
}
