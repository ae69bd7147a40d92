//! Baskets of a field: which entries the pages of its outermost column hold.

use super::layout::{FieldLayout, PhysicalColumn};
use crate::tree::{Basket, BasketPlace};

/// Baskets without gaps, cut at all borders of clusters; one for all entries if there are more
/// than `most`.
pub(super) fn baskets_of(layout: &FieldLayout, borders: &[u64], most: usize) -> Vec<Basket> {
    let entries = borders.last().copied().unwrap_or(0);
    let mut baskets = Vec::new();
    let (column, per_entry) = match outermost(layout) {
        Some((column, per_entry)) => (Some(column), per_entry),
        None => (None, 1),
    };
    for (number, of_cluster) in borders.windows(2).enumerate() {
        let pages = column
            .and_then(|column| column.clusters.get(number))
            .map_or(&[][..], |cluster| &cluster.pages);
        let mut first_entry = of_cluster[0];
        let ends = pages.iter().map(|page| {
            // An entry belongs to the page where it ends.
            let of_cluster_entries = page.elements.end.checked_div(per_entry).unwrap_or(0);
            of_cluster[0].saturating_add(of_cluster_entries)
        });
        for end in ends.chain([of_cluster[1]]) {
            let end_entry = end.min(of_cluster[1]);
            if end_entry <= first_entry {
                continue;
            }
            if baskets.len() >= most {
                return vec![basket(0, entries)];
            }
            baskets.push(basket(first_entry, end_entry));
            first_entry = end_entry;
        }
    }
    baskets
}

fn basket(first_entry: u64, end_entry: u64) -> Basket {
    Basket {
        first_entry,
        end_entry,
        place: BasketPlace::Pages,
    }
}

/// The column that has a fixed number of elements for each entry, and this number.
fn outermost(layout: &FieldLayout) -> Option<(&PhysicalColumn, u64)> {
    match layout {
        FieldLayout::Number { column, .. } => Some((column, 1)),
        FieldLayout::Text { offsets, .. }
        | FieldLayout::List { offsets, .. }
        | FieldLayout::Cardinality { offsets, .. }
        | FieldLayout::Optional { offsets, .. } => Some((offsets, 1)),
        FieldLayout::Variant { switch, .. } => Some((switch, 1)),
        FieldLayout::Array { length, item } => {
            let (column, per_item) = outermost(item)?;
            Some((column, per_item.checked_mul(u64::from(*length))?))
        }
        FieldLayout::Record { members } => outermost(&members.first()?.1),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::datatypes::DataType;

    use super::*;
    use crate::rntuple::elements::Encoding;
    use crate::rntuple::layout::{ClusterPages, Page, PagePlace};

    /// A column with clusters of pages that end at these elements.
    fn number(clusters: &[&[u64]]) -> FieldLayout {
        let cluster = |ends: &&[u64]| {
            let starts = [0].iter().chain(*ends);
            let page = |(&start, &end)| Page {
                elements: start..end,
                place: PagePlace::Zero,
            };
            ClusterPages {
                encoding: Encoding::Int32,
                elements: ends.last().copied().unwrap_or(0),
                pages: starts.zip(*ends).map(page).collect(),
            }
        };
        let column = PhysicalColumn::new(0, clusters.iter().map(cluster).collect());
        FieldLayout::Number {
            column: Arc::new(column),
            data_type: DataType::Int32,
        }
    }

    fn ends(baskets: &[Basket]) -> Vec<u64> {
        let mut first = 0;
        for basket in baskets {
            assert_eq!(basket.first_entry, first);
            first = basket.end_entry;
        }
        baskets.iter().map(|basket| basket.end_entry).collect()
    }

    #[test]
    fn baskets_end_where_pages_and_clusters_do() {
        let layout = number(&[&[3, 5], &[4]]);

        assert_eq!(ends(&baskets_of(&layout, &[0, 5, 9], 99)), [3, 5, 9]);
    }

    #[test]
    fn an_entry_of_an_array_belongs_to_the_page_where_it_ends() {
        let item = Box::new(number(&[&[1, 4, 5, 12]]));
        let layout = FieldLayout::Array { length: 3, item };

        assert_eq!(ends(&baskets_of(&layout, &[0, 4], 99)), [1, 4]);
    }

    #[test]
    fn arrays_of_nothing_have_a_basket_for_each_cluster() {
        let item = Box::new(number(&[&[], &[]]));
        let layout = FieldLayout::Array { length: 0, item };

        assert_eq!(ends(&baskets_of(&layout, &[0, 4, 8], 99)), [4, 8]);
    }

    #[test]
    fn too_many_baskets_become_one() {
        let layout = number(&[&[1, 2, 3, 4]]);

        assert_eq!(ends(&baskets_of(&layout, &[0, 4], 4)), [1, 2, 3, 4]);
        assert_eq!(ends(&baskets_of(&layout, &[0, 4], 3)), [4]);
    }
}
