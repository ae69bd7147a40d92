//! One search: from a path or a glob to files, or to a message that helps.

use std::cmp::Ordering;

use datafusion::error::{DataFusionError, Result};
use datafusion::execution::object_store::ObjectStoreUrl;
use glob::Pattern;
use object_store::ObjectMeta;
use object_store::path::Path;

use super::shelf::{Found, Shelf, Wanted, path_of};
use crate::error::SourceError;
use crate::fetch::displayed;

/// Names suggested when nothing was found.
const MOST_SUGGESTIONS: usize = 3;

/// One search, with what its messages need.
pub(super) struct Search<'a> {
    pub(super) text: &'a str,
    pub(super) store_url: &'a ObjectStoreUrl,
    pub(super) shelf: Shelf<'a>,
}

impl Search<'_> {
    /// The files at a path, in the order of their names.
    pub(super) async fn files(&self, path: &str) -> Result<Vec<ObjectMeta>> {
        let whole = path_of(path)?;
        let mut files = match self.shelf.look(&whole).await? {
            Found::File(meta) => vec![meta],
            Found::Directory => self.shelf.files(&whole, &Wanted::RootFiles).await?,
            Found::Nothing if is_glob(path) => {
                let files = self.expand(path).await?;
                if files.is_empty() {
                    return Err(self.nothing_matches(&whole).await);
                }
                files
            }
            Found::Nothing => return Err(self.not_found(&whole).await),
        };
        if files.is_empty() {
            return Err(SourceError::NoRootFiles {
                text: self.text.to_owned(),
                resolved: displayed(self.store_url, &whole),
            }
            .into());
        }
        files.sort_by(|left, right| left.location.cmp(&right.location));
        files.dedup_by(|left, right| left.location == right.location);
        Ok(files)
    }

    fn pattern(&self, text: &str) -> Result<Pattern> {
        Pattern::new(text).map_err(|e| {
            SourceError::BadLocation {
                text: self.text.to_owned(),
                why: e.to_string(),
            }
            .into()
        })
    }

    async fn expand(&self, path: &str) -> Result<Vec<ObjectMeta>> {
        let segments: Vec<&str> = path.split('/').collect();
        let fixed = segments.iter().take_while(|s| !is_glob(s)).count();
        let base = path_of(&segments[..fixed].join("/"))?;
        if segments.contains(&"**") {
            return self.shelf.walk(&base, &self.pattern(path)?).await;
        }
        let Some((last, between)) = segments[fixed..].split_last() else {
            return Ok(Vec::new());
        };
        let mut directories = vec![base];
        for segment in between {
            directories = self.subdirectories(&directories, segment).await?;
        }
        let wanted = Wanted::Matching(self.pattern(last)?);
        let mut files = Vec::new();
        for directory in &directories {
            files.extend(self.shelf.files(directory, &wanted).await?);
        }
        if files.is_empty() {
            for directory in self.subdirectories(&directories, last).await? {
                files.extend(self.shelf.files(&directory, &Wanted::RootFiles).await?);
            }
        }
        Ok(files)
    }

    async fn subdirectories(&self, directories: &[Path], segment: &str) -> Result<Vec<Path>> {
        let wanted = Wanted::Matching(self.pattern(segment)?);
        let mut found = Vec::new();
        for directory in directories {
            found.extend(self.shelf.directories(directory, &wanted).await?);
        }
        Ok(found)
    }

    async fn not_found(&self, path: &Path) -> DataFusionError {
        SourceError::NotFound {
            text: self.text.to_owned(),
            resolved: displayed(self.store_url, path),
            nearest: self.similar(path).await,
        }
        .into()
    }

    async fn nothing_matches(&self, path: &Path) -> DataFusionError {
        let (text, resolved) = (self.text.to_owned(), displayed(self.store_url, path));
        SourceError::NothingMatches {
            text,
            resolved,
            nearest: self.similar(path).await,
        }
        .into()
    }

    /// Files beside the missing one whose names look like it.
    async fn similar(&self, path: &Path) -> Vec<String> {
        let (Some(parent), Some(name)) = (path.parent(), path.filename()) else {
            return Vec::new();
        };
        let there = self.shelf.names(&parent).await;
        let directory = self
            .text
            .rfind('/')
            .map_or("", |slash| &self.text[..=slash]);
        let mut names: Vec<(f64, String)> = there
            .iter()
            .map(|there| {
                (
                    strsim::jaro_winkler(name, there),
                    format!("{directory}{there}"),
                )
            })
            .filter(|(likeness, _)| *likeness > 0.7)
            .collect();
        names.sort_by(|left, right| right.0.partial_cmp(&left.0).unwrap_or(Ordering::Equal));
        names
            .into_iter()
            .take(MOST_SUGGESTIONS)
            .map(|(_, name)| name)
            .collect()
    }
}

fn is_glob(text: &str) -> bool {
    text.contains(['*', '?', '['])
}
