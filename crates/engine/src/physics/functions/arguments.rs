//! The arguments of a call while its type is found.

use arrow::datatypes::{DataType, Field};
use datafusion::common::{Result, ScalarValue, plan_datafusion_err, plan_err};
use hepframe_physics::Formula;

use super::op::MEMBERS;
use super::returns::common_type;
use crate::physics::types::{
    cartesian, element, innermost, is_four_vector, is_list, like, list_of, record, struct_of,
};

/// An argument, as far as its type and a literal tell.
#[derive(Debug, Clone)]
pub(crate) struct Argument<'a> {
    pub(crate) data_type: &'a DataType,
    pub(crate) literal: Option<&'a ScalarValue>,
}

/// A small whole number as the type that fields of this kind have in files: flags and labels that
/// `with_field` adds can then be compared in doubles.
pub(crate) fn short_number(number: &ScalarValue) -> Option<ScalarValue> {
    match number {
        ScalarValue::Int64(Some(number)) => {
            let short = i32::try_from(*number).ok()?;
            Some(ScalarValue::Int32(Some(short)))
        }
        _ => None,
    }
}

/// A call being typed.
pub(super) struct Call<'a> {
    pub(super) word: &'a str,
    pub(super) args: &'a [Argument<'a>],
}

impl<'a> Call<'a> {
    pub(super) fn data_type(&self, index: usize) -> Result<&'a DataType> {
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
    pub(super) fn list(&self, index: usize) -> Result<&'a DataType> {
        let data_type = self.data_type(index)?;
        element(data_type).ok_or_else(|| {
            plan_datafusion_err!(
                "{}() takes a list as argument {}, and this is one {data_type} per event",
                self.word,
                index + 1
            )
        })
    }

    pub(super) fn has_list(&self) -> bool {
        self.args.iter().any(|argument| is_list(argument.data_type))
    }

    pub(super) fn count(&self, allowed: &[usize], usage: &str) -> Result<()> {
        if allowed.contains(&self.args.len()) {
            return Ok(());
        }
        plan_err!(
            "{usage} takes other arguments than the {} given",
            self.args.len()
        )
    }

    pub(super) fn name(&self, index: usize) -> Result<String> {
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

    pub(super) fn size(&self, index: usize) -> Result<usize> {
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

    pub(super) fn integer(&self, data_type: &DataType) -> Result<()> {
        if data_type.is_integer() || data_type.is_null() {
            return Ok(());
        }
        plan_err!("{}() takes whole numbers here, not {data_type}", self.word)
    }

    pub(super) fn number(&self, data_type: &DataType) -> Result<()> {
        let inner = innermost(data_type);
        if inner.is_numeric() || inner.is_null() {
            return Ok(());
        }
        plan_err!("{}() takes numbers, not {data_type}", self.word)
    }

    /// The numbers of a list that is reduced to one.
    pub(super) fn numbers(&self) -> Result<&'a DataType> {
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

    pub(super) fn same_list(&self) -> Result<DataType> {
        self.list(0).cloned().map(list_of)
    }

    pub(super) fn make(&self, is_collection: bool) -> Result<DataType> {
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

    pub(super) fn with_field(&self) -> Result<DataType> {
        self.count(&[3], "with_field(collection, 'name', values)")?;
        let (whole, name, added) = (self.data_type(0)?, self.name(1)?, self.data_type(2)?);
        let Some(fields) = record(whole) else {
            return plan_err!("with_field() adds to a collection, not to {whole}");
        };
        let short = self.args[2].literal.and_then(short_number);
        let added = if is_list(whole) {
            element(added).unwrap_or(added)
        } else {
            added
        };
        let added = match &short {
            Some(_) => &DataType::Int32,
            None => added,
        };
        let added = Field::new(&name, added.clone(), true);
        let mut all: Vec<Field> = fields.iter().map(|field| field.as_ref().clone()).collect();
        match all.iter_mut().find(|field| *field.name() == name) {
            Some(field) => *field = added,
            None => all.push(added),
        }
        Ok(like(is_list(whole), DataType::Struct(all.into())))
    }

    pub(super) fn concat(&self) -> Result<DataType> {
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

    pub(super) fn sort(&self) -> Result<DataType> {
        if self.args.len() == 1 && record(self.data_type(0)?).is_some() {
            return plan_err!(
                "sort() of a collection takes a key: sort(Jet, Jet.pt), or reverse(sort(Jet, \
                 Jet.pt)) for the largest first"
            );
        }
        self.sort_key(1)?;
        self.same_list()
    }

    pub(super) fn sort_key(&self, index: usize) -> Result<()> {
        match self.args.len() > index {
            true => self.number(self.list(index)?),
            false => Ok(()),
        }
    }

    pub(super) fn if_else(&self) -> Result<DataType> {
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

    pub(super) fn combinations(&self, size: usize) -> Result<DataType> {
        let member = self.list(0)?;
        let members = MEMBERS[..size].iter().map(|name| (*name, member.clone()));
        Ok(list_of(struct_of(members)))
    }

    pub(super) fn cartesian(&self) -> Result<DataType> {
        if !(2..=MEMBERS.len()).contains(&self.args.len()) {
            return plan_err!("cartesian() takes 2 to {} lists", MEMBERS.len());
        }
        let mut members = Vec::new();
        for (index, name) in MEMBERS[..self.args.len()].iter().enumerate() {
            members.push((*name, self.list(index)?.clone()));
        }
        Ok(list_of(struct_of(members)))
    }

    pub(super) fn cross(&self, lists_from: usize) -> Result<&'a DataType> {
        let literal = self.args.first().and_then(|argument| argument.literal);
        match literal {
            Some(ScalarValue::Int64(Some(member))) => {
                self.list(lists_from + usize::try_from(*member).unwrap_or(usize::MAX / 2))
            }
            _ => plan_err!("{}() takes the number of the member first", self.word),
        }
    }

    pub(super) fn sum(&self) -> Result<DataType> {
        let of = self.list(0)?;
        match of {
            DataType::Struct(fields) if is_four_vector(fields) => Ok(cartesian()),
            DataType::UInt64 => Ok(DataType::UInt64),
            _ if of.is_floating() => Ok(DataType::Float64),
            _ if of.is_integer() || *of == DataType::Boolean || of.is_null() => Ok(DataType::Int64),
            _ => plan_err!("sum() adds numbers or four-vectors, not {of}"),
        }
    }

    pub(super) fn four_vector(&self, names: [&'static str; 4]) -> Result<DataType> {
        self.count(&[4], &format!("{}({})", self.word, names.join(", ")))?;
        let mut fields = Vec::with_capacity(names.len());
        for (index, name) in names.into_iter().enumerate() {
            let data_type = self.data_type(index)?;
            self.number(data_type)?;
            fields.push((name, element(data_type).unwrap_or(data_type).clone()));
        }
        Ok(like(self.has_list(), struct_of(fields)))
    }

    pub(super) fn four_vector_at(&self, index: usize) -> Result<()> {
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

    pub(super) fn four_vectors(&self) -> Result<()> {
        (0..self.args.len().max(1)).try_for_each(|index| self.four_vector_at(index))
    }

    pub(super) fn elementwise(&self, function: Formula) -> Result<DataType> {
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
