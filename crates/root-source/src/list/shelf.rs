//! Where files are looked for: this machine's directories, or a store.

use datafusion::common::runtime::SpawnedTask;
use datafusion::error::{DataFusionError, Result};
use futures::TryStreamExt;
use glob::Pattern;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};

use super::{AS_SHELL, is_hidden, local, walk};

/// A place with directories.
#[derive(Debug)]
pub(super) enum Shelf<'a> {
    /// Of this machine.
    Local,
    /// A store that was registered with the session.
    Store(&'a dyn ObjectStore),
}

/// What is at a path.
#[derive(Debug)]
pub(super) enum Found {
    File(ObjectMeta),
    Directory,
    Nothing,
}

/// Which names of a directory are looked at.
#[derive(Debug, Clone)]
pub(super) enum Wanted {
    /// `*.root`, in any case, but no hidden ones.
    RootFiles,
    Matching(Pattern),
}

impl Wanted {
    pub(super) fn holds(&self, name: &str) -> bool {
        match self {
            Self::RootFiles => {
                let extension = name.rsplit_once('.').map(|(_, extension)| extension);
                !is_hidden(name) && extension.is_some_and(|e| e.eq_ignore_ascii_case("root"))
            }
            Self::Matching(pattern) => pattern.matches_with(name, AS_SHELL),
        }
    }

    fn holds_path(&self, path: &Path) -> bool {
        path.filename().is_some_and(|name| self.holds(name))
    }
}

impl Shelf<'_> {
    pub(super) async fn look(&self, path: &Path) -> Result<Found> {
        let store = match self {
            Self::Local => {
                let path = path.clone();
                return blocking(move || local::look(&path)).await;
            }
            Self::Store(store) => store,
        };
        match store.head(path).await {
            Ok(meta) => return Ok(Found::File(meta)),
            Err(object_store::Error::NotFound { .. }) => {}
            // A directory, to stores that know directories; or the empty path.
            Err(object_store::Error::Generic { .. }) => {}
            Err(other) => return Err(other.into()),
        }
        let below = store.list_with_delimiter(Some(path)).await?;
        let is_directory = !below.objects.is_empty() || !below.common_prefixes.is_empty();
        Ok(if is_directory {
            Found::Directory
        } else {
            Found::Nothing
        })
    }

    pub(super) async fn files(&self, directory: &Path, wanted: &Wanted) -> Result<Vec<ObjectMeta>> {
        match self {
            Self::Local => {
                let (directory, wanted) = (directory.clone(), wanted.clone());
                blocking(move || local::files(&directory, &wanted)).await
            }
            Self::Store(store) => {
                let mut files = store.list_with_delimiter(Some(directory)).await?.objects;
                files.retain(|meta| wanted.holds_path(&meta.location));
                Ok(files)
            }
        }
    }

    pub(super) async fn directories(&self, within: &Path, wanted: &Wanted) -> Result<Vec<Path>> {
        match self {
            Self::Local => {
                let (within, wanted) = (within.clone(), wanted.clone());
                blocking(move || local::directories(&within, &wanted)).await
            }
            Self::Store(store) => {
                let mut found = store
                    .list_with_delimiter(Some(within))
                    .await?
                    .common_prefixes;
                found.retain(|path| wanted.holds_path(path));
                Ok(found)
            }
        }
    }

    /// Files at any depth below `base` whose whole paths match.
    pub(super) async fn walk(&self, base: &Path, pattern: &Pattern) -> Result<Vec<ObjectMeta>> {
        match self {
            Self::Local => {
                let (base, pattern) = (base.clone(), pattern.clone());
                blocking(move || walk::walk(&base, &pattern)).await
            }
            Self::Store(store) => {
                let mut all: Vec<ObjectMeta> = store.list(Some(base)).try_collect().await?;
                all.retain(|meta| pattern.matches_with(meta.location.as_ref(), AS_SHELL));
                Ok(all)
            }
        }
    }

    /// Names of the files in a directory; none if it cannot be read.
    pub(super) async fn names(&self, directory: &Path) -> Vec<String> {
        match self {
            Self::Local => {
                let directory = directory.clone();
                blocking(move || Ok(local::names(&directory)))
                    .await
                    .unwrap_or_default()
            }
            Self::Store(store) => {
                let listed = store.list_with_delimiter(Some(directory)).await;
                listed
                    .into_iter()
                    .flat_map(|listed| listed.objects)
                    .filter_map(|meta| meta.location.filename().map(str::to_owned))
                    .collect()
            }
        }
    }
}

/// A path of a store from a text that may hold any character.
pub(super) fn path_of(text: &str) -> Result<Path> {
    Path::parse(text).map_err(|e| DataFusionError::ObjectStore(Box::new(e.into())))
}

/// Runs what may wait for a disk where it holds up nobody.
async fn blocking<T: Send + 'static>(
    look: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    SpawnedTask::spawn_blocking(look)
        .await
        .map_err(|e| DataFusionError::ExecutionJoin(Box::new(e)))?
}
