//! The directory of the cache: a file per chunk, and a lock that keeps other processes out.
//!
//! ```text
//! <dir>/lock                 held as long as the process lives; the process's number
//! <dir>/<name>.v<version>    a chunk
//! <dir>/<name>.tmp           a chunk that is being written
//! ```
//!
//! Files with other names are nobody's business here and stay.

use std::fs::{self, File, TryLockError};
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
        let path = dir.join(LOCK);
        let mut lock = File::options()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(failed)?;
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
            match kind_of(&entry.file_name().to_string_lossy()) {
                Kind::Chunk(name) => {
                    let meta = entry.metadata()?;
                    listed.push(Listed {
                        name,
                        bytes: meta.len(),
                        used: meta.modified()?,
                    });
                }
                Kind::LeftOver => fs::remove_file(entry.path())?,
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
        let written =
            fs::write(&unfinished, bytes).and_then(|()| fs::rename(&unfinished, self.path(name)));
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
        let mut file = match File::open(self.path(name)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
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
        let mut file = File::open(self.path(name)).ok()?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_for_one_at_a_time_and_says_who_has_it() {
        let parent = tempfile::tempdir().unwrap();
        let dir = parent.path().join("made/here");
        let first = Folder::claim(&dir).unwrap();

        let message = Folder::claim(&dir).unwrap_err().to_string();

        let process = format!("process {}", std::process::id());
        assert!(message.contains(&process), "{message}");
        assert!(message.contains("made/here"), "{message}");
        drop(first);
        Folder::claim(&dir).unwrap();
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();

        let message = Folder::claim(file.path()).unwrap_err().to_string();

        let path = file.path().to_str().unwrap();
        assert!(
            message.contains(path) && message.contains("another"),
            "{message}"
        );
    }

    #[test]
    fn left_overs_go_at_the_start_and_files_of_others_stay() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::claim(dir.path()).unwrap();
        let put = |name: &str| fs::write(dir.path().join(name), "12345").unwrap();
        let (kept, hex) = (Name(7), Name(8).to_string());
        folder.write(kept, b"123").unwrap();
        put(&format!("{hex}.tmp"));
        put(&format!("{hex}.v0"));
        put(&format!("{hex}.v{}", VERSION + 1));
        let foreign = ["notes.txt", "x.v1", "7.tmp", &hex];
        foreign.iter().for_each(|name| put(name));

        let listed = folder.list().unwrap();

        let found: Vec<_> = listed.iter().map(|l| (l.name, l.bytes)).collect();
        assert_eq!(found, [(kept, 3)]);
        let left = fs::read_dir(dir.path()).unwrap().count();
        assert_eq!(
            left,
            foreign.len() + 2,
            "the chunk and the lock are there too"
        );
    }

    #[test]
    fn what_was_read_last_is_listed_last() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::claim(dir.path()).unwrap();
        let long_ago = SystemTime::now() - std::time::Duration::from_secs(1_000);
        for name in [1, 2, 3].map(Name) {
            folder.write(name, b"123").unwrap();
            let file = File::options()
                .append(true)
                .open(folder.path(name))
                .unwrap();
            file.set_modified(long_ago).unwrap();
        }

        folder.read(Name(2), 3).unwrap().unwrap().unwrap();

        let names: Vec<_> = folder.list().unwrap().iter().map(|l| l.name.0).collect();
        assert_eq!(names, [1, 3, 2]);
    }
}
