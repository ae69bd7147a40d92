//! All clusters of an RNTuple in the order of entries.

use super::page_list::{Cluster, ClusterColumn};
use crate::error::{Result, RootError};

/// Columns may be missing in clusters, as if each of their pages were empty. For this many of them
/// nothing in the file needs to stand; beyond that, as many as are there.
const MAX_MISSING: usize = 1_000_000;

/// Clusters without gaps, none of them empty.
#[derive(Debug)]
pub(super) struct Clusters {
    pub(super) all: Vec<Cluster>,
    /// Entries at which clusters start, ascending from 0, and at last the number of entries.
    pub(super) borders: Vec<u64>,
}

impl Clusters {
    /// Sorts the clusters of all page lists.
    ///
    /// # Errors
    ///
    /// Clusters that overlap or leave a gap, columns missing in more clusters than is sane.
    pub(super) fn new(listed: Vec<Cluster>, columns: usize) -> Result<Self> {
        let mut all: Vec<Cluster> = listed.into_iter().filter(|c| c.entries > 0).collect();
        all.sort_by_key(|cluster| cluster.first_entry);
        let mut borders = vec![0];
        let mut end = 0_u64;
        for cluster in &all {
            let next = end.checked_add(cluster.entries);
            let Some(next) = next.filter(|_| cluster.first_entry == end) else {
                let (first, entries) = (cluster.first_entry, cluster.entries);
                return Err(malformed(format!(
                    "a cluster of {entries} entries from {first} on follows entry {end}"
                )));
            };
            end = next;
            borders.push(end);
        }
        let there: usize = all.iter().map(|cluster| cluster.columns.len()).sum();
        let needed = all.len().saturating_mul(columns);
        if needed.saturating_sub(there) > MAX_MISSING.max(there) {
            let clusters = all.len();
            return Err(malformed(format!(
                "{clusters} clusters of {columns} columns, pages are listed of {there}"
            )));
        }
        Ok(Self { all, borders })
    }

    /// Codec and level of a column, from the first cluster that stores it.
    pub(super) fn compression(&self, column: usize) -> Option<u32> {
        self.all.iter().find_map(|cluster| {
            let stored = cluster.columns.get(column)?;
            match stored {
                ClusterColumn::Stored { compression, .. } => Some(*compression),
                ClusterColumn::Suppressed => None,
            }
        })
    }
}

fn malformed(why: String) -> RootError {
    RootError::malformed("RNTuple page list", 0, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clusters(of: &[(u64, u64)]) -> Result<Clusters> {
        let cluster = |&(first_entry, entries): &(u64, u64)| Cluster {
            first_entry,
            entries,
            columns: Vec::new(),
        };
        Clusters::new(of.iter().map(cluster).collect(), 2)
    }

    #[test]
    fn clusters_are_sorted_and_empty_ones_left_out() {
        let clusters = clusters(&[(10, 5), (0, 10), (10, 0), (15, 1)]).unwrap();

        assert_eq!(clusters.borders, [0, 10, 15, 16]);
        assert_eq!(clusters.all.len(), 3);
    }

    #[test]
    fn without_clusters_there_are_no_entries() {
        assert_eq!(clusters(&[]).unwrap().borders, [0]);
    }

    #[test]
    fn gaps_and_overlaps_are_refused() {
        for bad in [
            &[(1, 5)][..],
            &[(0, 5), (6, 1)],
            &[(0, 5), (4, 3)],
            &[(0, 5), (0, 5)],
        ] {
            assert!(clusters(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn columns_that_are_missing_almost_everywhere_are_refused() {
        let cluster = |first_entry| Cluster {
            first_entry,
            entries: 1,
            columns: Vec::new(),
        };

        let error = Clusters::new((0..1001).map(cluster).collect(), 1000).unwrap_err();

        assert!(
            error.to_string().contains("1001 clusters of 1000 columns"),
            "{error}"
        );
    }
}
