//! The types that our functions return, and what is said of arguments that do not fit.

use arrow::datatypes::{DataType, Field};
use datafusion::common::{DataFusionError, Result, plan_datafusion_err, plan_err};
use hepframe_physics::fused::Program;

use super::arguments::{Argument, Call};
use super::op::Op;
use crate::nearest::nearest;
use crate::physics::types::{
    CARTESIAN, COMPONENTS, POLAR, cartesian, derivation, is_list, like, list_of, record,
};

impl Op {
    /// The type of the result.
    ///
    /// # Errors
    /// If the arguments do not fit, in words for the person who wrote the query.
    pub(crate) fn return_type(self, word: &str, args: &[Argument<'_>]) -> Result<DataType> {
        let call = Call { word, args };
        match self {
            Self::Make => call.make(true),
            Self::MakeStruct | Self::MakeClass => call.make(false),
            Self::Field => field_type(call.data_type(0)?, &call.name(1)?),
            Self::WithField => call.with_field(),
            Self::Mask => {
                call.list(0)?;
                match call.list(1)? {
                    DataType::Boolean | DataType::Null => call.same_list(),
                    other => plan_err!(
                        "{word}: a mask is a list of true and false, not of {other}; write a \
                         comparison"
                    ),
                }
            }
            Self::At | Self::First | Self::Last => Ok(call.list(0)?.clone()),
            Self::Take => {
                call.integer(call.list(1)?)?;
                call.same_list()
            }
            Self::Slice | Self::Reverse => call.same_list(),
            Self::Concat => call.concat(),
            Self::Sort => call.sort(),
            Self::TopK => {
                call.integer(call.data_type(1)?)?;
                call.sort_key(2)?;
                call.same_list()
            }
            Self::Argsort | Self::Index => {
                call.list(0)?;
                Ok(list_of(DataType::Int64))
            }
            Self::Len => call.list(0).map(|_| DataType::Int64),
            Self::Repeat => {
                call.list(1)?;
                Ok(list_of(call.data_type(0)?.clone()))
            }
            Self::Key => {
                call.list(1)?;
                call.same_list()
            }
            Self::IfElse => call.if_else(),
            Self::Pairs => call.combinations(2),
            Self::Combinations => call.combinations(call.size(1)?),
            Self::Cartesian => call.cartesian(),
            Self::Member => call.same_list(),
            Self::BestBy => Ok(call.list(0)?.clone()),
            Self::Place => call.list(0).map(|_| DataType::Int64),
            Self::Cross => call.cross(1).map(|element| list_of(element.clone())),
            Self::CrossPlace => call.cross(2).map(|_| DataType::Int64),
            Self::Fused => fused(&call.name(0)?),
            Self::Once => call.data_type(0).cloned(),
            Self::Sum
            | Self::Min
            | Self::Max
            | Self::Mean
            | Self::Count
            | Self::Any
            | Self::All
            | Self::ArgMin
            | Self::ArgMax => self.reduced(&call),
            Self::P4
            | Self::P4Cartesian
            | Self::P4Add
            | Self::P4Subtract
            | Self::InvMass
            | Self::Boost
            | Self::AnyWithin
            | Self::Nearest
            | Self::Elementwise(_) => self.of_vectors(&call),
        }
    }

    /// The type of a reduction of lists.
    fn reduced(self, call: &Call<'_>) -> Result<DataType> {
        match self {
            Self::Sum => call.sum(),
            Self::Min | Self::Max => call.numbers().cloned(),
            Self::Mean => call.numbers().map(|_| DataType::Float64),
            Self::ArgMin | Self::ArgMax => call.numbers().map(|_| DataType::Int64),
            Self::Any | Self::All => match call.list(0)? {
                DataType::Boolean | DataType::Null => Ok(DataType::Boolean),
                other => plan_err!(
                    "{0}() takes a list of true and false, not of {other}; write a comparison \
                     such as {0}(x > 30)",
                    call.word
                ),
            },
            // Counts.
            _ => call.list(0).map(|_| DataType::Int64),
        }
    }

    /// The type of what is done with four-vectors.
    fn of_vectors(self, call: &Call<'_>) -> Result<DataType> {
        match self {
            Self::P4 => call.four_vector(POLAR),
            Self::P4Cartesian => call.four_vector(CARTESIAN),
            Self::P4Add | Self::P4Subtract => {
                call.four_vectors()?;
                Ok(like(call.has_list(), cartesian()))
            }
            Self::InvMass => {
                call.four_vectors()?;
                Ok(like(call.has_list(), DataType::Float64))
            }
            Self::Boost => {
                call.count(&[4], "boost(vector, beta_x, beta_y, beta_z)")?;
                call.four_vector_at(0)?;
                Ok(like(call.has_list(), cartesian()))
            }
            Self::AnyWithin => {
                call.count(&[3, 5], "any_within(collection, others, radius)")?;
                Ok(list_of(DataType::Boolean))
            }
            Self::Nearest => {
                call.count(&[2, 3, 4, 5], "nearest(collection, others [, radius])")?;
                Ok(list_of(DataType::Int64))
            }
            Self::Elementwise(function) => call.elementwise(function),
            other => plan_err!("{other:?} is not about four-vectors"),
        }
    }
}

/// The type of `x.name`, for a collection or a member of one.
///
/// # Errors
/// If there is no such field, with those that there are.
pub(crate) fn field_type(data_type: &DataType, name: &str) -> Result<DataType> {
    let Some(fields) = record(data_type) else {
        return plan_err!(
            "`.{name}` takes a field of a collection or a four-vector, and this is {data_type}"
        );
    };
    let has = |name: &str| fields.find(name).is_some();
    let found = match fields.find(name) {
        Some((_, field)) => field.data_type().clone(),
        None if derivation(name, &has).is_some() => DataType::Float64,
        None => return Err(unknown_field(name, fields.iter().map(|field| field.name()))),
    };
    Ok(like(is_list(data_type), found))
}

/// The error for a field that is not there.
pub(crate) fn unknown_field<'a>(
    name: &str,
    fields: impl Iterator<Item = &'a String>,
) -> DataFusionError {
    let fields: Vec<String> = fields.cloned().collect();
    let has = |name: &str| fields.iter().any(|field| field == name);
    let derived = COMPONENTS
        .iter()
        .filter(|component| derivation(component, &has).is_some());
    let known: Vec<String> = fields
        .iter()
        .cloned()
        .chain(derived.map(|component| (*component).to_owned()))
        .collect();
    let nearest = nearest(name, known.iter().map(String::as_str));
    let hint = if nearest.is_empty() {
        String::new()
    } else {
        format!(" (did you mean {}?)", nearest.join(" or "))
    };
    plan_datafusion_err!(
        "the collection has no field `{name}`{hint}; it has {}",
        known.join(", ")
    )
}

/// The type that holds values of both: equal types, any two numbers, or the fields in common.
pub(crate) fn common_type(left: &DataType, right: &DataType) -> Option<DataType> {
    match (left, right) {
        _ if left == right => Some(left.clone()),
        (DataType::Null, other) | (other, DataType::Null) => Some(other.clone()),
        (DataType::Struct(left), DataType::Struct(right)) => {
            let common = left.iter().filter_map(|field| {
                let (_, other) = right.find(field.name())?;
                let data_type = common_type(field.data_type(), other.data_type())?;
                Some(Field::new(field.name(), data_type, true))
            });
            let common: Vec<Field> = common.collect();
            (!common.is_empty()).then(|| DataType::Struct(common.into()))
        }
        _ if left.is_integer() && right.is_integer() => Some(DataType::Int64),
        _ if left.is_numeric() && right.is_numeric() => Some(DataType::Float64),
        _ => None,
    }
}

/// The type of a program's result.
fn fused(program: &str) -> Result<DataType> {
    let program =
        Program::from_json(program).map_err(|error| DataFusionError::External(Box::new(error)))?;
    Ok(program.reduction.data_type())
}
