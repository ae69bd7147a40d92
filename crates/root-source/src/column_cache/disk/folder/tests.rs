//! What is taken for a chunk, and what is left alone.

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

#[cfg(unix)]
mod hostile {
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::process::Command;

    use super::*;

    fn pipe(path: &Path) {
        let made = Command::new("mkfifo").arg(path).status().unwrap();
        assert!(made.success());
    }

    #[test]
    fn a_lock_that_points_elsewhere_is_refused_and_its_target_stays() {
        let dir = tempfile::tempdir().unwrap();
        let target = tempfile::NamedTempFile::new().unwrap();
        fs::write(target.path(), "precious").unwrap();
        symlink(target.path(), dir.path().join(LOCK)).unwrap();

        let message = Folder::claim(dir.path()).unwrap_err().to_string();

        assert!(message.contains("its file `lock`"), "{message}");
        assert_eq!(fs::read_to_string(target.path()).unwrap(), "precious");
    }

    #[test]
    fn links_and_pipes_named_as_chunks_go_at_the_start_and_directories_stay() {
        let dir = tempfile::tempdir().unwrap();
        let target = tempfile::NamedTempFile::new().unwrap();
        let folder = Folder::claim(dir.path()).unwrap();
        symlink(target.path(), folder.path(Name(1))).unwrap();
        pipe(&folder.path(Name(2)));
        fs::create_dir(folder.path(Name(3))).unwrap();

        assert_eq!(folder.list().unwrap(), []);

        let left = [1, 2, 3].map(|name| fs::symlink_metadata(folder.path(Name(name))).is_ok());
        assert_eq!(left, [false, false, true]);
        assert!(target.path().try_exists().unwrap());
    }

    #[test]
    fn a_chunk_is_never_read_from_or_written_to_where_a_link_points() {
        let dir = tempfile::tempdir().unwrap();
        let target = tempfile::NamedTempFile::new().unwrap();
        fs::write(target.path(), "123").unwrap();
        let folder = Folder::claim(dir.path()).unwrap();
        symlink(target.path(), folder.path(Name(1))).unwrap();
        pipe(&folder.path(Name(2)));
        let unfinished = dir.path().join(format!("{}.{UNFINISHED}", Name(3)));
        symlink(target.path(), unfinished).unwrap();

        for name in [1, 2].map(Name) {
            let read = folder.read(name, 3).unwrap().unwrap();
            assert!(matches!(read, Err(Damage::NoFile)), "{read:?}");
            assert_eq!(folder.key(name), None);
        }
        folder.write(Name(3), b"other").unwrap_err();

        assert_eq!(fs::read_to_string(target.path()).unwrap(), "123");
    }

    #[test]
    fn what_is_made_here_is_for_its_user_alone() {
        let parent = tempfile::tempdir().unwrap();
        let dir = parent.path().join("cache");
        let folder = Folder::claim(&dir).unwrap();
        folder.write(Name(1), b"123").unwrap();

        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;

        assert_eq!(mode(&dir), 0o700);
        let files = [folder.path(Name(1)), dir.join(LOCK)];
        assert_eq!(files.map(|path| mode(&path)), [0o600; 2]);
    }
}
