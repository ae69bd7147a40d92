//! SQL expressions about lists: DataFusion's planner asks here first.

use arrow::datatypes::Field;
use datafusion::common::{DFSchema, Result, ScalarValue, TableReference, plan_err};
use datafusion::logical_expr::planner::{
    ExprPlanner, PlannerResult, RawBinaryExpr, RawFieldAccessExpr,
};
use datafusion::logical_expr::{Expr, ExprSchemable, GetFieldAccess, Operator};
use datafusion::sql::sqlparser::ast::BinaryOperator;

use super::functions::{Op, call, field_type};
use super::nan::compared;
use super::power::raised;
use super::refused::joins_texts_or_lists;
use super::resolve::{as_list, binary_operator, field, subscript, tagged};
use super::types::{is_list, record};

/// Marks operators of the pre-pass; nobody can type it, since our dialect has no `OPERATOR(..)`.
pub(crate) const TAG: &str = "hepframe";

/// Decides by type what SQL means; see [`super::resolve`].
#[derive(Debug)]
pub(crate) struct PhysicsPlanner;

impl ExprPlanner for PhysicsPlanner {
    fn plan_binary_op(
        &self,
        expr: RawBinaryExpr,
        schema: &DFSchema,
    ) -> Result<PlannerResult<RawBinaryExpr>> {
        if let BinaryOperator::PGCustomBinaryOperator(path) = &expr.op
            && let [tag, word] = path.as_slice()
            && tag == TAG
        {
            return tagged(word, expr.left, expr.right, schema).map(PlannerResult::Planned);
        }
        // `^` has no other meaning in our dialect.
        if expr.op == BinaryOperator::BitwiseXor {
            return raised(expr.left, expr.right, schema).map(PlannerResult::Planned);
        }
        if expr.op == BinaryOperator::StringConcat {
            joins_texts_or_lists(&expr.left, &expr.right, schema)?;
        }
        let planned = match operator(&expr.op) {
            Some(operator) => match binary_operator(&expr.left, operator, &expr.right, schema)? {
                Some(planned) => Some(planned),
                None => compared(&expr.left, operator, &expr.right, schema)?,
            },
            None => None,
        };
        Ok(match planned {
            Some(planned) => PlannerResult::Planned(planned),
            None => PlannerResult::Original(expr),
        })
    }

    fn plan_field_access(
        &self,
        access: RawFieldAccessExpr,
        schema: &DFSchema,
    ) -> Result<PlannerResult<RawFieldAccessExpr>> {
        let planned = match &access.field_access {
            GetFieldAccess::NamedStructField { name } => {
                let data_type = access.expr.get_type(schema)?;
                match name.try_as_str() {
                    Some(Some(name)) => field(access.expr.clone(), name, &data_type)?,
                    _ => None,
                }
            }
            GetFieldAccess::ListIndex { key } => subscript(&access.expr, key, schema)?,
            GetFieldAccess::ListRange {
                start,
                stop,
                stride,
            } => slice(&access.expr, start, stop, stride, schema)?,
        };
        Ok(match planned {
            Some(planned) => PlannerResult::Planned(planned),
            None => PlannerResult::Original(access),
        })
    }

    fn plan_compound_identifier(
        &self,
        column: &Field,
        qualifier: Option<&TableReference>,
        nested: &[String],
    ) -> Result<PlannerResult<Vec<Expr>>> {
        if record(column.data_type()).is_none() {
            return Ok(PlannerResult::Original(Vec::new()));
        }
        let mut expr = Expr::Column((qualifier, column).into());
        let mut data_type = column.data_type().clone();
        for name in nested {
            // A wrong name is found when the call is typed: errors from here would be lost.
            expr = match field(expr.clone(), name, &data_type)? {
                Some(field) => field,
                None => datafusion::functions::core::expr_fn::get_field(expr, name.as_str()),
            };
            data_type = match field_type(&data_type, name) {
                Ok(data_type) => data_type,
                Err(_) => return Ok(PlannerResult::Planned(expr)),
            };
        }
        Ok(PlannerResult::Planned(expr))
    }
}

/// `x[from:to]`: from 0, the end not included, as in Python.
fn slice(
    of: &Expr,
    start: &Expr,
    stop: &Expr,
    stride: &Expr,
    schema: &DFSchema,
) -> Result<Option<Expr>> {
    let data_type = of.get_type(schema)?;
    if !is_list(&data_type) {
        return Ok(None);
    }
    if !matches!(stride, Expr::Literal(ScalarValue::Int64(Some(1) | None), _)) {
        return plan_err!("slices have no stride; use take(list, positions)");
    }
    let of = as_list(of.clone(), &data_type);
    call(Op::Slice, vec![of, start.clone(), stop.clone()]).map(Some)
}

/// Operators that lists have.
fn operator(operator: &BinaryOperator) -> Option<Operator> {
    Some(match operator {
        BinaryOperator::Gt => Operator::Gt,
        BinaryOperator::Lt => Operator::Lt,
        BinaryOperator::GtEq => Operator::GtEq,
        BinaryOperator::LtEq => Operator::LtEq,
        BinaryOperator::Eq => Operator::Eq,
        BinaryOperator::NotEq => Operator::NotEq,
        BinaryOperator::Plus => Operator::Plus,
        BinaryOperator::Minus => Operator::Minus,
        BinaryOperator::Multiply => Operator::Multiply,
        BinaryOperator::Divide => Operator::Divide,
        BinaryOperator::Modulo => Operator::Modulo,
        BinaryOperator::And => Operator::And,
        BinaryOperator::Or => Operator::Or,
        BinaryOperator::BitwiseAnd => Operator::BitwiseAnd,
        BinaryOperator::BitwiseOr => Operator::BitwiseOr,
        BinaryOperator::PGBitwiseShiftLeft => Operator::BitwiseShiftLeft,
        BinaryOperator::PGBitwiseShiftRight => Operator::BitwiseShiftRight,
        _ => return None,
    })
}
