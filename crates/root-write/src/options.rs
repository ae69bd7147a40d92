//! How a tree is cut into clusters and baskets, and packed.

use std::collections::HashMap;

use crate::Codec;

/// How a tree is written.
///
/// ```
/// use hepframe_root_write::{Codec, TreeOptions};
///
/// let options = TreeOptions::new()
///     .codec(Codec::Zstd(5))
///     .entries_per_basket(1_000)
///     .entries_per_cluster(10_000);
/// ```
#[derive(Debug, Clone)]
pub struct TreeOptions {
    pub(crate) title: String,
    pub(crate) codec: Codec,
    pub(crate) entries_per_basket: usize,
    pub(crate) entries_per_cluster: Option<u64>,
    pub(crate) cluster_ranges: Vec<ClusterRange>,
    pub(crate) offsets: Offsets,
    pub(crate) last_baskets: LastBaskets,
    pub(crate) branch_codecs: HashMap<String, Codec>,
    pub(crate) branch_baskets: HashMap<String, usize>,
}

/// Clusters of one size, up to and including an entry (`fClusterRangeEnd`, `fClusterSize`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClusterRange {
    /// Last entry of the range.
    pub last_entry: u64,
    /// Entries in each of its clusters.
    pub entries_per_cluster: u64,
}

/// Whether baskets say where their entries start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offsets {
    /// In a table behind the payload.
    Stored,
    /// Not where a counter says it (`ROOT::EIOFeatures::kGenerateOffsetMap`).
    Generated,
}

/// Where the last basket of each branch goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastBaskets {
    /// Into the file like the others.
    InFile,
    /// Into the tree's own record, as when a file was saved while being filled.
    InTree,
}

impl Default for TreeOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl TreeOptions {
    /// Not packed, 10 000 entries to a basket, no cluster borders.
    #[must_use]
    pub fn new() -> Self {
        Self {
            title: String::new(),
            codec: Codec::None,
            entries_per_basket: 10_000,
            entries_per_cluster: None,
            cluster_ranges: Vec::new(),
            offsets: Offsets::Stored,
            last_baskets: LastBaskets::InFile,
            branch_codecs: HashMap::new(),
            branch_baskets: HashMap::new(),
        }
    }

    /// Title of the tree.
    #[must_use]
    pub fn title(mut self, title: &str) -> Self {
        title.clone_into(&mut self.title);
        self
    }

    /// Codec of all branches and of the tree's own record.
    #[must_use]
    pub fn codec(mut self, codec: Codec) -> Self {
        self.codec = codec;
        self
    }

    /// Codec of one branch.
    #[must_use]
    pub fn branch_codec(mut self, branch: &str, codec: Codec) -> Self {
        self.branch_codecs.insert(branch.to_owned(), codec);
        self
    }

    /// Most entries in a basket; at least 1.
    #[must_use]
    pub fn entries_per_basket(mut self, entries: usize) -> Self {
        self.entries_per_basket = entries.max(1);
        self
    }

    /// Most entries in a basket of one branch; at least 1.
    #[must_use]
    pub fn branch_entries_per_basket(mut self, branch: &str, entries: usize) -> Self {
        self.branch_baskets
            .insert(branch.to_owned(), entries.max(1));
        self
    }

    /// Entries in a cluster (`fAutoFlush`); at least 1. All baskets end where a cluster ends.
    #[must_use]
    pub fn entries_per_cluster(mut self, entries: u64) -> Self {
        self.entries_per_cluster = Some(entries.max(1));
        self
    }

    /// Clusters of other sizes in front of those of [`Self::entries_per_cluster`], in ascending order.
    #[must_use]
    pub fn cluster_ranges(mut self, ranges: &[ClusterRange]) -> Self {
        self.cluster_ranges = ranges.to_vec();
        self
    }

    /// Whether baskets say where their entries start.
    #[must_use]
    pub fn offsets(mut self, offsets: Offsets) -> Self {
        self.offsets = offsets;
        self
    }

    /// Where the last basket of each branch goes.
    #[must_use]
    pub fn last_baskets(mut self, last_baskets: LastBaskets) -> Self {
        self.last_baskets = last_baskets;
        self
    }

    /// First entry of the cluster after the one that holds `entry`.
    pub(crate) fn next_cluster(&self, entry: u64) -> Option<u64> {
        let mut start = 0;
        for range in &self.cluster_ranges {
            let end = range.last_entry.saturating_add(1);
            if entry < end {
                return Some(end.min(border_after(entry, start, range.entries_per_cluster.max(1))));
            }
            start = end;
        }
        self.entries_per_cluster
            .map(|size| border_after(entry, start, size))
    }
}

fn border_after(entry: u64, start: u64, size: u64) -> u64 {
    let clusters = (entry - start) / size + 1;
    start.saturating_add(clusters.saturating_mul(size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_range_ends_where_it_says_even_within_a_cluster() {
        let range = ClusterRange {
            last_entry: 24,
            entries_per_cluster: 10,
        };
        let options = TreeOptions::new()
            .cluster_ranges(&[range])
            .entries_per_cluster(100);

        let borders: Vec<_> = [0, 9, 10, 20, 24, 25, 124, 125]
            .map(|entry| options.next_cluster(entry))
            .into();

        assert_eq!(borders, [10, 10, 20, 25, 25, 125, 125, 225].map(Some));
    }

    #[test]
    fn without_cluster_sizes_there_are_no_borders() {
        assert_eq!(TreeOptions::new().next_cluster(5), None);
    }
}
