//! What the scheduler counts, as text for Prometheus.

use ballista_core::JobId;
use ballista_scheduler::metrics::SchedulerMetricsCollector;
use metrics::{Counter, Gauge, Key, KeyName, Label, Level, Metadata, Recorder, Unit};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use crate::placement::turn::At;

const METADATA: Metadata<'static> = Metadata::new(module_path!(), Level::INFO, None);

/// Counters and gauges of one scheduler; several in a process do not mix.
pub(crate) struct Metrics {
    text: PrometheusHandle,
    submitted: Counter,
    done: Counter,
    failed: Counter,
    cancelled: Counter,
    at_home: Counter,
    elsewhere: Counter,
    anywhere: Counter,
    pub(crate) jobs_queued: Gauge,
    pub(crate) jobs_running: Gauge,
    pub(crate) tasks_waiting: Gauge,
    pub(crate) tasks_running: Gauge,
    pub(crate) executors: Gauge,
    pub(crate) slots: Gauge,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let recorder = PrometheusBuilder::new().build_recorder();
        let describe = |name: &'static str, text: &'static str, counts: bool| {
            let (name, unit) = (KeyName::from(name), Some(Unit::Count));
            if counts {
                recorder.describe_counter(name, unit, text.into());
            } else {
                recorder.describe_gauge(name, unit, text.into());
            }
        };
        describe(
            "hepframe_jobs_total",
            "Queries by what became of them",
            true,
        );
        describe(
            "hepframe_tasks_placed_total",
            "Tasks by whether they ran at their home",
            true,
        );
        describe(
            "hepframe_jobs_queued",
            "Queries that are being planned",
            false,
        );
        describe("hepframe_jobs_running", "Queries that run", false);
        describe(
            "hepframe_tasks_waiting",
            "Tasks that wait for a slot",
            false,
        );
        describe("hepframe_tasks_running", "Tasks that run", false);
        describe("hepframe_executors", "Executors alive", false);
        describe("hepframe_slots", "Tasks that can run at a time", false);
        let counter = |name: &'static str, label: &'static str, value: &'static str| {
            let key = Key::from_parts(name, vec![Label::from_static_parts(label, value)]);
            recorder.register_counter(&key, &METADATA)
        };
        let gauge = |name| recorder.register_gauge(&Key::from_static_name(name), &METADATA);
        Self {
            text: recorder.handle(),
            submitted: counter("hepframe_jobs_total", "state", "planned"),
            done: counter("hepframe_jobs_total", "state", "done"),
            failed: counter("hepframe_jobs_total", "state", "failed"),
            cancelled: counter("hepframe_jobs_total", "state", "cancelled"),
            at_home: counter("hepframe_tasks_placed_total", "place", "home"),
            elsewhere: counter("hepframe_tasks_placed_total", "place", "elsewhere"),
            anywhere: counter("hepframe_tasks_placed_total", "place", "anywhere"),
            jobs_queued: gauge("hepframe_jobs_queued"),
            jobs_running: gauge("hepframe_jobs_running"),
            tasks_waiting: gauge("hepframe_tasks_waiting"),
            tasks_running: gauge("hepframe_tasks_running"),
            executors: gauge("hepframe_executors"),
            slots: gauge("hepframe_slots"),
        }
    }

    /// A task was given to an executor.
    pub(crate) fn placed(&self, at: At) {
        match at {
            At::Here => self.at_home.increment(1),
            At::Elsewhere => self.elsewhere.increment(1),
            At::Anywhere => self.anywhere.increment(1),
        }
    }

    /// Everything in the text format of Prometheus.
    pub(crate) fn text(&self) -> String {
        self.text.render()
    }
}

impl SchedulerMetricsCollector for Metrics {
    fn record_submitted(&self, _job_id: &JobId, _queued_at: u64, _submitted_at: u64) {
        self.submitted.increment(1);
    }

    fn record_completed(&self, _job_id: &JobId, _queued_at: u64, _completed_at: u64) {
        self.done.increment(1);
    }

    fn record_failed(&self, _job_id: &JobId, _queued_at: u64, _failed_at: u64) {
        self.failed.increment(1);
    }

    fn record_cancelled(&self, _job_id: &JobId) {
        self.cancelled.increment(1);
    }

    fn set_pending_tasks_queue_size(&self, _value: u64) {
        // The watchdog counts waiting tasks itself.
    }

    fn gather_metrics(&self) -> ballista_core::error::Result<Option<(Vec<u8>, String)>> {
        let content_type = "text/plain; version=0.0.4".to_owned();
        Ok(Some((self.text().into_bytes(), content_type)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_tells_what_was_counted() {
        let metrics = Metrics::new();

        metrics.placed(At::Here);
        metrics.record_completed(&JobId::new("j"), 0, 0);
        metrics.executors.set(2.0);

        let text = metrics.text();
        assert!(
            text.contains("hepframe_tasks_placed_total{place=\"home\"} 1"),
            "{text}"
        );
        assert!(
            text.contains("hepframe_jobs_total{state=\"done\"} 1"),
            "{text}"
        );
        assert!(text.contains("hepframe_executors 2"), "{text}");
    }
}
