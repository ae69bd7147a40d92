//! Whether the columns of a field have just the elements that its entries need.
//!
//! A column is checked against the field that owns it. A projected field takes columns of other
//! fields, which may lie deeper in collections and have any number of elements.

use super::layout::{FieldLayout, PhysicalColumn};
use crate::error::{Result, RootError};

/// Checks the columns outside of collections; `borders` are first entries of clusters, and at last
/// the number of entries.
///
/// # Errors
///
/// [`RootError::Malformed`] if a cluster has more or fewer elements than entries need.
pub(super) fn check_elements(layout: &FieldLayout, borders: &[u64]) -> Result<()> {
    check(layout, 1, borders)
}

fn check(layout: &FieldLayout, per_entry: u64, borders: &[u64]) -> Result<()> {
    match layout {
        FieldLayout::Number { column, .. } => check_column(column, per_entry, borders),
        FieldLayout::Text { offsets, .. }
        | FieldLayout::List { offsets, .. }
        | FieldLayout::Cardinality { offsets, .. }
        | FieldLayout::Optional { offsets, .. } => check_column(offsets, per_entry, borders),
        FieldLayout::Variant { switch, .. } => check_column(switch, per_entry, borders),
        FieldLayout::Array { length, item } => {
            check(item, per_entry.saturating_mul(u64::from(*length)), borders)
        }
        FieldLayout::Record { members } => members
            .iter()
            .try_for_each(|(_, member)| check(member, per_entry, borders)),
    }
}

fn check_column(column: &PhysicalColumn, per_entry: u64, borders: &[u64]) -> Result<()> {
    let clusters = borders.windows(2).map(|border| border[1] - border[0]);
    for (number, (entries, stored)) in clusters.zip(&column.clusters).enumerate() {
        if entries.checked_mul(per_entry) != Some(stored.elements) {
            let why = format!(
                "cluster {number} has {} elements for {entries} entries of {per_entry}",
                stored.elements
            );
            return Err(RootError::malformed("RNTuple column", 0, why));
        }
    }
    Ok(())
}
