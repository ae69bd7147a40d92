//! Lets tasks run beside each other where the runtime would keep them for one thread.

/// Lets other threads have the task that this one woke or spawned last.
///
/// tokio keeps such a task for the same thread, to run it next, and no other thread can take it,
/// however long the current one computes. Here a task that does nothing takes that place.
pub fn share_last_task() {
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        drop(runtime.spawn(std::future::ready(())));
    }
}
