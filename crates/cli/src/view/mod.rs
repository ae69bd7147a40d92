//! Text for people: tables, histograms, the report on a file. Nothing here prints.

mod cells;
pub(crate) mod histogram;
mod plane;
pub(crate) mod plot;
pub(crate) mod report;
pub(crate) mod table;
