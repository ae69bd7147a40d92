//! Arithmetic with whole numbers as in C++.
//!
//! DataFusion adds two bytes as bytes, and makes decimals of four digits of an unsigned number of
//! 64 bits and a signed one. Here operands narrower than 32 bits become those of 32 bits, and of
//! 64 bits the unsigned type wins. `+ - *` wrap around. A division by 0, which ends a program of
//! C++, is null: conditions that guard against it may be evaluated in any order.

use arrow::datatypes::DataType;
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::logical_expr::binary::BinaryTypeCoercer;
use datafusion::logical_expr::{Expr, ExprSchemable, Operator, binary_expr, cast, lit};

use super::functions::{is_arithmetic, lift_operator, promoted};
use super::types::{element, innermost, is_list, list_of};

/// `left operator right` of whole numbers, where DataFusion would do something else.
///
/// # Errors
/// None that is known; operands that do not fit are found when the call is typed.
pub(super) fn integer_arithmetic(
    left: &Expr,
    operator: Operator,
    right: &Expr,
    schema: &DFSchema,
) -> Result<Option<Expr>> {
    if !is_arithmetic(operator) {
        return Ok(None);
    }
    let (Ok(left_type), Ok(right_type)) = (left.get_type(schema), right.get_type(schema)) else {
        return Ok(None);
    };
    let Some(wanted) = promoted(&left_type, &right_type) else {
        return Ok(None);
    };
    let divides = matches!(operator, Operator::Divide | Operator::Modulo);
    if divides && !is_plain_divisor(right) {
        return lift_operator(operator, left.clone(), right.clone()).map(Some);
    }
    let usual = BinaryTypeCoercer::new(&left_type, &operator, &right_type).get_input_types();
    if usual.is_ok_and(|(left, right)| left == wanted && right == wanted) {
        return Ok(None);
    }
    Ok(Some(
        match (
            converted(left, &left_type, &wanted),
            converted(right, &right_type, &wanted),
        ) {
            (Some(left), Some(right)) => binary_expr(left, operator, right),
            // Casts stop at negative numbers; the function takes their bits.
            _ => lift_operator(operator, left.clone(), right.clone())?,
        },
    ))
}

/// `-of`, of integers without a sign or narrower than 32 bits, or of lists of them.
///
/// # Errors
/// None that is known.
pub(super) fn integer_negated(of: &Expr, data_type: &DataType) -> Result<Option<Expr>> {
    let inner = innermost(data_type);
    let Some(wanted) = promoted(inner, inner) else {
        return Ok(None);
    };
    if wanted.is_signed_integer() && wanted == *inner {
        return Ok(None);
    }
    let zero = lit(ScalarValue::new_zero(&wanted)?);
    let of = if wanted == *inner {
        of.clone()
    } else {
        cast(of.clone(), deep(data_type, &wanted))
    };
    if is_list(data_type) {
        return lift_operator(Operator::Minus, zero, of).map(Some);
    }
    Ok(Some(binary_expr(zero, Operator::Minus, of)))
}

/// A divisor that is known not to be 0, and not -1, by which the smallest number overflows.
fn is_plain_divisor(of: &Expr) -> bool {
    let Expr::Literal(value, _) = of else {
        return false;
    };
    match value.cast_to(&DataType::Int64) {
        Ok(ScalarValue::Int64(number)) => !matches!(number, None | Some(0 | -1)),
        // Above the numbers with a sign.
        _ => true,
    }
}

/// An operand in another type of integer; `None` if it may be negative where that has no sign.
fn converted(of: &Expr, own: &DataType, wanted: &DataType) -> Option<Expr> {
    if own == wanted {
        return Some(of.clone());
    }
    if own.is_unsigned_integer() || wanted.is_signed_integer() {
        return Some(cast(of.clone(), wanted.clone()));
    }
    let Expr::Literal(value, _) = of else {
        return None;
    };
    match value.cast_to(&DataType::Int64) {
        Ok(ScalarValue::Int64(Some(number))) => Some(lit(number.cast_unsigned())),
        _ => None,
    }
}

/// The type with other elements inside all lists.
fn deep(data_type: &DataType, inner: &DataType) -> DataType {
    match element(data_type) {
        Some(element) => list_of(deep(element, inner)),
        None => inner.clone(),
    }
}
