//! The walk over a plan, from the scans upwards.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, DFSchema, Result};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{Expr, LogicalPlan, Projection, SubqueryAlias};
use datafusion::optimizer::AnalyzerRule;

use super::lower::Lower;
use super::stored::{Stored, unused};
use super::value::Value;
use crate::physics::functions::{Op, call, op_of};

/// The rule; runs before types are coerced.
#[derive(Debug, Default)]
pub(crate) struct TakeApart;

impl AnalyzerRule for TakeApart {
    fn name(&self) -> &'static str {
        "take_apart"
    }

    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        if mentions_ours(&plan)? {
            Walk::default().whole(plan)
        } else {
            Ok(plan)
        }
    }
}

/// True if a function of ours is called anywhere in the plan.
fn mentions_ours(plan: &LogicalPlan) -> Result<bool> {
    use datafusion::common::tree_node::TreeNodeRecursion;

    let mut found = false;
    plan.apply_with_subqueries(|node| {
        node.apply_expressions(|expr| {
            expr.apply(|part| {
                if let Expr::ScalarFunction(function) = part
                    && op_of(function).is_some()
                {
                    found = true;
                    return Ok(TreeNodeRecursion::Stop);
                }
                Ok(TreeNodeRecursion::Continue)
            })
        })?;
        Ok(if found {
            TreeNodeRecursion::Stop
        } else {
            TreeNodeRecursion::Continue
        })
    })?;
    Ok(found)
}

/// What the columns of a node stand for, where that is not themselves.
type Definitions = HashMap<Column, Value>;

/// A plan whose collections are in parts.
struct Apart {
    plan: LogicalPlan,
    definitions: Definitions,
    /// The schema before it was taken apart.
    schema: Arc<DFSchema>,
}

#[derive(Default)]
struct Walk {
    /// Hidden names in use.
    hidden: HashSet<String>,
}

impl Walk {
    /// The plan with its collections put together again at the top.
    fn whole(&mut self, plan: LogicalPlan) -> Result<LogicalPlan> {
        put_together(self.apart(plan)?)
    }

    fn apart(&mut self, plan: LogicalPlan) -> Result<Apart> {
        let schema = Arc::clone(plan.schema());
        let plan = plan
            .map_subqueries(|subquery| self.whole(subquery).map(Transformed::yes))?
            .data;
        match plan {
            LogicalPlan::Projection(projection) => {
                let input = self.apart(Arc::unwrap_or_clone(projection.input))?;
                self.projection(projection.expr, input, schema)
            }
            LogicalPlan::SubqueryAlias(alias) => {
                let input = self.apart(Arc::unwrap_or_clone(alias.input))?;
                let definitions = input
                    .definitions
                    .into_iter()
                    .map(|(column, value)| {
                        let column = Column::new(Some(alias.alias.clone()), column.name);
                        let value = value.map(&mut |part| {
                            Ok(part
                                .transform(|part| {
                                    Ok(match part {
                                        Expr::Column(column) => Transformed::yes(Expr::Column(
                                            Column::new(Some(alias.alias.clone()), column.name),
                                        )),
                                        other => Transformed::no(other),
                                    })
                                })?
                                .data)
                        })?;
                        Ok((column, value))
                    })
                    .collect::<Result<_>>()?;
                Ok(Apart {
                    plan: LogicalPlan::SubqueryAlias(SubqueryAlias::try_new(
                        Arc::new(input.plan),
                        alias.alias,
                    )?),
                    definitions,
                    schema,
                })
            }
            // Rows pass, columns stay what they are.
            LogicalPlan::Filter(_)
            | LogicalPlan::Sort(_)
            | LogicalPlan::Limit(_)
            | LogicalPlan::Join(_)
            | LogicalPlan::Aggregate(_)
            | LogicalPlan::Window(_)
            | LogicalPlan::Repartition(_) => self.passing(&plan, schema),
            // Whatever else there is takes collections as they are.
            other => {
                let plan = other
                    .map_children(|child| self.whole(child).map(Transformed::yes))?
                    .data;
                Ok(Apart {
                    plan,
                    definitions: Definitions::new(),
                    schema,
                })
            }
        }
    }

    fn passing(&mut self, plan: &LogicalPlan, schema: Arc<DFSchema>) -> Result<Apart> {
        let mut definitions = Definitions::new();
        let mut inputs = Vec::new();
        let mut input_schema = DFSchema::empty();
        for input in plan.inputs().into_iter().cloned().collect::<Vec<_>>() {
            let input = self.apart(input)?;
            definitions.extend(input.definitions);
            input_schema.merge(input.plan.schema());
            inputs.push(input.plan);
        }
        let lower = Lower {
            definitions: &definitions,
            schema: &input_schema,
        };
        // Parents refer to the columns of aggregates and windows by the text of the expression.
        let names = NamePreserver::new(plan);
        let exprs = plan
            .expressions()
            .into_iter()
            .map(|expr| {
                let name = names.save(&expr);
                Ok(name.restore(lower.flat(expr)?))
            })
            .collect::<Result<Vec<_>>>()?;
        let is_aggregate = matches!(plan, LogicalPlan::Aggregate(_));
        let rebuilt = plan.with_new_exprs(exprs, inputs)?;
        Ok(Apart {
            plan: rebuilt.recompute_schema()?,
            // An aggregate puts out its own columns only.
            definitions: if is_aggregate {
                Definitions::new()
            } else {
                definitions
            },
            schema,
        })
    }

    fn projection(
        &mut self,
        exprs: Vec<Expr>,
        input: Apart,
        schema: Arc<DFSchema>,
    ) -> Result<Apart> {
        let lower = Lower {
            definitions: &input.definitions,
            schema: input.plan.schema(),
        };
        let mut kept = Vec::with_capacity(exprs.len());
        let mut stored = Stored::default();
        let mut definitions = Definitions::new();
        for (index, expr) in exprs.into_iter().enumerate() {
            let output = Column::from(schema.qualified_field(index));
            match lower.value(expr.clone())? {
                Value::Flat(flat) => kept.push(named(flat, &expr, &output)),
                record @ Value::Record(_) => {
                    let value = stored.store(record, &output.name, &mut self.hidden)?;
                    definitions.insert(output, value);
                }
            }
        }
        kept.extend(stored.exprs);
        let (kept, below) = self.with_ranks_below(kept, input.plan)?;
        Ok(Apart {
            plan: LogicalPlan::Projection(Projection::try_new(kept, Arc::new(below))?),
            definitions,
            schema,
        })
    }

    /// Finds the best combination in a projection of its own: each field of its members needs it,
    /// and the key is long.
    fn with_ranks_below(
        &mut self,
        exprs: Vec<Expr>,
        input: LogicalPlan,
    ) -> Result<(Vec<Expr>, LogicalPlan)> {
        let mut ranks: Vec<(Expr, String)> = Vec::new();
        let mut replaced = Vec::with_capacity(exprs.len());
        for expr in exprs {
            let (relation, name) = expr.qualified_name();
            let expr = expr.transform_down(|part| {
                let is_rank = matches!(
                    &part,
                    Expr::ScalarFunction(call) if matches!(op_of(call), Some(Op::ArgMin | Op::ArgMax))
                );
                if !is_rank {
                    return Ok(Transformed::no(part));
                }
                let known = ranks.iter().find(|(rank, _)| *rank == part);
                let name = match known {
                    Some((_, name)) => name.clone(),
                    None => {
                        let name = unused("#rank", &mut self.hidden);
                        ranks.push((part, name.clone()));
                        name
                    }
                };
                Ok(Transformed::yes(Expr::Column(Column::new_unqualified(name))))
            })?;
            replaced.push(match expr.data {
                unnamed if expr.transformed && !matches!(unnamed, Expr::Alias(_)) => {
                    unnamed.alias_qualified(relation, name)
                }
                other => other,
            });
        }
        if ranks.is_empty() {
            return Ok((replaced, input));
        }
        let columns = input.schema().columns().into_iter().map(Expr::Column);
        let ranks = ranks
            .into_iter()
            .map(|(rank, name)| Ok(call(Op::Once, vec![rank])?.alias(name)))
            .collect::<Result<Vec<_>>>()?;
        let below = Projection::try_new(columns.chain(ranks).collect(), Arc::new(input))?;
        Ok((replaced, LogicalPlan::Projection(below)))
    }
}

/// The lowered expression under the name of the original.
fn named(flat: Expr, original: &Expr, output: &Column) -> Expr {
    if flat == *original {
        return flat;
    }
    let bare = match flat {
        Expr::Alias(alias) => *alias.expr,
        other => other,
    };
    bare.alias_qualified(output.relation.clone(), &output.name)
}

/// The plan with the columns it had before.
fn put_together(apart: Apart) -> Result<LogicalPlan> {
    if apart.definitions.is_empty()
        && apart.plan.schema().fields().len() == apart.schema.fields().len()
    {
        return Ok(apart.plan);
    }
    let exprs = apart
        .schema
        .iter()
        .map(|(qualifier, field)| {
            let column = Column::from((qualifier, field));
            match apart.definitions.get(&column) {
                Some(value) => Ok(value
                    .clone()
                    .into_expr()?
                    .alias_qualified(qualifier.cloned(), field.name())),
                None => Ok(Expr::Column(column)),
            }
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(LogicalPlan::Projection(Projection::try_new(
        exprs,
        Arc::new(apart.plan),
    )?))
}
