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
    let mut pages = Vec::new();
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
