//! Little-endian reading of envelopes: numbers, strings and frames.
//!
//! ```text
//! record frame  │ size: i64 > 0 │ contents … │ what later versions add │
//! list frame    │ size: i64 < 0 │ count: u32 │ items … │
//! ```
//!
//! A size covers the frame from its first byte on, so readers skip what they do not know.

use crate::error::{Result, RootError};

/// Bytes of a size in front of a frame.
const SIZE_BYTES: usize = 8;

/// What is left to read of a frame, or of a whole envelope; every read checks.
#[derive(Debug, Clone)]
pub(super) struct Frame<'a> {
    rest: &'a [u8],
    /// Position of `rest` in the envelope, for error messages.
    at: usize,
    /// What is read, for error messages.
    what: &'static str,
}

impl<'a> Frame<'a> {
    /// Reads `bytes`; `at` is their position in the envelope, `what` the envelope's name.
    pub(super) fn new(bytes: &'a [u8], at: usize, what: &'static str) -> Self {
        Self {
            rest: bytes,
            at,
            what,
        }
    }

    fn take(&mut self, n: usize) -> Result<&'a [u8]> {
        let Some((taken, rest)) = self.rest.split_at_checked(n) else {
            let left = self.rest.len();
            return Err(self.malformed(format!("wanted {n} bytes, {left} are left in the frame")));
        };
        self.rest = rest;
        self.at += n;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut out = [0; N];
        out.copy_from_slice(self.take(N)?);
        Ok(out)
    }

    pub(super) fn u16(&mut self) -> Result<u16> {
        self.array().map(u16::from_le_bytes)
    }
    pub(super) fn u32(&mut self) -> Result<u32> {
        self.array().map(u32::from_le_bytes)
    }
    pub(super) fn u64(&mut self) -> Result<u64> {
        self.array().map(u64::from_le_bytes)
    }
    pub(super) fn i32(&mut self) -> Result<i32> {
        self.array().map(i32::from_le_bytes)
    }
    pub(super) fn i64(&mut self) -> Result<i64> {
        self.array().map(i64::from_le_bytes)
    }
    pub(super) fn f64(&mut self) -> Result<f64> {
        self.array().map(f64::from_le_bytes)
    }

    /// A string; what is not UTF-8 gets replacement characters.
    pub(super) fn text(&mut self) -> Result<String> {
        let n = self.u32()?;
        let bytes = self.take(usize::try_from(n).unwrap_or(usize::MAX))?;
        Ok(String::from_utf8_lossy(bytes).into_owned())
    }

    /// The contents of a record frame.
    pub(super) fn record(&mut self) -> Result<Self> {
        let size = self.i64()?;
        if size < 0 {
            return Err(self.malformed("a list instead of a record"));
        }
        self.inner(size.unsigned_abs())
    }

    /// How many items a list frame has, and its contents.
    ///
    /// The count is a promise of the file: nothing may be allocated for it.
    pub(super) fn list(&mut self) -> Result<(u32, Self)> {
        let size = self.i64()?;
        if size >= 0 {
            return Err(self.malformed("a record instead of a list"));
        }
        let mut items = self.inner(size.unsigned_abs())?;
        let count = items.u32()?;
        Ok((count, items))
    }

    fn inner(&mut self, size: u64) -> Result<Self> {
        let contents = usize::try_from(size)
            .ok()
            .and_then(|size| size.checked_sub(SIZE_BYTES));
        let Some(contents) = contents else {
            return Err(self.malformed(format!("a frame of {size} bytes")));
        };
        self.part(contents)
    }

    /// The next `n` bytes, to be read on their own.
    pub(super) fn part(&mut self, n: usize) -> Result<Self> {
        let at = self.at;
        Ok(Self {
            rest: self.take(n)?,
            at,
            what: self.what,
        })
    }

    /// Refuses files that use features this reader does not know.
    pub(super) fn features(&mut self) -> Result<()> {
        // The sign says that more flags follow.
        let sign = 1 << 63;
        loop {
            let flags = self.u64()?;
            if flags & !sign != 0 {
                let why = format!("it uses features that are not known here (flags {flags:#x})");
                return Err(RootError::unsupported("ROOT::RNTuple", why));
            }
            if flags & sign == 0 {
                return Ok(());
            }
        }
    }

    /// How many items of at least `bytes` bytes each may be left, as far as `count` promises them.
    pub(super) fn at_most(&self, count: u32, bytes: usize) -> usize {
        usize::try_from(count)
            .unwrap_or(usize::MAX)
            .min(self.rest.len() / bytes)
    }

    /// True if nothing is left.
    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// An error at the present position.
    pub(super) fn malformed(&self, why: impl Into<String>) -> RootError {
        RootError::malformed(self.what, self.at as u64, why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(size: i64, contents: &[u8]) -> Vec<u8> {
        [&size.to_le_bytes()[..], contents].concat()
    }

    #[test]
    fn what_a_later_version_adds_to_a_record_is_skipped() {
        let bytes = [
            frame(14, &[7, 0, 0, 0, 99, 99]),
            5_u32.to_le_bytes().to_vec(),
        ]
        .concat();
        let mut all = Frame::new(&bytes, 0, "header");

        let mut record = all.record().unwrap();

        assert_eq!(record.u32().unwrap(), 7);
        assert_eq!(all.u32().unwrap(), 5);
    }

    #[test]
    fn a_list_tells_its_count() {
        let bytes = frame(-14, &[2, 0, 0, 0, 8, 9]);

        let (count, items) = Frame::new(&bytes, 0, "header").list().unwrap();

        assert_eq!((count, items.rest), (2, &[8, 9][..]));
    }

    #[test]
    fn a_frame_longer_than_what_is_left_is_refused() {
        for size in [9, 7, 0, i64::MAX, -13, i64::MIN] {
            let bytes = frame(size, &[]);
            let mut all = Frame::new(&bytes, 100, "footer");

            let error = match size {
                ..0 => all.list().unwrap_err(),
                _ => all.record().unwrap_err(),
            };

            assert!(
                error
                    .to_string()
                    .starts_with("malformed footer at byte 108"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_record_is_no_list() {
        let bytes = frame(12, &[0; 4]);

        let error = Frame::new(&bytes, 0, "footer").list().unwrap_err();

        assert!(error.to_string().ends_with("a record instead of a list"));
    }

    #[test]
    fn a_string_that_promises_more_than_there_is_is_refused() {
        let bytes = [255, 255, 255, 255, b'a'];

        assert!(Frame::new(&bytes, 0, "header").text().is_err());
    }

    #[test]
    fn unknown_features_are_unsupported_also_when_they_are_in_later_flags() {
        let flags = |words: &[u64]| {
            let bytes: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
            Frame::new(&bytes, 0, "header").features()
        };

        assert!(flags(&[0]).is_ok());
        assert!(flags(&[1 << 63, 0]).is_ok());
        assert!(flags(&[2]).is_err());
        assert!(flags(&[1 << 63, 1]).is_err());
    }
}
