//! Errors of tasks as the scheduler learns of them: what, and whether trying again could help.

use std::error::Error;
use std::io;

use ballista_core::error::BallistaError;
use ballista_core::serde::protobuf::failed_task::FailedReason;
use ballista_core::serde::protobuf::{FailedTask, IoError};
use datafusion::error::DataFusionError;

/// The message for a task that failed.
///
/// Ballista runs tasks again whose files on other executors were lost, and those that failed by
/// I/O, a few times; any other failure ends the job. It knows I/O by one error type only, but a
/// store that cannot be reached for a moment is I/O too.
pub(crate) fn failed_task(error: BallistaError) -> FailedTask {
    let text = sentence_of(&error);
    let transient = is_transient(&error);
    let mut failed = FailedTask::from(error);
    if transient && matches!(failed.failed_reason, Some(FailedReason::ExecutionError(_))) {
        failed.retryable = true;
        failed.count_to_failures = true;
        failed.failed_reason = Some(FailedReason::IoError(IoError {}));
    }
    let about_rows_elsewhere = matches!(
        failed.failed_reason,
        Some(FailedReason::FetchPartitionError(_))
    );
    if !about_rows_elsewhere {
        failed.error = text;
    }
    failed
}

/// The sentence for an operator or user.
pub(crate) fn sentence_of(error: &BallistaError) -> String {
    if is_disk_full(error) {
        return format!(
            "the disk of an executor's work directory is full ({}); free space there, or give it another with --work-dir",
            plain_text(error)
        );
    }
    plain_text(error)
}

fn plain_text(error: &BallistaError) -> String {
    match error {
        BallistaError::DataFusionError(error) => match error.find_root() {
            DataFusionError::External(own) => with_causes(own.as_ref()),
            DataFusionError::ObjectStore(store) => with_causes(store.as_ref()),
            DataFusionError::IoError(io) => io.to_string(),
            other => other.strip_backtrace(),
        },
        BallistaError::Internal(text) | BallistaError::General(text) => text.clone(),
        BallistaError::IoError(io) => io.to_string(),
        BallistaError::Cancelled => "the task was cancelled".to_owned(),
        other => other.to_string(),
    }
}

/// An error and its causes, unless a message already tells its cause.
fn with_causes(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut link = error.source();
    while let Some(cause) = link {
        let more = cause.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        link = cause.source();
    }
    text
}

/// True if the same task could do better next time.
fn is_transient(error: &BallistaError) -> bool {
    use object_store::Error as Store;

    any_cause(error, &|cause| {
        if let Some(store) = cause.downcast_ref::<Store>() {
            return matches!(store, Store::Generic { .. } | Store::JoinError { .. });
        }
        cause.downcast_ref::<io::Error>().is_some_and(|io| {
            !matches!(
                io.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied
            )
        })
    })
}

fn is_disk_full(error: &BallistaError) -> bool {
    any_cause(error, &|cause| {
        cause.downcast_ref::<io::Error>().is_some_and(|io| {
            matches!(
                io.kind(),
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
            )
        })
    })
}

/// Looks at an error and all that caused it, through the wrappers that hide their cause.
fn any_cause(error: &BallistaError, is_it: &dyn Fn(&(dyn Error + 'static)) -> bool) -> bool {
    let first: &(dyn Error + 'static) = match error {
        BallistaError::IoError(io) => io,
        BallistaError::ArrowError(arrow) => arrow.as_ref(),
        BallistaError::DataFusionError(inner) => inner.as_ref(),
        other => other,
    };
    let mut link = Some(first);
    while let Some(cause) = link {
        let hidden = match cause.downcast_ref::<BallistaError>() {
            Some(inner) if !std::ptr::addr_eq(inner, error) => any_cause(inner, is_it),
            _ => false,
        };
        if hidden || is_it(cause) {
            return true;
        }
        link = cause.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn store_error(kind: io::ErrorKind) -> BallistaError {
        let error = object_store::Error::Generic {
            store: "S3",
            source: Box::new(io::Error::new(kind, "connection reset")),
        };
        BallistaError::from(DataFusionError::ObjectStore(Box::new(error)))
    }

    #[test]
    fn a_store_that_fails_for_a_moment_is_worth_another_try() {
        let failed = failed_task(store_error(io::ErrorKind::ConnectionReset));

        assert!(failed.retryable && failed.count_to_failures);
        assert!(matches!(
            failed.failed_reason,
            Some(FailedReason::IoError(_))
        ));
    }

    #[test]
    fn a_retry_is_seen_under_any_wrapping() {
        let inner = DataFusionError::IoError(io::Error::other("disk"));
        let shared = DataFusionError::Shared(Arc::new(inner)).context("while reading");

        assert!(failed_task(BallistaError::from(shared)).retryable);
    }

    #[test]
    fn bad_files_and_queries_end_the_job() {
        let missing = object_store::Error::NotFound {
            path: "a.root".into(),
            source: Box::new(io::Error::from(io::ErrorKind::NotFound)),
        };
        for error in [
            DataFusionError::ObjectStore(Box::new(missing)),
            DataFusionError::Execution("division by zero".into()),
            DataFusionError::ResourcesExhausted("too little memory".into()),
        ] {
            let failed = failed_task(BallistaError::from(error));
            assert!(!failed.retryable, "{failed:?}");
            assert!(matches!(
                failed.failed_reason,
                Some(FailedReason::ExecutionError(_))
            ));
        }
    }

    #[test]
    fn a_full_disk_is_called_that() {
        let failed = failed_task(BallistaError::IoError(io::Error::from(
            io::ErrorKind::StorageFull,
        )));

        assert!(
            failed.error.contains("is full") && failed.error.contains("--work-dir"),
            "{}",
            failed.error
        );
        assert!(failed.retryable);
    }

    #[test]
    fn lost_rows_of_another_executor_keep_their_reason() {
        let failed = failed_task(BallistaError::FetchFailed(
            "e2".into(),
            1,
            3,
            "refused".into(),
        ));

        assert!(matches!(
            failed.failed_reason,
            Some(FailedReason::FetchPartitionError(_))
        ));
    }
}
