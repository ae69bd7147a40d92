//! The types that our functions return, and what is said of arguments that do not fit.

use arrow::datatypes::{DataType, Field};
use datafusion::common::{DataFusionError, Result, ScalarValue, plan_datafusion_err, plan_err};
use hepframe_physics::Formula;
use hepframe_physics::fused::Program;

use super::op::{MEMBERS, Op};
use crate::nearest::nearest;
use crate::physics::types::{
    CARTESIAN, COMPONENTS, POLAR, cartesian, derivation, element, innermost, is_four_vector,
    is_list, like, list_of, record, struct_of,
};

/// An argument, as far as its type and a literal tell.
#[derive(Debug, Clone)]
pub(crate) struct Argument<'a> {
    pub(crate) data_type: &'a DataType,
    pub(crate) literal: Option<&'a ScalarValue>,
}

impl Op {
    /// The type of the result.
    ///
    /// # Errors
    /// If the arguments do not fit, in words for the person who wrote the query.
    pub(crate) fn return_type(self, word: &str, args: &[Argument<'_>]) -> Result<DataType> {
        let call = Call { word, args };
        match self {
            Self::Make => call.make(true),
            Self::MakeStruct => call.make(false),
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

/// A call being typed.
struct Call<'a> {
    word: &'a str,
    args: &'a [Argument<'a>],
}

impl<'a> Call<'a> {
    fn data_type(&self, index: usize) -> Result<&'a DataType> {
        self.args
            .get(index)
            .map(|argument| argument.data_type)
            .ok_or_else(|| {
                plan_datafusion_err!(
                    "{}() takes more than {} arguments",
                    self.word,
                    self.args.len()
                )
            })
    }

    /// The element type of a list argument.
    fn list(&self, index: usize) -> Result<&'a DataType> {
        let data_type = self.data_type(index)?;
        element(data_type).ok_or_else(|| {
            plan_datafusion_err!(
                "{}() takes a list as argument {}, and this is one {data_type} per event",
                self.word,
                index + 1
            )
        })
    }

    fn has_list(&self) -> bool {
        self.args.iter().any(|argument| is_list(argument.data_type))
    }

    fn count(&self, allowed: &[usize], usage: &str) -> Result<()> {
        if allowed.contains(&self.args.len()) {
            return Ok(());
        }
        plan_err!(
            "{usage} takes other arguments than the {} given",
            self.args.len()
        )
    }

    fn name(&self, index: usize) -> Result<String> {
        let literal = self.args.get(index).and_then(|argument| argument.literal);
        match literal.and_then(ScalarValue::try_as_str) {
            Some(Some(name)) => Ok(name.to_owned()),
            _ => plan_err!(
                "{}() takes a name in quotes as argument {}",
                self.word,
                index + 1
            ),
        }
    }

    fn size(&self, index: usize) -> Result<usize> {
        let literal = self.args.get(index).and_then(|argument| argument.literal);
        match literal
            .cloned()
            .map(|value| value.cast_to(&DataType::Int64))
        {
            Some(Ok(ScalarValue::Int64(Some(size)))) => match usize::try_from(size) {
                Ok(size) if (1..=MEMBERS.len()).contains(&size) => Ok(size),
                _ => plan_err!(
                    "{}() takes 1 to {} at a time, not {size}",
                    self.word,
                    MEMBERS.len()
                ),
            },
            _ => plan_err!(
                "{}() takes a plain number as argument {}",
                self.word,
                index + 1
            ),
        }
    }

    fn integer(&self, data_type: &DataType) -> Result<()> {
        if data_type.is_integer() || data_type.is_null() {
            return Ok(());
        }
        plan_err!("{}() takes whole numbers here, not {data_type}", self.word)
    }

    fn number(&self, data_type: &DataType) -> Result<()> {
        let inner = innermost(data_type);
        if inner.is_numeric() || inner.is_null() {
            return Ok(());
        }
        plan_err!("{}() takes numbers, not {data_type}", self.word)
    }

    /// The numbers of a list that is reduced to one.
    fn numbers(&self) -> Result<&'a DataType> {
        let of = self.list(0)?;
        let word = self.word;
        match of {
            DataType::Struct(_) => plan_err!(
                "{word}() takes a list of numbers, and this is a collection; name a field, such as \
                 {word}(Muon.pt)"
            ),
            _ if is_list(of) => plan_err!(
                "{word}() takes a list of numbers, and this is a list of lists; take one of them, \
                 such as {word}(x[0])"
            ),
            _ if of.is_numeric() || of.is_null() || *of == DataType::Boolean => Ok(of),
            _ => plan_err!("{word}() takes a list of numbers, not of {of}"),
        }
    }

    fn same_list(&self) -> Result<DataType> {
        self.list(0).cloned().map(list_of)
    }

    fn make(&self, is_collection: bool) -> Result<DataType> {
        let mut fields = Vec::with_capacity(self.args.len() / 2);
        for pair in 0..self.args.len() / 2 {
            let data_type = if is_collection {
                self.list(2 * pair + 1)?
            } else {
                self.data_type(2 * pair + 1)?
            };
            fields.push(Field::new(self.name(2 * pair)?, data_type.clone(), true));
        }
        if fields.is_empty() || !self.args.len().is_multiple_of(2) {
            return plan_err!("{}() takes pairs of a name and a value", self.word);
        }
        Ok(like(is_collection, DataType::Struct(fields.into())))
    }

    fn with_field(&self) -> Result<DataType> {
        self.count(&[3], "with_field(collection, 'name', values)")?;
        let (whole, name, added) = (self.data_type(0)?, self.name(1)?, self.data_type(2)?);
        let Some(fields) = record(whole) else {
            return plan_err!("with_field() adds to a collection, not to {whole}");
        };
        let added = if is_list(whole) {
            element(added).unwrap_or(added)
        } else {
            added
        };
        let kept = fields.iter().filter(|field| *field.name() != name);
        let all = kept
            .map(|field| field.as_ref().clone())
            .chain([Field::new(&name, added.clone(), true)])
            .collect();
        Ok(like(is_list(whole), DataType::Struct(all)))
    }

    fn concat(&self) -> Result<DataType> {
        let mut common = self.list(0)?.clone();
        for index in 1..self.args.len() {
            common = common_type(&common, self.list(index)?).ok_or_else(|| {
                plan_datafusion_err!(
                    "concat() takes lists of one kind; argument {} holds other values than those \
                     before it",
                    index + 1
                )
            })?;
        }
        Ok(list_of(common))
    }

    fn sort(&self) -> Result<DataType> {
        if self.args.len() == 1 && record(self.data_type(0)?).is_some() {
            return plan_err!(
                "sort() of a collection takes a key: sort(Jet, Jet.pt), or reverse(sort(Jet, \
                 Jet.pt)) for the largest first"
            );
        }
        self.sort_key(1)?;
        self.same_list()
    }

    fn sort_key(&self, index: usize) -> Result<()> {
        match self.args.len() > index {
            true => self.number(self.list(index)?),
            false => Ok(()),
        }
    }

    fn if_else(&self) -> Result<DataType> {
        self.count(&[3], "if_else(condition, value, otherwise)")?;
        let condition = innermost(self.data_type(0)?);
        if *condition != DataType::Boolean && !condition.is_null() {
            return plan_err!("if_else() takes a condition first, not {condition}");
        }
        let strip = |data_type: &'a DataType| element(data_type).unwrap_or(data_type);
        let (left, right) = (strip(self.data_type(1)?), strip(self.data_type(2)?));
        let common = common_type(left, right).ok_or_else(|| {
            plan_datafusion_err!(
                "if_else() chooses between values of one kind, not {left} and {right}"
            )
        })?;
        Ok(like(self.has_list(), common))
    }

    fn combinations(&self, size: usize) -> Result<DataType> {
        let member = self.list(0)?;
        let members = MEMBERS[..size].iter().map(|name| (*name, member.clone()));
        Ok(list_of(struct_of(members)))
    }

    fn cartesian(&self) -> Result<DataType> {
        if !(2..=MEMBERS.len()).contains(&self.args.len()) {
            return plan_err!("cartesian() takes 2 to {} lists", MEMBERS.len());
        }
        let mut members = Vec::new();
        for (index, name) in MEMBERS[..self.args.len()].iter().enumerate() {
            members.push((*name, self.list(index)?.clone()));
        }
        Ok(list_of(struct_of(members)))
    }

    fn cross(&self, lists_from: usize) -> Result<&'a DataType> {
        let literal = self.args.first().and_then(|argument| argument.literal);
        match literal {
            Some(ScalarValue::Int64(Some(member))) => {
                self.list(lists_from + usize::try_from(*member).unwrap_or(usize::MAX / 2))
            }
            _ => plan_err!("{}() takes the number of the member first", self.word),
        }
    }

    fn sum(&self) -> Result<DataType> {
        let of = self.list(0)?;
        match of {
            DataType::Struct(fields) if is_four_vector(fields) => Ok(cartesian()),
            DataType::UInt64 => Ok(DataType::UInt64),
            _ if of.is_floating() => Ok(DataType::Float64),
            _ if of.is_integer() || *of == DataType::Boolean || of.is_null() => Ok(DataType::Int64),
            _ => plan_err!("sum() adds numbers or four-vectors, not {of}"),
        }
    }

    fn four_vector(&self, names: [&'static str; 4]) -> Result<DataType> {
        self.count(&[4], &format!("{}({})", self.word, names.join(", ")))?;
        let mut fields = Vec::with_capacity(names.len());
        for (index, name) in names.into_iter().enumerate() {
            let data_type = self.data_type(index)?;
            self.number(data_type)?;
            fields.push((name, element(data_type).unwrap_or(data_type).clone()));
        }
        Ok(like(self.has_list(), struct_of(fields)))
    }

    fn four_vector_at(&self, index: usize) -> Result<()> {
        let data_type = self.data_type(index)?;
        match record(data_type) {
            Some(fields) if is_four_vector(fields) => Ok(()),
            Some(fields) => plan_err!(
                "{}() takes four-vectors; argument {} has the fields {}, and pt, eta, phi, mass or \
                 px, py, pz, energy are needed",
                self.word,
                index + 1,
                fields
                    .iter()
                    .map(|field| field.name().as_str())
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
            None => plan_err!("{}() takes four-vectors, not {data_type}", self.word),
        }
    }

    fn four_vectors(&self) -> Result<()> {
        (0..self.args.len().max(1)).try_for_each(|index| self.four_vector_at(index))
    }

    fn elementwise(&self, function: Formula) -> Result<DataType> {
        let vectors = self
            .args
            .iter()
            .all(|argument| record(argument.data_type).is_some());
        match function {
            Formula::DeltaPhi | Formula::DeltaR | Formula::TransverseMass
                if self.args.len() == 2 && vectors => {}
            // `delta_phi(Muon, MET_phi)`: one of both may be an angle.
            Formula::DeltaPhi if self.args.len() == 2 => {}
            _ => {
                if self.args.len() != function.arity() {
                    return plan_err!(
                        "{}() takes {} numbers{}, not {} arguments",
                        self.word,
                        function.arity(),
                        match function {
                            Formula::DeltaR => " (eta, phi, eta, phi) or two four-vectors",
                            Formula::TransverseMass => " (pt, phi, pt, phi) or two four-vectors",
                            _ => "",
                        },
                        self.args.len()
                    );
                }
                for argument in self.args {
                    self.number(argument.data_type)?;
                }
            }
        }
        Ok(like(self.has_list(), DataType::Float64))
    }
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
