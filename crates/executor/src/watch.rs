//! Hears from the scheduler when there is work.

use std::sync::Arc;
use std::time::Duration;

use hepframe_engine::cluster::rpc::WatchWorkRequest;
use hepframe_engine::cluster::rpc::scheduler_client::SchedulerClient;
use tokio::sync::Notify;
use tokio::time::sleep;
use tonic::transport::Channel;

/// Pauses between attempts: the first, and the longest after doubling.
const RETRY_PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));

/// Passes the scheduler's hints on, for ever.
pub(crate) async fn watch_work(
    mut scheduler: SchedulerClient<Channel>,
    executor_id: String,
    hints: Arc<Notify>,
) {
    let mut pause = RETRY_PAUSES.0;
    loop {
        let request = WatchWorkRequest {
            executor_id: executor_id.clone(),
        };
        match scheduler.watch_work(request).await {
            Ok(stream) => {
                pause = RETRY_PAUSES.0;
                let mut stream = stream.into_inner();
                // Work may have come while nobody listened.
                hints.notify_one();
                while let Ok(Some(_)) = stream.message().await {
                    hints.notify_one();
                }
            }
            Err(status) => {
                tracing::debug!(%status, "cannot listen for work; polling in intervals");
            }
        }
        sleep(pause).await;
        pause = (2 * pause).min(RETRY_PAUSES.1);
    }
}
