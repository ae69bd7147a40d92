//! The directory of the cache: a file per chunk, and a lock that keeps other processes out.
//!
//! ```text
//! <dir>/lock                 held as long as the process lives; the process's number
//! <dir>/<name>.v<version>    a chunk
//! <dir>/<name>.tmp           a chunk that is being written
//! ```
//!
//! Files with other names are nobody's business here and stay. Names are never followed to where
//! they point: a link in the place of a chunk is removed, one in the place of the lock refused.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use arrow::buffer::{Buffer, MutableBuffer};

use super::file::{Damage, HEADER_BYTES, key_length};
use super::key::{Name, VERSION};
use crate::error::SourceError;

const LOCK: &str = "lock";
const UNFINISHED: &str = "tmp";
/// Longest key that is read before its file is checked.
const MOST_KEY_BYTES: usize = 1 << 20;

/// Of a directory's mode: its group, or everybody, may write.
#[cfg(unix)]
const WRITABLE_BY_OTHERS: u32 = 0o022;

/// A directory that belongs to this process.
#[derive(Debug)]
pub(super) struct Folder {
    dir: PathBuf,
    _lock: File,
}

/// A chunk's file, as the directory lists it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) name: Name,
    pub(super) bytes: u64,
    pub(super) used: SystemTime,
}

/// What a file's name says it is.
enum Kind {
    Chunk(Name),
    /// Of another version, or never finished.
    LeftOver,
    Foreign,
}

impl Folder {
    /// Makes the directory if it is missing and takes it for this process.
    ///
    /// # Errors
    /// [`SourceError::CacheDirInUse`] if another process has it, [`SourceError::CacheDir`] if it
    /// cannot be made, or not be written to.
    pub(super) fn claim(dir: &Path) -> Result<Self, SourceError> {
        let failed = |error: io::Error| SourceError::CacheDir {
            dir: dir.display().to_string(),
            why: error.to_string(),
        };
        make_private(dir).map_err(failed)?;
        warn_of_others(dir).map_err(failed)?;
        let path = dir.join(LOCK);
        let mut lock = here()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .and_then(plain)
            .map_err(|error| SourceError::CacheDir {
                dir: dir.display().to_string(),
                why: format!("its file `{LOCK}` cannot be opened: {error}"),
            })?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let holder = fs::read_to_string(&path).unwrap_or_default();
                return Err(SourceError::CacheDirInUse {
                    dir: dir.display().to_string(),
                    process: holder.trim().parse().ok(),
                });
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        // The kernel lets go of the lock with the process; the number is for messages only.
        lock.set_len(0).map_err(failed)?;
        writeln!(lock, "{}", std::process::id()).map_err(failed)?;
        Ok(Self {
            dir: dir.to_owned(),
            _lock: lock,
        })
    }

    /// The chunks that are here, last used ones last; removes what earlier processes left that
    /// is of no use.
    pub(super) fn list(&self) -> io::Result<Vec<Listed>> {
        let mut listed = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            let entry = entry?;
            // Of a link: what it is, not what it points to.
            let meta = entry.metadata()?;
            match kind_of(&entry.file_name().to_string_lossy()) {
                // Made by nobody here.
                _ if meta.is_dir() => {}
                Kind::Chunk(name) if meta.is_file() => {
                    listed.push(Listed {
                        name,
                        bytes: meta.len(),
                        used: meta.modified()?,
                    });
                }
                Kind::Chunk(_) | Kind::LeftOver => fs::remove_file(entry.path())?,
                Kind::Foreign => {}
            }
        }
        listed.sort_by_key(|listed| (listed.used, listed.name));
        Ok(listed)
    }

    /// Puts a chunk's file in place as a whole.
    ///
    /// It is not forced to the disk: after a loss of power it may be empty or half, and is then
    /// refused by its checksum.
    pub(super) fn write(&self, name: Name, bytes: &[u8]) -> io::Result<()> {
        let unfinished = self.dir.join(format!("{name}.{UNFINISHED}"));
        let new = here().create_new(true).write(true).open(&unfinished);
        let written = new
            .and_then(|mut file| file.write_all(bytes))
            .and_then(|()| fs::rename(&unfinished, self.path(name)));
        if written.is_err() {
            // The first error is the one to tell; a file that stays is removed at the next start.
            drop(fs::remove_file(&unfinished));
        }
        written
    }

    /// All bytes of a chunk's file, which should be so many; `None` if it is not here.
    pub(super) fn read(
        &self,
        name: Name,
        wanted: u64,
    ) -> io::Result<Option<Result<Buffer, Damage>>> {
        let path = self.path(name);
        let mut file = match here().read(true).open(&path).and_then(plain) {
            Ok(file) => file,
            Err(error) => match fs::symlink_metadata(&path) {
                Err(missing) if missing.kind() == io::ErrorKind::NotFound => return Ok(None),
                Ok(meta) if !meta.is_file() => return Ok(Some(Err(Damage::NoFile))),
                _ => return Err(error),
            },
        };
        let found = file.metadata()?.len();
        if found != wanted {
            return Ok(Some(Err(Damage::Length { found, wanted })));
        }
        // Aligned, so that arrays need not be moved to be read.
        let mut bytes = MutableBuffer::from_len_zeroed(usize::try_from(found).unwrap_or(0));
        file.read_exact(&mut bytes)?;
        // For the next process; nothing is lost here if the time cannot be set.
        drop(file.set_modified(SystemTime::now()));
        Ok(Some(Ok(bytes.into())))
    }

    /// The key that a chunk's file begins with, unchecked; `None` if there is none.
    pub(super) fn key(&self, name: Name) -> Option<Vec<u8>> {
        let file = here().read(true).open(self.path(name));
        let mut file = file.and_then(plain).ok()?;
        let mut header = [0; HEADER_BYTES];
        file.read_exact(&mut header).ok()?;
        let length = key_length(&header).filter(|&length| length <= MOST_KEY_BYTES)?;
        let mut key = vec![0; length];
        file.read_exact(&mut key).ok()?;
        Some(key)
    }

    /// Removes a chunk's file, if it is here.
    pub(super) fn remove(&self, name: Name) -> io::Result<()> {
        match fs::remove_file(self.path(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    pub(super) fn path(&self, name: Name) -> PathBuf {
        self.dir.join(format!("{name}.v{VERSION}"))
    }
}

fn kind_of(file_name: &str) -> Kind {
    let Some((name, kind)) = file_name.split_once('.') else {
        return Kind::Foreign;
    };
    let version = kind.strip_prefix('v').map(str::parse::<u32>);
    match (Name::parse(name), version) {
        (Some(name), Some(Ok(VERSION))) => Kind::Chunk(name),
        (Some(_), Some(Ok(_))) => Kind::LeftOver,
        (Some(_), None) if kind == UNFINISHED => Kind::LeftOver,
        _ => Kind::Foreign,
    }
}

fn make_private(dir: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        // Columns of one user are not for the others of a machine.
        builder.mode(0o700);
    }
    builder.create(dir)
}

/// Warns where others could put columns of their own into the directory.
fn warn_of_others(dir: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(dir)?.permissions().mode();
        if mode & WRITABLE_BY_OTHERS != 0 {
            tracing::warn!(
                dir = %dir.display(),
                mode = format!("{:o}", mode & 0o7777),
                "other users may write to the directory of the cache on disk, and so change the \
                 numbers that queries see; take that from them: chmod go-w"
            );
        }
    }
    Ok(())
}

/// How files of the directory are opened: a link is an error, and a pipe is not waited for. New
/// ones are for their user alone.
fn here() -> OpenOptions {
    let mut options = File::options();
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt;
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        options.mode(0o600).custom_flags(flags.bits().cast_signed());
    }
    options
}

/// The file, unless it is a pipe, a device or the like.
fn plain(file: File) -> io::Result<File> {
    if file.metadata()?.is_file() {
        return Ok(file);
    }
    Err(io::Error::other("it is not a plain file"))
}

#[cfg(test)]
mod tests;
