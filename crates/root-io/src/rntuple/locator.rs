//! Where things are in the file, as envelopes tell.

use super::frame::Frame;
use crate::error::{Result, RootError};

/// Bytes of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) at: u64,
    pub(super) bytes: u64,
}

/// Where an envelope is and how long it is when unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct EnvelopeLink {
    pub(super) place: Extent,
    pub(super) unpacked_bytes: u64,
}

impl Frame<'_> {
    /// Where something is in the file.
    ///
    /// Source: ROOT `RNTupleSerializer::DeserializeLocator`.
    pub(super) fn locator(&mut self) -> Result<Extent> {
        let head = self.i32()?;
        if let Ok(bytes) = u64::try_from(head) {
            let at = self.u64()?;
            return Ok(Extent { at, bytes });
        }
        let head = head.unsigned_abs();
        let size = usize::from((head & 0xffff) as u16);
        let Some(payload) = size.checked_sub(size_of::<i32>()) else {
            return Err(self.malformed(format!("a locator of {size} bytes")));
        };
        let mut payload = self.part(payload)?;
        match head >> 24 {
            1 => {
                let bytes = payload.u64()?;
                let at = payload.u64()?;
                Ok(Extent { at, bytes })
            }
            other => {
                let why = format!("it has locators of type {other}, which are not known here");
                Err(RootError::unsupported("ROOT::RNTuple", why))
            }
        }
    }

    /// Where an envelope is.
    pub(super) fn link(&mut self) -> Result<EnvelopeLink> {
        let unpacked_bytes = self.u64()?;
        let place = self.locator()?;
        Ok(EnvelopeLink {
            place,
            unpacked_bytes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locators_come_short_and_long() {
        let short = [&40_i32.to_le_bytes()[..], &1000_u64.to_le_bytes()].concat();
        let head = -((1 << 24) | 20_i32);
        let long = [
            &head.to_le_bytes()[..],
            &(1_u64 << 40).to_le_bytes(),
            &7_u64.to_le_bytes(),
        ]
        .concat();

        let short = Frame::new(&short, 0, "footer").locator().unwrap();
        let long = Frame::new(&long, 0, "footer").locator().unwrap();

        assert_eq!(
            short,
            Extent {
                at: 1000,
                bytes: 40
            }
        );
        assert_eq!(
            long,
            Extent {
                at: 7,
                bytes: 1 << 40
            }
        );
    }

    #[test]
    fn an_unknown_locator_is_unsupported() {
        let head = -((2 << 24) | 20_i32);
        let bytes = [&head.to_le_bytes()[..], &[0; 16]].concat();

        let error = Frame::new(&bytes, 0, "footer").locator().unwrap_err();

        assert!(error.to_string().contains("locators of type 2"), "{error}");
    }
}
