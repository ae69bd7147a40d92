//! Ids of jobs: nobody can guess them, and whoever lets a query begin learns its id at once.
//!
//! Ballista tells the id with the first status of a job, which comes when its first task has ended.
//! Until then a query could neither be cancelled nor be asked about.

use std::cell::RefCell;

use async_trait::async_trait;
use ballista_core::JobId;
use ballista_scheduler::scheduler_server::JobIdGenerator;

tokio::task_local! {
    /// The id that was drawn in the call around it.
    static DRAWN: RefCell<Option<JobId>>;
}

/// Draws ids nobody can guess: who knows one can fetch the job's rows.
pub(crate) struct JobIds;

#[async_trait]
impl JobIdGenerator for JobIds {
    async fn next_id(&self) -> String {
        let id = uuid::Uuid::new_v4().to_string();
        // An error says that nobody around wants to know.
        DRAWN
            .try_with(|drawn| drawn.replace(Some(JobId::from(id.clone()))))
            .ok();
        id
    }
}

/// Does what begins a query, and gives its id too; `None` if no id was drawn.
pub(crate) async fn with_id<T>(begin: impl Future<Output = T>) -> (T, Option<JobId>) {
    let begin = async {
        let begun = begin.await;
        (begun, DRAWN.with(RefCell::take))
    };
    DRAWN.scope(RefCell::default(), begin).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_begins_a_query_learns_its_id_and_nobody_elses() {
        let begin = || with_id(JobIds.next_id());

        let (one, two) = tokio::join!(begin(), begin());
        let without = with_id(async {}).await;

        assert_eq!(one.1, Some(JobId::from(one.0.clone())));
        assert_eq!(two.1, Some(JobId::from(two.0.clone())));
        assert_ne!(one.0, two.0);
        assert_eq!(without.1, None);
        assert!(!JobIds.next_id().await.is_empty());
    }
}
