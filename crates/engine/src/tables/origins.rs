//! Where tables came from, to open them again when their files have changed.

use std::sync::{Arc, Weak};

use datafusion::catalog::TableProvider;
use datafusion::common::Result;
use datafusion::execution::SessionState;
use datafusion::logical_expr::CreateExternalTable;
use hepframe_root_source::root_columns;

use super::paths::{PathTables, TableSource, fingerprint};
use crate::dialect::LOCATION_SEPARATOR;

/// Where a table came from.
#[derive(Debug)]
pub(super) struct Origin {
    table: Weak<dyn TableProvider>,
    text: String,
    /// How it was made, if by a statement.
    created: Option<Arc<Created>>,
}

/// A CREATE EXTERNAL TABLE, and its files then; `None` if a cluster reads them.
#[derive(Debug)]
pub(super) struct Created {
    create: CreateExternalTable,
    fingerprint: Option<u64>,
}

impl Origin {
    fn is_of(&self, table: &Arc<dyn TableProvider>) -> bool {
        std::ptr::addr_eq(self.table.as_ptr(), Arc::as_ptr(table))
    }
}

impl PathTables {
    /// The location that a table was opened at.
    pub(crate) fn origin(&self, table: &Arc<dyn TableProvider>) -> Option<String> {
        let origins = self.origins.lock();
        let origin = origins.iter().find(|origin| origin.is_of(table));
        origin.map(|origin| origin.text.clone())
    }

    /// The table that is now where this one was opened, if its files have changed since.
    ///
    /// # Errors
    /// If there is none any more.
    pub(crate) async fn newer(
        &self,
        state: &SessionState,
        table: &Arc<dyn TableProvider>,
    ) -> Result<Option<Arc<dyn TableProvider>>> {
        let (text, created) = {
            let origins = self.origins.lock();
            let Some(origin) = origins.iter().find(|origin| origin.is_of(table)) else {
                return Ok(None);
            };
            (origin.text.clone(), origin.created.clone())
        };
        let Some(created) = created else {
            let found = self.table(state, &text).await?;
            return Ok(found.filter(|found| !Arc::ptr_eq(found, table)));
        };
        let create = &created.create;
        if created.fingerprint.is_some()
            && self.fingerprint_here(state, &text).await == created.fingerprint
        {
            return Ok(None);
        }
        let Some(factory) = state
            .table_factories()
            .get(&create.file_type.to_uppercase())
        else {
            return Ok(None);
        };
        let newer = factory.create(state, create).await?;
        self.remember_created(state, &newer, create).await;
        Ok(Some(newer))
    }

    /// Remembers how a table of ROOT files was made; others look at their files whenever they run.
    pub(crate) async fn remember_created(
        &self,
        state: &SessionState,
        table: &Arc<dyn TableProvider>,
        create: &CreateExternalTable,
    ) {
        if root_columns(table.as_ref()).is_some() {
            let text = create.locations.join(&LOCATION_SEPARATOR.to_string());
            let fingerprint = self.fingerprint_here(state, &text).await;
            let create = create.clone();
            let created = Arc::new(Created {
                create,
                fingerprint,
            });
            self.remember_origin(table, &text, Some(created));
        }
    }

    /// Of files that are read in this process.
    async fn fingerprint_here(&self, state: &SessionState, text: &str) -> Option<u64> {
        match &self.source {
            TableSource::Here(_) => fingerprint(state, text).await,
            TableSource::Cluster(_) => None,
        }
    }

    pub(super) fn remember_origin(
        &self,
        table: &Arc<dyn TableProvider>,
        text: &str,
        created: Option<Arc<Created>>,
    ) {
        let mut origins = self.origins.lock();
        origins.retain(|origin| origin.table.strong_count() > 0);
        if !origins.iter().any(|origin| origin.is_of(table)) {
            origins.push(Origin {
                table: Arc::downgrade(table),
                text: text.to_owned(),
                created,
            });
        }
    }
}
