//! How large the machine is, or the part of it that a container may use.

use std::thread::available_parallelism;

use hepframe_engine::default_cache_bytes;

/// Bytes for cached columns if so many processes share the machine: together 40 % of it.
pub(crate) fn cache_bytes(processes: u64) -> u64 {
    default_cache_bytes() / processes.max(1)
}

/// Bytes for running tasks if so many processes share the machine: together 30 % of it.
pub(crate) fn task_bytes(processes: u64) -> u64 {
    default_cache_bytes() / 4 * 3 / processes.max(1)
}

/// Cores that this process may use.
pub(crate) fn cores() -> usize {
    available_parallelism().map_or(1, usize::from)
}

/// The machine's name, as far as it fits into the name of an executor.
pub(crate) fn host_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name: String = name
        .chars()
        .filter(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.'))
        .collect();
    if name.is_empty() {
        "executor".to_owned()
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processes_share_the_memory() {
        assert!(cache_bytes(1) > task_bytes(1) && task_bytes(1) > 0);
        assert!(cache_bytes(4) <= cache_bytes(1) / 4);
    }

    #[test]
    fn a_machine_has_cores_and_a_name() {
        assert!(cores() > 0);
        assert!(!host_name().is_empty());
    }
}
