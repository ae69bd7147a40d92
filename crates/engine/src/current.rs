//! Files that have changed since their table, view or frame was made: they are opened again.
//!
//! ```text
//! FROM 'a.root'          looked at by each statement (tables/paths.rs)
//! FROM t, a named table  looked at by each statement that names it; opened again under its name
//! FROM v, a view         as its tables; planned again from its text
//! a frame                looked at by each run; its plan goes on if the columns are the same
//! ```

use std::sync::Arc;

use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::common::tree_node::Transformed;
use datafusion::datasource::{ViewTable, provider_as_source, source_as_provider};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{CreateExternalTable, DdlStatement, LogicalPlan};

use crate::dialect::parse_statements;
use crate::error::{EngineError, Result};
use crate::given::Given;
use crate::plan::{plan_statement, tables_of_plan};
use crate::session::Session;

/// A table of a plan, and the one that is there now.
type Replaced = (Arc<dyn TableProvider>, Arc<dyn TableProvider>);

impl Session {
    /// Opens those of these tables again whose files have changed, and plans such views anew.
    ///
    /// # Errors
    /// Files that are gone or cannot be read, views that no longer fit their files.
    pub(crate) async fn refresh(&self, names: &[String]) -> Result<()> {
        let Some(schema) = self.default_schema() else {
            return Ok(());
        };
        for name in names {
            let Ok(Some(table)) = schema.table(name).await else {
                continue;
            };
            if let Some(view) = table.downcast_ref::<ViewTable>() {
                let tables = tables_of_plan(view.logical_plan());
                if !self.replaced(tables).await?.is_empty() {
                    self.plan_view(schema.as_ref(), name, view).await?;
                }
            } else if let Some((_, newer)) = self.replaced(vec![table]).await?.pop() {
                self.replace(schema.as_ref(), name, newer)?;
            }
        }
        Ok(())
    }

    /// Plans all views anew: their plans remember column types that have changed.
    pub(crate) async fn refresh_views(&self) -> Result<()> {
        let Some(schema) = self.default_schema() else {
            return Ok(());
        };
        for name in self.table_names() {
            if let Ok(Some(table)) = schema.table(&name).await
                && let Some(view) = table.downcast_ref::<ViewTable>()
            {
                self.plan_view(schema.as_ref(), &name, view).await?;
            }
        }
        Ok(())
    }

    /// The plan over its files as they are now.
    ///
    /// # Errors
    /// Files that are gone or have other columns now.
    pub(crate) async fn over_files_of_now(
        &self,
        plan: &LogicalPlan,
    ) -> datafusion::error::Result<LogicalPlan> {
        self.paths().begin_statement();
        let external = |error| DataFusionError::External(Box::new(error));
        let tables = tables_of_plan(plan);
        let replaced = self.replaced(tables).await.map_err(external)?;
        if replaced.is_empty() {
            return Ok(plan.clone());
        }
        for (old, newer) in &replaced {
            if old.schema() != newer.schema() {
                let location = self.paths().origin(newer).unwrap_or_default();
                return Err(external(EngineError::ColumnsChanged { location }));
            }
        }
        let plan = plan.clone().transform_up_with_subqueries(|node| {
            let LogicalPlan::TableScan(mut scan) = node else {
                return Ok(Transformed::no(node));
            };
            let table = source_as_provider(&scan.source)?;
            let newer = replaced.iter().find(|(old, _)| Arc::ptr_eq(old, &table));
            let Some((_, newer)) = newer else {
                return Ok(Transformed::no(LogicalPlan::TableScan(scan)));
            };
            scan.source = provider_as_source(Arc::clone(newer));
            Ok(Transformed::yes(LogicalPlan::TableScan(scan)))
        })?;
        Ok(plan.data)
    }

    /// Remembers how a table was made, to make it again when its files have changed.
    pub(crate) async fn remember_created(&self, create: &CreateExternalTable) {
        let table = match self.default_schema() {
            Some(schema) => schema.table(create.name.table()).await,
            None => return,
        };
        if let Ok(Some(table)) = table {
            let state = self.context().state();
            self.paths().remember_created(&state, &table, create).await;
        }
    }

    /// Those of these tables whose files have changed, and what is there now.
    async fn replaced(&self, tables: Vec<Arc<dyn TableProvider>>) -> Result<Vec<Replaced>> {
        let mut replaced: Vec<Replaced> = Vec::new();
        for table in tables {
            if self.paths().origin(&table).is_none()
                || replaced.iter().any(|(old, _)| Arc::ptr_eq(old, &table))
            {
                continue;
            }
            let state = self.context().state();
            let newer = self.paths().newer(&state, &table).await;
            if let Some(newer) = newer.map_err(|error| self.explain(error))? {
                replaced.push((table, newer));
            }
        }
        Ok(replaced)
    }

    async fn plan_view(
        &self,
        schema: &dyn SchemaProvider,
        name: &str,
        view: &ViewTable,
    ) -> Result<()> {
        let Some(definition) = view.definition() else {
            return Ok(());
        };
        let Some(create) = parse_statements(definition)?.pop_front() else {
            return Ok(());
        };
        let planned = Box::pin(plan_statement(self, create, Given::default())).await?;
        if let LogicalPlan::Ddl(DdlStatement::CreateView(view)) = planned.plan {
            let view = ViewTable::new(Arc::unwrap_or_clone(view.input), view.definition);
            self.replace(schema, name, Arc::new(view))?;
        }
        Ok(())
    }

    fn replace(
        &self,
        schema: &dyn SchemaProvider,
        name: &str,
        table: Arc<dyn TableProvider>,
    ) -> Result<()> {
        schema
            .deregister_table(name)
            .and_then(|_| schema.register_table(name.to_owned(), table))
            .map_err(|error| self.explain(error))?;
        Ok(())
    }
}
