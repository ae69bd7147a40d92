//! One operation over columns of numbers.

use super::op::{Kind, Op};
use crate::formula::map;

/// Writes `op` of `arguments` to `out`.
///
/// The program was checked, so there are as many arguments as the operation
/// takes; all are at least as long as `out`.
pub(super) fn apply(op: Op, kind: Kind, arguments: &[&[f64]], out: &mut [f64]) {
    match op {
        // These have no arguments and are placed by whoever knows the operands.
        Op::Input(..) | Op::PerEvent(_) => {}
        Op::Constant(value) => out.fill(value),
        Op::Formula(formula) => formula.fill(arguments, out),
        Op::Where => map(arguments, out, |[a, b, c]| if a == 0.0 { c } else { b }),
        _ if op.arity() == 1 => unary(op, arguments, out),
        _ => binary(op, arguments, out),
    }
    if kind == Kind::F32 {
        round_to_f32(out);
    }
}

fn unary(op: Op, arguments: &[&[f64]], out: &mut [f64]) {
    match op {
        Op::Negate => map(arguments, out, |[a]| -a),
        Op::Abs => map(arguments, out, |[a]| a.abs()),
        Op::Sqrt => map(arguments, out, |[a]| a.sqrt()),
        Op::Exp => map(arguments, out, |[a]| a.exp()),
        Op::Ln => map(arguments, out, |[a]| a.ln()),
        Op::Sin => map(arguments, out, |[a]| a.sin()),
        Op::Cos => map(arguments, out, |[a]| a.cos()),
        Op::Sinh => map(arguments, out, |[a]| a.sinh()),
        Op::Cosh => map(arguments, out, |[a]| a.cosh()),
        _ => map(arguments, out, |[a]| flag(a == 0.0)),
    }
}

#[expect(clippy::float_cmp, reason = "that is what = means")]
fn binary(op: Op, arguments: &[&[f64]], out: &mut [f64]) {
    match op {
        Op::Add => map(arguments, out, |[a, b]| a + b),
        Op::Subtract => map(arguments, out, |[a, b]| a - b),
        Op::Multiply => map(arguments, out, |[a, b]| a * b),
        Op::Divide => map(arguments, out, |[a, b]| a / b),
        Op::Remainder => map(arguments, out, |[a, b]| a % b),
        Op::Power => map(arguments, out, |[a, b]| a.powf(b)),
        Op::Min => map(arguments, out, |[a, b]| a.min(b)),
        Op::Max => map(arguments, out, |[a, b]| a.max(b)),
        Op::Equal => map(arguments, out, |[a, b]| flag(a == b)),
        Op::NotEqual => map(arguments, out, |[a, b]| flag(a != b)),
        Op::Less => map(arguments, out, |[a, b]| flag(a < b)),
        Op::LessEqual => map(arguments, out, |[a, b]| flag(a <= b)),
        Op::Greater => map(arguments, out, |[a, b]| flag(a > b)),
        Op::GreaterEqual => map(arguments, out, |[a, b]| flag(a >= b)),
        Op::And => map(arguments, out, |[a, b]| flag(a != 0.0 && b != 0.0)),
        _ => map(arguments, out, |[a, b]| flag(a != 0.0 || b != 0.0)),
    }
}

#[inline]
fn flag(is_true: bool) -> f64 {
    f64::from(u8::from(is_true))
}

/// What a 32-bit operation would have given: for `+ - * /` and `sqrt`
/// rounding twice, first to double, is the same as rounding once.
#[expect(clippy::cast_possible_truncation, reason = "rounding is the purpose")]
fn round_to_f32(values: &mut [f64]) {
    for value in values {
        *value = f64::from(*value as f32);
    }
}
