//! The engine's SQL tests, and more, in one process and on clusters: the same answers everywhere.

pub(crate) mod clusters;
pub(crate) mod files;
#[expect(dead_code, reason = "the engine's own tests use all of it")]
#[path = "../../../../engine/tests/it/files.rs"]
pub(crate) mod local_files;

#[path = "../../../../engine/tests/it/errors.rs"]
mod errors;
#[path = "../../../../engine/tests/it/formats.rs"]
mod formats;
#[path = "../../../../engine/tests/it/lengths.rs"]
mod lengths;
#[path = "../../../../engine/tests/it/names.rs"]
mod names;
#[path = "../../../../engine/tests/it/queries.rs"]
mod queries;
#[path = "../../../../engine/tests/it/text.rs"]
mod text;
#[path = "../../../../engine/tests/it/whole_fields.rs"]
mod whole_fields;

mod cache;
mod order;
mod physics;
mod shapes;
