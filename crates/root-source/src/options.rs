//! How a scan reads: the few settings that travel with a plan.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::error::SourceError;

/// Settings of a scan.
///
/// Plain values that can be written into a plan: with the file groups, the table's schema and
/// the predicate they say all there is to know about a scan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ScanOptions {
    /// The tree (`dir/tree;cycle`); `None` means the only one of the file.
    pub tree: Option<String>,

    /// Trees of single files, by path in the store, where they differ from `tree`.
    pub tree_of_file: BTreeMap<String, String>,

    /// Most rows of a batch; the session's `batch_size` if it is smaller or this is `None`.
    /// (DataFusion cuts larger batches into slices, and slices of lists are slow to use.)
    pub batch_rows: Option<usize>,

    /// Ranges of a remote file at most this far apart become one request (64 KiB). Local files
    /// are cheaper to ask, so at most 4 KiB are read in vain there.
    pub coalesce_gap_bytes: u64,

    /// Most requests to a remote store that one step has under way (8).
    pub requests_in_flight: usize,

    /// A step of the scan, the unit that is fetched and decoded at once, unpacks to about this
    /// many bytes (8 MiB), twice that of an RNTuple. A partition holds up to `steps_ahead + 1` of
    /// them in memory.
    pub step_bytes: u64,

    /// Steps of a partition that are worked on ahead of the consumer (2).
    pub steps_ahead: usize,

    /// A partition is worth having from this many unpacked bytes on (1 MiB); smaller tables are
    /// read by one partition, in the order of their entries.
    pub partition_bytes: u64,

    /// Partitions, and the chunks that the column cache keeps, have about this many entries or
    /// less (128 Ki), twice that if they are of an RNTuple, and end where clusters end if those
    /// are not much longer.
    pub chunk_entries: u64,

    /// Columns that the scan keeps in the column cache until they are unpinned, besides those it
    /// hands out.
    pub pin: Vec<String>,

    /// Only these entries of the table, counted over all its files in order; `None` for all.
    pub entries: Option<Range<u64>>,
}

impl Default for ScanOptions {
    fn default() -> Self {
        Self {
            tree: None,
            tree_of_file: BTreeMap::new(),
            batch_rows: None,
            coalesce_gap_bytes: 64 << 10,
            requests_in_flight: 8,
            step_bytes: 8 << 20,
            steps_ahead: 2,
            partition_bytes: 1 << 20,
            chunk_entries: 128 << 10,
            pin: Vec::new(),
            entries: None,
        }
    }
}

/// What `CREATE EXTERNAL TABLE ... OPTIONS (...)` may set.
const NAMES: [&str; 8] = [
    "tree",
    "batch_rows",
    "coalesce_gap_bytes",
    "requests_in_flight",
    "step_bytes",
    "steps_ahead",
    "partition_bytes",
    "chunk_entries",
];

impl ScanOptions {
    /// The tree to read of the file at `path` in the store.
    #[must_use]
    pub fn tree_of(&self, path: &str) -> Option<&str> {
        self.tree_of_file
            .get(path)
            .or(self.tree.as_ref())
            .map(String::as_str)
    }

    /// How many of a table's entries are read.
    pub(crate) fn count_of(&self, all: u64) -> u64 {
        match &self.entries {
            None => all,
            Some(wanted) => wanted.end.min(all).saturating_sub(wanted.start),
        }
    }

    /// Sets one option from its SQL spelling; DataFusion's prefix `format.` is accepted.
    ///
    /// # Errors
    ///
    /// [`SourceError::UnknownOption`] with the known names, [`SourceError::BadOption`].
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), SourceError> {
        let key = name.strip_prefix("format.").unwrap_or(name);
        match key {
            "tree" => self.tree = Some(value.to_owned()),
            "batch_rows" => self.batch_rows = Some(positive(key, value)?),
            "coalesce_gap_bytes" => self.coalesce_gap_bytes = number(key, value)?,
            "requests_in_flight" => self.requests_in_flight = positive(key, value)?,
            "step_bytes" => self.step_bytes = number(key, value)?,
            "steps_ahead" => self.steps_ahead = positive(key, value)?,
            "partition_bytes" => self.partition_bytes = number(key, value)?,
            "chunk_entries" => self.chunk_entries = number(key, value)?,
            _ => {
                let known = NAMES.to_vec();
                return Err(SourceError::UnknownOption {
                    name: key.to_owned(),
                    known,
                });
            }
        }
        Ok(())
    }
}

fn number(name: &str, value: &str) -> Result<u64, SourceError> {
    value.parse().map_err(|_| SourceError::BadOption {
        name: name.to_owned(),
        value: value.to_owned(),
        wanted: "a whole number of bytes",
    })
}

fn positive(name: &str, value: &str) -> Result<usize, SourceError> {
    value
        .parse()
        .ok()
        .filter(|&n| n > 0)
        .ok_or_else(|| SourceError::BadOption {
            name: name.to_owned(),
            value: value.to_owned(),
            wanted: "a whole number above 0",
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_is_known_with_and_without_the_prefix() {
        let mut options = ScanOptions::default();

        options.set("format.tree", "Events").unwrap();
        options.set("batch_rows", "1000").unwrap();

        assert_eq!(options.tree_of("x.root"), Some("Events"));
        assert_eq!(options.batch_rows, Some(1000));
    }

    #[test]
    fn an_unknown_option_names_the_known_ones() {
        let error = ScanOptions::default()
            .set("format.treee", "Events")
            .unwrap_err();

        assert!(
            error
                .to_string()
                .starts_with("option `treee` is not known; a ROOT table takes tree, batch_rows"),
            "{error}"
        );
    }

    #[test]
    fn every_listed_option_can_be_set() {
        for name in NAMES {
            assert!(ScanOptions::default().set(name, "1").is_ok(), "{name}");
        }
    }
}
