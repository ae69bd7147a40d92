//! Joins of two frames.

use std::sync::Arc;

use datafusion::common::{Column as Name, JoinType, TableReference};
use datafusion::logical_expr::{Expr, LogicalPlanBuilder};

use super::expression::col;
use super::steps::Frame;
use crate::error::{EngineError, Result};

/// How [`Frame::join`] treats rows without a partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinKind {
    /// They are left out.
    Inner,
    /// Those of the left frame stay, with nulls.
    Left,
}

impl Frame {
    /// Joins rows whose columns `on` are equal, or parts of columns: `evt.id`. Other columns of the
    /// right frame that have the name of one of the left get `_right` behind theirs.
    ///
    /// # Errors
    /// Columns that one of both has not; none at all.
    pub fn join(&self, right: &Self, on: &[&str], kind: JoinKind) -> Result<Self> {
        if on.is_empty() {
            return Err(EngineError::JoinOnNothing);
        }
        let side = |frame: &Self, name: &str| -> Result<LogicalPlanBuilder> {
            let mut columns: Vec<Expr> = frame
                .node
                .schema
                .columns()
                .into_iter()
                .map(Expr::Column)
                .collect();
            for column in on {
                let key = frame.expression(col(column))?;
                if !frame.node.schema.has_column_with_unqualified_name(column) {
                    columns.push(key.alias(*column));
                }
            }
            LogicalPlanBuilder::from(frame.plan()?)
                .project(columns)
                .and_then(|plan| plan.alias(name))
                .map_err(|error| frame.told(error))
        };
        let (left_plan, right_plan) = (side(self, "left")?, side(right, "right")?);
        let right_plan = right_plan.build().map_err(|error| self.told(error))?;
        let joined = match kind {
            JoinKind::Inner => JoinType::Inner,
            JoinKind::Left => JoinType::Left,
        };
        let keys: Vec<Name> = on.iter().map(|column| Name::from_name(*column)).collect();
        let mut columns: Vec<Expr> = Vec::new();
        for field in self.node.schema.fields() {
            columns.push(of("left", field.name()).alias(field.name()));
        }
        for field in right.node.schema.fields() {
            let name = field.name();
            if on.contains(&name.as_str()) {
                continue;
            }
            let clashes = self.node.schema.has_column_with_unqualified_name(name);
            let suffix = if clashes { "_right" } else { "" };
            columns.push(of("right", name).alias(format!("{name}{suffix}")));
        }
        let plan = left_plan
            .join_using(right_plan, joined, keys)
            .and_then(|plan| plan.project(columns))
            .and_then(LogicalPlanBuilder::build)
            .map_err(|error| self.told(error))?;
        let mut tables = self.node.tables.as_ref().clone();
        tables.extend(right.node.tables.iter().cloned());
        Ok(Self::starting(self.session.clone(), plan, Arc::new(tables)))
    }
}

fn of(side: &str, column: &str) -> Expr {
    Expr::Column(Name::new(Some(TableReference::bare(side)), column))
}
