//! Whole fields in frames: put together where a frame starts, found by the names of their parts.

use datafusion::common::{DFSchema, Result as PlanResult};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, lit};

use super::expression::col;
use crate::dialect::{Part, WholeFields, field_path};
use crate::physics::{self, Op};

/// The fields of a table instead of the columns that are parts of them.
pub(super) fn with_whole_fields(scan: LogicalPlan, whole: &WholeFields) -> PlanResult<LogicalPlan> {
    let fields = whole.fields().iter();
    let fields = fields
        .map(|(name, part)| match part {
            Part::Column(column) => Ok(col(column)),
            together => Ok(put_together(together)?.alias(name)),
        })
        .collect::<PlanResult<Vec<Expr>>>()?;
    LogicalPlanBuilder::from(scan).project(fields)?.build()
}

fn put_together(part: &Part) -> PlanResult<Expr> {
    let (op, members) = match part {
        Part::Column(column) => return Ok(col(column)),
        Part::Record(members) => (Op::MakeClass, members),
        Part::Collection(members) => (Op::Make, members),
    };
    let mut args = Vec::with_capacity(2 * members.len());
    for (name, part) in members {
        args.push(lit(name.as_str()));
        args.push(put_together(part)?);
    }
    physics::call(op, args)
}

/// `evt.id` as field `id` of the column `evt`; `None` if the name is nothing of the kind.
pub(super) fn part_of_column(name: &str, schema: &DFSchema) -> PlanResult<Option<Expr>> {
    let Some((column, fields)) = field_path(schema.as_arrow(), name) else {
        return Ok(None);
    };
    fields
        .into_iter()
        .try_fold(column_of(column, schema)?, field)
        .map(Some)
}

/// The column `evt` where `evt.id` is `added`, by the name `evt.id`; `None` as for [`part_of_column`].
pub(super) fn with_part<'a>(
    name: &'a str,
    added: Expr,
    schema: &'a DFSchema,
) -> PlanResult<Option<(&'a str, Expr)>> {
    let Some((column, fields)) = field_path(schema.as_arrow(), name) else {
        return Ok(None);
    };
    let whole = with_fields(column_of(column, schema)?, &fields, added)?;
    Ok(Some((column, whole)))
}

/// What a column of this text is called: `"Muon"."pt"` is the path `Muon.pt`, other text is itself.
pub(super) fn label(text: &str) -> String {
    path_of(text).map_or_else(|| text.to_owned(), |names| names.join("."))
}

fn path_of(text: &str) -> Option<Vec<&str>> {
    let mut names = Vec::new();
    let mut rest = text;
    loop {
        let (name, after) = rest.strip_prefix('"')?.split_once('"')?;
        names.push(name);
        if after.is_empty() {
            return Some(names);
        }
        rest = after.strip_prefix('.')?;
    }
}

fn with_fields(whole: Expr, fields: &[&str], added: Expr) -> PlanResult<Expr> {
    let Some((first, rest)) = fields.split_first() else {
        return Ok(added);
    };
    let inner = with_fields(field(whole.clone(), first)?, rest, added)?;
    physics::call(Op::WithField, vec![whole, lit(*first), inner])
}

fn field(whole: Expr, name: &str) -> PlanResult<Expr> {
    physics::call(Op::Field, vec![whole, lit(name)])
}

fn column_of(name: &str, schema: &DFSchema) -> PlanResult<Expr> {
    let found = schema.qualified_field_with_unqualified_name(name)?;
    Ok(Expr::Column(found.into()))
}
