//! Bytes of a local file that the system has in memory, read where and when they are needed.
//!
//! Reading them takes no waiting, so it needs no other thread, and a basket that is read just
//! before it is unpacked is still in the processor's cache then. The buffers are used again.

use std::cell::RefCell;
use std::fs::File;
use std::ops::Range;

use bytes::Bytes;
use object_store::ObjectMeta;

/// Buffers a thread keeps, and the largest it keeps.
const MOST_BUFFERS: usize = 4;
const MOST_BYTES: usize = 4 << 20;

thread_local! {
    static KEPT: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// An open local file.
#[derive(Debug)]
pub(crate) struct CachedFile(File);

impl CachedFile {
    pub(crate) fn new(file: File) -> Self {
        Self(file)
    }

    /// Opens a local file, if that takes no waiting for a disk or a network and it is the one that
    /// was planned, by inode, size and time. Otherwise it is for the store to open it.
    pub(crate) fn open_without_waiting(planned: &ObjectMeta) -> Option<Self> {
        let tag = planned.e_tag.as_deref()?.trim_matches('"');
        let file = open_cached(&format!("/{}", planned.location))?;
        let found = file.metadata().ok().filter(std::fs::Metadata::is_file)?;
        (tag_of(&found)? == tag).then_some(Self(file))
    }

    /// The bytes of a range, if they can be had without waiting for a disk or a network.
    pub(crate) fn read(&self, range: &Range<u64>) -> Option<Bytes> {
        let wanted = usize::try_from(range.end.checked_sub(range.start)?).ok()?;
        let mut buffer = KeptBuffer::take(wanted);
        let got = read_without_waiting(&self.0, buffer.bytes_mut(), range.start)?;
        (got == wanted).then(|| Bytes::from_owner(buffer))
    }

    /// True if the file has the size and time of `planned`.
    pub(crate) fn is_still(&self, planned: &ObjectMeta) -> bool {
        self.0.metadata().is_ok_and(|found| {
            found.len() == planned.size
                && found
                    .modified()
                    .is_ok_and(|time| time == planned.last_modified.into())
        })
    }
}

/// The file of a path that the system has resolved before.
#[cfg(target_os = "linux")]
fn open_cached(path: &str) -> Option<File> {
    use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2};

    // A pipe would wait for its writer.
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let file = openat2(CWD, path, flags, Mode::empty(), ResolveFlags::CACHED).ok()?;
    Some(file.into())
}

#[cfg(not(target_os = "linux"))]
fn open_cached(_: &str) -> Option<File> {
    None
}

/// A file's tag, as `object_store` writes it.
#[cfg(unix)]
fn tag_of(file: &std::fs::Metadata) -> Option<String> {
    use std::os::unix::fs::MetadataExt;

    let modified = file.modified().ok()?;
    let since = modified.duration_since(std::time::UNIX_EPOCH).ok()?;
    let (inode, size) = (file.ino(), file.len());
    Some(format!("{inode:x}-{:x}-{size:x}", since.as_micros()))
}

#[cfg(not(unix))]
fn tag_of(_: &std::fs::Metadata) -> Option<String> {
    None
}

/// How many bytes could be read at once; `None` if the system cannot tell.
#[cfg(target_os = "linux")]
fn read_without_waiting(file: &File, into: &mut [u8], at: u64) -> Option<usize> {
    use rustix::io::{ReadWriteFlags, preadv2};

    let mut into = [std::io::IoSliceMut::new(into)];
    preadv2(file, &mut into, at, ReadWriteFlags::NOWAIT).ok()
}

#[cfg(not(target_os = "linux"))]
fn read_without_waiting(_: &File, _: &mut [u8], _: u64) -> Option<usize> {
    None
}

/// A buffer that goes back to the thread that drops it.
struct KeptBuffer {
    buffer: Vec<u8>,
    /// The part in use; what follows is of an earlier, longer use.
    len: usize,
}

impl KeptBuffer {
    fn take(len: usize) -> Self {
        let mut buffer = KEPT.with_borrow_mut(|kept| kept.pop().unwrap_or_default());
        if buffer.len() < len {
            buffer.reserve_exact(len - buffer.len());
            buffer.resize(len, 0);
        }
        Self { buffer, len }
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.buffer[..self.len]
    }
}

impl AsRef<[u8]> for KeptBuffer {
    fn as_ref(&self) -> &[u8] {
        &self.buffer[..self.len]
    }
}

impl Drop for KeptBuffer {
    fn drop(&mut self) {
        let buffer = std::mem::take(&mut self.buffer);
        if buffer.capacity() > MOST_BYTES {
            return;
        }
        // A thread that is going away has nothing to keep it for.
        let _gone = KEPT.try_with(|kept| {
            if let Ok(mut kept) = kept.try_borrow_mut()
                && kept.len() < MOST_BUFFERS
            {
                kept.push(buffer);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[tokio::test]
    async fn only_the_file_that_was_planned_is_opened_at_once() {
        use object_store::ObjectStoreExt;

        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a");
        std::fs::write(&path, "0123456789").unwrap();
        let location = object_store::path::Path::from_absolute_path(&path).unwrap();
        let store = object_store::local::LocalFileSystem::new();
        let planned = store.head(&location).await.unwrap();
        let time = std::fs::metadata(&path).unwrap().modified().unwrap();
        assert_eq!(
            tag_of(&std::fs::metadata(&path).unwrap()).as_deref(),
            planned.e_tag.as_deref().map(|tag| tag.trim_matches('"'))
        );
        // Not every system can tell whether it has to wait.
        if let Some(file) = CachedFile::open_without_waiting(&planned) {
            assert!(file.is_still(&planned));
        }

        let other = directory.path().join("b");
        std::fs::write(&other, "9876543210").unwrap();
        File::options()
            .append(true)
            .open(&other)
            .unwrap()
            .set_modified(time)
            .unwrap();
        std::fs::rename(&other, &path).unwrap();

        assert!(CachedFile::open_without_waiting(&planned).is_none());
    }

    #[test]
    fn bytes_just_written_are_read_at_once_or_not_at_all() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"0123456789").unwrap();
        let file = CachedFile::new(file);

        for (range, bytes) in [(2..5, &b"234"[..]), (0..10, b"0123456789"), (4..4, b"")] {
            // Some file systems cannot tell what is in memory.
            if let Some(read) = file.read(&range) {
                assert_eq!(read, bytes);
            }
        }
        assert_eq!(file.read(&(8..12)), None);
    }
}
