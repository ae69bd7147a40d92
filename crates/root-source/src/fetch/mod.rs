//! All the reading of the project: byte ranges in, bytes out.
//!
//! * [`coalesce`]: byte ranges → requests
//! * [`FileReader`]: requests → bytes, a bounded number at a time
//! * [`cached`]: bytes of local files that are in memory already
//! * [`Openers`](drive): the parsers of root-io, which ask for bytes instead of reading them

mod cached;
mod coalesce;
mod drive;
mod reader;

pub(crate) use cached::CachedFile;
pub(crate) use drive::Headers;
pub(crate) use reader::{FileReader, displayed, displayed_at, is_local};
