//! Page lists: where the pages of some clusters are.

use super::options::{NtupleOptions, PageChecksums};
use super::wire::{Envelope, EnvelopeKind, Locator, Wire};
use crate::{Result, WriteError};

/// The first element of a column without pages, where another representation is used.
const SUPPRESSED: i64 = i64::MIN;

/// A cluster in the file.
#[derive(Debug)]
pub(crate) struct Cluster {
    pub(crate) first_entry: u64,
    pub(crate) entries: u64,
    /// For each column there was when it was written; `None` where another representation is used.
    pub(crate) columns: Vec<Option<ColumnPages>>,
}

/// The pages of a column in a cluster.
#[derive(Debug)]
pub(crate) struct ColumnPages {
    /// Element of the RNTuple with which they begin.
    pub(crate) first: u64,
    pub(crate) pages: Vec<Page>,
}

/// A page in the file.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) elements: usize,
    /// Its bytes without their checksum.
    pub(crate) place: Locator,
}

/// The page list of a group of clusters.
///
/// # Errors
///
/// `TooBig` if a page has more elements or bytes than its fields can say.
pub(crate) fn page_list(
    header_checksum: u64,
    clusters: &[Cluster],
    options: &NtupleOptions,
) -> Result<Envelope> {
    let mut out = Wire::default();
    out.u64(header_checksum);
    out.items(clusters, |cluster, out| {
        out.record(|out| {
            out.u64(cluster.first_entry);
            out.u64(cluster.entries); // flags above bit 56, none of them set
        });
    });
    let mut fits = Ok(());
    out.items(clusters, |cluster, out| {
        out.items(&cluster.columns, |column, out| {
            let Some(column) = column else {
                out.list(0, |out| out.i64(SUPPRESSED));
                return;
            };
            out.list(column.pages.len(), |out| {
                for page in &column.pages {
                    if let Err(error) = put_page(page, options, out) {
                        fits = Err(error);
                    }
                }
                out.u64(column.first);
                out.i32(options.codec.setting());
            });
        });
    });
    fits.map(|()| out.into_envelope(EnvelopeKind::PageList))
}

fn put_page(page: &Page, options: &NtupleOptions, out: &mut Wire) -> Result<()> {
    let elements = i32::try_from(page.elements).map_err(|_| WriteError::TooBig {
        what: "a page",
        bytes: page.elements,
    })?;
    out.i32(match options.checksums {
        PageChecksums::Stored => -elements,
        PageChecksums::Absent => elements,
    });
    out.locator(page.place, options.locators)
}
