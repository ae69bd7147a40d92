//! The session in which a scheduler plans a query.

use std::sync::Arc;

use datafusion::execution::SessionStateBuilder;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::execution::session_state::SessionState;
use datafusion::prelude::SessionConfig;
use hepframe_engine::cluster::ScansInFileOrder;
use hepframe_engine::cluster::wire::{LimitsForTheWire, cluster_state};
use hepframe_root_source::Placement;

use crate::placement::homes::HomeBook;
use crate::roster::Roster;

/// Partitions of a plan while no executor is there to tell how many there are slots.
const PARTITIONS_WITHOUT_EXECUTORS: usize = 2;

/// The session in which one query is planned: as many partitions as the cluster has slots, and
/// scans cut by where their columns are.
pub(crate) fn plan_for_cluster(
    config: SessionConfig,
    roster: &Roster,
    homes: &Arc<HomeBook>,
    runtime: &Arc<RuntimeEnv>,
) -> datafusion::error::Result<SessionState> {
    let slots = match roster.slots() {
        0 => PARTITIONS_WITHOUT_EXECUTORS,
        slots => slots,
    };
    let placement = Placement(Arc::clone(homes) as _);
    let config = config
        .with_target_partitions(slots)
        .with_extension(Arc::new(placement));
    let state = cluster_state(config, Arc::clone(runtime))?;
    Ok(SessionStateBuilder::new_from_existing(state)
        .with_physical_optimizer_rule(Arc::new(LimitsForTheWire))
        .with_physical_optimizer_rule(Arc::new(ScansInFileOrder))
        .build())
}
