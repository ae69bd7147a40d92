//! The tables that SQL names by their location, opened once and looked at again each time.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use async_trait::async_trait;
use datafusion::catalog::{TableProvider, UrlTableFactory};
use datafusion::common::Result;
use datafusion::error::DataFusionError;
use datafusion::execution::SessionState;
use futures::TryStreamExt;
use hepframe_root_source::{Caches, RootTable, RootUri, ScanOptions, check_readable, files_of};
use object_store::ObjectMeta;
use parking_lot::{Mutex, RwLock};

use super::format::{Format, existing_path, looks_like_location};
use super::listing;
use super::origins::Origin;
use crate::cluster::ClusterTables;
use crate::dialect::LOCATION_SEPARATOR;
use crate::error::EngineError;
use crate::session::TableInfo;

/// Tables kept open. Each holds the columns of its files, so not without limit.
const KEPT: usize = 64;

/// Where files are opened.
#[derive(Debug)]
pub(crate) enum TableSource {
    /// In this process.
    Here(Caches),
    /// On a cluster, whose machines can read them.
    Cluster(Box<ClusterTables>),
}

/// Finds tables by location and remembers them.
///
/// A remembered table is used again if its files have the same sizes and times. Within one
/// statement they are looked at once: planning asks for a table several times.
#[derive(Debug)]
pub(crate) struct PathTables {
    /// The session owns these tables, so they must not own it.
    session: OnceLock<Weak<RwLock<SessionState>>>,
    pub(super) source: TableSource,
    opened: Mutex<HashMap<String, Opened>>,
    statement: AtomicU64,
    /// Names of tables that statements are about to make: no files need be there.
    made: Mutex<Vec<String>>,
    /// Of the tables that are in use.
    pub(super) origins: Mutex<Vec<Origin>>,
}

/// A name of [`PathTables::make`], as long as it lives.
pub(crate) struct Made<'a> {
    paths: &'a PathTables,
    name: String,
}

impl Drop for Made<'_> {
    fn drop(&mut self) {
        let mut made = self.paths.made.lock();
        if let Some(place) = made.iter().position(|name| *name == self.name) {
            made.swap_remove(place);
        }
    }
}

#[derive(Debug, Clone)]
struct Opened {
    table: Arc<dyn TableProvider>,
    fingerprint: u64,
    seen_by: u64,
}

impl PathTables {
    pub(crate) fn new(source: TableSource) -> Self {
        Self {
            session: OnceLock::new(),
            source,
            opened: Mutex::new(HashMap::new()),
            statement: AtomicU64::new(0),
            made: Mutex::new(Vec::new()),
            origins: Mutex::new(Vec::new()),
        }
    }

    /// Tells where the session's state is: once, right after the session is made.
    pub(crate) fn set_session(&self, state: Weak<RwLock<SessionState>>) {
        self.session.get_or_init(|| state);
    }

    /// From here on, files are looked at again.
    pub(crate) fn begin_statement(&self) {
        self.statement.fetch_add(1, Ordering::Relaxed);
    }

    /// While the answer lives, a table of this name is being made: if no files can be opened there,
    /// it is a name that is free.
    pub(crate) fn make(&self, name: &str) -> Made<'_> {
        self.made.lock().push(name.to_owned());
        Made {
            paths: self,
            name: name.to_owned(),
        }
    }

    /// The table at a location; `None` if the text is no location.
    pub(crate) async fn table(
        &self,
        state: &SessionState,
        text: &str,
    ) -> Result<Option<Arc<dyn TableProvider>>> {
        let statement = self.statement.load(Ordering::Relaxed);
        let known = self.opened.lock().get(text).cloned();
        if let Some(known) = &known
            && known.seen_by == statement
        {
            return Ok(Some(Arc::clone(&known.table)));
        }
        let (table, fingerprint) = match &self.source {
            TableSource::Here(caches) => {
                let fingerprint = fingerprint(state, text).await;
                match known {
                    Some(known) if Some(known.fingerprint) == fingerprint => {
                        (known.table, fingerprint)
                    }
                    _ => match open(state, text, caches).await? {
                        Some(table) => (table, fingerprint),
                        None => return Ok(None),
                    },
                }
            }
            TableSource::Cluster(cluster) => {
                let Some(found) = cluster.open(text).await? else {
                    return Ok(None);
                };
                let fingerprint = found.fingerprint();
                match known {
                    Some(known) if known.fingerprint == fingerprint => {
                        (known.table, Some(fingerprint))
                    }
                    _ => (found.table(state)?, Some(fingerprint)),
                }
            }
        };
        if let Some(fingerprint) = fingerprint {
            let opened = Opened {
                table: Arc::clone(&table),
                fingerprint,
                seen_by: statement,
            };
            self.remember(text, opened);
        }
        self.remember_origin(&table, text, None);
        Ok(Some(table))
    }

    /// Locations and columns of the tables kept open.
    pub(crate) fn remembered(&self) -> Vec<TableInfo> {
        let opened = self.opened.lock();
        let info = |(name, opened): (&String, &Opened)| TableInfo {
            name: name.clone(),
            schema: opened.table.schema(),
        };
        opened.iter().map(info).collect()
    }

    fn remember(&self, text: &str, table: Opened) {
        let mut opened = self.opened.lock();
        opened.insert(text.to_owned(), table);
        if opened.len() > KEPT {
            let oldest = opened.iter().min_by_key(|(_, table)| table.seen_by);
            if let Some(text) = oldest.map(|(text, _)| text.clone()) {
                opened.remove(&text);
            }
        }
    }
}

#[async_trait]
impl UrlTableFactory for PathTables {
    async fn try_new(&self, url: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let Some(session) = self.session.get().and_then(Weak::upgrade) else {
            return Ok(None);
        };
        let state = session.read().clone();
        match self.table(&state, url).await {
            Err(_) if self.made.lock().iter().any(|name| name == url) => Ok(None),
            found => found,
        }
    }
}

/// Opens the files at a location in this process.
async fn open(
    state: &SessionState,
    text: &str,
    caches: &Caches,
) -> Result<Option<Arc<dyn TableProvider>>> {
    let locations: Vec<&str> = text.split(LOCATION_SEPARATOR).collect();
    let Some(first) = locations.first() else {
        return Ok(None);
    };
    let format = format_of(first);
    if format != Some(Format::Root)
        && (existing_path(first).is_some() || looks_like_location(first))
    {
        check_readable(state, first)?;
    }
    match format {
        Some(Format::Root) => {
            let uris: Vec<_> = locations.iter().map(|text| RootUri::parse(text)).collect();
            let caches = caches.clone();
            let table = RootTable::open(state, &uris, ScanOptions::default(), caches).await?;
            Ok(Some(Arc::new(table)))
        }
        Some(format) => listing::open(state, first, format).await.map(Some),
        None => match existing_path(first) {
            Some(path) if path.is_dir() => Err(external(EngineError::EmptyDirectory {
                location: (*first).to_owned(),
            })),
            Some(_) => Err(unknown_format(first)),
            None if !looks_like_location(first) => Ok(None),
            None if first.contains(['*', '?']) => Err(unknown_format(first)),
            None => Err(listing::not_found(first)),
        },
    }
}

fn unknown_format(location: &str) -> DataFusionError {
    external(EngineError::UnknownFormat {
        location: location.to_owned(),
    })
}

fn external(error: EngineError) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

/// A tree can only be in a ROOT file; otherwise name and contents decide.
fn format_of(text: &str) -> Option<Format> {
    if let Some(path) = existing_path(text) {
        return Format::of_name(text)
            .filter(|_| path.is_file())
            .or_else(|| Format::of_path(&path));
    }
    let uri = RootUri::parse(text);
    if uri.tree.is_some() && looks_like_location(text) {
        return Some(Format::Root);
    }
    Format::of_name(&uri.location)
        .or_else(|| existing_path(&uri.location).and_then(|path| Format::of_path(&path)))
}

/// The files of one location as they are now; `None` if that cannot be found out.
async fn files_at(state: &SessionState, text: &str) -> Option<Vec<ObjectMeta>> {
    let uri = RootUri::parse(text);
    if format_of(text) == Some(Format::Root) {
        return files_of(state, &uri).await.ok();
    }
    // The listing opens what is named, and a pipe waits then.
    check_readable(state, &uri.location).ok()?;
    let url = listing::listing_url(&uri.location).ok()?;
    let store = state.runtime_env().object_store(url.object_store()).ok()?;
    let files = url.list_all_files(state, store.as_ref(), "").await.ok()?;
    files.try_collect().await.ok()
}

/// Changes when any file of the location does; `None` if that cannot be found out.
pub(super) async fn fingerprint(state: &SessionState, text: &str) -> Option<u64> {
    let mut hasher = DefaultHasher::new();
    for text in text.split(LOCATION_SEPARATOR) {
        for file in files_at(state, text).await? {
            (file.location.as_ref(), file.size, file.last_modified).hash(&mut hasher);
        }
    }
    Some(hasher.finish())
}
