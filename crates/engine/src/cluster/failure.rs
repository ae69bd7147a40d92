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

/// What Ballista's scheduler says when it has tried a stage as often as it may.
const GIVEN_UP: &str = " times, most recent failure reason: ";

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
    !text.contains(GIVEN_UP) && LOST.iter().any(|sign| text.contains(sign))
}

/// What to tell of a job that was given up because executors could not fetch each other's rows,
/// try after try. Running it once more would only take as long again.
pub(crate) fn why_given_up(error: &DataFusionError) -> Option<String> {
    let text = error.to_string();
    let (before, reason) = text.split_once(GIVEN_UP)?;
    let tries = before.rsplit(' ').next().unwrap_or_default();
    let between = |start: &str, end: &str| {
        let (_, rest) = reason.split_once(start)?;
        Some(rest.split_once(end)?.0.to_owned())
    };
    let what = match between("executor at http://", ": ") {
        Some(address) => {
            let why = between("message: \\\"", "\\\"").unwrap_or_else(|| "no answer".to_owned());
            format!("no connection to {address} ({why})")
        }
        None => reason.trim_matches('"').to_owned(),
    };
    Some(format!(
        "executors cannot fetch rows from each other: {what}, in {tries} tries; see that each reaches \
         all others, at the address and port that it advertises (`hepframe executor --advertise`)"
    ))
}

/// True if the scheduler cannot be reached.
pub(crate) fn is_unreachable(error: &DataFusionError) -> bool {
    let text = error.to_string();
    text.contains("ConnectError") || text.contains("Unavailable")
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
    fn a_job_that_was_given_up_is_not_run_again_and_names_who_was_not_reached() {
        let error = DataFusionError::Execution(
            r#"Job 3 failed: Job failed due to stage 2 failed: Stage 2 has failed 4 times, most recent failure reason: "Error connecting to Ballista scheduler or executor at http://10.0.0.2:21060: tonic::transport::Error(Transport, ConnectError(ConnectError(\"tcp connect error\", 10.0.0.2:21060, Os { code: 113, kind: HostUnreachable, message: \"No route to host\" })))""#
                .to_owned(),
        );

        let told = why_given_up(&error).unwrap();

        assert!(!is_lost(&error));
        assert!(
            told.contains("no connection to 10.0.0.2:21060 (No route to host), in 4 tries"),
            "{told}"
        );
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
