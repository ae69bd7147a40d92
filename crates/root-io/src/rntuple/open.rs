//! Reading the description of an RNTuple: anchor, header, footer, page lists.

use super::anchor::Anchor;
use super::blob::read_envelope;
use super::clusters::Clusters;
use super::description::{ClusterGroup, Described, Header, read_footer, read_header};
use super::page_list::{Cluster, read_page_list};
use super::physical::FileFacts;
use super::schema::Schema;
use super::tree_columns::tree_columns;
use crate::error::{Result, RootError};
use crate::open::{Fetched, Halt};
use crate::tree::Tree;

/// What was read so far; each part says where the next ones are.
#[derive(Debug, Default)]
pub(crate) struct NTupleOpening {
    anchor: Option<Anchor>,
    header: Option<Header>,
    described: Described,
    groups: Option<Vec<ClusterGroup>>,
    /// Of the first page lists.
    clusters: Vec<Cluster>,
    page_lists: usize,
}

impl NTupleOpening {
    /// Goes on until bytes are missing or all is known; called again, it keeps what it has.
    ///
    /// `anchor` gives the payload of the anchor's key and its place in the file; `path` is the
    /// RNTuple's in the file.
    pub(crate) fn advance(
        &mut self,
        fetched: &Fetched,
        path: &str,
        anchor: impl FnOnce() -> Result<(Vec<u8>, u64), Halt>,
    ) -> Result<Tree, Halt> {
        let anchor = match self.anchor {
            Some(anchor) => anchor,
            None => {
                let (payload, at) = anchor()?;
                *self.anchor.insert(Anchor::parse(&payload, at)?)
            }
        };
        let max_key_bytes = anchor.max_key_bytes;
        let header = match &self.header {
            Some(header) => header,
            None => {
                let envelope = read_envelope(fetched, anchor.header, max_key_bytes)?;
                let (header, described) = read_header(&envelope)?;
                self.described = described;
                self.header.insert(header)
            }
        };
        let groups = match &self.groups {
            Some(groups) => groups,
            None => {
                let envelope = read_envelope(fetched, anchor.footer, max_key_bytes)?;
                let groups = read_footer(&envelope, header, &mut self.described)?;
                self.groups.insert(groups)
            }
        };
        for group in &groups[self.page_lists..] {
            let envelope = read_envelope(fetched, group.pages, max_key_bytes)?;
            let clusters = read_page_list(&envelope, header, group.clusters)?;
            self.clusters.extend(clusters);
            self.page_lists += 1;
        }
        let facts = FileFacts {
            file_bytes: fetched.file_bytes(),
            max_key_bytes,
        };
        let title = header.description.clone();
        Ok(self.tree(path, title, facts)?)
    }

    /// All is there: the tree.
    fn tree(&mut self, path: &str, title: String, facts: FileFacts) -> Result<Tree> {
        let schema = Schema::new(std::mem::take(&mut self.described))?;
        let clusters = Clusters::new(std::mem::take(&mut self.clusters), schema.columns.len())?;
        let columns = tree_columns(&schema, &clusters, facts)?;
        let entries = clusters.borders.last().copied().unwrap_or(0);
        Ok(Tree::new(
            path.to_owned(),
            title,
            entries,
            clusters.borders,
            columns,
        ))
    }
}

/// Why an RNTuple of before version 1.0 cannot be read.
pub(crate) fn too_old(class: &str) -> RootError {
    let why = "it was written before RNTuple 1.0, in a format of its own; write it again with \
               ROOT 6.34 or later";
    RootError::unsupported(class, why)
}
