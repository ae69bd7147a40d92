//! A result file that is either complete or not there.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use tempfile::NamedTempFile;

use super::encode::{OutputFormat, TextWriter};
use super::variants::not_for_parquet;
use crate::error::{EngineError, Result};

/// Writes rows to a file in the format that its extension says.
///
/// The rows go to a temporary file beside the target, which takes the target's name when
/// [`finish`](Self::finish) is called. Dropped before that, it leaves nothing behind and an
/// existing file as it was.
#[derive(Debug)]
pub struct FileWriter {
    path: PathBuf,
    encoder: TextWriter<BufWriter<Target>>,
}

#[derive(Debug)]
enum Target {
    Temporary(NamedTempFile),
    /// A pipe or device (`/dev/stdout`) cannot be replaced, only written.
    InPlace(File),
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self {
            Self::Temporary(file) => file.write(bytes),
            Self::InPlace(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self {
            Self::Temporary(file) => file.flush(),
            Self::InPlace(file) => file.flush(),
        }
    }
}

impl FileWriter {
    /// The format that a path asks for.
    ///
    /// # Errors
    /// [`EngineError::Write`], naming the extensions there are.
    pub fn format_of(path: &Path) -> Result<OutputFormat> {
        OutputFormat::of_name(&path.to_string_lossy()).ok_or_else(|| EngineError::Write {
            path: path.to_owned(),
            why: "the name must end in .parquet, .arrow, .csv, .tsv or .json".to_owned(),
        })
    }

    /// Begins a file.
    ///
    /// # Errors
    /// [`EngineError::Write`] if the extension is unknown or the directory cannot be written.
    pub fn create(path: &Path, schema: &SchemaRef) -> Result<Self> {
        let format = Self::format_of(path)?;
        if format == OutputFormat::Parquet
            && let Some(why) = not_for_parquet(schema)
        {
            let path = path.to_owned();
            return Err(EngineError::Write { path, why });
        }
        let target = open_target(path).map_err(|error| write_error(path, &error))?;
        let encoder = TextWriter::new(format, schema, BufWriter::with_capacity(1 << 20, target))
            .map_err(|error| write_error(path, &error))?;
        Ok(Self {
            path: path.to_owned(),
            encoder,
        })
    }

    /// Appends rows.
    ///
    /// # Errors
    /// [`EngineError::Write`], e.g. when the disk is full.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        self.encoder
            .write(batch)
            .map_err(|error| write_error(&self.path, &error))
    }

    /// Completes the file and gives it its name, replacing an older one.
    ///
    /// # Errors
    /// [`EngineError::Write`].
    pub fn finish(self) -> Result<()> {
        let path = self.path;
        let buffered = self
            .encoder
            .finish()
            .map_err(|error| write_error(&path, &error))?;
        let target = buffered
            .into_inner()
            .map_err(|error| write_error(&path, &error.into_error()))?;
        match target {
            Target::Temporary(file) => {
                file.persist(&path)
                    .map_err(|error| write_error(&path, &error.error))?;
            }
            Target::InPlace(mut file) => {
                file.flush().map_err(|error| write_error(&path, &error))?;
            }
        }
        Ok(())
    }
}

fn open_target(path: &Path) -> std::io::Result<Target> {
    if let Ok(metadata) = std::fs::metadata(path) {
        if metadata.is_dir() {
            return Err(std::io::Error::from(std::io::ErrorKind::IsADirectory));
        }
        if !metadata.is_file() {
            return Ok(Target::InPlace(File::options().write(true).open(path)?));
        }
    }
    let mut builder = tempfile::Builder::new();
    builder.prefix(".hepframe-");
    // Temporary files are private by default; a result is as readable as any new file.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder
        .tempfile_in(directory_of(path))
        .map(Target::Temporary)
}

/// Tells before a COPY starts that its file or directory cannot be made, which its writers tell in
/// words of their own, or after they have made directories.
///
/// # Errors
/// [`EngineError::Write`].
pub(crate) fn check_place(path: &Path) -> Result<()> {
    let refused = |why: &str| EngineError::Write {
        path: path.to_owned(),
        why: why.to_owned(),
    };
    let directory = match std::fs::metadata(path) {
        Ok(there) if there.is_dir() => path,
        Ok(there) if !there.is_file() => {
            return Err(refused("it is no regular file, and COPY would replace it"));
        }
        _ => directory_of(path),
    };
    tempfile::Builder::new()
        .prefix(".hepframe-")
        .tempfile_in(directory)
        .map(drop)
        .map_err(|error| write_error(path, &error))
}

fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// The reason alone: library errors repeat their own names and the temporary file's.
pub(super) fn write_error(path: &Path, error: &(dyn std::error::Error + 'static)) -> EngineError {
    let mut why = error.to_string();
    let mut cause = Some(error);
    while let Some(error) = cause {
        let inner = error.downcast_ref::<ArrowError>();
        let io = match inner {
            Some(ArrowError::IoError(_, io)) => Some(io),
            _ => error.downcast_ref::<std::io::Error>(),
        };
        if let Some(io) = io {
            why = match io.kind() {
                std::io::ErrorKind::NotFound if directory_of(path).is_dir() => {
                    "no files can be made in its directory".to_owned()
                }
                std::io::ErrorKind::NotFound => "there is no such directory".to_owned(),
                kind => std::io::Error::from(kind).to_string(),
            };
        }
        cause = error.source();
    }
    EngineError::Write {
        path: path.to_owned(),
        why,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int32Array};

    use super::*;

    fn batch() -> RecordBatch {
        let n = Arc::new(Int32Array::from(vec![1, 2])) as ArrayRef;
        RecordBatch::try_from_iter([("n", n)]).unwrap()
    }

    #[test]
    fn a_finished_file_replaces_the_old_one_and_leaves_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("out.csv");
        std::fs::write(&path, "old").unwrap();

        let mut writer = FileWriter::create(&path, &batch().schema()).unwrap();
        writer.write(&batch()).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
        writer.finish().unwrap();

        assert_eq!(std::fs::read_to_string(&path).unwrap(), "n\n1\n2\n");
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn an_abandoned_file_leaves_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("out.parquet");

        drop(FileWriter::create(&path, &batch().schema()).unwrap());

        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_directory_that_is_not_there_is_named_with_the_reason() {
        let path = Path::new("/nowhere/at/all/out.csv");

        let message = FileWriter::create(path, &batch().schema())
            .unwrap_err()
            .to_string();

        assert!(
            message.starts_with("cannot write /nowhere/at/all/out.csv: "),
            "{message}"
        );
        assert!(message.contains("no such directory"), "{message}");
    }

    #[test]
    fn a_copy_is_refused_before_it_makes_anything() {
        let directory = tempfile::tempdir().unwrap();
        let below = directory.path().join("no/x.csv");

        let error = check_place(&below).unwrap_err().to_string();
        check_place(&directory.path().join("x.csv")).unwrap();

        assert!(error.contains("there is no such directory"), "{error}");
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
    }

    #[test]
    fn an_unknown_extension_names_the_known_ones() {
        let message = FileWriter::format_of(Path::new("x.xls"))
            .unwrap_err()
            .to_string();

        assert!(message.contains(".parquet, .arrow, .csv"), "{message}");
    }
}
