//! What an expression stands for: flat data, or a record of such.

use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{Expr, lit};

use crate::physics::functions::{Op, call, op_of};

/// The symbolic value of an expression.
#[derive(Debug, Clone)]
pub(super) enum Value {
    /// Numbers, lists of numbers, or anything that is not ours to take apart.
    Flat(Expr),
    /// A collection (list of structs) or one of its members, as one value per field.
    Record(Record),
}

/// What has fields.
#[derive(Debug, Clone)]
pub(super) struct Record {
    pub(super) kind: Kind,
    pub(super) fields: Vec<(String, Value)>,
}

/// How many there are of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A collection: each field holds a list.
    List,
    /// A member of a collection; where all its fields are null there is none.
    Member,
    /// A class of the file: there is one in every event, whatever its fields.
    Class,
}

impl Kind {
    /// Of what is computed.
    pub(super) fn of(is_list: bool) -> Self {
        if is_list { Self::List } else { Self::Member }
    }
}

impl Record {
    pub(super) fn is_list(&self) -> bool {
        self.kind == Kind::List
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.fields
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, value)| value)
    }
}

impl Value {
    /// As one expression; records are put together.
    pub(super) fn into_expr(self) -> Result<Expr> {
        let Record { kind, fields } = match self {
            Self::Flat(expr) => return Ok(expr),
            Self::Record(record) => record,
        };
        let mut args = Vec::with_capacity(2 * fields.len());
        for (name, value) in fields {
            args.push(lit(name));
            args.push(value.into_expr()?);
        }
        let op = match kind {
            Kind::List => Op::Make,
            Kind::Member => Op::MakeStruct,
            Kind::Class => Op::MakeClass,
        };
        call(op, args)
    }

    /// The value with every flat part replaced.
    pub(super) fn map(self, change: &mut dyn FnMut(Expr) -> Result<Expr>) -> Result<Self> {
        self.map_to(None, change)
    }

    /// As [`Value::map`], where lists become single values.
    pub(super) fn map_to_members(
        self,
        change: &mut dyn FnMut(Expr) -> Result<Expr>,
    ) -> Result<Self> {
        self.map_to(Some(Kind::Member), change)
    }

    fn map_to(
        self,
        kind: Option<Kind>,
        change: &mut dyn FnMut(Expr) -> Result<Expr>,
    ) -> Result<Self> {
        match self {
            Self::Flat(expr) => change(expr).map(Self::Flat),
            Self::Record(record) => {
                let fields = record
                    .fields
                    .into_iter()
                    .map(|(name, value)| Ok((name, value.map_to(kind, change)?)))
                    .collect::<Result<_>>()?;
                Ok(Self::Record(Record {
                    kind: kind.unwrap_or(record.kind),
                    fields,
                }))
            }
        }
    }

    /// Some flat part, for its length; a plain column if there is one.
    pub(super) fn representative(&self) -> Option<&Expr> {
        match self {
            Self::Flat(expr) => Some(expr),
            Self::Record(record) => {
                let parts = || {
                    record
                        .fields
                        .iter()
                        .filter_map(|(_, part)| part.representative())
                };
                parts()
                    .find(|part| matches!(part, Expr::Column(_)))
                    .or_else(|| parts().next())
            }
        }
    }

    /// All flat parts with their paths (`a.pt`).
    pub(super) fn parts<'a>(&'a self, path: &str, parts: &mut Vec<(String, &'a Expr)>) {
        match self {
            Self::Flat(expr) => parts.push((path.to_owned(), expr)),
            Self::Record(record) => {
                for (name, value) in &record.fields {
                    value.parts(&format!("{path}.{name}"), parts);
                }
            }
        }
    }
}

/// The arguments of a call of `op`.
pub(super) fn args_of(expr: &Expr, op: Op) -> Option<&[Expr]> {
    match expr {
        Expr::ScalarFunction(function) if op_of(function) == Some(op) => Some(&function.args),
        _ => None,
    }
}

/// The text of a literal.
pub(super) fn text_of(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Literal(
            ScalarValue::Utf8(Some(text))
            | ScalarValue::Utf8View(Some(text))
            | ScalarValue::LargeUtf8(Some(text)),
            _,
        ) => Some(text),
        _ => None,
    }
}
