//! A tree being filled, chunk by chunk.

use std::collections::HashMap;
use std::io::{Seek, Write};

use crate::branch::Branch;
use crate::buffer::Buffer;
use crate::column::Column;
use crate::describe::TreeDescription;
use crate::file::FileWriter;
use crate::key::Key;
use crate::layout::{Layout, check_packings, entry_count};
use crate::options::{LastBaskets, TreeOptions};
use crate::{Result, WriteError};

/// A tree being filled. Only what does not fill a basket yet is kept in memory.
///
/// The first chunk decides which branches there are. A tree that is dropped
/// without [`OpenTree::finish`] leaves baskets in the file that nothing lists.
#[derive(Debug)]
pub struct OpenTree<'a, W> {
    file: &'a mut FileWriter<W>,
    directory: usize,
    name: String,
    options: TreeOptions,
    branches: Option<Vec<Branch>>,
    entries: u64,
}

impl<'a, W: Write + Seek> OpenTree<'a, W> {
    pub(crate) fn new(
        file: &'a mut FileWriter<W>,
        directory: usize,
        name: &str,
        options: TreeOptions,
    ) -> Self {
        Self {
            file,
            directory,
            name: name.to_owned(),
            options,
            branches: None,
            entries: 0,
        }
    }

    /// Appends entries: one column for each branch, all of the same number of entries.
    ///
    /// # Errors
    ///
    /// `Column` if values contradict each other, `Chunk` if the branches are
    /// not those of the first chunk, `Io` if the file cannot be written.
    pub fn append<N: AsRef<str>>(&mut self, columns: &[(N, Column)]) -> Result<()> {
        let columns: Vec<(&str, &Column)> = columns
            .iter()
            .map(|(name, column)| (name.as_ref(), column))
            .collect();
        let (added, offsets) = self.check(&columns)?;
        let mut branches = match self.branches.take() {
            Some(branches) => branches,
            None => columns
                .iter()
                .map(|(name, column)| Branch::new(name, Layout::of(name, column), &self.options))
                .collect(),
        };
        for (branch, (_, column)) in branches.iter_mut().zip(&columns) {
            branch.note_largest(column);
        }
        let result = self.fill(&mut branches, &columns, &offsets, added);
        self.branches = Some(branches);
        result
    }

    /// Writes the tree's description and lists it in its directory.
    ///
    /// # Errors
    ///
    /// `TooBig` if the description does not fit a record, `Io` if the file cannot be written.
    pub fn finish(mut self) -> Result<()> {
        let mut branches = self.branches.take().unwrap_or_default();
        let directory_seek = self.file.directory_seek(self.directory);
        if self.options.last_baskets == LastBaskets::InFile {
            for branch in &mut branches {
                branch.flush((&self.name, directory_seek), &mut self.file.sink)?;
            }
        }
        let seek = self.file.sink.position();
        let mut key = Key::new(
            "TTree",
            &self.name,
            &self.options.title,
            seek,
            directory_seek,
        );
        let mut out = Buffer::new(key.header_bytes()?);
        let description = TreeDescription {
            name: &self.name,
            options: &self.options,
            entries: i64::try_from(self.entries).unwrap_or(i64::MAX),
            branches: &branches,
            directory_seek,
        };
        description.put(&mut out)?;
        let record = out.finish()?;
        key.cycle = self.file.next_cycle(self.directory, &self.name);
        self.file
            .write_record(&mut key, &record, self.options.codec)?;
        self.file.list(self.directory, key);
        Ok(())
    }

    /// Number of entries appended, and the offsets that counters make.
    fn check(&self, columns: &[(&str, &Column)]) -> Result<(usize, HashMap<String, Vec<usize>>)> {
        self.check_branches(columns)?;
        let mut added = None;
        let mut offsets: HashMap<String, Vec<usize>> = HashMap::new();
        for (name, column) in columns {
            check_packings(name, column, &Layout::of(name, column))?;
            match entry_count(name, column)? {
                Some(count) if added.is_some_and(|added| added != count) => {
                    let wanted = added.unwrap_or_default();
                    let why = format!("it has {count} entries, other branches {wanted}");
                    return Err(WriteError::column(name, why));
                }
                Some(count) => added = Some(count),
                None => check_counted(name, column, &offsets)?,
            }
            let is_counter = columns
                .iter()
                .any(|(_, other)| counter_of(other) == Some(name));
            if is_counter {
                offsets.insert((*name).to_owned(), counter_offsets(name, column)?);
            }
        }
        Ok((added.unwrap_or(0), offsets))
    }

    fn check_branches(&self, columns: &[(&str, &Column)]) -> Result<()> {
        let Some(branches) = &self.branches else {
            return Ok(());
        };
        let are_the_same = branches.len() == columns.len()
            && branches
                .iter()
                .zip(columns)
                .all(|(branch, (name, column))| {
                    branch.name == *name && branch.layout == Layout::of(name, column)
                });
        if are_the_same {
            return Ok(());
        }
        let names = |names: Vec<&str>| names.join(", ");
        let why = format!(
            "the chunk has the branches {}, the first one had {} (or they differ in type)",
            names(columns.iter().map(|(name, _)| *name).collect()),
            names(branches.iter().map(|branch| branch.name.as_str()).collect()),
        );
        Err(WriteError::chunk(&self.name, why))
    }

    /// Adds checked entries, ending all baskets where a cluster ends.
    fn fill(
        &mut self,
        branches: &mut [Branch],
        columns: &[(&str, &Column)],
        offsets: &HashMap<String, Vec<usize>>,
        added: usize,
    ) -> Result<()> {
        let place = (self.name.as_str(), self.file.directory_seek(self.directory));
        let mut start = 0;
        while start < added {
            let border = self.options.next_cluster(self.entries).unwrap_or(u64::MAX);
            let room = usize::try_from(border - self.entries).unwrap_or(usize::MAX);
            let end = added.min(start.saturating_add(room));
            for (branch, (_, column)) in branches.iter_mut().zip(columns) {
                let offsets = counter_of(column).and_then(|counter| offsets.get(counter));
                let offsets = offsets.map(Vec::as_slice).unwrap_or_default();
                branch.add(column, offsets, start..end, place, &mut self.file.sink)?;
            }
            self.entries += (end - start) as u64;
            start = end;
            if self.entries == border {
                for branch in branches.iter_mut() {
                    branch.flush(place, &mut self.file.sink)?;
                }
            }
        }
        Ok(())
    }
}

fn counter_of(column: &Column) -> Option<&str> {
    match column {
        Column::Counted { counter, .. } => Some(counter),
        _ => None,
    }
}

/// Running sums of a counter.
fn counter_offsets(name: &str, column: &Column) -> Result<Vec<usize>> {
    let counts = match column {
        Column::Flat(numbers) => numbers.counts(),
        _ => None,
    };
    let counts = counts.ok_or_else(|| {
        WriteError::column(
            name,
            "it counts others, so it must hold whole numbers from 0 up",
        )
    })?;
    let mut offsets = Vec::with_capacity(counts.len() + 1);
    let mut sum = 0_usize;
    offsets.push(0);
    for count in counts {
        sum = sum.saturating_add(count);
        offsets.push(sum);
    }
    Ok(offsets)
}

fn check_counted(name: &str, column: &Column, offsets: &HashMap<String, Vec<usize>>) -> Result<()> {
    let Column::Counted {
        counter,
        shape,
        values,
    } = column
    else {
        return Ok(());
    };
    let Some(offsets) = offsets.get(counter) else {
        return Err(WriteError::column(
            name,
            format!("no branch `{counter}` comes before it"),
        ));
    };
    let length: usize = shape.iter().product();
    let items = offsets.last().copied().unwrap_or(0);
    if length == 0 || items.checked_mul(length) != Some(values.len()) {
        let why = format!(
            "`{counter}` counts {items} items of {length} numbers, there are {} numbers",
            values.len()
        );
        return Err(WriteError::column(name, why));
    }
    Ok(())
}
