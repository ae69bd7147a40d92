//! What a failed job says, read back into what happened.

use datafusion::error::DataFusionError;

/// How root-io tells of text that is none.
const NOT_TEXT: &str = "` holds text that is not UTF-8";

/// What Ballista and its transport say when rows were lost with the executor that held them. The
/// query can be run again: it only reads.
const LOST: [&str; 6] = [
    "FetchFailed",
    "Fetch Failed",
    "transport error",
    "tcp connect error",
    "connection closed",
    "broken pipe",
];

/// The failure of the task itself, without the job and the stage that failed with it.
pub(crate) fn failure_of_task(text: &str) -> &str {
    let Some(text) = text.strip_prefix("Job ") else {
        return text;
    };
    let Some((_, mut why)) = text.split_once(" failed: ") else {
        return text;
    };
    if let Some(stage) = why.strip_prefix("Job failed due to stage ")
        && let Some((_, inner)) = stage.split_once(" failed: ")
    {
        why = inner;
    }
    why
}

/// The column that a task of the cluster found to hold bytes that are no text.
pub(crate) fn not_utf8_column(error: &DataFusionError) -> Option<String> {
    let text = error.to_string();
    let (before, _) = text.split_once(NOT_TEXT)?;
    let (_, column) = before.rsplit_once("column `")?;
    Some(column.to_owned())
}

/// True if the rows of a finished job could not be fetched, or an executor went away in between.
pub(crate) fn is_lost(error: &DataFusionError) -> bool {
    let text = error.to_string();
    LOST.iter().any(|sign| text.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_job_is_told_by_its_task() {
        let text =
            "Job 1c8b-6e failed: Job failed due to stage 1 failed: Arrow error: odd: x failed: y";

        assert_eq!(failure_of_task(text), "Arrow error: odd: x failed: y");
        assert_eq!(
            failure_of_task("Job x failed: no executor is alive"),
            "no executor is alive"
        );
        assert_eq!(failure_of_task("Jobs are rare"), "Jobs are rare");
    }

    #[test]
    fn text_that_is_none_is_recognised_after_its_journey() {
        let error = DataFusionError::Execution(
            "Job 3 failed: Job failed due to stage 1 failed: DataFusion error: External error: file \
             `a.root`, tree `T`, branch `name`: column `name` holds text that is not UTF-8"
                .to_owned(),
        );

        assert_eq!(not_utf8_column(&error), Some("name".to_owned()));
    }
}
