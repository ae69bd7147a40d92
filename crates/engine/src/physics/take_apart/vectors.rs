//! Four-vectors: their components, sums and distances as arithmetic on numbers.

use arrow::datatypes::DataType;
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{Expr, Operator, cast, lit};
use hepframe_physics::Formula;

use super::args::Args;
use super::lower::Lower;
use super::value::{Kind, Record, Value};
use crate::physics::functions::{Op, call, formula_of, lift_operator};
use crate::physics::types::{CARTESIAN, POLAR, derivation, innermost, is_list, like, record};

impl Lower<'_> {
    pub(super) fn with_vectors(&self, op: Op, mut args: Args) -> Result<Value> {
        match op {
            Op::P4 => self.four_vector(POLAR, args.rest()),
            Op::P4Cartesian => self.four_vector(CARTESIAN, args.rest()),
            Op::P4Add => self.add(Operator::Plus, &args.next()?, &args.next()?),
            Op::P4Subtract => self.add(Operator::Minus, &args.next()?, &args.next()?),
            Op::InvMass => {
                let mut sum = args.next()?;
                for vector in args.rest() {
                    sum = self.add(Operator::Plus, &sum, &vector)?;
                }
                self.component(&sum, "mass").map(Value::Flat)
            }
            Op::Boost => self.boost(&args.next()?, &args.flats()?),
            Op::AnyWithin | Op::Nearest => {
                if args.len() > 3 {
                    return Ok(Value::Flat(call(op, args.flats()?)?));
                }
                let (left, right) = (args.next()?, args.next()?);
                let mut flat = Vec::with_capacity(5);
                for whole in [&left, &right] {
                    flat.push(self.component(whole, "eta")?);
                    flat.push(self.component(whole, "phi")?);
                }
                flat.extend(args.flats()?);
                Ok(Value::Flat(call(op, flat)?))
            }
            Op::Elementwise(formula) => self.elementwise(formula, args),
            other => plan_err!("{other:?} is not about four-vectors"),
        }
    }

    /// A component of a four-vector, from its own field or from others.
    pub(super) fn component(&self, vector: &Value, name: &str) -> Result<Expr> {
        let has = |name: &str| match vector {
            Value::Record(record) => record.get(name).is_some(),
            Value::Flat(expr) => self.has_field(expr, name).unwrap_or(false),
        };
        if has(name) {
            return self.field(vector, &lit(name))?.into_expr();
        }
        match (derivation(name, &has), formula_of(name)) {
            (Some(from), Some(formula)) => {
                let args = from
                    .iter()
                    .map(|name| self.component(vector, name))
                    .collect::<Result<_>>()?;
                call(Op::Elementwise(formula), args)
            }
            _ => plan_err!("`.{name}` is neither a field here nor follows from those there are"),
        }
    }

    /// The Cartesian components, in double precision.
    pub(super) fn vector(&self, vector: &Value) -> Result<Value> {
        let is_list = self.is_list(vector)?;
        let fields = CARTESIAN
            .into_iter()
            .map(|name| {
                let component = self.double(self.component(vector, name)?)?;
                Ok((name.to_owned(), Value::Flat(component)))
            })
            .collect::<Result<_>>()?;
        Ok(Value::Record(Record {
            kind: Kind::of(is_list),
            fields,
        }))
    }

    pub(super) fn double(&self, expr: Expr) -> Result<Expr> {
        let data_type = self.data_type(&expr)?;
        if *innermost(&data_type) == DataType::Float64 {
            return Ok(expr);
        }
        Ok(cast(expr, like(is_list(&data_type), DataType::Float64)))
    }

    pub(super) fn add(&self, operator: Operator, left: &Value, right: &Value) -> Result<Value> {
        let is_list = self.is_list(left)? || self.is_list(right)?;
        let fields = CARTESIAN
            .into_iter()
            .map(|name| {
                let left = self.double(self.component(left, name)?)?;
                let right = self.double(self.component(right, name)?)?;
                let both = if is_list {
                    lift_operator(operator, left, right)?
                } else {
                    datafusion::logical_expr::binary_expr(left, operator, right)
                };
                Ok((name.to_owned(), Value::Flat(both)))
            })
            .collect::<Result<_>>()?;
        Ok(Value::Record(Record {
            kind: Kind::of(is_list),
            fields,
        }))
    }

    pub(super) fn boost(&self, vector: &Value, beta: &[Expr]) -> Result<Value> {
        let mut is_list = self.is_list(vector)?;
        let mut args = Vec::with_capacity(7);
        for name in CARTESIAN {
            args.push(self.component(vector, name)?);
        }
        for component in beta {
            is_list |= crate::physics::types::is_list(&self.data_type(component)?);
            args.push(component.clone());
        }
        let functions = [
            Formula::BoostPx,
            Formula::BoostPy,
            Formula::BoostPz,
            Formula::BoostE,
        ];
        let fields = CARTESIAN
            .into_iter()
            .zip(functions)
            .map(|(name, function)| {
                let part = call(Op::Elementwise(function), args.clone())?;
                Ok((name.to_owned(), Value::Flat(part)))
            })
            .collect::<Result<_>>()?;
        Ok(Value::Record(Record {
            kind: Kind::of(is_list),
            fields,
        }))
    }

    pub(super) fn four_vector(&self, names: [&str; 4], parts: Vec<Value>) -> Result<Value> {
        let mut like = None;
        let mut exprs = Vec::with_capacity(names.len());
        for part in parts {
            let part = part.into_expr()?;
            if is_list(&self.data_type(&part)?) {
                like.get_or_insert_with(|| part.clone());
            }
            exprs.push(part);
        }
        let fields = names
            .into_iter()
            .zip(exprs)
            .map(|(name, part)| {
                let part = match &like {
                    Some(like) => self.as_long_as(part, like)?,
                    None => part,
                };
                Ok((name.to_owned(), Value::Flat(part)))
            })
            .collect::<Result<_>>()?;
        Ok(Value::Record(Record {
            kind: Kind::of(like.is_some()),
            fields,
        }))
    }

    pub(super) fn elementwise(&self, formula: Formula, mut args: Args) -> Result<Value> {
        let components: &[&str] = match formula {
            Formula::DeltaPhi => &["phi"],
            Formula::DeltaR => &["eta", "phi"],
            Formula::TransverseMass => &["pt", "phi"],
            _ => &[],
        };
        let mut flat = Vec::new();
        for value in args.rest() {
            let is_vector = match &value {
                Value::Record(_) => true,
                Value::Flat(expr) => record(&self.data_type(expr)?).is_some(),
            };
            if is_vector {
                for component in components {
                    flat.push(self.component(&value, component)?);
                }
            } else {
                flat.push(value.into_expr()?);
            }
        }
        Ok(Value::Flat(call(Op::Elementwise(formula), flat)?))
    }
}
