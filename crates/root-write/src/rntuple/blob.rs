//! `RBlob`: records of pages and envelopes, which no directory lists.

use std::io::{Seek, Write};

use super::wire::{Envelope, Locator};
use crate::file::FileWriter;
use crate::key::Key;
use crate::{Codec, Result};

/// An envelope in the file.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct StoredEnvelope {
    pub(crate) place: Locator,
    /// Bytes unpacked.
    pub(crate) bytes: usize,
}

impl<W: Write + Seek> FileWriter<W> {
    /// Packs an envelope and appends it.
    pub(crate) fn write_envelope(
        &mut self,
        envelope: &Envelope,
        codec: Codec,
    ) -> Result<StoredEnvelope> {
        let bytes = envelope.bytes.len();
        let packed = codec.pack(&envelope.bytes)?;
        let stored = packed.as_deref().unwrap_or(&envelope.bytes);
        let place = Locator {
            at: self.write_blob(stored, bytes)?,
            bytes: stored.len() as u64,
        };
        Ok(StoredEnvelope { place, bytes })
    }

    /// Appends a record of bytes that are packed already; returns where they begin.
    pub(crate) fn write_blob(&mut self, stored: &[u8], unpacked_bytes: usize) -> Result<u64> {
        let seek = self.sink.position();
        let mut key = Key::new("RBlob", "", "", seek, self.directory_seek(0));
        key.object_bytes = unpacked_bytes;
        key.stored_bytes = stored.len();
        let mut header = Vec::new();
        key.put(&mut header)?;
        self.sink.write(&header)?;
        self.sink.write(stored)?;
        Ok(seek + header.len() as u64)
    }
}
