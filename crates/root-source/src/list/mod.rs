//! A location → the files it means.
//!
//! A name that exists is that file, whatever characters it holds. A directory means the `*.root`
//! files in it that are not hidden. Everything else with `*`, `?` or `[` is a glob, expanded level
//! by level so that `/*.root` does not walk the whole disk (`**` does walk).

mod local;
mod search;
mod shelf;
#[cfg(test)]
mod tests;
mod walk;

use datafusion::catalog::Session;
use datafusion::error::Result;
use datafusion::execution::object_store::ObjectStoreUrl;
use glob::MatchOptions;
use object_store::ObjectMeta;
use object_store::path::Path;
use url::Url;

use crate::error::SourceError;
use crate::uri::RootUri;
use search::Search;
use shelf::Shelf;

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
/// [`SourceError`] saying what was tried if there is none, or what cannot be read; failed I/O.
pub(crate) async fn list(state: &dyn Session, location: &str) -> Result<Listing> {
    let (store_url, path) = resolve(state, location)?;
    let store = state.runtime_env().object_store(&store_url)?;
    let search = Search {
        text: location,
        store_url: &store_url,
        shelf: if store_url.as_str() == "file:///" {
            Shelf::Local
        } else {
            Shelf::Store(store.as_ref())
        },
    };
    let files = search.files(&path).await?;
    Ok(Listing {
        store: store_url,
        files,
    })
}

/// The files that a URI means as they are now, none of them opened.
///
/// # Errors
///
/// As opening a table there: no such file, or one that cannot be read.
pub async fn files_of(state: &dyn Session, uri: &RootUri) -> Result<Vec<ObjectMeta>> {
    Ok(list(state, &uri.location).await?.files)
}

/// Refuses a location that no reader could read, whatever it holds: on a machine far away, a pipe,
/// or closed to this user. Nothing but regular files and directories is opened to find out.
///
/// # Errors
///
/// [`SourceError::Remote`], [`SourceError::NotRegular`], [`SourceError::NoPermission`],
/// [`SourceError::Unreadable`]; not if there is nothing there.
pub fn check_readable(state: &dyn Session, location: &str) -> Result<()> {
    let (store_url, path) = resolve(state, location)?;
    if store_url.as_str() == "file:///" {
        local::check_readable(&shelf::path_of(&path)?)?;
    }
    Ok(())
}

/// Store and path of a location; the path may be a glob.
fn resolve(state: &dyn Session, location: &str) -> Result<(ObjectStoreUrl, String)> {
    let bad = |why: &str| SourceError::BadLocation {
        text: location.to_owned(),
        why: why.into(),
    };
    let url = match location.split_once(':') {
        Some((scheme, rest)) if rest.starts_with("//") || scheme == "file" => {
            let url = Url::parse(&location.replace('?', "%3F").replace('#', "%23"));
            if !scheme.eq_ignore_ascii_case("file") && !is_store(state, url.as_ref().ok()) {
                let (text, scheme) = (location.to_owned(), scheme.to_owned());
                return Err(SourceError::Remote { text, scheme }.into());
            }
            url.map_err(|e| bad(&e.to_string()))?
        }
        _ => {
            let absolute = std::path::absolute(expand_home(location)).map_err(|e| {
                bad(&format!(
                    "the directory to look in cannot be told ({e}); was it removed? Go to another, or \
                     write the whole path"
                ))
            })?;
            let url = Url::from_file_path(absolute).map_err(|()| bad("it is no path"))?;
            // Parsing resolves `..`, which building from a path does not.
            Url::parse(url.as_str()).map_err(|e| bad(&e.to_string()))?
        }
    };
    if url.scheme() == "file" && url.has_host() {
        return Err(bad("files of other machines are not read; write file:///path").into());
    }
    let path = Path::from_url_path(url.path()).map_err(|e| bad(&e.to_string()))?;
    Ok((store_of(&url)?, path.to_string()))
}

fn store_of(url: &Url) -> Result<ObjectStoreUrl> {
    ObjectStoreUrl::parse(&url[url::Position::BeforeScheme..url::Position::BeforePath])
}

/// Whether the session was given a store to read this URL from.
fn is_store(state: &dyn Session, url: Option<&Url>) -> bool {
    url.and_then(|url| store_of(url).ok())
        .is_some_and(|store| state.runtime_env().object_store(&store).is_ok())
}

fn expand_home(location: &str) -> std::path::PathBuf {
    match (location.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => location.into(),
    }
}

fn is_hidden(name: &str) -> bool {
    name.starts_with('.')
}
