//! Programs on operands with nulls: the same program, with the nulls made part of it.
//!
//! Inside, values are doubles and there is no null. So each operand that has nulls brings a column
//! of flags along that says where there is a value, and each node becomes two: for a number, its
//! value and whether there is one; for a flag, whether it is true and whether it is false (SQL's
//! third truth is neither). What is computed of null is null, and reductions pass over it:
//!
//! ```text
//! any(a > b)    ──▶  any((a > b) AND has_a AND has_b)
//! sum(a + b)    ──▶  sum(where(has_a AND has_b, a + b, 0))
//! ```

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, ListArray};
use arrow::buffer::NullBuffer;
use arrow::compute;
use arrow::datatypes::{DataType, Field};

use super::op::{Kind, Op};
use super::program::{Node, Program, Reduction};
use crate::Result;

/// Whether an operand has null values.
pub(super) fn has_nulls(lists: &[&ListArray], per_event: &[ArrayRef]) -> bool {
    lists.iter().any(|list| list.values().null_count() > 0)
        || per_event.iter().any(|column| column.null_count() > 0)
}

/// Evaluates a program on operands with nulls; the caller checked the operands.
pub(super) fn evaluate(
    program: &Program,
    lists: &[&ListArray],
    per_event: &[ArrayRef],
    rows: usize,
) -> Result<ArrayRef> {
    let mut with_flags = WithFlags::new(lists, per_event);
    for node in &program.nodes {
        let known = with_flags.translated(node);
        with_flags.known.push(known);
    }
    let (reduction, is_there) = with_flags.reduction(program.reduction);
    let WithFlags {
        nodes,
        flag_lists,
        flag_columns,
        ..
    } = with_flags;
    let mut lists = lists.to_vec();
    lists.extend(&flag_lists);
    let mut columns = per_event.to_vec();
    columns.extend(flag_columns);
    let mut program = Program {
        combination: program.combination,
        nodes,
        reduction,
    };
    let answer = program.evaluate_values(&lists, &columns, rows)?;
    let Some(is_there) = is_there else {
        return Ok(answer);
    };
    program.reduction = Reduction::Any(is_there);
    let is_any = program.evaluate_values(&lists, &columns, rows)?;
    let is_none = compute::not(is_any.as_boolean())?;
    Ok(compute::nullif(&answer, &is_none)?)
}

/// Where the nodes of a program went.
#[derive(Clone, Copy)]
enum Known {
    Number {
        value: usize,
        is_there: Option<usize>,
    },
    Flag {
        is_true: usize,
        is_false: usize,
    },
}

/// The program that is being made.
struct WithFlags {
    nodes: Vec<Node>,
    known: Vec<Known>,
    /// For each operand, the place of its column of flags.
    of_list: Vec<Option<usize>>,
    of_column: Vec<Option<usize>>,
    flag_lists: Vec<ListArray>,
    flag_columns: Vec<ArrayRef>,
}

impl WithFlags {
    fn new(lists: &[&ListArray], per_event: &[ArrayRef]) -> Self {
        let mut made = Self {
            nodes: Vec::new(),
            known: Vec::new(),
            of_list: Vec::new(),
            of_column: Vec::new(),
            flag_lists: Vec::new(),
            flag_columns: Vec::new(),
        };
        for list in lists {
            let flags = list.values().nulls().map(|nulls| {
                let item = Arc::new(Field::new_list_field(DataType::Boolean, true));
                let values = Arc::new(BooleanArray::new(nulls.inner().clone(), None));
                ListArray::new(item, list.offsets().clone(), values, list.nulls().cloned())
            });
            made.of_list.push(
                flags
                    .is_some()
                    .then_some(lists.len() + made.flag_lists.len()),
            );
            made.flag_lists.extend(flags);
        }
        for column in per_event {
            let flags = column.nulls().map(flags_of);
            made.of_column.push(
                flags
                    .is_some()
                    .then_some(per_event.len() + made.flag_columns.len()),
            );
            made.flag_columns.extend(flags);
        }
        made
    }

    fn add(&mut self, op: Op, of: &[usize], kind: Kind) -> usize {
        self.nodes.push(Node {
            op,
            of: of.to_vec(),
            kind,
        });
        self.nodes.len() - 1
    }

    fn flag(&mut self, op: Op, of: &[usize]) -> usize {
        self.add(op, of, Kind::Bool)
    }

    /// All of some flags, if there are any.
    fn all(&mut self, flags: impl IntoIterator<Item = Option<usize>>) -> Option<usize> {
        let mut flags = flags.into_iter().flatten();
        let first = flags.next()?;
        Some(flags.fold(first, |all, flag| self.flag(Op::And, &[all, flag])))
    }

    /// A node as a number, or a flag as 0 or 1.
    fn number(&mut self, node: usize) -> (usize, Option<usize>) {
        match self.known[node] {
            Known::Number { value, is_there } => (value, is_there),
            Known::Flag { is_true, is_false } => {
                (is_true, Some(self.flag(Op::Or, &[is_true, is_false])))
            }
        }
    }

    /// A node as a flag: where it is true, and where it is false.
    fn truth(&mut self, node: usize) -> (usize, usize) {
        match self.known[node] {
            Known::Flag { is_true, is_false } => (is_true, is_false),
            // The check of programs lets no number be here.
            Known::Number { value, .. } => (value, self.flag(Op::Not, &[value])),
        }
    }

    fn translated(&mut self, node: &Node) -> Known {
        match (node.op, node.of.as_slice()) {
            (Op::Not, &[of]) => {
                let (is_true, is_false) = self.truth(of);
                Known::Flag {
                    is_true: is_false,
                    is_false: is_true,
                }
            }
            (Op::And, &[left, right]) => {
                let ((a, not_a), (b, not_b)) = (self.truth(left), self.truth(right));
                Known::Flag {
                    is_true: self.flag(Op::And, &[a, b]),
                    is_false: self.flag(Op::Or, &[not_a, not_b]),
                }
            }
            (Op::Or, &[left, right]) => {
                let ((a, not_a), (b, not_b)) = (self.truth(left), self.truth(right));
                Known::Flag {
                    is_true: self.flag(Op::Or, &[a, b]),
                    is_false: self.flag(Op::And, &[not_a, not_b]),
                }
            }
            (Op::Where, &[condition, value, otherwise]) => {
                let (condition, _) = self.truth(condition);
                let (value, has_value) = self.number(value);
                let (otherwise, has_otherwise) = self.number(otherwise);
                let of = [condition, value, otherwise];
                let chosen = self.add(Op::Where, &of, node.kind);
                let is_there = (has_value.is_some() || has_otherwise.is_some()).then(|| {
                    let not = self.flag(Op::Not, &[condition]);
                    let first = self.all([Some(condition), has_value]);
                    let second = self.all([Some(not), has_otherwise]);
                    let either = [first.unwrap_or(condition), second.unwrap_or(not)];
                    self.flag(Op::Or, &either)
                });
                self.known_as(node.kind, chosen, is_there)
            }
            (Op::Input(list, member), _) => {
                let value = self.add(node.op, &[], node.kind);
                let flags = self.of_list[list];
                let is_there = flags.map(|flags| self.flag(Op::Input(flags, member), &[]));
                self.known_as(node.kind, value, is_there)
            }
            (Op::PerEvent(column), _) => {
                let value = self.add(node.op, &[], node.kind);
                let flags = self.of_column[column];
                let is_there = flags.map(|flags| self.flag(Op::PerEvent(flags), &[]));
                self.known_as(node.kind, value, is_there)
            }
            (op, of) => {
                let of: Vec<(usize, Option<usize>)> =
                    of.iter().map(|&of| self.number(of)).collect();
                let values: Vec<usize> = of.iter().map(|(value, _)| *value).collect();
                let value = self.add(op, &values, node.kind);
                let is_there = self.all(of.into_iter().map(|(_, is_there)| is_there));
                self.known_as(node.kind, value, is_there)
            }
        }
    }

    fn known_as(&mut self, kind: Kind, value: usize, is_there: Option<usize>) -> Known {
        if kind != Kind::Bool {
            return Known::Number { value, is_there };
        }
        let not = self.flag(Op::Not, &[value]);
        let (is_true, is_false) = match is_there {
            None => (value, not),
            Some(is_there) => (
                self.flag(Op::And, &[value, is_there]),
                self.flag(Op::And, &[not, is_there]),
            ),
        };
        Known::Flag { is_true, is_false }
    }

    /// The reduction that passes over null; for smallest and largest also the node that says
    /// whether there is anything else.
    fn reduction(&mut self, reduction: Reduction) -> (Reduction, Option<usize>) {
        let root = reduction.root();
        match reduction {
            Reduction::Any(_) => (Reduction::Any(self.truth(root).0), None),
            Reduction::Count(_) => (Reduction::Count(self.truth(root).0), None),
            Reduction::All(_) => {
                let (_, is_false) = self.truth(root);
                (Reduction::All(self.flag(Op::Not, &[is_false])), None)
            }
            Reduction::Sum(_) => (Reduction::Sum(self.or_else(root, 0.0).0), None),
            Reduction::ArgMin(_) => (Reduction::ArgMin(self.or_else(root, f64::NAN).0), None),
            Reduction::ArgMax(_) => (Reduction::ArgMax(self.or_else(root, f64::NAN).0), None),
            Reduction::Min(_) => {
                let (value, is_there) = self.or_else(root, f64::NAN);
                (Reduction::Min(value), is_there)
            }
            Reduction::Max(_) => {
                let (value, is_there) = self.or_else(root, f64::NAN);
                (Reduction::Max(value), is_there)
            }
        }
    }

    /// A number, or another one where it is null.
    fn or_else(&mut self, node: usize, otherwise: f64) -> (usize, Option<usize>) {
        match self.number(node) {
            (value, None) => (value, None),
            (value, Some(is_there)) => {
                let otherwise = self.add(Op::Constant(otherwise), &[], Kind::F64);
                let of = [is_there, value, otherwise];
                (self.add(Op::Where, &of, Kind::F64), Some(is_there))
            }
        }
    }
}

fn flags_of(nulls: &NullBuffer) -> ArrayRef {
    Arc::new(BooleanArray::new(nulls.inner().clone(), None))
}
