//! Work goes where its columns are.
//!
//! | module | decides |
//! |---|---|
//! | `model` | which executor is the home of which chunk (pure) |
//! | `homes` | remembers that, for planners and for `policy` |
//! | `plan` | which chunks each partition of a stage reads |
//! | `turn` | what an executor that asks for work gets (pure) |
//! | `policy` | the same for Ballista's jobs |

pub(crate) mod homes;
pub(crate) mod model;
pub(crate) mod plan;
pub(crate) mod policy;
pub(crate) mod turn;
