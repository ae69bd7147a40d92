//! Bytes of the pages of each column.

use super::clusters::Clusters;
use super::layout::PagePlace;
use super::page_list::ClusterColumn;
use super::schema::Schema;

/// Bytes of all pages of a column.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Size {
    /// In the file, checksums included.
    pub(super) packed_bytes: u64,
    pub(super) unpacked_bytes: u64,
}

/// The size of each column, by its number.
pub(super) fn sizes(schema: &Schema, clusters: &Clusters) -> Vec<Size> {
    let mut sizes = vec![Size::default(); schema.columns.len()];
    for cluster in &clusters.all {
        let columns = schema.columns.iter().zip(&cluster.columns);
        for ((column, stored), size) in columns.zip(&mut sizes) {
            let ClusterColumn::Stored { pages, .. } = stored else {
                continue;
            };
            for page in pages {
                let PagePlace::File { bytes, .. } = &page.place else {
                    continue;
                };
                let elements = page.elements.end - page.elements.start;
                // Less than 2³² elements of less than 2¹⁶ bits.
                let unpacked = (elements * u64::from(column.bits)).div_ceil(8);
                let packed = bytes.end - bytes.start;
                size.unpacked_bytes = size.unpacked_bytes.saturating_add(unpacked);
                size.packed_bytes = size.packed_bytes.saturating_add(packed);
            }
        }
    }
    sizes
}
