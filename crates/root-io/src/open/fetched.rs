//! The parts of a file that have been fetched so far.

use std::collections::BTreeMap;
use std::ops::Range;

use bytes::Bytes;

use super::Step;
use crate::error::{Result, RootError};

/// Why parsing cannot go on right now.
#[derive(Debug)]
pub(crate) enum Halt {
    Need(Range<u64>),
    Failed(RootError),
}

impl From<RootError> for Halt {
    fn from(error: RootError) -> Self {
        Self::Failed(error)
    }
}

impl Halt {
    /// A halted attempt as the step its caller sees.
    pub(crate) fn step<T>(outcome: Result<T, Self>) -> Result<Step<T>> {
        match outcome {
            Ok(done) => Ok(Step::Done(done)),
            Err(Self::Need(range)) => Ok(Step::NeedBytes(range)),
            Err(Self::Failed(error)) => Err(error),
        }
    }
}

/// Blocks of the file, by position.
#[derive(Debug)]
pub(crate) struct Fetched {
    file_bytes: u64,
    blocks: BTreeMap<u64, Bytes>,
}

impl Fetched {
    pub(crate) fn new(file_bytes: u64) -> Self {
        Self {
            file_bytes,
            blocks: BTreeMap::new(),
        }
    }

    pub(crate) fn file_bytes(&self) -> u64 {
        self.file_bytes
    }

    pub(crate) fn insert(&mut self, at: u64, bytes: Bytes) {
        // A shorter block must not hide a longer one that starts at the same place.
        let longer_is_there = self
            .blocks
            .get(&at)
            .is_some_and(|old| old.len() >= bytes.len());
        if !longer_is_there {
            self.blocks.insert(at, bytes);
        }
    }

    /// `len` bytes from `at`, or what is missing.
    pub(crate) fn get(&self, at: u64, len: u64) -> Result<Bytes, Halt> {
        let end = at.checked_add(len).filter(|&end| end <= self.file_bytes);
        let Some(end) = end else {
            let left = self.file_bytes.saturating_sub(at);
            return Err(RootError::Truncated {
                at,
                wanted: len,
                left,
            }
            .into());
        };
        for (&start, block) in self.blocks.range(..=at).rev() {
            if end <= start + block.len() as u64 {
                let from = usize::try_from(at - start);
                let to = usize::try_from(end - start);
                if let (Ok(from), Ok(to)) = (from, to) {
                    return Ok(block.slice(from..to));
                }
            }
        }
        Err(Halt::Need(at..end))
    }

    /// Up to `len` bytes from `at`, fewer at the end of the file.
    pub(crate) fn get_up_to(&self, at: u64, len: u64) -> Result<Bytes, Halt> {
        self.get(at, len.min(self.file_bytes.saturating_sub(at)))
    }
}
