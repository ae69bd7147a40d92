//! Plans on the wire: the settings, functions and codecs that all processes must have alike.
//!
//! A client sends its optimised logical plan; the scheduler plans it physically and sends each
//! task's part to an executor. Our tables and scans travel as bytes of the two codecs here;
//! everything else is Ballista's.

mod aggregates;
mod limits;
mod logical;
mod names;
mod options;
mod physical;
mod scalars;
mod state;

use std::sync::Arc;

use ballista_core::serde::BallistaCodec;
use datafusion_proto::protobuf::{LogicalPlanNode, PhysicalPlanNode};
use hepframe_root_source::Caches;

pub use limits::LimitsForTheWire;
pub use logical::LogicalCodec;
pub use names::WirePlan;
pub use options::QueryOptions;
pub use physical::PhysicalCodec;
pub use state::{cluster_config, cluster_runtime, cluster_state, function_registry};

/// Largest message between processes. A plan holds the name of every file it reads, so Ballista's
/// 16 MiB are too few; beyond this, a table has too many files to name.
pub const MAX_MESSAGE_BYTES: usize = 128 << 20;

/// Both codecs, as Ballista takes them.
#[must_use]
pub fn codec(caches: &Caches) -> BallistaCodec<LogicalPlanNode, PhysicalPlanNode> {
    BallistaCodec::new(
        Arc::new(LogicalCodec::new(caches.clone())),
        Arc::new(PhysicalCodec::new(caches.clone())),
    )
}
