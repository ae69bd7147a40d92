//! Jobs beside what Ballista does with them.
//!
//! | module | does |
//! |---|---|
//! | `graph` | stands around a job's execution graph and sees all that happens to it |
//! | `repair` | strikes out results that a retry has replaced |
//! | `ledger` | keeps whose jobs they are, why they ended, what they cost |
//! | `progress` | counts tasks and sums metrics of a graph |

pub(crate) mod graph;
pub(crate) mod ledger;
pub(crate) mod progress;
pub(crate) mod repair;
