//! What stands in front of a basket: its key, and how many entries it has and how they are stored.
//!
//! Source: ROOT `TBasket::Streamer`.

use crate::cursor::Cursor;
use crate::error::{Result, RootError};
use crate::open::key::KeyHeader;

/// Bit of the IO features that says entry tables are not stored but follow from the counter.
pub(crate) const GENERATE_OFFSETS: u8 = 1;
/// Flag values from here on say that the entry table was left out altogether.
pub(crate) const GENERATED_FLAG: u8 = 80;

/// Key and header of a basket.
#[derive(Debug, Clone)]
pub(crate) struct BasketHeader {
    pub(crate) key: KeyHeader,
    pub(crate) version: i16,
    pub(crate) io_bits: u8,
    /// Bytes of each entry, where there is no entry table.
    pub(crate) entry_bytes: usize,
    pub(crate) entries: usize,
    /// End of the data, key included.
    pub(crate) last: usize,
    pub(crate) flag: u8,
}

impl BasketHeader {
    pub(crate) fn parse(cursor: &mut Cursor<'_>) -> Result<Self> {
        let key = KeyHeader::parse_numbers(cursor)?;
        for _ in 0..3 {
            cursor.tstring_bytes()?; // class, name, title
        }
        let version = cursor.i16()?;
        cursor.skip(4)?; // size of the buffer
        let at = cursor.at();
        let size = cursor.i32()?;
        // A negative number says that a byte of IO features follows.
        let io_bits = if size < 0 { cursor.u8()? } else { 0 };
        let entry_bytes = usize::try_from(size.unsigned_abs())
            .map_err(|_| RootError::malformed("basket", at, format!("entries of {size} bytes")))?;
        let entries = cursor.len_i32("number of entries")?;
        let last = cursor.len_i32("end of the data")?;
        let flag = cursor.u8()?;
        Ok(Self {
            key,
            version,
            io_bits,
            entry_bytes,
            entries,
            last,
            flag,
        })
    }

    pub(crate) fn offsets_are_generated(&self) -> bool {
        self.io_bits & GENERATE_OFFSETS != 0 && self.flag >= GENERATED_FLAG
    }
}
