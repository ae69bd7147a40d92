//! Page lists: clusters, and where the pages of their columns are.
//!
//! ```text
//! │ clusters: first entry, entries │ for each cluster, for each column: pages │
//! │ page: elements, place │ … │ first element │ compression │
//! ```

use super::description::{Header, check_header};
use super::envelope::{Kind, contents};
use super::frame::Frame;
use super::layout::{Page, PagePlace};
use crate::error::{Result, RootError};

/// Bits of a cluster's number of entries; flags are above.
const ENTRIES_BITS: u32 = 56;
/// Flag of a cluster that holds some columns only.
const SHARDED: u64 = 1;
/// Bytes of a page in the list: elements and the shorter locator.
const LEAST_PAGE_BYTES: usize = 16;
/// Bytes of the checksum behind a page, which its place does not count.
const CHECKSUM_BYTES: u64 = 8;

/// A run of entries and the pages that hold them.
#[derive(Debug)]
pub(super) struct Cluster {
    pub(super) first_entry: u64,
    pub(super) entries: u64,
    /// By number of the column; those added later are missing.
    pub(super) columns: Vec<ClusterColumn>,
}

/// A column in a cluster.
#[derive(Debug)]
pub(super) enum ClusterColumn {
    /// Another representation of its field is used.
    Suppressed,
    Stored {
        pages: Vec<Page>,
        /// Codec and level.
        compression: u32,
    },
}

/// Reads an unpacked page list of as many clusters as the footer says.
///
/// Empty pages are left out.
pub(super) fn read_page_list(
    envelope: &[u8],
    header: &Header,
    promised: u32,
) -> Result<Vec<Cluster>> {
    let (mut frame, _) = contents(envelope, Kind::PageList)?;
    check_header(&mut frame, header)?;
    let (summaries_count, mut summaries) = frame.list()?;
    let (clusters_count, mut clusters) = frame.list()?;
    if summaries_count != promised || clusters_count != promised {
        return Err(frame.malformed(format!(
            "{summaries_count} clusters and pages of {clusters_count}, {promised} in the footer"
        )));
    }
    (0..promised)
        .map(|_| {
            let (first_entry, entries) = read_summary(summaries.record()?)?;
            let (count, mut columns) = clusters.list()?;
            let columns = (0..count).map(|_| read_column(&mut columns));
            Ok(Cluster {
                first_entry,
                entries,
                columns: columns.collect::<Result<_>>()?,
            })
        })
        .collect()
}

fn read_summary(mut frame: Frame<'_>) -> Result<(u64, u64)> {
    let first_entry = frame.u64()?;
    let entries_and_flags = frame.u64()?;
    if (entries_and_flags >> ENTRIES_BITS) & SHARDED != 0 {
        let why = "it has sharded clusters, which are not known here";
        return Err(RootError::unsupported("ROOT::RNTuple", why));
    }
    let entries = entries_and_flags & ((1 << ENTRIES_BITS) - 1);
    Ok((first_entry, entries))
}

fn read_column(columns: &mut Frame<'_>) -> Result<ClusterColumn> {
    let (count, mut frame) = columns.list()?;
    // Most columns have few pages in a cluster, and there are many: a vector that grows by itself
    // would take room for four.
    let mut pages = Vec::with_capacity(frame.at_most(count, LEAST_PAGE_BYTES));
    let mut elements = 0;
    for _ in 0..count {
        let of_page = frame.i32()?;
        let locator = frame.locator()?;
        let has_checksum = of_page < 0;
        let checksum = if has_checksum { CHECKSUM_BYTES } else { 0 };
        let end = locator
            .bytes
            .checked_add(checksum)
            .and_then(|bytes| locator.at.checked_add(bytes));
        let Some(end) = end else {
            return Err(frame.malformed(format!(
                "a page of {} bytes at byte {}",
                locator.bytes, locator.at
            )));
        };
        if of_page == 0 {
            continue;
        }
        // Fits: a page has less than 2³² elements, and less than 2³² pages are listed.
        let first = elements;
        elements += u64::from(of_page.unsigned_abs());
        pages.push(Page {
            elements: first..elements,
            place: PagePlace::File {
                bytes: locator.at..end,
                has_checksum,
            },
        });
    }
    if frame.i64()? < 0 {
        return Ok(ClusterColumn::Suppressed);
    }
    Ok(ClusterColumn::Stored {
        pages,
        compression: frame.u32()?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::envelope::sealed;
    use super::*;

    const HEADER: Header = Header {
        description: String::new(),
        checksum: 77,
    };

    fn list(count: u32, items: &[u8]) -> Vec<u8> {
        let size = -i64::try_from(12 + items.len()).unwrap();
        [&size.to_le_bytes()[..], &count.to_le_bytes(), items].concat()
    }

    fn page(elements: i32, bytes: i32, at: u64) -> Vec<u8> {
        let place = [&bytes.to_le_bytes()[..], &at.to_le_bytes()].concat();
        [&elements.to_le_bytes()[..], &place].concat()
    }

    /// A column list's frame counts what follows its pages, too.
    fn column(pages: &[Vec<u8>], first_element: i64, compression: &[u8]) -> Vec<u8> {
        let behind = [&first_element.to_le_bytes()[..], compression].concat();
        let count = u32::try_from(pages.len()).unwrap();
        list(count, &[pages.concat(), behind].concat())
    }

    /// One cluster of these columns.
    fn page_list(flags: u64, columns: &[Vec<u8>]) -> Vec<u8> {
        let entries = 5 | flags << ENTRIES_BITS;
        let numbers = [24_u64, 10, entries];
        let summary: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
        let count = u32::try_from(columns.len()).unwrap();
        let locations = list(1, &list(count, &columns.concat()));
        let checksum = HEADER.checksum.to_le_bytes();
        let contents = [&checksum[..], &list(1, &summary), &locations].concat();
        sealed(Kind::PageList, &contents)
    }

    #[test]
    fn pages_are_listed_with_their_elements_and_empty_ones_left_out() {
        let zstd = 505_u32.to_le_bytes();
        let pages = [page(3, 40, 1000), page(0, 0, 0), page(-2, 8, 2000)];
        let columns = [column(&pages, 0, &zstd), column(&[], i64::MIN, &[])];

        let clusters = read_page_list(&page_list(0, &columns), &HEADER, 1).unwrap();

        let [cluster] = &clusters[..] else {
            panic!("{clusters:?}");
        };
        assert_eq!((cluster.first_entry, cluster.entries), (10, 5));
        let [
            ClusterColumn::Stored { pages, compression },
            ClusterColumn::Suppressed,
        ] = &cluster.columns[..]
        else {
            panic!("{cluster:?}");
        };
        let place = |bytes, has_checksum| PagePlace::File {
            bytes,
            has_checksum,
        };
        assert_eq!(*compression, 505);
        assert_eq!(pages[0].place, place(1000..1040, false));
        assert_eq!(pages[1].place, place(2000..2016, true));
        assert_eq!(
            (pages[0].elements.clone(), pages[1].elements.clone()),
            (0..3, 3..5)
        );
        assert_eq!(pages.len(), 2);
        assert_eq!(pages.capacity(), 3);
    }

    #[test]
    fn sharded_clusters_are_unsupported_and_other_flags_ignored() {
        let error = read_page_list(&page_list(1, &[]), &HEADER, 1).unwrap_err();

        assert!(error.to_string().contains("sharded"), "{error}");
        assert!(read_page_list(&page_list(2, &[]), &HEADER, 1).is_ok());
    }

    #[test]
    fn a_footer_that_promises_other_clusters_is_noticed() {
        let error = read_page_list(&page_list(0, &[]), &HEADER, 2).unwrap_err();

        assert!(error.to_string().contains("2 in the footer"), "{error}");
    }

    #[test]
    fn a_page_list_of_another_header_is_noticed() {
        let other = Header {
            description: String::new(),
            checksum: 78,
        };

        assert!(read_page_list(&page_list(0, &[]), &other, 1).is_err());
    }

    #[test]
    fn a_page_that_ends_past_all_files_is_refused() {
        let columns = [column(&[page(1, 9, u64::MAX - 3)], 0, &[0; 4])];

        assert!(read_page_list(&page_list(0, &columns), &HEADER, 1).is_err());
    }
}
