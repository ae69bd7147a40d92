//! What a statement is given besides its text: values for `$name`, and tables of its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::{CatalogProvider, CatalogProviderList, SchemaProvider, TableProvider};
use datafusion::error::Result;
use datafusion::execution::SessionState;

use crate::dialect::Parameter;

/// Values and tables for one statement; cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Given {
    pub(crate) parameters: Arc<BTreeMap<String, Parameter>>,
    tables: Arc<BTreeMap<String, Arc<dyn TableProvider>>>,
}

impl Given {
    /// These values and tables; a table hides one of the session that has its name.
    pub(crate) fn new(
        parameters: BTreeMap<String, Parameter>,
        tables: BTreeMap<String, Arc<dyn TableProvider>>,
    ) -> Self {
        Self {
            parameters: Arc::new(parameters),
            tables: Arc::new(tables),
        }
    }

    /// Names of the tables.
    pub(crate) fn table_names(&self) -> impl Iterator<Item = &String> {
        self.tables.keys()
    }

    /// The session's state, where the tables are known too.
    pub(crate) fn over(&self, mut state: SessionState) -> SessionState {
        if !self.tables.is_empty() {
            let options = &state.config_options().catalog;
            let catalogs = Overlay {
                catalog: options.default_catalog.clone(),
                schema: options.default_schema.clone(),
                below: Arc::clone(state.catalog_list()),
                tables: Arc::clone(&self.tables),
            };
            state.register_catalog_list(Arc::new(catalogs));
        }
        state
    }
}

/// Catalogs, a catalog and a schema in one: those below, but for the tables on top.
#[derive(Debug, Clone)]
struct Overlay<Below: ?Sized> {
    catalog: String,
    schema: String,
    below: Arc<Below>,
    tables: Arc<BTreeMap<String, Arc<dyn TableProvider>>>,
}

impl<Below: ?Sized> Overlay<Below> {
    fn with<Next: ?Sized>(&self, below: Arc<Next>) -> Overlay<Next> {
        Overlay {
            catalog: self.catalog.clone(),
            schema: self.schema.clone(),
            below,
            tables: Arc::clone(&self.tables),
        }
    }
}

impl CatalogProviderList for Overlay<dyn CatalogProviderList> {
    fn register_catalog(
        &self,
        name: String,
        catalog: Arc<dyn CatalogProvider>,
    ) -> Option<Arc<dyn CatalogProvider>> {
        self.below.register_catalog(name, catalog)
    }

    fn catalog_names(&self) -> Vec<String> {
        self.below.catalog_names()
    }

    fn catalog(&self, name: &str) -> Option<Arc<dyn CatalogProvider>> {
        let below = self.below.catalog(name)?;
        Some(if name == self.catalog {
            Arc::new(self.with(below))
        } else {
            below
        })
    }
}

impl CatalogProvider for Overlay<dyn CatalogProvider> {
    fn schema_names(&self) -> Vec<String> {
        self.below.schema_names()
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        let below = self.below.schema(name)?;
        Some(if name == self.schema {
            Arc::new(self.with(below))
        } else {
            below
        })
    }
}

#[async_trait]
impl SchemaProvider for Overlay<dyn SchemaProvider> {
    fn table_names(&self) -> Vec<String> {
        let mut names = self.below.table_names();
        names.extend(self.tables.keys().cloned());
        names
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        match self.tables.get(name) {
            Some(table) => Ok(Some(Arc::clone(table))),
            None => self.below.table(name).await,
        }
    }

    fn register_table(
        &self,
        name: String,
        table: Arc<dyn TableProvider>,
    ) -> Result<Option<Arc<dyn TableProvider>>> {
        self.below.register_table(name, table)
    }

    fn deregister_table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        self.below.deregister_table(name)
    }

    fn table_exist(&self, name: &str) -> bool {
        self.tables.contains_key(name) || self.below.table_exist(name)
    }
}
