//! The row of a batch that an error tells of, and how others say where that row is.
//!
//! Kernels see batches, not files. Whoever knows the entry behind a row puts it into the message,
//! which may have come from another process as plain text.

use std::fmt;

const BEFORE: &str = "row ";
const BEHIND: &str = " of a batch";

/// A row of a batch, as errors tell it: `row 3 of a batch`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowOfBatch(
    /// The row, from 0.
    pub usize,
);

impl fmt::Display for RowOfBatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{BEFORE}{}{BEHIND}", self.0)
    }
}

/// The message with `place` where it tells the row of a batch; `None` if it tells none.
#[must_use]
pub fn with_place(message: &str, place: &str) -> Option<String> {
    let (before, after) = message.split_once(BEHIND)?;
    let text = before.trim_end_matches(|c: char| c.is_ascii_digit());
    let has_number = text.len() < before.len();
    let text = text.strip_suffix(BEFORE)?;
    has_number.then(|| format!("{text}{place}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_in_a_message_is_found_again() {
        let message = format!("they differ ({}); cut both", RowOfBatch(17));

        assert_eq!(
            with_place(&message, "entry 4 of a.root").as_deref(),
            Some("they differ (entry 4 of a.root); cut both")
        );
    }

    #[test]
    fn a_message_without_a_row_has_no_place() {
        assert_eq!(with_place("the row of a batch", "entry 4"), None);
        assert_eq!(with_place("row 3 of a table", "entry 4"), None);
    }
}
