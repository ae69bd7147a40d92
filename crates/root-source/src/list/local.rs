//! Directories of this machine, looked at without opening a file.
//!
//! Opening a pipe waits for its writer, so nothing is opened to find out what it is; and what a
//! search does not ask for (a link that leads nowhere, a name that is no UTF-8) does not end it.

use std::fs::Metadata;
use std::io::{Error, ErrorKind};
use std::path::{Path as FilePath, PathBuf};

use datafusion::error::Result;
use object_store::ObjectMeta;
use object_store::path::Path;

use super::shelf::{Found, Wanted, path_of};
use crate::error::SourceError;

/// What is at a path.
///
/// # Errors
///
/// [`SourceError::NotRegular`], a link that leads nowhere, a directory on the way that may not be
/// entered.
pub(super) fn look(path: &Path) -> Result<Found> {
    let place = place_of(path);
    match std::fs::metadata(&place) {
        Ok(there) if there.is_dir() => Ok(Found::Directory),
        Ok(there) if there.is_file() => Ok(Found::File(described(path.clone(), &there)?)),
        Ok(there) => Err(SourceError::NotRegular {
            file: shown(&place),
            what: kind_of(&there),
        }
        .into()),
        Err(_) if is_link_to_nothing(&place) => Err(leads_nowhere(&place)),
        Err(error) if is_nothing(&error) => Ok(Found::Nothing),
        Err(error) => Err(unreadable(&place, &error)),
    }
}

/// Refuses what is there and cannot be read; see [`super::check_readable`].
pub(super) fn check_readable(path: &Path) -> Result<()> {
    let place = place_of(path);
    let opened = match look(path)? {
        Found::File(_) => std::fs::File::open(&place).map(drop),
        Found::Directory => std::fs::read_dir(&place).map(drop),
        Found::Nothing => return Ok(()),
    };
    match opened {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            Err(SourceError::NoPermission {
                path: shown(&place),
            }
            .into())
        }
        // Whoever opens it next tells.
        _ => Ok(()),
    }
}

/// Files of a directory whose names are wanted; pipes and devices are none.
///
/// # Errors
///
/// A directory that may not be read; a wanted name that cannot be looked at.
pub(super) fn files(directory: &Path, wanted: &Wanted) -> Result<Vec<ObjectMeta>> {
    let mut files = Vec::new();
    let wanted = |name: &str| wanted.holds(name);
    for name in names_in(directory, &wanted, &wanted)? {
        let path = joined(directory, &name)?;
        let place = place_of(&path);
        match std::fs::metadata(&place) {
            Ok(there) if there.is_file() => files.push(described(path, &there)?),
            Ok(_) => {}
            Err(_) if is_link_to_nothing(&place) => return Err(leads_nowhere(&place)),
            // Removed since its name was read.
            Err(error) if is_nothing(&error) => {}
            Err(error) => return Err(unreadable(&place, &error)),
        }
    }
    Ok(files)
}

/// Directories in a directory whose names are wanted.
///
/// # Errors
///
/// As [`files`]; a link that leads nowhere holds no files and is left out.
pub(super) fn directories(directory: &Path, wanted: &Wanted) -> Result<Vec<Path>> {
    let mut found = Vec::new();
    let wanted = |name: &str| wanted.holds(name);
    for name in names_in(directory, &wanted, &wanted)? {
        let path = joined(directory, &name)?;
        let place = place_of(&path);
        match std::fs::metadata(&place) {
            Ok(there) if there.is_dir() => found.push(path),
            Ok(_) => {}
            Err(error) if is_nothing(&error) || is_link_to_nothing(&place) => {}
            Err(error) => return Err(unreadable(&place, &error)),
        }
    }
    Ok(found)
}

/// Names of all files in a directory, none if it cannot be read: to suggest one.
pub(super) fn names(directory: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(place_of(directory)) else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| !kind.is_dir()))
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect()
}

/// Wanted names in a directory, none if there is no such directory. A name that is no UTF-8 cannot
/// be the path of a file here: that is an error if it `matches` with the odd bytes replaced.
pub(super) fn names_in(
    directory: &Path,
    wanted: &dyn Fn(&str) -> bool,
    matches: &dyn Fn(&str) -> bool,
) -> Result<Vec<String>> {
    let place = place_of(directory);
    let entries = match std::fs::read_dir(&place) {
        Ok(entries) => entries,
        Err(error) if is_nothing(&error) => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(&place, &error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry
            .map_err(|error| unreadable(&place, &error))?
            .file_name();
        match name.to_str() {
            Some(name) if wanted(name) => names.push(name.to_owned()),
            None if matches(&name.to_string_lossy()) => {
                return Err(SourceError::Unreadable {
                    path: shown(&place.join(&name)),
                    why: "its name is not UTF-8; rename it".to_owned(),
                }
                .into());
            }
            _ => {}
        }
    }
    Ok(names)
}

/// What the store says of the same file once it is open, see the test below: scans compare the two.
pub(super) fn described(location: Path, there: &Metadata) -> Result<ObjectMeta> {
    let modified = there.modified()?;
    let since_1970 = modified
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    let size = there.len();
    Ok(ObjectMeta {
        location,
        last_modified: modified.into(),
        size,
        e_tag: Some(format!(
            "{:x}-{:x}-{size:x}",
            inode(there),
            since_1970.as_micros()
        )),
        version: None,
    })
}

#[cfg(unix)]
fn inode(there: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(there)
}

#[cfg(not(unix))]
fn inode(_there: &Metadata) -> u64 {
    0
}

#[cfg(unix)]
fn kind_of(there: &Metadata) -> &'static str {
    use std::os::unix::fs::FileTypeExt;

    let kind = there.file_type();
    if kind.is_fifo() {
        "a pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(not(unix))]
fn kind_of(_there: &Metadata) -> &'static str {
    "something else"
}

pub(super) fn place_of(path: &Path) -> PathBuf {
    PathBuf::from(format!("/{path}"))
}

pub(super) fn joined(directory: &Path, name: &str) -> Result<Path> {
    path_of(&match directory.as_ref() {
        "" => name.to_owned(),
        directory => format!("{directory}/{name}"),
    })
}

fn shown(place: &FilePath) -> String {
    place.display().to_string()
}

/// True for a link that leads nowhere or in circles, not for one to what may not be looked at.
pub(super) fn is_link_to_nothing(place: &FilePath) -> bool {
    let is_link = || std::fs::symlink_metadata(place).is_ok_and(|there| there.is_symlink());
    match std::fs::metadata(place) {
        Err(error) => error.kind() != ErrorKind::PermissionDenied && is_link(),
        Ok(_) => false,
    }
}

pub(super) fn is_nothing(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

pub(super) fn leads_nowhere(place: &FilePath) -> datafusion::error::DataFusionError {
    SourceError::Unreadable {
        path: shown(place),
        why: "it is a link that leads nowhere; mend or remove it".to_owned(),
    }
    .into()
}

/// The error for what is there and cannot be read, naming the directory that is closed.
pub(super) fn unreadable(place: &FilePath, error: &Error) -> datafusion::error::DataFusionError {
    if error.kind() != ErrorKind::PermissionDenied {
        let path = shown(place);
        let why = error.to_string();
        return SourceError::Unreadable { path, why }.into();
    }
    let closed = place.ancestors().find(|above| above.metadata().is_ok());
    SourceError::NoPermission {
        path: shown(closed.unwrap_or(place)),
    }
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_not_be_read_is_named_with_the_directory_that_is_closed() {
        let dir = tempfile::tempdir().unwrap();
        let below = dir.path().join("a/b.root");

        let error = unreadable(&below, &ErrorKind::PermissionDenied.into()).to_string();

        let closed = format!("no permission to read `{}`;", dir.path().display());
        assert!(error.contains(&closed), "{error}");
    }
}
