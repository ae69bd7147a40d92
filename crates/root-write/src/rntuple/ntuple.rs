//! An RNTuple being filled, chunk by chunk.

use std::collections::HashMap;
use std::io::{Seek, Write};

use xxhash_rust::xxh3::xxh3_64;

use super::anchor::{StoredEnvelope, anchor};
use super::check::entry_count;
use super::describe::{ClusterGroup, Described, footer, header};
use super::field::Field;
use super::fill::{OpenColumn, put};
use super::options::{EqualPages, NtupleOptions, PageChecksums};
use super::page_list::{Cluster, ColumnPages, Page, page_list};
use super::schema::Schema;
use super::wire::{Envelope, Locator};
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
    columns: Vec<OpenColumn>,
    /// The first element of each column: not 0 for fields that came late.
    firsts: Vec<u64>,
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
        let schema = Schema::of(fields, self.options.offset_width)?;
        let mut started = match self.started.take() {
            Some(started) if schema.begins_with(&started.schema) => started,
            Some(started) => {
                let why = "a chunk does not begin with the fields of the first, or their types";
                self.started = Some(started);
                return Err(WriteError::fields(&self.name, why));
            }
            None => self.start(&schema)?,
        };
        for column in &schema.columns[started.columns.len()..] {
            let first = column.per_entry * self.entries;
            started.columns.push(OpenColumn::new(column.element, first));
            started.firsts.push(first);
        }
        started.schema = schema;
        let filled = self.fill(fields, added, &mut started);
        self.started = Some(started);
        filled
    }

    /// Writes the last cluster, page lists and footer, and lists the RNTuple in its directory.
    ///
    /// # Errors
    ///
    /// `Fields` if there was no chunk, `TooBig` if a part does not fit, `Io` if the file cannot
    /// be written.
    pub fn finish(mut self) -> Result<()> {
        let Some(mut started) = self.started.take() else {
            return Err(WriteError::fields(&self.name, "it has no fields"));
        };
        self.end_cluster(&mut started)?;
        self.end_group(&started)?;
        let footer = footer(
            started.header_checksum,
            &started.schema,
            started.in_header,
            &started.firsts,
            &self.groups,
            &self.options,
        )?;
        let footer = self.write_envelope(&footer)?;
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
            schema: Schema::of(&[], self.options.offset_width)?,
            header: self.write_envelope(&envelope)?,
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
            let mut columns = started.columns.iter_mut();
            for field in fields {
                put(&field.values, start..end, &mut columns);
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
        let mut columns = Vec::new();
        for column in &mut started.columns {
            let mut of_column = Vec::new();
            for elements in column.pending.chunks(self.options.elements_per_page) {
                let bytes = column.element.page(self.options.encoding, elements);
                of_column.push(Page {
                    elements: elements.len(),
                    place: pages.add(bytes, &self.options)?,
                });
            }
            columns.push(ColumnPages {
                first: column.first,
                pages: of_column,
            });
            column.begin_cluster();
        }
        let at = self.write_blob(&pages.bytes, pages.bytes.len())?;
        for page in columns.iter_mut().flat_map(|column| &mut column.pages) {
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
        let list = self.write_envelope(&envelope)?;
        self.groups.push(ClusterGroup {
            first_entry: first.first_entry,
            entries: last.first_entry + last.entries - first.first_entry,
            clusters: clusters.len(),
            list_bytes: list.bytes,
            list: list.place,
        });
        Ok(())
    }

    fn write_envelope(&mut self, envelope: &Envelope) -> Result<StoredEnvelope> {
        let packed = self.options.codec.pack(&envelope.bytes)?;
        let stored = packed.as_deref().unwrap_or(&envelope.bytes);
        let place = Locator {
            at: self.write_blob(stored, envelope.bytes.len())?,
            bytes: stored.len() as u64,
        };
        Ok(StoredEnvelope {
            place,
            bytes: envelope.bytes.len(),
        })
    }

    /// Appends a record that no directory lists; returns where its bytes begin.
    fn write_blob(&mut self, stored: &[u8], unpacked_bytes: usize) -> Result<u64> {
        let seek = self.file.sink.position();
        let mut key = Key::new("RBlob", "", "", seek, self.file.directory_seek(0));
        key.object_bytes = unpacked_bytes;
        key.stored_bytes = stored.len();
        let mut header = Vec::new();
        key.put(&mut header)?;
        self.file.sink.write(&header)?;
        self.file.sink.write(stored)?;
        Ok(seek + header.len() as u64)
    }
}

/// The pages of a cluster, as stored.
#[derive(Debug, Default)]
struct PageBytes {
    bytes: Vec<u8>,
    /// Where equal pages are.
    known: HashMap<Vec<u8>, Locator>,
}

impl PageBytes {
    /// Packs a page; returns its place in these bytes.
    fn add(&mut self, page: Vec<u8>, options: &NtupleOptions) -> Result<Locator> {
        if let Some(place) = self.known.get(&page) {
            return Ok(*place);
        }
        let packed = options.codec.pack(&page)?;
        let stored = packed.as_deref().unwrap_or(&page);
        let place = Locator {
            at: self.bytes.len() as u64,
            bytes: stored.len() as u64,
        };
        self.bytes.extend_from_slice(stored);
        if options.checksums == PageChecksums::Stored {
            self.bytes.extend_from_slice(&xxh3_64(stored).to_le_bytes());
        }
        if options.equal_pages == EqualPages::Shared {
            self.known.insert(page, place);
        }
        Ok(place)
    }
}
