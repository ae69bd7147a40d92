//! Why a kernel refused its input.

use arrow::datatypes::DataType;
use arrow::error::ArrowError;

use crate::place::RowOfBatch;

/// What a kernel returns.
pub type Result<T> = std::result::Result<T, PhysicsError>;

/// Why a kernel refused its input.
///
/// Operands are counted from 0 in the order in which they were given, so that
/// a caller who knows their names can say them.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PhysicsError {
    /// Two lists of one event differ in length (or one of them is null).
    #[error(
        "operands {left} and {right} differ in length in {}: {left_len} and {right_len} elements", RowOfBatch(*.row)
    )]
    DifferentLengths {
        /// Position of the first operand.
        left: usize,
        /// Position of the operand that differs from it.
        right: usize,
        /// Event (row of the batch) where they differ.
        row: usize,
        /// Elements of the first operand; a null list counts as 0.
        left_len: usize,
        /// Elements of the other operand; a null list counts as 0.
        right_len: usize,
    },

    /// Two operands differ in their number of events.
    #[error("operands {left} and {right} have {left_rows} and {right_rows} rows")]
    DifferentRows {
        /// Position of the first operand.
        left: usize,
        /// Position of the operand that differs from it.
        right: usize,
        /// Rows of the first operand.
        left_rows: usize,
        /// Rows of the other operand.
        right_rows: usize,
    },

    /// A kernel was given a type that it does not work on.
    #[error("{kernel} does not work on {found}; it wants {wanted}")]
    WrongType {
        /// Name of the kernel.
        kernel: &'static str,
        /// What it was given.
        found: DataType,
        /// What it works on.
        wanted: &'static str,
    },

    /// A sum of integers does not fit into 64 bits.
    #[error("the sum of the list in {} does not fit into 64 bits; cast the list to double", RowOfBatch(*.row))]
    SumOverflow {
        /// Event (row of the batch).
        row: usize,
    },

    /// A batch makes more elements than 32-bit list offsets can count.
    #[error(
        "{what} makes {count} elements, more than the 2147483647 of one batch; make batches smaller or cut on the lists first"
    )]
    TooManyElements {
        /// What makes them, e.g. `combinations of 3`.
        what: String,
        /// How many elements were needed when it stopped counting.
        count: u64,
    },

    /// A call that makes no sense whatever the data.
    #[error("{what}")]
    BadCall {
        /// What is wrong and what would be right.
        what: String,
    },

    /// An Arrow kernel failed.
    #[error("an Arrow kernel failed")]
    Arrow(#[from] ArrowError),
}

impl PhysicsError {
    /// Makes a [`PhysicsError::BadCall`].
    #[must_use]
    pub fn bad_call(what: impl Into<String>) -> Self {
        Self::BadCall { what: what.into() }
    }
}
