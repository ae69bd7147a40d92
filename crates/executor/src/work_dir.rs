//! The directory of one executor, which no other process touches.
//!
//! ```text
//! <work dir>/lock                      held while directories are made or cleared
//! <work dir>/executor-<id>/lock        held as long as the executor lives
//! <work dir>/executor-<id>/jobs/...    files between stages, and results, one directory per job
//! <work dir>/executor-<id>/spill/...   rows that did not fit into memory
//! ```

use std::collections::HashSet;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::error::ExecutorError;

const PREFIX: &str = "executor-";
const LOCK: &str = "lock";

/// A directory on a local disk, one per user: `/var/tmp/hepframe-<user id>` on Unix.
#[must_use]
pub fn default_work_dir() -> PathBuf {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let user = fs::metadata("/proc/self").map_or(0, |process| process.uid());
        PathBuf::from(format!("/var/tmp/hepframe-{user}"))
    }
    #[cfg(not(unix))]
    std::env::temp_dir().join("hepframe")
}

/// The files of one executor; removed when dropped.
#[derive(Debug)]
pub(crate) struct WorkDir {
    root: PathBuf,
    jobs: PathBuf,
    spill: PathBuf,
    _lock: File,
}

impl WorkDir {
    /// Makes the executor's directory and clears what dead executors left.
    pub(crate) fn claim(parent: &Path, id: &str) -> Result<Self, ExecutorError> {
        Self::try_claim(parent, id).map_err(|source| ExecutorError::WorkDir {
            path: parent.to_owned(),
            source,
        })
    }

    fn try_claim(parent: &Path, id: &str) -> io::Result<Self> {
        make_private(parent)?;
        // Without it, a directory could be cleared between its making and its locking.
        let parent_lock = open_lock(parent)?;
        parent_lock.lock()?;
        clear_left_overs(parent)?;

        let root = parent.join(format!("{PREFIX}{id}"));
        fs::create_dir(&root)?;
        let lock = open_lock(&root)?;
        lock.try_lock().map_err(io::Error::from)?;
        let (jobs, spill) = (root.join("jobs"), root.join("spill"));
        fs::create_dir(&jobs)?;
        fs::create_dir(&spill)?;
        Ok(Self {
            root,
            jobs,
            spill,
            _lock: lock,
        })
    }

    /// Where Ballista puts files of jobs.
    pub(crate) fn jobs(&self) -> &Path {
        &self.jobs
    }

    /// Where rows go that do not fit into memory.
    pub(crate) fn spill(&self) -> &Path {
        &self.spill
    }

    /// True if files of some job are here.
    pub(crate) fn has_jobs(&self) -> bool {
        fs::read_dir(&self.jobs).is_ok_and(|mut entries| entries.next().is_some())
    }

    /// Removes the files of a job, or of some of its stages.
    ///
    /// # Errors
    /// If the job's name is none, or files cannot be removed.
    pub(crate) fn remove_job(&self, job: &str, stages: &[u32]) -> io::Result<()> {
        let job = self.jobs.join(one_name(job)?);
        if stages.is_empty() {
            return remove_if_there(&job);
        }
        stages
            .iter()
            .try_for_each(|stage| remove_if_there(&job.join(stage.to_string())))
    }

    /// Removes everything; the end of an executor.
    pub(crate) fn remove(&self) {
        // Nobody may look for left-overs meanwhile; whoever starts next clears what stays.
        let removed = self.root.parent().map_or(Ok(()), |parent| {
            let parent_lock = open_lock(parent)?;
            parent_lock.lock()?;
            remove_if_there(&self.root)
        });
        if let Err(error) = removed {
            tracing::warn!(dir = %self.root.display(), %error, "the executor's files could not be removed");
        }
    }

    /// Removes jobs that nobody touched for so long; gives their names.
    pub(crate) fn remove_old_jobs(
        &self,
        age: Duration,
        busy: &HashSet<String>,
    ) -> io::Result<Vec<String>> {
        let mut removed = Vec::new();
        let Some(limit) = SystemTime::now().checked_sub(age) else {
            return Ok(removed);
        };
        for entry in fs::read_dir(&self.jobs)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if !busy.contains(&name) && !touched_since(&entry.path(), limit) {
                remove_if_there(&entry.path())?;
                removed.push(name);
            }
        }
        Ok(removed)
    }
}

impl Drop for WorkDir {
    fn drop(&mut self) {
        self.remove();
    }
}

/// A name that stays below the directory it is joined to.
pub(crate) fn one_name(name: &str) -> io::Result<&str> {
    let mut parts = Path::new(name).components();
    match (parts.next(), parts.next()) {
        (Some(Component::Normal(part)), None) if part == name => Ok(name),
        _ => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("`{name}` is not the name of a job"),
        )),
    }
}

fn make_private(dir: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        // Rows of one user are not for the others of a machine.
        builder.mode(0o700);
    }
    builder.create(dir)
}

fn open_lock(dir: &Path) -> io::Result<File> {
    File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(dir.join(LOCK))
}

/// Removes directories whose executor no longer holds its lock.
fn clear_left_overs(parent: &Path) -> io::Result<()> {
    for entry in fs::read_dir(parent)? {
        let entry = entry?;
        let ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
        if !ours || !entry.file_type()?.is_dir() {
            continue;
        }
        match open_lock(&entry.path())?.try_lock() {
            Ok(()) => {
                tracing::info!(dir = %entry.path().display(), "clearing files of an executor that is gone");
                remove_if_there(&entry.path())?;
            }
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(())
}

fn remove_if_there(dir: &Path) -> io::Result<()> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// True if anything in this directory is newer, or cannot be looked at.
fn touched_since(path: &Path, limit: SystemTime) -> bool {
    let Ok(found) = fs::symlink_metadata(path) else {
        return true;
    };
    if found.modified().is_ok_and(|time| time >= limit) {
        return true;
    }
    found.is_dir()
        && fs::read_dir(path).map_or(true, |mut entries| {
            entries.any(|entry| entry.map_or(true, |entry| touched_since(&entry.path(), limit)))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn executors_of_one_machine_have_directories_of_their_own() {
        let parent = tempfile::tempdir().unwrap();
        let first = WorkDir::claim(parent.path(), "a").unwrap();
        fs::create_dir(first.jobs().join("job")).unwrap();

        let second = WorkDir::claim(parent.path(), "b").unwrap();

        assert_ne!(first.jobs(), second.jobs());
        assert!(first.has_jobs() && !second.has_jobs());
    }

    #[test]
    fn what_a_dead_executor_left_is_cleared_at_the_next_start() {
        let parent = tempfile::tempdir().unwrap();
        let dead = parent.path().join("executor-dead");
        fs::create_dir_all(dead.join("jobs/job/1")).unwrap();
        fs::create_dir(parent.path().join("something-else")).unwrap();

        let _alive = WorkDir::claim(parent.path(), "a").unwrap();

        assert!(!dead.try_exists().unwrap());
        assert!(parent.path().join("something-else").try_exists().unwrap());
    }

    #[test]
    fn nothing_is_left_after_a_clean_end() {
        let parent = tempfile::tempdir().unwrap();
        let dir = WorkDir::claim(parent.path(), "a").unwrap();
        fs::write(dir.spill().join("rows"), "x").unwrap();

        drop(dir);

        assert!(!parent.path().join("executor-a").try_exists().unwrap());
    }

    #[test]
    fn only_directories_of_jobs_are_removed() {
        let parent = tempfile::tempdir().unwrap();
        let dir = WorkDir::claim(parent.path(), "a").unwrap();
        fs::create_dir_all(dir.jobs().join("job/1")).unwrap();
        fs::create_dir_all(dir.jobs().join("job/2")).unwrap();

        for name in ["..", ".", "", "/", "../spill", "job/1", "a/..", "./job"] {
            dir.remove_job(name, &[]).unwrap_err();
        }
        dir.remove_job("job", &[1]).unwrap();
        assert!(!dir.jobs().join("job/1").try_exists().unwrap());
        assert!(dir.jobs().join("job/2").try_exists().unwrap());
        dir.remove_job("job", &[]).unwrap();
        dir.remove_job("job", &[]).unwrap();
        assert!(!dir.has_jobs() && dir.spill().try_exists().unwrap());
    }

    #[test]
    fn old_jobs_go_and_busy_or_fresh_ones_stay() {
        let parent = tempfile::tempdir().unwrap();
        let dir = WorkDir::claim(parent.path(), "a").unwrap();
        for job in ["idle", "busy"] {
            fs::create_dir_all(dir.jobs().join(job)).unwrap();
        }
        let busy = HashSet::from(["busy".to_owned()]);

        assert!(
            dir.remove_old_jobs(Duration::from_secs(60), &busy)
                .unwrap()
                .is_empty()
        );
        assert_eq!(
            dir.remove_old_jobs(Duration::ZERO, &busy).unwrap(),
            ["idle"]
        );
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_named() {
        let parent = tempfile::NamedTempFile::new().unwrap();

        let message = WorkDir::claim(parent.path(), "a").unwrap_err().to_string();

        assert!(
            message.contains("work directory") && message.contains("choose another"),
            "{message}"
        );
    }
}
