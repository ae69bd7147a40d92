//! Axes, bins and sums of histograms, the same to the last bit whatever the order of filling.
//!
//! A [`Spec`] says what is filled, a [`Book`] fills many from the arrays of a batch, and its
//! partial states are merged in any order into finished [`Histogram`]s.
//!
//! ```text
//! arrays ──▶ Column ──▶ bins along each Axis ──▶ counts or exact sums ──▶ Histogram ──▶ UHI JSON
//!                                                       │    ▲                    └───▶ Arrow
//!                                                  state └────┘ merge
//! ```
//!
//! Bins are those of ROOT. Without weights they count; with weights their sums are exact and
//! rounded once, so partitions, orders and retries cannot be seen in a result.

mod axis;
mod book;
mod column;
mod digits;
mod exact;
mod fill;
mod input;
mod places;
mod spec;
mod state;
mod storage;
mod structs;
mod uhi;
mod value;

pub use axis::{Axis, Kind, MOST_BINS};
pub use book::Book;
pub use spec::Spec;
pub use structs::{EXTENSION_KEY, EXTENSION_NAME, is_histogram, struct_type, structs_of};
pub use value::{BinKind, Histogram};
