//! A location → the files it means.
//!
//! A name that exists is that file, whatever characters it holds. A directory means the `*.root`
//! files in it. Everything else with `*`, `?` or `[` is a glob, expanded level by level so that
//! `/*.root` does not walk the whole disk (`**` does walk).

use std::cmp::Ordering;

use datafusion::catalog::Session;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::object_store::ObjectStoreUrl;
use futures::TryStreamExt;
use glob::{MatchOptions, Pattern};
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use url::Url;

use crate::error::SourceError;
use crate::fetch::displayed;

/// Names suggested when nothing was found.
const MOST_SUGGESTIONS: usize = 3;

/// As a shell does it: `*` stays within a directory and does not find hidden files.
const AS_SHELL: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: true,
};

/// Files of one location, in the order of their names.
#[derive(Debug)]
pub(crate) struct Listing {
    pub(crate) store: ObjectStoreUrl,
    pub(crate) files: Vec<ObjectMeta>,
}

/// Finds the files that `location` means.
///
/// # Errors
///
/// [`SourceError`] saying what was tried if there is none; failed I/O.
pub(crate) async fn list(state: &dyn Session, location: &str) -> Result<Listing> {
    let (store_url, path) = resolve(location)?;
    let store = state.runtime_env().object_store(&store_url)?;
    let search = Search {
        text: location,
        store_url: &store_url,
        store: store.as_ref(),
    };
    let files = search.files(&path).await?;
    Ok(Listing {
        store: store_url,
        files,
    })
}

/// Store and path of a location; the path may be a glob.
fn resolve(location: &str) -> Result<(ObjectStoreUrl, String)> {
    let bad = |why: &str| SourceError::BadLocation {
        text: location.to_owned(),
        why: why.into(),
    };
    let url = match location.split_once(':') {
        Some((scheme, rest)) if rest.starts_with("//") || scheme == "file" => {
            Url::parse(&location.replace('?', "%3F").replace('#', "%23"))
                .map_err(|e| bad(&e.to_string()))?
        }
        _ => {
            let absolute =
                std::path::absolute(expand_home(location)).map_err(|e| bad(&e.to_string()))?;
            let url = Url::from_file_path(absolute).map_err(|()| bad("it is no path"))?;
            // Parsing resolves `..`, which building from a path does not.
            Url::parse(url.as_str()).map_err(|e| bad(&e.to_string()))?
        }
    };
    let path = Path::from_url_path(url.path()).map_err(|e| bad(&e.to_string()))?;
    let store =
        ObjectStoreUrl::parse(&url[url::Position::BeforeScheme..url::Position::BeforePath])?;
    Ok((store, path.to_string()))
}

fn expand_home(location: &str) -> std::path::PathBuf {
    match (location.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => location.into(),
    }
}

fn is_glob(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

fn path_of(text: &str) -> Result<Path> {
    Path::parse(text).map_err(|e| DataFusionError::ObjectStore(Box::new(e.into())))
}

/// One search, with what its messages need.
struct Search<'a> {
    text: &'a str,
    store_url: &'a ObjectStoreUrl,
    store: &'a dyn ObjectStore,
}

impl Search<'_> {
    async fn files(&self, path: &str) -> Result<Vec<ObjectMeta>> {
        let whole = path_of(path)?;
        match self.store.head(&whole).await {
            Ok(meta) => return Ok(vec![meta]),
            Err(object_store::Error::NotFound { .. }) => {}
            // A directory, to stores that know directories; or the empty path.
            Err(object_store::Error::Generic { .. }) => {}
            Err(other) => return Err(other.into()),
        }
        let in_directory = self.store.list_with_delimiter(Some(&whole)).await?;
        let is_directory =
            !in_directory.objects.is_empty() || !in_directory.common_prefixes.is_empty();
        let mut files = in_directory.objects;
        files.retain(is_root_file);
        if files.is_empty() && !is_directory && is_glob(path) {
            files = self.expand(path).await?;
            if files.is_empty() {
                return Err(self.nothing_matches(&whole).await);
            }
        } else if files.is_empty() {
            return Err(self.not_found(&whole, is_directory).await);
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
            let pattern = self.pattern(path)?;
            let all: Vec<ObjectMeta> = self.store.list(Some(&base)).try_collect().await?;
            return Ok(all
                .into_iter()
                .filter(|meta| pattern.matches_with(meta.location.as_ref(), AS_SHELL))
                .collect());
        }
        let Some((last, between)) = segments[fixed..].split_last() else {
            return Ok(Vec::new());
        };
        let mut directories = vec![base];
        for segment in between {
            directories = self.subdirectories(&directories, segment).await?;
        }
        let pattern = self.pattern(last)?;
        let mut files = Vec::new();
        for directory in &directories {
            let listed = self.store.list_with_delimiter(Some(directory)).await?;
            files.extend(listed.objects.into_iter().filter(|meta| {
                meta.location
                    .filename()
                    .is_some_and(|n| pattern.matches_with(n, AS_SHELL))
            }));
        }
        if files.is_empty() {
            for directory in self.subdirectories(&directories, last).await? {
                let listed = self.store.list_with_delimiter(Some(&directory)).await?;
                files.extend(listed.objects.into_iter().filter(is_root_file));
            }
        }
        Ok(files)
    }

    async fn subdirectories(&self, directories: &[Path], segment: &str) -> Result<Vec<Path>> {
        let pattern = self.pattern(segment)?;
        let mut found = Vec::new();
        for directory in directories {
            let listed = self.store.list_with_delimiter(Some(directory)).await?;
            found.extend(listed.common_prefixes.into_iter().filter(|path| {
                path.filename()
                    .is_some_and(|name| pattern.matches_with(name, AS_SHELL))
            }));
        }
        Ok(found)
    }

    async fn not_found(&self, path: &Path, is_directory: bool) -> DataFusionError {
        let (text, resolved) = (self.text.to_owned(), displayed(self.store_url, path));
        if is_directory {
            return SourceError::NoRootFiles { text, resolved }.into();
        }
        SourceError::NotFound {
            text,
            resolved,
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
        // No suggestion is no reason to fail.
        let Ok(listed) = self.store.list_with_delimiter(Some(&parent)).await else {
            return Vec::new();
        };
        let directory = self
            .text
            .rfind('/')
            .map_or("", |slash| &self.text[..=slash]);
        let mut names: Vec<(f64, String)> = listed
            .objects
            .iter()
            .filter_map(|meta| meta.location.filename())
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

fn is_root_file(meta: &ObjectMeta) -> bool {
    meta.location
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("root"))
}

#[cfg(test)]
mod tests {
    use datafusion::prelude::SessionContext;
    use rstest::rstest;

    use super::*;

    fn files() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for name in [
            "run1.root",
            "run2.root",
            "notes.txt",
            "odd #% [1]*?.root",
            ".hidden.root",
            "sub/a.root",
            "sub/deep/b.root",
            "sub2/c.root",
        ] {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, b"root").unwrap();
        }
        std::fs::create_dir(dir.path().join("empty")).unwrap();
        std::fs::write(dir.path().join("empty/x.txt"), b"").unwrap();
        dir
    }

    #[rstest]
    #[case::a_file("run1.root", &["run1.root"])]
    #[case::a_glob("run*.root", &["run1.root", "run2.root"])]
    #[case::one_character("run?.root", &["run1.root", "run2.root"])]
    #[case::a_set("run[2-9].root", &["run2.root"])]
    #[case::a_directory("sub", &["sub/a.root"])]
    #[case::a_directory_with_slash("sub/", &["sub/a.root"])]
    #[case::a_glob_of_directories("sub*", &["sub/a.root", "sub2/c.root"])]
    #[case::a_glob_in_the_middle("s*/*.root", &["sub/a.root", "sub2/c.root"])]
    #[case::any_depth("sub/**/*.root", &["sub/a.root", "sub/deep/b.root"])]
    #[case::special_characters("odd #% [1]*?.root", &["odd #% [1]*?.root"])]
    #[case::dots("sub/../run1.root", &["run1.root"])]
    #[case::any_file_by_name("notes.txt", &["notes.txt"])]
    #[tokio::test]
    async fn a_location_means_these_files(#[case] location: &str, #[case] expected: &[&str]) {
        let dir = files();
        let root = dir.path().to_str().unwrap();
        let state = SessionContext::new().state();

        let listing = list(&state, &format!("{root}/{location}")).await.unwrap();

        let found: Vec<String> = listing
            .files
            .iter()
            .map(|meta| displayed(&listing.store, &meta.location)[root.len() + 1..].to_owned())
            .collect();
        assert_eq!(found, expected);
    }

    #[tokio::test]
    async fn a_file_url_is_a_path() {
        let dir = files();
        let url = Url::from_file_path(dir.path().join("odd #% [1]*?.root")).unwrap();
        let state = SessionContext::new().state();

        assert_eq!(list(&state, url.as_str()).await.unwrap().files.len(), 1);
    }

    #[rstest]
    #[case::a_typo("rnu1.root", "rnu1.root`; there is `", "run1.root`")]
    #[case::a_glob("ru*.rot", "no file matches `", "ru*.rot`")]
    #[case::an_empty_directory("empty", "holds no file named *.root", "empty`")]
    #[tokio::test]
    async fn a_location_without_files_says_what_was_tried(
        #[case] location: &str,
        #[case] part: &str,
        #[case] other: &str,
    ) {
        let dir = files();
        let state = SessionContext::new().state();
        let location = format!("{}/{location}", dir.path().to_str().unwrap());

        let error = list(&state, &location).await.unwrap_err().to_string();

        assert!(error.contains(part) && error.contains(other), "{error}");
    }
}
