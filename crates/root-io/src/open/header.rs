//! The first bytes of a file: version, and where everything else is.

use crate::cursor::Cursor;
use crate::error::{Result, RootError};

/// Bytes that hold any header, 32 or 64 bits wide.
pub(super) const HEADER_BYTES: u64 = 75;

/// Versions from here on mark files with 8-byte positions.
const BIG_FILE_VERSION: u32 = 1_000_000;

/// Header of a `TFile`.
///
/// Source: ROOT `TFile::WriteHeader`.
#[derive(Debug, Clone)]
pub(super) struct Header {
    pub(super) root_version: u32,
    pub(super) begin: u64,
    pub(super) end: u64,
    pub(super) name_bytes: u64,
    pub(super) info_at: u64,
    pub(super) info_bytes: u64,
    pub(super) uuid: String,
}

impl Header {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self> {
        let mut cursor = Cursor::new(bytes, 0);
        let magic = cursor.take(4)?;
        if magic != b"root" {
            let start = String::from_utf8_lossy(magic).into_owned();
            return Err(RootError::NotRoot { start });
        }
        let version = cursor.u32()?;
        let big = version >= BIG_FILE_VERSION;
        let root_version = if big {
            version - BIG_FILE_VERSION
        } else {
            version
        };
        let begin = cursor.position(false)?;
        let end = cursor.position(big)?;
        cursor.position(big)?; // list of free segments
        cursor.skip(8)?; // its bytes and count
        let name_bytes = cursor.position(false)?;
        cursor.skip(1 + 4)?; // width of positions, compression of new objects
        let info_at = cursor.position(big)?;
        let info_bytes = cursor.position(false)?;
        cursor.skip(2)?; // version of the UUID
        let uuid = cursor
            .take(16)?
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        Ok(Self {
            root_version,
            begin,
            end,
            name_bytes,
            info_at,
            info_bytes,
            uuid,
        })
    }
}
