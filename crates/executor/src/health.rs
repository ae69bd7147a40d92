//! Whether the executor lives (`/healthz`), takes tasks (`/readyz`), and its numbers (`/metrics`).

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;

use crate::metrics::Metrics;
use crate::phase::{Condition, Phase};

/// The plain HTTP pages.
pub(crate) fn pages(condition: Arc<Condition>, metrics: Arc<Metrics>) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready).with_state(condition))
        .route("/metrics", get(numbers).with_state(metrics))
}

async fn ready(State(condition): State<Arc<Condition>>) -> (StatusCode, &'static str) {
    match condition.phase() {
        Phase::Serving if condition.scheduler_answers() => (StatusCode::OK, "ready\n"),
        Phase::Serving => (
            StatusCode::SERVICE_UNAVAILABLE,
            "not ready: the scheduler does not answer\n",
        ),
        Phase::Draining => (
            StatusCode::SERVICE_UNAVAILABLE,
            "not ready: draining, no new tasks\n",
        ),
        Phase::Stopping => (StatusCode::SERVICE_UNAVAILABLE, "not ready: ending\n"),
    }
}

async fn numbers(State(metrics): State<Arc<Metrics>>) -> String {
    metrics.render()
}
