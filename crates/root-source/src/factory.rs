//! `CREATE EXTERNAL TABLE t STORED AS ROOT LOCATION '...' OPTIONS ('tree' 'Events')`.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider, TableProviderFactory};
use datafusion::error::Result;
use datafusion::logical_expr::CreateExternalTable;

use crate::caches::Caches;
use crate::error::SourceError;
use crate::options::ScanOptions;
use crate::table::RootTable;
use crate::uri::RootUri;

/// Makes tables for `STORED AS ROOT`.
///
/// Options are those of [`ScanOptions::set`].
#[derive(Debug)]
pub struct RootTableFactory {
    caches: Caches,
}

impl RootTableFactory {
    /// A factory whose tables share these caches.
    #[must_use]
    pub fn new(caches: Caches) -> Self {
        Self { caches }
    }
}

#[async_trait]
impl TableProviderFactory for RootTableFactory {
    async fn create(
        &self,
        state: &dyn Session,
        cmd: &CreateExternalTable,
    ) -> Result<Arc<dyn TableProvider>> {
        let refused = [
            (!cmd.schema.fields().is_empty(), "list of columns"),
            (!cmd.table_partition_cols.is_empty(), "PARTITIONED BY"),
            (!cmd.order_exprs.is_empty(), "WITH ORDER"),
            (cmd.unbounded, "UNBOUNDED"),
        ];
        for (is_given, what) in refused {
            if is_given {
                return Err(SourceError::NotForRoot { what }.into());
            }
        }
        let mut options = ScanOptions::default();
        // In the order of their names, so that a statement with two mistakes always shows one.
        let mut given: Vec<(&String, &String)> = cmd.options.iter().collect();
        given.sort();
        for (name, value) in given {
            options.set(name, value)?;
        }
        let uris: Vec<RootUri> = cmd
            .locations
            .iter()
            .map(|text| RootUri::parse(text))
            .collect();
        let table = RootTable::open(state, &uris, options, self.caches.clone()).await?;
        Ok(Arc::new(table))
    }
}
