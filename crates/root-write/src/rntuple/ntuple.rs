//! An RNTuple being filled, chunk by chunk.

use std::io::{Seek, Write};

use super::anchor::anchor;
use super::blob::StoredEnvelope;
use super::check::entry_count;
use super::describe::{ClusterGroup, Described, footer, header};
use super::field::Field;
use super::fill::{OpenColumn, put};
use super::options::NtupleOptions;
use super::page_bytes::PageBytes;
use super::page_list::{Cluster, page_list};
use super::schema::Schema;
use crate::file::FileWriter;
use crate::key::Key;
use crate::{Result, WriteError};

/// An RNTuple being filled. Only the open cluster is kept in memory.
///
/// The first chunk decides which fields there are. A later chunk may bring more behind them: they
/// are 0 or empty in the entries before. An RNTuple that is dropped without
/// [`OpenNtuple::finish`] leaves pages in the file that nothing lists.
#[derive(Debug)]
pub struct OpenNtuple<'a, W> {
    file: &'a mut FileWriter<W>,
    directory: usize,
    name: String,
    options: NtupleOptions,
    /// Once there was a chunk.
    started: Option<Started>,
    entries: u64,
    /// Which representation of the fields is written.
    representation: u16,
    /// Clusters that are in no group yet.
    clusters: Vec<Cluster>,
    groups: Vec<ClusterGroup>,
}

/// What the first chunk decides.
#[derive(Debug)]
struct Started {
    schema: Schema,
    header: StoredEnvelope,
    header_checksum: u64,
    in_header: Described,
    /// As in the schema; only those of first representations are filled.
    columns: Vec<OpenColumn>,
    /// The first element of each column: not 0 for fields that came late, negative where another
    /// representation is used up to there.
    firsts: Vec<i64>,
    /// Entries of the open cluster.
    pending: usize,
}

impl<'a, W: Write + Seek> OpenNtuple<'a, W> {
    pub(crate) fn new(
        file: &'a mut FileWriter<W>,
        directory: usize,
        name: &str,
        options: NtupleOptions,
    ) -> Self {
        Self {
            file,
            directory,
            name: name.to_owned(),
            options,
            started: None,
            entries: 0,
            representation: 0,
            clusters: Vec::new(),
            groups: Vec::new(),
        }
    }

    /// Appends entries: values of each field, all of the same number of entries.
    ///
    /// # Errors
    ///
    /// `Field` if values contradict each other or RNTuple does not know their kind, `Fields` if
    /// fields of earlier chunks are missing or differ, `Io` if the file cannot be written.
    pub fn append(&mut self, fields: &[Field]) -> Result<()> {
        let added = entry_count(fields)?;
        let schema = Schema::of(fields, &self.options)?;
        let mut started = match self.started.take() {
            Some(started) if schema.begins_with(&started.schema) => started,
            Some(started) => {
                self.started = Some(started);
                let why = "a chunk does not begin with the same fields of the same types";
                return Err(WriteError::fields(&self.name, why));
            }
            None => self.start(&schema)?,
        };
        for column in &schema.columns[started.columns.len()..] {
            let first = column.per_entry * self.entries;
            started.columns.push(OpenColumn::new(first));
            let first = i64::try_from(first).unwrap_or(i64::MAX);
            // The entries before have the first representation.
            let sign = if column.representation == 0 { 1 } else { -1 };
            started.firsts.push(sign * first);
        }
        started.schema = schema;
        let filled = self.fill(fields, added, &mut started);
        self.started = Some(started);
        filled
    }

    /// Ends the cluster and goes on with the second encoding, or back to the first: where files of
    /// both were merged. The second is that of [`NtupleOptions::second_encoding`], or as the first.
    ///
    /// # Errors
    ///
    /// `Io` if the file cannot be written.
    pub fn switch_encoding(&mut self) -> Result<()> {
        if let Some(mut started) = self.started.take() {
            let ended = self.end_cluster(&mut started);
            self.started = Some(started);
            ended?;
        }
        self.representation = 1 - self.representation;
        Ok(())
    }

    /// Writes the last cluster, page lists and footer, and lists the RNTuple in its directory.
    ///
    /// # Errors
    ///
    /// `Fields` if there was no chunk, `TooBig` if a part does not fit, `Io` if the file cannot
    /// be written.
    pub fn finish(mut self) -> Result<()> {
        let none = || WriteError::fields(&self.name, "it has no fields");
        let mut started = self.started.take().ok_or_else(none)?;
        self.end_cluster(&mut started)?;
        self.end_group(&started)?;
        let footer = footer(
            started.header_checksum,
            &started.schema,
            started.in_header,
            &started.firsts,
            &self.groups,
        )?;
        let footer = self.file.write_envelope(&footer, self.options.codec)?;
        let seek = self.file.sink.position();
        let parent = self.file.directory_seek(self.directory);
        let mut key = Key::new("ROOT::RNTuple", &self.name, "", seek, parent);
        let record = anchor(key.header_bytes()?, started.header, footer)?;
        key.cycle = self.file.next_cycle(self.directory, &self.name);
        self.file
            .write_record(&mut key, &record, self.options.codec)?;
        self.file.list(self.directory, key);
        Ok(())
    }

    fn start(&mut self, schema: &Schema) -> Result<Started> {
        let (envelope, in_header) = header(&self.name, &self.options, schema);
        Ok(Started {
            schema: Schema::of(&[], &self.options)?,
            header: self.file.write_envelope(&envelope, self.options.codec)?,
            header_checksum: envelope.checksum,
            in_header,
            columns: Vec::new(),
            firsts: Vec::new(),
            pending: 0,
        })
    }

    /// Adds checked entries, writing the clusters that become full.
    fn fill(&mut self, fields: &[Field], added: usize, started: &mut Started) -> Result<()> {
        let mut start = 0;
        while start < added {
            let room = self.options.entries_per_cluster - started.pending;
            let end = added.min(start.saturating_add(room));
            let columns = started.columns.iter_mut().zip(&started.schema.columns);
            let mut primary = columns
                .filter(|(_, record)| record.representation == 0)
                .map(|(column, _)| column);
            for field in fields {
                put(&field.values, start..end, &mut primary);
            }
            started.pending += end - start;
            self.entries += (end - start) as u64;
            start = end;
            if started.pending == self.options.entries_per_cluster {
                self.end_cluster(started)?;
            }
        }
        Ok(())
    }

    /// Writes the open cluster, if it has entries: its pages one after the other in one record.
    fn end_cluster(&mut self, started: &mut Started) -> Result<()> {
        if started.pending == 0 {
            return Ok(());
        }
        let mut pages = PageBytes::default();
        let mut columns = pages.add_columns(
            &started.schema,
            &started.columns,
            self.representation,
            &self.options,
        )?;
        for column in &mut started.columns {
            column.begin_cluster();
        }
        let at = self.file.write_blob(&pages.bytes, pages.bytes.len())?;
        let written = columns.iter_mut().flatten();
        for page in written.flat_map(|column| &mut column.pages) {
            page.place.at += at;
        }
        self.clusters.push(Cluster {
            first_entry: self.entries - started.pending as u64,
            entries: started.pending as u64,
            columns,
        });
        started.pending = 0;
        if self.clusters.len() == self.options.clusters_per_group {
            self.end_group(started)?;
        }
        Ok(())
    }

    /// Writes the page list of the clusters that have none yet.
    fn end_group(&mut self, started: &Started) -> Result<()> {
        let clusters = std::mem::take(&mut self.clusters);
        let (Some(first), Some(last)) = (clusters.first(), clusters.last()) else {
            return Ok(());
        };
        let envelope = page_list(started.header_checksum, &clusters, &self.options)?;
        let list = self.file.write_envelope(&envelope, self.options.codec)?;
        self.groups.push(ClusterGroup {
            first_entry: first.first_entry,
            entries: last.first_entry + last.entries - first.first_entry,
            clusters: clusters.len(),
            list_bytes: list.bytes,
            list: list.place,
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::super::{EqualPages, FieldValues};
    use super::*;

    /// A file of these chunks.
    fn written(options: NtupleOptions, chunks: &[Vec<Field>]) -> Result<Vec<u8>> {
        let mut file = FileWriter::new(Cursor::new(Vec::new()), "test.root")?;
        let mut ntuple = file.open_rntuple("Events", options)?;
        for chunk in chunks {
            ntuple.append(chunk)?;
        }
        ntuple.finish()?;
        Ok(file.finish()?.into_inner())
    }

    #[test]
    fn how_entries_are_cut_into_chunks_does_not_show_in_the_file() {
        let options = || NtupleOptions::new().entries_per_cluster(2);
        let lists = |offsets: &[usize], items: Vec<f32>| {
            vec![Field::new("x", FieldValues::list(offsets, items))]
        };
        let whole = lists(&[0, 2, 2, 3], vec![1.0, 2.0, 3.0]);
        let first = lists(&[0, 2], vec![1.0, 2.0]);
        let second = lists(&[0, 0, 1], vec![3.0]);

        let of_whole = written(options(), &[whole]).unwrap();
        let of_cut = written(options(), &[first, second]).unwrap();

        assert!(of_whole == of_cut);
    }

    #[test]
    fn equal_pages_can_share_their_bytes() {
        let fields = [vec![
            Field::new("x", vec![7_i64; 1_000]),
            Field::new("y", vec![7_i64; 1_000]),
        ]];
        let options = NtupleOptions::new().elements_per_page(500);

        let apart = written(options.clone(), &fields).unwrap();
        let shared = written(options.equal_pages(EqualPages::Shared), &fields).unwrap();

        // Three pages of 4 000 bytes fewer, each with its checksum.
        assert_eq!(apart.len() - shared.len(), 3 * 4_008);
    }

    #[test]
    fn a_chunk_without_an_earlier_field_is_refused() {
        let first = vec![Field::new("x", vec![1_i32]), Field::new("y", vec![1_i32])];
        let second = vec![Field::new("x", vec![1_i32])];

        let error = written(NtupleOptions::new(), &[first, second]).unwrap_err();

        let why = "a chunk does not begin with the same fields of the same types";
        assert_eq!(error.to_string(), format!("RNTuple `Events`: {why}"));
    }
}
