//! Frames and their steps.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::TreeNode;
use datafusion::common::{DFSchema, DFSchemaRef};
use datafusion::logical_expr::{
    EmptyRelation, Expr, ExprSchemable, Filter, LogicalPlan, LogicalPlanBuilder, SortExpr,
};

use super::chain::native;
use super::expression::{Column, expression};
use super::whole::{label, part_of_column, with_part};
use crate::error::{EngineError, Result};
use crate::explain::NamedTable;
use crate::plan::warnings_of;
use crate::session::Session;

/// A chain of steps over a table. Cheap to clone; a step leaves the frame that it is called on as
/// it is, so that analyses can branch.
#[derive(Debug, Clone)]
pub struct Frame {
    pub(super) session: Session,
    pub(super) node: Arc<Node>,
}

/// A step and all before it.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) step: Step,
    /// Columns after this step.
    pub(super) schema: DFSchemaRef,
    /// The table it all starts from.
    pub(super) tables: Arc<Vec<NamedTable>>,
}

#[derive(Debug)]
pub(super) enum Step {
    /// A table, or anything that other steps cannot be moved across.
    Start(LogicalPlan),
    Define {
        before: Arc<Node>,
        name: String,
        expr: Expr,
    },
    Filter {
        before: Arc<Node>,
        predicate: Expr,
        name: Option<String>,
    },
}

impl Node {
    /// The step before; none for a start.
    pub(super) fn before(&self) -> Option<&Arc<Self>> {
        match &self.step {
            Step::Start(_) => None,
            Step::Define { before, .. } | Step::Filter { before, .. } => Some(before),
        }
    }
}

impl Frame {
    pub(super) fn starting(
        session: Session,
        plan: LogicalPlan,
        tables: Arc<Vec<NamedTable>>,
    ) -> Self {
        let schema = Arc::clone(plan.schema());
        Self {
            session,
            node: Arc::new(Node {
                step: Step::Start(plan),
                schema,
                tables,
            }),
        }
    }

    fn followed_by(&self, step: Step, schema: DFSchemaRef) -> Self {
        Self {
            session: self.session.clone(),
            node: Arc::new(Node {
                step,
                schema,
                tables: Arc::clone(&self.node.tables),
            }),
        }
    }

    pub(super) fn told(&self, error: datafusion::error::DataFusionError) -> EngineError {
        self.session.explain_over(&self.node.tables, error)
    }

    pub(super) fn expression(&self, column: impl Into<Column>) -> Result<Expr> {
        let node = &self.node;
        expression(&self.session, &node.tables, &column.into(), &node.schema)
    }

    /// What a user of its files should know, such as columns that cannot be read.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        warnings_of(&self.node.tables)
    }

    /// Names and types of the columns.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        SchemaRef::clone(self.node.schema.inner())
    }

    /// Adds a column.
    ///
    /// # Errors
    /// Unknown columns; a name that is there already (see [`Frame::redefine`]).
    pub fn define(&self, name: &str, column: impl Into<Column>) -> Result<Self> {
        let is_part = part_of_column(name, &self.node.schema).map_err(|error| self.told(error))?;
        if is_part.is_some() || self.node.schema.has_column_with_unqualified_name(name) {
            return Err(EngineError::ColumnExists {
                name: name.to_owned(),
            });
        }
        self.defined(name, self.expression(column)?)
    }

    /// Replaces a column, or a part of one: `evt.id`, `Muon.pt`.
    ///
    /// # Errors
    /// Unknown columns, `name` among them.
    pub fn redefine(&self, name: &str, column: impl Into<Column>) -> Result<Self> {
        let expr = self.expression(column)?;
        let whole = with_part(name, expr.clone(), &self.node.schema);
        if let Some((whole, expr)) = whole.map_err(|error| self.told(error))? {
            return self.defined(whole, expr);
        }
        self.expression(super::expression::col(name))?;
        self.defined(name, expr)
    }

    /// Another name for a column.
    ///
    /// # Errors
    /// As [`Frame::define`].
    pub fn alias(&self, name: &str, column: &str) -> Result<Self> {
        self.define(name, super::expression::col(column))
    }

    fn defined(&self, name: &str, expr: Expr) -> Result<Self> {
        let before = &self.node.schema;
        let (_, field) = expr.to_field(before).map_err(|error| self.told(error))?;
        let field = Arc::new(field.as_ref().clone().with_name(name));
        let kept = before
            .iter()
            .filter(|(_, field)| field.name() != name)
            .map(|(qualifier, field)| (qualifier.cloned(), Arc::clone(field)));
        let schema = DFSchema::new_with_metadata(
            kept.chain([(None, field)]).collect(),
            before.metadata().clone(),
        )
        .map_err(|error| self.told(error))?;
        let step = Step::Define {
            before: Arc::clone(&self.node),
            name: name.to_owned(),
            expr,
        };
        Ok(self.followed_by(step, Arc::new(schema)))
    }

    /// Keeps the events where `predicate` is true; a filter with a name is told by
    /// [`Frame::report`].
    ///
    /// # Errors
    /// Unknown columns; a predicate that is not one truth per event.
    pub fn filter(&self, predicate: impl Into<Column>, name: &str) -> Result<Self> {
        let predicate = self.expression(predicate)?;
        // Says what is wrong with lists of truths.
        let nothing = LogicalPlan::EmptyRelation(EmptyRelation {
            produce_one_row: false,
            schema: Arc::clone(&self.node.schema),
        });
        Filter::try_new(predicate.clone(), Arc::new(nothing)).map_err(|error| self.told(error))?;
        let step = Step::Filter {
            before: Arc::clone(&self.node),
            predicate,
            name: (!name.is_empty()).then(|| name.to_owned()),
        };
        Ok(self.followed_by(step, Arc::clone(&self.node.schema)))
    }

    /// The plan of all steps.
    pub(super) fn plan(&self) -> Result<LogicalPlan> {
        native(&self.node).map_err(|error| self.told(error))
    }

    /// A frame over what the builder makes of this one's plan.
    fn rebuilt(
        &self,
        build: impl FnOnce(LogicalPlanBuilder) -> datafusion::error::Result<LogicalPlanBuilder>,
    ) -> Result<Self> {
        let plan = build(LogicalPlanBuilder::from(self.plan()?))
            .and_then(LogicalPlanBuilder::build)
            .map_err(|error| self.told(error))?;
        let tables = Arc::clone(&self.node.tables);
        Ok(Self::starting(self.session.clone(), plan, tables))
    }

    /// These columns only, in this order. Text that is no name of a column is a new one of that
    /// name.
    ///
    /// # Errors
    /// Unknown columns.
    pub fn select<C: Into<Column> + Clone>(&self, columns: &[C]) -> Result<Self> {
        let exprs = columns
            .iter()
            .map(|column| {
                let column: Column = column.clone().into();
                let expr = self.expression(column.clone())?;
                Ok(match (column, expr) {
                    (Column::Text(text), expr) if !matches!(expr, Expr::Column(_)) => {
                        expr.alias(label(&text))
                    }
                    (_, expr) => expr,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        self.rebuilt(|plan| plan.project(exprs))
    }

    /// The first events.
    ///
    /// # Errors
    /// None that is known.
    pub fn limit(&self, events: usize) -> Result<Self> {
        self.rebuilt(|plan| plan.limit(0, Some(events)))
    }

    /// In ascending order of a column, or descending.
    ///
    /// # Errors
    /// Unknown columns.
    pub fn sort(&self, by: impl Into<Column>, descending: bool) -> Result<Self> {
        let by = SortExpr::new(self.expression(by)?, !descending, descending);
        self.rebuilt(|plan| plan.sort([by]))
    }

    /// One row per group: the columns of `by`, then the aggregates, written as in SQL:
    /// `("n", "count(*)")`, `("met", "avg(MET_pt)")`.
    ///
    /// # Errors
    /// Unknown columns; what is no aggregate.
    pub fn aggregate(&self, by: &[&str], aggregates: &[(&str, &str)]) -> Result<Self> {
        let groups = by
            .iter()
            .map(|column| Ok(self.expression(*column)?.alias(label(column))))
            .collect::<Result<Vec<_>>>()?;
        let aggregates = aggregates
            .iter()
            .map(|(name, aggregate)| {
                let expr = self.expression(*aggregate)?;
                match expr.exists(|part| Ok(matches!(part, Expr::AggregateFunction(_)))) {
                    Ok(true) => Ok(expr.alias(*name)),
                    _ => Err(EngineError::NotGrouped {
                        column: (*aggregate).to_owned(),
                    }),
                }
            })
            .collect::<Result<Vec<_>>>()?;
        self.rebuilt(|plan| plan.aggregate(groups, aggregates))
    }
}
