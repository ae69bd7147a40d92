//! What can go wrong between a location and a batch, and how it reaches DataFusion.
//!
//! Three kinds leave this crate: [`RootError`] with its place (bad bytes), [`SourceError`]
//! (files, schemas, options) and `object_store`'s own errors (I/O, the only ones worth trying
//! again). The first two travel as [`DataFusionError::External`], the last as
//! [`DataFusionError::ObjectStore`].
#![expect(missing_docs, reason = "the message of a variant explains its fields")]

use std::error::Error;

use arrow::datatypes::DataType;
use datafusion::error::DataFusionError;
use hepframe_root_io::{Place, RootError};

/// Why a table could not be opened or a scan not be run, apart from bad bytes and failed I/O.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    #[error("no file or directory `{text}`{}{}", tried(.text, .resolved), similar(.nearest))]
    NotFound {
        text: String,
        resolved: String,
        nearest: Vec<String>,
    },

    #[error("no file matches `{text}`{}{}", tried(.text, .resolved), similar(.nearest))]
    NothingMatches {
        text: String,
        resolved: String,
        nearest: Vec<String>,
    },

    #[error("directory `{text}` holds no file named *.root{}", tried(.text, .resolved))]
    NoRootFiles { text: String, resolved: String },

    #[error(
        "`{file}` is not a regular file (it is {what}); copy what it gives to a file, and name that"
    )]
    NotRegular { file: String, what: &'static str },

    #[error(
        "no permission to read `{path}`; ask its owner for it (`ls -ld {path}` tells who that is)"
    )]
    NoPermission { path: String },

    #[error("`{path}` cannot be read: {why}")]
    Unreadable { path: String, why: String },

    #[error(
        "`{text}`: remote files ({scheme}) are not read yet; copy it to this machine, or mount it, \
         and name its path"
    )]
    Remote { text: String, scheme: String },

    #[error("`{text}` is not a location: {why}")]
    BadLocation { text: String, why: String },

    #[error("a table needs at least one location")]
    NoLocation,

    #[error("`{left}` and `{right}` are in different stores; a table lives in one")]
    SeveralStores { left: String, right: String },

    #[error(
        "files of one table hold trees of different names: `{left_tree}` in `{left_file}`, \
         `{right_tree}` in `{right_file}`; name one"
    )]
    SeveralTrees {
        left_file: String,
        left_tree: String,
        right_file: String,
        right_tree: String,
    },

    #[error(
        "column `{column}` is {left_type} in file `{left_file}`, but {right_type} in file \
         `{right_file}`, and no type holds both without loss"
    )]
    TypesDiffer {
        column: String,
        left_file: String,
        left_type: DataType,
        right_file: String,
        right_type: DataType,
    },

    #[error(
        "file `{file}` changed after the query was planned: it had {planned_bytes} bytes of \
         {planned_time}, now it has {found_bytes} bytes of {found_time}; run the query again"
    )]
    FileChanged {
        file: String,
        planned_bytes: u64,
        planned_time: String,
        found_bytes: u64,
        found_time: String,
    },

    #[error("file `{file}` gave {got} bytes where {wanted} were asked for (byte {at})")]
    ShortRead {
        file: String,
        at: u64,
        wanted: u64,
        got: u64,
    },

    #[error(
        "the header of file `{file}` sends the reader in circles ({steps} reads, {bytes} bytes)"
    )]
    Endless {
        file: String,
        steps: usize,
        bytes: u64,
    },

    #[error("option `{name}` is not known; a ROOT table takes {}", .known.join(", "))]
    UnknownOption {
        name: String,
        known: Vec<&'static str>,
    },

    #[error("option `{name}` is `{value}`, which is not {wanted}")]
    BadOption {
        name: String,
        value: String,
        wanted: &'static str,
    },

    #[error("a ROOT table takes no {what}: its columns are those of the tree")]
    NotForRoot { what: &'static str },

    #[error(
        "pinning this needs {} in the column cache, of whose {} at most {} can be pinned; \
         name fewer columns, UNCACHE other tables or enlarge the cache",
        mib(*.wanted),
        mib(*.budget),
        mib(*.most)
    )]
    PinsTooLarge { wanted: u64, most: u64, budget: u64 },

    #[error("nothing can be pinned: there is no column cache (its size is 0)")]
    NoColumnCache,

    #[error(
        "the cache on disk needs a cache in memory, whose size is 0; give it some memory, or no disk"
    )]
    DiskWithoutMemory,

    #[error("the cache on disk cannot use the directory `{dir}`: {why}; name another")]
    CacheDir { dir: String, why: String },

    #[error(
        "the cache on disk cannot use the directory `{dir}`: {} uses it; give each process a \
         directory of its own",
        process.map_or_else(|| "another process".to_owned(), |number| format!("process {number}"))
    )]
    CacheDirInUse { dir: String, process: Option<u32> },

    #[error("the plan of file `{file}` is damaged: {why}")]
    BadPlan { file: String, why: String },
}

impl From<SourceError> for DataFusionError {
    fn from(error: SourceError) -> Self {
        Self::External(Box::new(error))
    }
}

/// A [`RootError`] with what the caller knows about its place, on its way to DataFusion.
pub(crate) fn placed(error: RootError, place: Place) -> DataFusionError {
    DataFusionError::External(Box::new(error.at(place)))
}

/// Why bytes could not be read, without the place, which the reader knows.
pub(crate) fn plain_reason(error: &DataFusionError) -> String {
    let mut link: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(cause) = link {
        if let Some(root) = cause.downcast_ref::<RootError>() {
            return root.root_cause().to_string();
        }
        link = cause.source();
    }
    error.to_string()
}

/// The column whose text turned out not to be UTF-8, if that is what went wrong.
///
/// Declare it with [`RootTable::read_as_binary`](crate::RootTable::read_as_binary) and plan again.
#[must_use]
pub fn not_utf8_column(error: &DataFusionError) -> Option<String> {
    let mut link: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(cause) = link {
        if let Some(root) = cause.downcast_ref::<RootError>()
            && let RootError::NotUtf8 { column } = root.root_cause()
        {
            return Some(column.clone());
        }
        link = cause.source();
    }
    None
}

/// The name of the file that is not there, and the nearest ones that are, if that is what failed.
#[must_use]
pub fn missing_file(error: &DataFusionError) -> Option<(String, Vec<String>)> {
    let mut link: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(cause) = link {
        if let Some(
            SourceError::NotFound { text, nearest, .. }
            | SourceError::NothingMatches { text, nearest, .. },
        ) = cause.downcast_ref::<SourceError>()
        {
            return Some((text.clone(), nearest.clone()));
        }
        // Gone since it was listed.
        if let Some(object_store::Error::NotFound { path, .. }) = cause.downcast_ref() {
            return Some((path.clone(), Vec::new()));
        }
        link = cause.source();
    }
    None
}

/// Bytes as people say them.
fn mib(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}

/// Says where a relative name was looked for.
fn tried(text: &str, resolved: &str) -> String {
    if text == resolved {
        String::new()
    } else {
        format!(" (looked for `{resolved}`)")
    }
}

fn similar(nearest: &[String]) -> String {
    if nearest.is_empty() {
        return String::new();
    }
    let names: Vec<String> = nearest.iter().map(|name| format!("`{name}`")).collect();
    format!("; there is {}", names.join(", "))
}

/// True if a store may not read what was asked for. Stores of local files call that "generic".
#[must_use]
pub fn is_closed(error: &object_store::Error) -> bool {
    let mut link: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(cause) = link {
        let io = cause.downcast_ref::<std::io::Error>();
        if io.is_some_and(|io| io.kind() == std::io::ErrorKind::PermissionDenied) {
            return true;
        }
        link = cause.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn text_that_is_not_utf8_is_found_under_any_wrapping() {
        let place = Place {
            tree: Some("t".into()),
            ..Place::default()
        };
        let inner = placed(
            RootError::NotUtf8 {
                column: "name".into(),
            },
            place,
        );
        let wrapped = DataFusionError::Shared(Arc::new(inner)).context("while running partition 3");

        assert_eq!(not_utf8_column(&wrapped), Some("name".to_owned()));
        assert_eq!(
            plain_reason(&wrapped),
            "column `name` holds text that is not UTF-8"
        );
        assert_eq!(not_utf8_column(&SourceError::NoLocation.into()), None);
    }

    #[test]
    fn a_missing_file_says_where_it_was_looked_for_and_what_is_near() {
        let error = SourceError::NotFound {
            text: "rnu1.root".into(),
            resolved: "/data/rnu1.root".into(),
            nearest: vec!["run1.root".into()],
        };

        assert_eq!(
            error.to_string(),
            "no file or directory `rnu1.root` (looked for `/data/rnu1.root`); there is `run1.root`"
        );
    }
}
