//! How much memory the column cache may take if nobody says.

use std::fs::read_to_string;
use std::path::{Path, PathBuf};

/// Of the memory there is, the cache takes so many percent: queries need some, and so does the
/// system's cache of the files.
const SHARE_PERCENT: u64 = 40;
/// Where nothing can be found out about the memory.
const UNKNOWN_MACHINE_BYTES: u64 = 4 << 30;

/// A share of the machine's memory, or of what the control group of this process may use.
#[must_use]
pub fn default_cache_bytes() -> u64 {
    let machine = read_to_string("/proc/meminfo").ok();
    let machine = machine.as_deref().and_then(total_of_meminfo);
    let groups = read_to_string("/proc/self/cgroup").unwrap_or_default();
    let group = limit_files(&groups, Path::new("/sys/fs/cgroup"))
        .iter()
        .filter_map(|path| limit_of(&read_to_string(path).ok()?))
        .min();
    let memory = machine.unwrap_or(UNKNOWN_MACHINE_BYTES);
    memory.min(group.unwrap_or(u64::MAX)) / 100 * SHARE_PERCENT
}

/// `MemTotal:  24689184 kB` of `/proc/meminfo`, in bytes.
fn total_of_meminfo(text: &str) -> Option<u64> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1 << 10)
}

/// Files that hold the limits of the control groups in `/proc/self/cgroup`, of those above them,
/// and of the root that a container sees.
fn limit_files(groups: &str, root: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':');
        let (Some(_), Some(controllers), Some(path)) = (parts.next(), parts.next(), parts.next())
        else {
            continue;
        };
        // Version 2 names no controllers; of version 1 only one counts memory.
        let (base, name) = if controllers.is_empty() {
            (root.to_owned(), "memory.max")
        } else if controllers.split(',').any(|name| name == "memory") {
            (root.join("memory"), "memory.limit_in_bytes")
        } else {
            continue;
        };
        let mut group = PathBuf::from(path.trim_start_matches('/'));
        loop {
            files.push(base.join(&group).join(name));
            if !group.pop() {
                break;
            }
        }
    }
    files
}

/// A limit in bytes; `max`, or a number larger than any machine, is none.
fn limit_of(text: &str) -> Option<u64> {
    text.trim().parse().ok().filter(|&bytes| bytes < 1 << 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machines_memory_is_in_kibibytes() {
        let text = "MemTotal:       24689184 kB\nMemFree:        1 kB\n";

        assert_eq!(total_of_meminfo(text), Some(24_689_184 * 1024));
        assert_eq!(total_of_meminfo("odd"), None);
    }

    #[test]
    fn limits_of_groups_above_count_too() {
        let files = limit_files("0::/user/job\n", Path::new("/g"));

        let expected = [
            "/g/user/job/memory.max",
            "/g/user/memory.max",
            "/g/memory.max",
        ];
        assert_eq!(files, expected.map(PathBuf::from));
    }

    #[test]
    fn of_version_1_only_the_memory_controller_counts() {
        let files = limit_files("5:cpu,cpuacct:/a\n4:memory:/a\n", Path::new("/g"));

        let expected = [
            "/g/memory/a/memory.limit_in_bytes",
            "/g/memory/memory.limit_in_bytes",
        ];
        assert_eq!(files, expected.map(PathBuf::from));
    }

    #[test]
    fn no_limit_is_none() {
        assert_eq!(limit_of("max\n"), None);
        assert_eq!(limit_of("9223372036854771712\n"), None);
        assert_eq!(limit_of("1048576\n"), Some(1 << 20));
    }

    #[test]
    fn the_default_is_less_than_all_memory_and_more_than_none() {
        let bytes = default_cache_bytes();

        assert!(bytes > 1 << 20 && bytes < 1 << 50, "{bytes}");
    }
}
