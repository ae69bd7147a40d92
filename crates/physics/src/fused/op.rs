//! What one node of a program computes.

use serde::{Deserialize, Serialize};

use crate::formula::Formula;

/// The most nodes that one node is computed of: a boost takes seven.
pub(super) const MAX_ARITY: usize = 7;

/// Type of the result of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A double.
    #[default]
    F64,
    /// A double rounded to a 32-bit float after the operation.
    F32,
    /// 1 for true, 0 for false.
    Bool,
}

impl Kind {
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde passes a reference"
    )]
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// What a node computes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Op {
    /// Of a list (first) the element that is this member (second) of the combination.
    Input(usize, usize),
    /// The value of a per-event column.
    PerEvent(usize),
    /// The same number everywhere; NaN stands for null.
    Constant(#[serde(with = "exact")] f64),
    /// `a + b`
    Add,
    /// `a - b`
    Subtract,
    /// `a * b`
    Multiply,
    /// `a / b`
    Divide,
    /// The remainder of `a / b`, with the sign of `a`.
    Remainder,
    /// `a` to the power of `b`
    Power,
    /// `-a`
    Negate,
    /// `|a|`
    Abs,
    /// The square root.
    Sqrt,
    /// The exponential.
    Exp,
    /// The natural logarithm.
    Ln,
    /// The sine.
    Sin,
    /// The cosine.
    Cos,
    /// The hyperbolic sine.
    Sinh,
    /// The hyperbolic cosine.
    Cosh,
    /// The smaller of two; the other one if one is NaN.
    Min,
    /// The larger of two; the other one if one is NaN.
    Max,
    /// `a = b`
    Equal,
    /// `a != b`
    NotEqual,
    /// `a < b`
    Less,
    /// `a <= b`
    LessEqual,
    /// `a > b`
    Greater,
    /// `a >= b`
    GreaterEqual,
    /// Whether both are true.
    And,
    /// Whether one is true.
    Or,
    /// Whether it is false.
    Not,
    /// `b` where `a` is true, else `c`.
    Where,
    /// A formula of four-vectors.
    Formula(Formula),
}

impl Op {
    /// Number of nodes that it is computed of.
    #[must_use]
    pub const fn arity(self) -> usize {
        match self {
            Self::Input(..) | Self::PerEvent(_) | Self::Constant(_) => 0,
            Self::Negate
            | Self::Abs
            | Self::Sqrt
            | Self::Exp
            | Self::Ln
            | Self::Sin
            | Self::Cos
            | Self::Sinh
            | Self::Cosh
            | Self::Not => 1,
            Self::Where => 3,
            Self::Formula(formula) => formula.arity(),
            _ => 2,
        }
    }

    pub(super) const fn gives_bool(self) -> bool {
        matches!(
            self,
            Self::Equal
                | Self::NotEqual
                | Self::Less
                | Self::LessEqual
                | Self::Greater
                | Self::GreaterEqual
                | Self::And
                | Self::Or
                | Self::Not
        )
    }

    /// How many of the first nodes that it is computed of must be booleans.
    pub(super) const fn leading_bools(self) -> usize {
        match self {
            Self::And | Self::Or => 2,
            Self::Not | Self::Where => 1,
            _ => 0,
        }
    }
}

/// Numbers as text: JSON has no NaN, and its readers may round.
mod exact {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde passes a reference"
    )]
    pub(super) fn serialize<S: Serializer>(number: &f64, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(number)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(D::Error::custom)
    }
}
