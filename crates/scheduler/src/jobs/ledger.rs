//! What is known of jobs beside Ballista's own records: whose they are, why they were ended, and
//! what they have cost, also for some time after their end.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use ballista_core::JobId;
use ballista_core::serde::protobuf::job_status::Status;
use ballista_scheduler::state::execution_graph::{ExecutionGraph, ExecutionGraphBox};
use hepframe_engine::cluster::rpc::JobProgressReply;
use hepframe_engine::cluster::wire::QueryOptions;
use parking_lot::Mutex;

use super::graph::WatchedGraph;
use super::progress::progress;
use crate::hints::Hints;

/// Ended jobs that are remembered; their clients ask once more at the end, within a second.
const MOST_ENDED: usize = 1000;

/// See the module.
#[derive(Debug)]
pub(crate) struct Ledger {
    hints: Hints,
    entries: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    running: HashMap<JobId, Entry>,
    ended: HashMap<JobId, JobProgressReply>,
    ended_in_order: VecDeque<JobId>,
}

#[derive(Debug)]
struct Entry {
    user: Arc<str>,
    /// Why the job is to be ended.
    reason: Option<String>,
}

impl Ledger {
    pub(crate) fn new(hints: Hints) -> Self {
        Self {
            hints,
            entries: Mutex::default(),
        }
    }

    pub(crate) fn hints(&self) -> &Hints {
        &self.hints
    }

    /// Puts a job under watch when it is first seen, and tells whose it is.
    pub(crate) fn watch(self: &Arc<Self>, graph: &mut ExecutionGraphBox) -> Arc<str> {
        if let Some(entry) = self.entries.lock().running.get(graph.job_id()) {
            return Arc::clone(&entry.user);
        }
        let user = user_of(graph.as_ref());
        if has_ended(graph.as_ref()) {
            return user;
        }
        let entry = Entry {
            user: Arc::clone(&user),
            reason: None,
        };
        self.entries
            .lock()
            .running
            .insert(graph.job_id().clone(), entry);
        let inner = graph.cloned();
        *graph = Box::new(WatchedGraph::new(inner, Arc::clone(self)));
        user
    }

    /// Notes why a job is going to be cancelled, for its client; false if it is not known, or
    /// has a reason already.
    pub(crate) fn give_reason(&self, job: &JobId, reason: String) -> bool {
        match self.entries.lock().running.get_mut(job) {
            Some(entry) if entry.reason.is_none() => {
                entry.reason = Some(reason);
                true
            }
            _ => false,
        }
    }

    /// Why a job is ended, if it is ended by us.
    pub(crate) fn reason(&self, job: &JobId) -> Option<String> {
        self.entries.lock().running.get(job)?.reason.clone()
    }

    /// Writes down what a job has cost, if it has ended.
    pub(crate) fn note_end(&self, graph: &dyn ExecutionGraph) {
        if !has_ended(graph) {
            return;
        }
        let progress = progress(graph.stages());
        let mut entries = self.entries.lock();
        entries.running.remove(graph.job_id());
        if entries
            .ended
            .insert(graph.job_id().clone(), progress)
            .is_none()
        {
            entries.ended_in_order.push_back(graph.job_id().clone());
        }
        while entries.ended_in_order.len() > MOST_ENDED {
            if let Some(oldest) = entries.ended_in_order.pop_front() {
                entries.ended.remove(&oldest);
            }
        }
    }

    /// What an ended job has cost.
    pub(crate) fn ended(&self, job: &JobId) -> Option<JobProgressReply> {
        self.entries.lock().ended.get(job).cloned()
    }
}

fn has_ended(graph: &dyn ExecutionGraph) -> bool {
    matches!(
        graph.status().status,
        Some(Status::Successful(_) | Status::Failed(_))
    )
}

/// Whose job it is; sessions without a name are users of their own.
fn user_of(graph: &dyn ExecutionGraph) -> Arc<str> {
    let config = graph.session_config();
    let options = config.options().extensions.get::<QueryOptions>();
    match options {
        Some(options) if !options.user.is_empty() => Arc::from(options.user.as_str()),
        _ => Arc::from(graph.session_id()),
    }
}
