//! A process with a small cache stays small: the allocator gives memory back at once.
//!
//! mimalloc keeps freed memory for a second, and gives it back 2 MiB at a time. That is fast, and
//! costs up to 200 MB, which is much beside a cache of 256 MiB: the process of `cache_memory` (in
//! the command's examples) took 1.5 to 1.7 times that, and takes 1.1 times with what is set here.
//! The allocator reads its options from the environment when the process starts, so a process with
//! a small cache starts itself anew, in its own place, with the options set.

/// A larger cache makes the allocator's share small.
const SMALL_CACHE_BYTES: u64 = 1 << 30;

/// The allocator's options, unless one of them is set already.
const OPTIONS: [(&str, &str); 2] = [("MIMALLOC_PURGE_DELAY", "0"), ("MIMALLOC_ALLOW_THP", "0")];

/// Starts this process anew if its cache asks for it; to be called before anything else is done.
/// Where that is not possible the process goes on as it is.
pub(crate) fn suit(cache_bytes: u64) {
    let is_set = OPTIONS
        .iter()
        .any(|(name, _)| std::env::var_os(name).is_some());
    if is_small(cache_bytes) && !is_set {
        start_anew();
    }
}

/// Without any cache nobody asks for a small process.
fn is_small(cache_bytes: u64) -> bool {
    (1..SMALL_CACHE_BYTES).contains(&cache_bytes)
}

#[cfg(unix)]
fn start_anew() {
    use std::os::unix::process::CommandExt;

    let mut words = std::env::args_os();
    let (Ok(program), Some(name)) = (std::env::current_exe(), words.next()) else {
        return;
    };
    // Only comes back if it failed, and then nothing has changed.
    let _failure = std::process::Command::new(program)
        .arg0(name)
        .args(words)
        .envs(OPTIONS)
        .exec();
}

#[cfg(not(unix))]
fn start_anew() {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_cache_that_is_there_and_small_asks_for_it() {
        assert!(!is_small(0));
        assert!(is_small(256 << 20));
        assert!(!is_small(1 << 30));
    }
}
