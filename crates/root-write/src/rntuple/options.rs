//! How an RNTuple is cut into clusters and pages, encoded and packed.

use crate::Codec;

/// How an RNTuple is written.
///
/// ```
/// use hepframe_root_write::{Codec, Encoding, NtupleOptions};
///
/// let options = NtupleOptions::new()
///     .codec(Codec::Zstd(5))
///     .encoding(Encoding::Split)
///     .entries_per_cluster(10_000)
///     .elements_per_page(1_000);
/// ```
#[derive(Debug, Clone)]
pub struct NtupleOptions {
    pub(crate) description: String,
    pub(crate) codec: Codec,
    pub(crate) entries_per_cluster: usize,
    pub(crate) elements_per_page: usize,
    pub(crate) clusters_per_group: usize,
    pub(crate) encoding: Encoding,
    pub(crate) second_encoding: Option<Encoding>,
    pub(crate) offset_width: OffsetWidth,
    pub(crate) checksums: PageChecksums,
    pub(crate) equal_pages: EqualPages,
    pub(crate) locators: Locators,
}

/// How the bytes of numbers are ordered in a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Number by number.
    Plain,
    /// All first bytes, all second bytes ...; zigzag for signed numbers, differences for offsets.
    Split,
}

/// Bits of the offsets of collections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OffsetWidth {
    /// `Index32`
    Bits32,
    /// `Index64`, which ROOT writes.
    Bits64,
}

/// Whether a checksum follows each page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageChecksums {
    /// As ROOT writes.
    Stored,
    /// None.
    Absent,
}

/// What becomes of pages of one cluster that have the same bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EqualPages {
    /// Each is written.
    Repeated,
    /// One is written, and all point to it.
    Shared,
}

/// How the file says where something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Locators {
    /// A size of 32 bits.
    Standard,
    /// A size of 64 bits, as for pages of more than 2 GiB.
    Large,
}

impl Default for NtupleOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl NtupleOptions {
    /// Not packed, not split, 100 000 entries to a cluster, 10 000 elements to a page, one group of
    /// clusters, checksums.
    #[must_use]
    pub fn new() -> Self {
        Self {
            description: String::new(),
            codec: Codec::None,
            entries_per_cluster: 100_000,
            elements_per_page: 10_000,
            clusters_per_group: usize::MAX,
            encoding: Encoding::Plain,
            second_encoding: None,
            offset_width: OffsetWidth::Bits64,
            checksums: PageChecksums::Stored,
            equal_pages: EqualPages::Repeated,
            locators: Locators::Standard,
        }
    }

    /// Description of the RNTuple.
    #[must_use]
    pub fn description(mut self, description: &str) -> Self {
        description.clone_into(&mut self.description);
        self
    }

    /// Codec of pages, header, footer and page lists.
    #[must_use]
    pub fn codec(mut self, codec: Codec) -> Self {
        self.codec = codec;
        self
    }

    /// Entries in a cluster; at least 1. A cluster is kept in memory until it is written.
    #[must_use]
    pub fn entries_per_cluster(mut self, entries: usize) -> Self {
        self.entries_per_cluster = entries.max(1);
        self
    }

    /// Most elements in a page; at least 1.
    #[must_use]
    pub fn elements_per_page(mut self, elements: usize) -> Self {
        self.elements_per_page = elements.max(1);
        self
    }

    /// Clusters that share a page list; at least 1.
    #[must_use]
    pub fn clusters_per_group(mut self, clusters: usize) -> Self {
        self.clusters_per_group = clusters.max(1);
        self
    }

    /// How the bytes of numbers are ordered.
    #[must_use]
    pub fn encoding(mut self, encoding: Encoding) -> Self {
        self.encoding = encoding;
        self
    }

    /// Gives fields a second representation, for [`crate::OpenNtuple::switch_encoding`].
    #[must_use]
    pub fn second_encoding(mut self, encoding: Encoding) -> Self {
        self.second_encoding = Some(encoding);
        self
    }

    /// Bits of the offsets of collections.
    #[must_use]
    pub fn offset_width(mut self, width: OffsetWidth) -> Self {
        self.offset_width = width;
        self
    }

    /// Whether a checksum follows each page.
    #[must_use]
    pub fn checksums(mut self, checksums: PageChecksums) -> Self {
        self.checksums = checksums;
        self
    }

    /// What becomes of equal pages.
    #[must_use]
    pub fn equal_pages(mut self, equal_pages: EqualPages) -> Self {
        self.equal_pages = equal_pages;
        self
    }

    /// How the file says where pages are.
    #[must_use]
    pub fn locators(mut self, locators: Locators) -> Self {
        self.locators = locators;
        self
    }
}
