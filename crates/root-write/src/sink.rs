//! The file being written: appended to, and patched where a place was not known yet.

use std::io::{Seek, SeekFrom, Write};

use xxhash_rust::xxh64::Xxh64;

use crate::Result;

/// Bytes on their way to the disk.
#[derive(Debug)]
pub(crate) struct Sink<W> {
    inner: W,
    position: u64,
    /// Two hashes of what was appended: an identity for the file that depends on nothing else.
    hashes: [Xxh64Debug; 2],
}

/// A hash without a state worth showing.
struct Xxh64Debug(Xxh64);

impl std::fmt::Debug for Xxh64Debug {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Xxh64")
    }
}

impl<W: Write + Seek> Sink<W> {
    pub(crate) fn new(inner: W) -> Self {
        let hashes = [Xxh64Debug(Xxh64::new(0)), Xxh64Debug(Xxh64::new(1))];
        Self {
            inner,
            position: 0,
            hashes,
        }
    }

    /// Where the next byte goes.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.inner.write_all(bytes)?;
        self.position += bytes.len() as u64;
        for hash in &mut self.hashes {
            hash.0.update(bytes);
        }
        Ok(())
    }

    /// Leaves a hole; where the file system can, it takes no space on disk.
    pub(crate) fn skip(&mut self, bytes: u64) -> Result<()> {
        self.position += bytes;
        self.inner.seek(SeekFrom::Start(self.position))?;
        Ok(())
    }

    /// Overwrites bytes appended before.
    pub(crate) fn patch(&mut self, at: u64, bytes: &[u8]) -> Result<()> {
        self.inner.seek(SeekFrom::Start(at))?;
        self.inner.write_all(bytes)?;
        self.inner.seek(SeekFrom::Start(self.position))?;
        Ok(())
    }

    /// An identity for the file: a hash of its bytes.
    pub(crate) fn identity(&self) -> [u8; 16] {
        let mut identity = [0; 16];
        for (half, hash) in identity.chunks_exact_mut(8).zip(&self.hashes) {
            half.copy_from_slice(&hash.0.digest().to_be_bytes());
        }
        identity
    }

    pub(crate) fn finish(mut self) -> Result<W> {
        self.inner.flush()?;
        Ok(self.inner)
    }
}
