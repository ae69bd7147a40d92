//! How many arguments the words take.

use datafusion::common::{Result, plan_err};

use super::catalog::catalog;
use super::op::Op;

/// Checks the number of arguments of a call.
///
/// # Errors
/// If there are more or fewer than the function takes, with how it is called.
pub(super) fn check(op: Op, word: &str, given: usize) -> Result<()> {
    let takes = match op {
        Op::Last
        | Op::First
        | Op::Reverse
        | Op::Index
        | Op::Len
        | Op::Pairs
        | Op::Sum
        | Op::Min
        | Op::Max
        | Op::Mean
        | Op::Count
        | Op::Any
        | Op::All
        | Op::ArgMin
        | Op::ArgMax
        | Op::Once => 1..=1,
        Op::Take | Op::BestBy | Op::Combinations => 2..=2,
        Op::Sort | Op::Argsort => 1..=2,
        Op::TopK => 2..=3,
        // The others check it with their types.
        _ => return Ok(()),
    };
    if takes.contains(&given) {
        return Ok(());
    }
    let entry = catalog().iter().find(|entry| entry.op == op);
    let usage = entry.map_or("", |entry| entry.usage);
    let usage = if usage.is_empty() {
        format!("{word}(list)")
    } else {
        usage.to_owned()
    };
    plan_err!("{usage} takes other arguments than the {given} given")
}
