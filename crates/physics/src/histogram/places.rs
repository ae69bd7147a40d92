//! Which elements a histogram takes next, and where they are in its columns.

use std::ops::Range;

use arrow::buffer::OffsetBuffer;

use super::column::{Column, Data, from_i32};
use super::fill::small;
use super::input::Input;

/// Elements handled at once: all buffers of a chunk fit into 32 kB.
pub(super) const CHUNK: usize = 1024;
/// A mask that lets less than one event in so many through is turned into a list of events.
const FEW: usize = 4;

/// Elements that are filled together.
pub(super) struct Chunk<'a> {
    /// Their places in every column that has no others below. As long as the chunk.
    pub(super) range: Range<usize>,
    /// Places in columns with one value for each event.
    rows: Option<&'a [u32]>,
    /// Places in columns of lists.
    elements: Option<&'a [u32]>,
}

impl<'a> Chunk<'a> {
    pub(super) fn len(&self) -> usize {
        self.range.len()
    }

    /// Where the elements are in a column; `None` for `range`.
    pub(super) fn of(&self, column: &Column) -> Option<&'a [u32]> {
        if column.offsets.is_some() {
            self.elements
        } else {
            self.rows
        }
    }
}

/// Walks over the elements of a batch, chunk by chunk.
#[derive(Debug, Clone, Default)]
pub(super) struct Places {
    rows: Vec<u32>,
    elements: Vec<u32>,
    /// Elements that were handed out; events, if some are picked.
    done: usize,
    /// The event to go on from.
    row: usize,
    /// The element of its list to go on from.
    element: usize,
}

impl Places {
    /// Starts anew.
    pub(super) fn begin(&mut self) {
        (self.done, self.row, self.element) = (0, 0, 0);
    }

    /// The next elements of all events, or of those that are picked.
    pub(super) fn next<'a>(
        &'a mut self,
        input: &Input<'_>,
        picked: Option<&'a [u32]>,
    ) -> Option<Chunk<'a>> {
        match (picked, input.offsets) {
            (None, offsets) => {
                let end = input.elements().min(self.done + CHUNK);
                let range = self.done..end;
                self.done = end;
                let repeats = offsets.filter(|_| input.some_have_no_list());
                if let Some(offsets) = repeats {
                    self.find_rows(offsets, range.clone());
                }
                let rows = repeats.is_some().then_some(self.rows.as_slice());
                (!range.is_empty()).then_some(Chunk {
                    range,
                    rows,
                    elements: None,
                })
            }
            (Some(picked), None) => {
                let rest = picked.get(self.done..).unwrap_or_default();
                let rows = &rest[..rest.len().min(CHUNK)];
                self.done += rows.len();
                (!rows.is_empty()).then_some(Chunk {
                    range: 0..rows.len(),
                    rows: Some(rows),
                    elements: None,
                })
            }
            (Some(picked), Some(offsets)) => {
                self.find_picked(offsets, picked);
                (!self.rows.is_empty()).then_some(Chunk {
                    range: 0..self.rows.len(),
                    rows: Some(&self.rows),
                    elements: Some(&self.elements),
                })
            }
        }
    }

    /// Finds the event of each element of a range.
    fn find_rows(&mut self, offsets: &OffsetBuffer<i32>, range: Range<usize>) {
        self.rows.clear();
        for element in range {
            while offsets
                .get(self.row + 1)
                .is_some_and(|end| from_i32(*end) <= element)
            {
                self.row += 1;
            }
            self.rows.push(small(self.row));
        }
    }

    /// Finds the next elements of the events that are picked.
    fn find_picked(&mut self, offsets: &OffsetBuffer<i32>, picked: &[u32]) {
        self.rows.clear();
        self.elements.clear();
        while let Some(row) = picked.get(self.done) {
            let at = *row as usize;
            let first = from_i32(offsets[at]) + self.element;
            let end = from_i32(offsets[at + 1]);
            let taken = (end - first).min(CHUNK - self.rows.len());
            for element in first..first + taken {
                self.rows.push(*row);
                self.elements.push(small(element));
            }
            if first + taken < end {
                self.element += taken;
                return;
            }
            self.done += 1;
            self.element = 0;
        }
    }
}

/// The events that a mask lets through, if there are few; `None` too for a mask of elements.
pub(super) fn few(mask: &Column) -> Option<Vec<u32>> {
    let Data::Truths(truths) = &mask.data else {
        return None;
    };
    if mask.offsets.is_some() {
        return None;
    }
    let through = match &mask.valid {
        Some(valid) => truths & valid.inner(),
        None => truths.clone(),
    };
    (through.count_set_bits() < through.len() / FEW)
        .then(|| through.set_indices().map(small).collect())
}
