//! What kind of file a location holds: by its extension, else by its first bytes.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use datafusion::datasource::file_format::file_compression_type::FileCompressionType;

/// Kinds of files that can be tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Root,
    Parquet,
    Csv(FileCompressionType),
    Tsv(FileCompressionType),
    Json(FileCompressionType),
    Arrow,
}

impl Format {
    /// By extension: `x.root`, `x.csv.gz`. Case does not matter.
    pub(super) fn of_name(name: &str) -> Option<Self> {
        let name = name.trim_end_matches('/').to_ascii_lowercase();
        let (stem, extension) = name.rsplit_once('.')?;
        let compression = match extension {
            "gz" => Some(FileCompressionType::GZIP),
            "bz2" => Some(FileCompressionType::BZIP2),
            "xz" => Some(FileCompressionType::XZ),
            "zst" => Some(FileCompressionType::ZSTD),
            _ => None,
        };
        match compression {
            Some(compression) => Self::of_extension(stem.rsplit_once('.')?.1, compression)
                .filter(|format| matches!(format, Self::Csv(_) | Self::Tsv(_) | Self::Json(_))),
            None => Self::of_extension(extension, FileCompressionType::UNCOMPRESSED),
        }
    }

    fn of_extension(extension: &str, compression: FileCompressionType) -> Option<Self> {
        Some(match extension {
            "root" => Self::Root,
            "parquet" | "pq" => Self::Parquet,
            "csv" => Self::Csv(compression),
            "tsv" => Self::Tsv(compression),
            "json" | "ndjson" | "jsonl" => Self::Json(compression),
            "arrow" | "feather" | "ipc" => Self::Arrow,
            _ => return None,
        })
    }

    /// By what the file begins with. A directory has the format of what is in it, ROOT first.
    pub(super) fn of_path(path: &Path) -> Option<Self> {
        if path.is_dir() {
            return Self::of_directory(path);
        }
        // Opening a pipe waits for its writer.
        if !path.is_file() {
            return None;
        }
        let mut start = [0; 6];
        // A file that cannot be read has no format; opening it tells why.
        let read = File::open(path)
            .and_then(|mut file| file.read(&mut start))
            .ok()?;
        let start = &start[..read];
        if start.starts_with(b"root") {
            Some(Self::Root)
        } else if start.starts_with(b"PAR1") {
            Some(Self::Parquet)
        } else if start.starts_with(b"ARROW1") {
            Some(Self::Arrow)
        } else {
            None
        }
    }

    fn of_directory(path: &Path) -> Option<Self> {
        let entries = std::fs::read_dir(path).ok()?;
        let formats: Vec<Self> = entries
            .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
            .filter(|name| !name.starts_with('.'))
            .filter_map(|name| Self::of_name(&name))
            .collect();
        let root = formats.iter().find(|format| **format == Self::Root);
        root.or_else(|| formats.first()).copied()
    }

    /// What names of files of this kind end in, to pick them from a directory.
    pub(super) fn extension(self) -> &'static str {
        match self {
            Self::Root => ".root",
            Self::Parquet => ".parquet",
            Self::Csv(_) => ".csv",
            Self::Tsv(_) => ".tsv",
            Self::Json(_) => ".json",
            Self::Arrow => ".arrow",
        }
    }
}

/// True for a text that can only be meant as a location, not as the name of a table.
pub(crate) fn looks_like_location(text: &str) -> bool {
    text.contains(['/', '*', '?', ':']) || text.contains('.') || text.starts_with('~')
}

/// The file or directory on this machine that a text names literally.
pub(crate) fn existing_path(text: &str) -> Option<PathBuf> {
    let path = PathBuf::from(text);
    path.try_exists().ok()?.then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extension_says_the_format() {
        assert_eq!(Format::of_name("a/b.ROOT"), Some(Format::Root));
        assert_eq!(Format::of_name("run*.parquet"), Some(Format::Parquet));
        assert_eq!(
            Format::of_name("x.csv.gz"),
            Some(Format::Csv(FileCompressionType::GZIP))
        );
        assert_eq!(Format::of_name("x.root.gz"), None);
        assert_eq!(Format::of_name("Events"), None);
    }

    #[test]
    fn a_file_without_extension_is_known_by_its_first_bytes() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("events");
        std::fs::write(&path, b"root\0\0").unwrap();

        assert_eq!(Format::of_path(&path), Some(Format::Root));
    }

    #[test]
    fn a_directory_of_hidden_files_has_no_format() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("._a.root"), b"").unwrap();

        assert_eq!(Format::of_path(directory.path()), None);
    }

    #[test]
    fn a_directory_with_root_files_is_root_whatever_else_it_holds() {
        let directory = tempfile::tempdir().unwrap();
        for name in ["a.csv", "b.root", "c.parquet"] {
            std::fs::write(directory.path().join(name), b"").unwrap();
        }

        assert_eq!(Format::of_path(directory.path()), Some(Format::Root));
    }
}
