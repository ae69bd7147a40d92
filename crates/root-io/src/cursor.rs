//! Bounds-checked big-endian reading from a slice.

use crate::error::{Result, RootError};

/// A place in a slice of big-endian bytes; every read checks what is left.
#[derive(Debug, Clone)]
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    pos: usize,
    origin: u64,
}

impl<'a> Cursor<'a> {
    /// `origin` is what the first byte is called in error messages: its place in the file or record.
    pub(crate) fn new(bytes: &'a [u8], origin: u64) -> Self {
        Self {
            bytes,
            pos: 0,
            origin,
        }
    }

    pub(crate) fn pos(&self) -> usize {
        self.pos
    }

    /// Position for error messages.
    pub(crate) fn at(&self) -> u64 {
        self.origin + self.pos as u64
    }

    pub(crate) fn left(&self) -> usize {
        self.bytes.len() - self.pos
    }

    pub(crate) fn take(&mut self, n: usize) -> Result<&'a [u8]> {
        match self.bytes.get(self.pos..).and_then(|rest| rest.get(..n)) {
            Some(slice) => {
                self.pos += n;
                Ok(slice)
            }
            None => Err(RootError::Truncated {
                at: self.at(),
                wanted: n as u64,
                left: self.left() as u64,
            }),
        }
    }

    pub(crate) fn skip(&mut self, n: usize) -> Result<()> {
        self.take(n).map(|_| ())
    }

    /// Goes to an absolute position at or after the present one.
    pub(crate) fn go_to(&mut self, pos: usize) -> Result<()> {
        match pos.checked_sub(self.pos) {
            Some(n) => self.skip(n),
            None => Err(RootError::malformed(
                "object",
                self.at(),
                format!("it should end {} bytes earlier", self.pos - pos),
            )),
        }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut out = [0; N];
        out.copy_from_slice(self.take(N)?);
        Ok(out)
    }

    pub(crate) fn u8(&mut self) -> Result<u8> {
        self.array().map(u8::from_be_bytes)
    }
    pub(crate) fn u16(&mut self) -> Result<u16> {
        self.array().map(u16::from_be_bytes)
    }
    pub(crate) fn u32(&mut self) -> Result<u32> {
        self.array().map(u32::from_be_bytes)
    }
    pub(crate) fn u64(&mut self) -> Result<u64> {
        self.array().map(u64::from_be_bytes)
    }
    pub(crate) fn i8(&mut self) -> Result<i8> {
        self.array().map(i8::from_be_bytes)
    }
    pub(crate) fn i16(&mut self) -> Result<i16> {
        self.array().map(i16::from_be_bytes)
    }
    pub(crate) fn i32(&mut self) -> Result<i32> {
        self.array().map(i32::from_be_bytes)
    }
    pub(crate) fn i64(&mut self) -> Result<i64> {
        self.array().map(i64::from_be_bytes)
    }
    pub(crate) fn f32(&mut self) -> Result<f32> {
        self.array().map(f32::from_be_bytes)
    }
    pub(crate) fn f64(&mut self) -> Result<f64> {
        self.array().map(f64::from_be_bytes)
    }

    /// A count or length: a signed number that must not be negative.
    pub(crate) fn len_i32(&mut self, what: &'static str) -> Result<usize> {
        let at = self.at();
        let n = self.i32()?;
        usize::try_from(n).map_err(|_| RootError::malformed(what, at, format!("length {n}")))
    }

    /// A file position: 4 or 8 bytes, not negative.
    pub(crate) fn position(&mut self, big: bool) -> Result<u64> {
        let at = self.at();
        let n = if big {
            self.i64()?
        } else {
            i64::from(self.i32()?)
        };
        u64::try_from(n).map_err(|_| RootError::malformed("file position", at, format!("{n}")))
    }

    /// Bits of a `TObject`, over the number of a process that may follow them.
    pub(crate) fn object_bits(&mut self) -> Result<u32> {
        let bits = self.u32()?;
        if bits & IS_REFERENCED != 0 {
            self.skip(2)?;
        }
        Ok(bits)
    }

    /// The bytes of a `TString`: one byte of length, or 255 and four.
    pub(crate) fn tstring_bytes(&mut self) -> Result<&'a [u8]> {
        let short = self.u8()?;
        let n = if short == 255 {
            self.len_i32("string")?
        } else {
            usize::from(short)
        };
        self.take(n)
    }

    /// The bytes of a `char*` member: their number in four bytes, the closing zero left out.
    pub(crate) fn long_text(&mut self) -> Result<&'a [u8]> {
        let n = self.len_i32("string")?;
        self.take(n)
    }

    /// A `TString` used as a name; names that are not UTF-8 get replacement characters.
    pub(crate) fn tstring(&mut self) -> Result<String> {
        Ok(String::from_utf8_lossy(self.tstring_bytes()?).into_owned())
    }

    /// A string that ends with a zero byte.
    pub(crate) fn c_string(&mut self) -> Result<String> {
        let rest = &self.bytes[self.pos..];
        let Some(n) = rest.iter().position(|&b| b == 0) else {
            return Err(RootError::malformed("name", self.at(), "it has no end"));
        };
        self.pos += n + 1;
        Ok(String::from_utf8_lossy(&rest[..n]).into_owned())
    }

    /// The header of a streamed object.
    ///
    /// Source: ROOT `TBufferFile::ReadVersion`.
    pub(crate) fn version(&mut self) -> Result<Version> {
        let start = self.pos;
        let count = self.u32()?;
        if count & BYTE_COUNT_MASK == 0 {
            self.pos = start;
            let version = self.i16()?;
            return Ok(Version {
                version,
                end: None,
                member_wise: false,
            });
        }
        let n = (count & !BYTE_COUNT_MASK) as usize;
        let end = start + 4 + n;
        if n < 2 || end > self.bytes.len() {
            return Err(RootError::Truncated {
                at: self.at(),
                wanted: n as u64,
                left: self.left() as u64,
            });
        }
        let raw = self.u16()?;
        let member_wise = raw & STREAMED_MEMBER_WISE != 0;
        let version = (raw & !STREAMED_MEMBER_WISE).cast_signed();
        Ok(Version {
            version,
            end: Some(end),
            member_wise,
        })
    }
}

/// Bit that marks a byte count (`kByteCountMask`).
pub(crate) const BYTE_COUNT_MASK: u32 = 0x4000_0000;
/// Bit of a version that marks member-wise streaming (`TBufferFile::kStreamedMemberWise`).
pub(crate) const STREAMED_MEMBER_WISE: u16 = 0x4000;

/// Bit of a `TObject` that says a process id follows (`kIsReferenced`).
const IS_REFERENCED: u32 = 1 << 4;

/// Version of a streamed object and where it ends, if it says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Version {
    pub(crate) version: i16,
    pub(crate) end: Option<usize>,
    pub(crate) member_wise: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_past_the_end_says_how_much_is_missing() {
        let mut cursor = Cursor::new(&[1, 2, 3], 100);
        cursor.u16().unwrap();

        let error = cursor.u32().unwrap_err();

        assert_eq!(
            error.to_string(),
            "wanted 4 bytes at byte 102, but only 1 are left"
        );
    }

    #[test]
    fn a_long_string_has_its_length_in_four_bytes() {
        let mut bytes = vec![255, 0, 0, 1, 0];
        bytes.extend([b'a'; 256]);

        assert_eq!(Cursor::new(&bytes, 0).tstring().unwrap().len(), 256);
    }

    #[test]
    fn a_byte_count_that_reaches_past_the_end_is_refused() {
        let bytes = [0x40, 0, 0, 50, 0, 3, 0, 0];

        assert!(Cursor::new(&bytes, 0).version().is_err());
    }
}
