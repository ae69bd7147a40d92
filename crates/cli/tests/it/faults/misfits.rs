//! Files, disks and machines that are not as they should be.

use std::process::Command;

use tokio::time::timeout;

use super::processes::{LIMIT, Processes, write_files};

#[tokio::test(flavor = "multi_thread")]
async fn a_corrupt_file_among_ten_is_named() {
    let cluster = Processes::start(2).await;
    write_files(&cluster.path("many"), 10);
    let bad = cluster.path("many/part07.root");
    let mut bytes = std::fs::read(&bad).unwrap();
    let middle = bytes.len() / 3;
    for byte in &mut bytes[300..middle] {
        *byte = !*byte;
    }
    std::fs::write(&bad, bytes).unwrap();
    let session = cluster.session().await;
    let sql = format!(
        "SELECT sum(id), sum(evt.N) FROM '{}'",
        cluster.path("many").display()
    );

    let error = timeout(LIMIT, session.collect(&sql))
        .await
        .unwrap()
        .unwrap_err()
        .to_string();

    assert!(error.contains("part07.root"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_work_disk_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(directory.path().join("disk")) else {
        eprintln!("SKIPPED a_full_work_disk_is_told: only root can mount a small disk");
        return;
    };
    let cluster = Processes::start_in(2, directory, disk.0.clone()).await;
    write_files(&cluster.path("many"), 10);
    let session = cluster.session().await;
    // Every row becomes many, and all of them are written for the next stage.
    let sql = format!(
        "SELECT x, count(*) FROM (SELECT unnest(range(0, 20000)) * 7 + id AS x FROM '{}') GROUP BY x",
        cluster.path("many").display()
    );

    let error = timeout(LIMIT, session.collect(&sql))
        .await
        .unwrap()
        .unwrap_err()
        .to_string();

    assert!(error.to_lowercase().contains("no space left"), "{error}");
    let count = format!("SELECT count(*) FROM '{}'", cluster.path("many").display());
    session.collect(&count).await.unwrap();
}

/// A disk of a few MiB, until it is dropped.
struct SmallDisk(std::path::PathBuf);

impl SmallDisk {
    fn mount(path: std::path::PathBuf) -> Option<Self> {
        std::fs::create_dir(&path).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=2m", "tmpfs"])
            .arg(&path)
            .output()
            .is_ok_and(|output| output.status.success());
        mounted.then_some(Self(path))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: processes may still be ending in it.
        Command::new("umount").arg("-l").arg(&self.0).status().ok();
    }
}
