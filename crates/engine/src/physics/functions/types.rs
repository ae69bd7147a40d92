//! The types that operators and DataFusion's functions take and return on lists: those of their
//! elements, in lists again.
//!
//! A call of an operator keeps what was found. DataFusion asks for the types of all operands below
//! whenever it asks for one, so that in a chain the same is asked again and again.

use std::sync::{Arc, OnceLock};

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::ScalarUDF;
use datafusion::logical_expr::binary::BinaryTypeCoercer;
use datafusion::logical_expr::type_coercion::functions::fields_with_udf;

use super::integers::{is_arithmetic, operand_type, promoted};
use super::lift::LiftKind;
use crate::physics::types::{element, list_of};

/// The types of an operator; of one call they are kept.
#[derive(Debug, Default)]
pub(super) struct OperatorTypes {
    known: Option<OnceLock<Known>>,
}

#[derive(Debug)]
struct Known {
    given: Vec<DataType>,
    taken: Vec<DataType>,
    returned: DataType,
}

impl OperatorTypes {
    pub(super) fn of_one_call() -> Self {
        Self {
            known: Some(OnceLock::new()),
        }
    }

    /// The types that the operands are brought to.
    ///
    /// # Errors
    /// If the operator has none such.
    pub(super) fn taken(&self, operator: &LiftKind, given: &[DataType]) -> Result<Vec<DataType>> {
        if let Some(known) = self.known()
            && (known.given == given || known.taken == given)
        {
            return Ok(known.taken.clone());
        }
        let taken = taken(operator, given)?;
        if let Some(known) = &self.known
            && known.get().is_none()
            && self::taken(operator, &taken)? == taken
        {
            // Whoever was first has found the same.
            let _kept = known.set(Known {
                given: given.to_vec(),
                returned: returned(operator, &taken)?,
                taken: taken.clone(),
            });
        }
        Ok(taken)
    }

    /// The type of the result for operands of types that are [`OperatorTypes::taken`].
    ///
    /// # Errors
    /// If the operator has none such.
    pub(super) fn returned(&self, operator: &LiftKind, operands: &[FieldRef]) -> Result<DataType> {
        let types = || operands.iter().map(|field| field.data_type());
        match self.known() {
            Some(known) if types().eq(&known.taken) => Ok(known.returned.clone()),
            _ => returned(operator, &types().cloned().collect::<Vec<_>>()),
        }
    }

    /// The type of a call; `operands` says theirs, and is asked once.
    ///
    /// # Errors
    /// Those of `operands`; if the operator has none such.
    pub(super) fn of_call(
        &self,
        operator: &LiftKind,
        operands: impl FnOnce() -> Result<Vec<DataType>>,
    ) -> Result<DataType> {
        if let Some(known) = self.known() {
            return Ok(known.returned.clone());
        }
        let taken = self.taken(operator, &operands()?)?;
        returned(operator, &taken)
    }

    fn known(&self) -> Option<&Known> {
        self.known.as_ref().and_then(OnceLock::get)
    }
}

fn taken(operator: &LiftKind, given: &[DataType]) -> Result<Vec<DataType>> {
    brought_to(given, |elements| match (operator, elements) {
        (LiftKind::Operator(operator), [left, right]) => {
            if let (true, Some(wanted)) = (is_arithmetic(*operator), promoted(left, right)) {
                return Ok(vec![
                    operand_type(left, &wanted),
                    operand_type(right, &wanted),
                ]);
            }
            let (left, right) = BinaryTypeCoercer::new(left, operator, right).get_input_types()?;
            Ok(vec![left, right])
        }
        (LiftKind::Not, [_]) => Ok(vec![DataType::Boolean]),
        (LiftKind::Negative, [of]) => Ok(vec![of.clone()]),
        _ => another_number(operator),
    })
}

fn returned(operator: &LiftKind, taken: &[DataType]) -> Result<DataType> {
    let of = match (operator, taken) {
        (LiftKind::Operator(operator), [left, right]) => {
            let (left, right) = (inner(left), inner(right));
            match promoted(left, right) {
                Some(wanted) if is_arithmetic(*operator) => wanted,
                _ => BinaryTypeCoercer::new(left, operator, right).get_result_type()?,
            }
        }
        (LiftKind::Not, [_]) => DataType::Boolean,
        (LiftKind::Negative, [of]) => inner(of).clone(),
        _ => return another_number(operator),
    };
    Ok(with_inner(deepest(taken.iter()), of))
}

fn another_number<T>(operator: &LiftKind) -> Result<T> {
    match operator {
        LiftKind::Operator(operator) => plan_err!("`{operator}` takes another number of operands"),
        LiftKind::Not => plan_err!("`NOT` takes another number of operands"),
        LiftKind::Negative => plan_err!("`-` takes another number of operands"),
        LiftKind::Function(function) => plan_err!("{}() is no operator", function.name()),
    }
}

/// The types of elements that a function of DataFusion takes.
///
/// # Errors
/// If it takes none such.
pub(super) fn coerced_for(function: &ScalarUDF, elements: &[DataType]) -> Result<Vec<DataType>> {
    let fields: Vec<FieldRef> = elements
        .iter()
        .map(|of| Arc::new(Field::new("x", of.clone(), true)))
        .collect();
    let fields = fields_with_udf(&fields, function)?;
    Ok(fields
        .iter()
        .map(|field| field.data_type().clone())
        .collect())
}

/// The types with other elements: `coerced` says which.
///
/// # Errors
/// Those of `coerced`.
pub(super) fn brought_to(
    types: &[DataType],
    coerced: impl FnOnce(&[DataType]) -> Result<Vec<DataType>>,
) -> Result<Vec<DataType>> {
    let elements: Vec<DataType> = types.iter().map(|of| inner(of).clone()).collect();
    let coerced = coerced(&elements)?;
    Ok(types
        .iter()
        .zip(coerced)
        .map(|(of, to)| match inner(of) {
            same if *same == to => of.clone(),
            _ => with_inner(depth(of), to),
        })
        .collect())
}

/// A field of a list's elements under the same name.
pub(super) fn field_of_elements(field: &FieldRef) -> FieldRef {
    let of = inner(field.data_type()).clone();
    Arc::new(Field::new(field.name(), of, field.is_nullable()))
}

/// What is in a list, or in the lists of a list; the type itself if it is none.
pub(super) fn inner(data_type: &DataType) -> &DataType {
    element(data_type).map_or(data_type, inner)
}

fn depth(data_type: &DataType) -> usize {
    element(data_type).map_or(0, |element| 1 + depth(element))
}

/// How deep the deepest list goes.
pub(super) fn deepest<'a>(types: impl Iterator<Item = &'a DataType>) -> usize {
    types.map(depth).max().unwrap_or(0)
}

/// `inner` in that many lists.
pub(super) fn with_inner(depth: usize, inner: DataType) -> DataType {
    (0..depth).fold(inner, |data_type, _| list_of(data_type))
}
