//! Columns of numbers that are computed of one another.

use super::apply::apply;
use super::op::{Kind, MAX_ARITY, Op};
use crate::Result;
use crate::formula::{Formula, fill_transverse};

/// One column of a [`Stage`]: how its values come about.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// The same number everywhere.
    Splat(f64),
    /// An operand of the evaluation: a list, or a per-event column.
    Load(usize),
    /// A column per event, repeated for each particle or combination of the event.
    Repeat(usize),
    /// A column per particle, of the particle that is this member.
    Gather { column: usize, member: usize },
    /// An operation on earlier columns.
    Apply { op: Op, kind: Kind, of: Vec<usize> },
    /// The mass of the sum of members, of which pack has px, py, pz and e.
    MassOfSum { pack: usize, members: Vec<usize> },
}

/// Columns of equal length, each computed of earlier ones.
#[derive(Debug, Default)]
pub(super) struct Stage {
    pub(super) steps: Vec<Step>,
    /// Steps that something depends on, in order.
    pub(super) needed: Vec<usize>,
    /// Needed steps px and py of the same columns, in order: most of the work is the same.
    twins: Vec<[usize; 2]>,
}

impl Stage {
    /// The column with these values; a new one only if there is none yet.
    pub(super) fn intern(&mut self, step: Step) -> usize {
        if let Some(found) = self.steps.iter().position(|known| same(known, &step)) {
            return found;
        }
        self.steps.push(step);
        self.steps.len() - 1
    }

    /// Finds the steps that `roots` depend on, and tells `visit` of each.
    pub(super) fn keep(&mut self, roots: &[usize], mut visit: impl FnMut(&Step)) {
        let mut is_needed = vec![false; self.steps.len()];
        for &root in roots {
            is_needed[root] = true;
        }
        for number in (0..self.steps.len()).rev() {
            if !is_needed[number] {
                continue;
            }
            if let Step::Apply { of, .. } = &self.steps[number] {
                for &argument in of {
                    is_needed[argument] = true;
                }
            }
            visit(&self.steps[number]);
        }
        self.needed = (0..self.steps.len())
            .filter(|&number| is_needed[number])
            .collect();
        self.twins.clear();
        for (at, &first) in self.needed.iter().enumerate() {
            for &second in &self.needed[at + 1..] {
                if are_twins(&self.steps[first], &self.steps[second]) {
                    self.twins.push([first, second]);
                }
            }
        }
    }

    /// Computes the columns that are needed, `len` values each; `load` fills
    /// those that come from elsewhere.
    ///
    /// Buffers keep their size from call to call, so a column may be longer.
    pub(super) fn run(
        &self,
        columns: &mut [Vec<f64>],
        len: usize,
        mut load: impl FnMut(&Step, &mut Vec<f64>) -> Result<()>,
    ) -> Result<()> {
        for &number in &self.needed {
            let (earlier, rest) = columns.split_at_mut(number);
            let (outs, later) = rest.split_at_mut(1);
            let out = &mut outs[0];
            match &self.steps[number] {
                Step::Splat(value) => {
                    if out.len() < len {
                        out.resize(len, *value);
                    }
                }
                Step::Apply { op, kind, of } => {
                    if out.len() < len {
                        out.resize(len, 0.0);
                    }
                    let arguments: [&[f64]; MAX_ARITY] = std::array::from_fn(|argument| {
                        of.get(argument).map_or(&[][..], |&column| &earlier[column])
                    });
                    let arguments = &arguments[..of.len()];
                    match self.twins.iter().find(|twins| twins.contains(&number)) {
                        Some([_, second]) if *second == number => {}
                        Some([_, second]) => {
                            let other = &mut later[second - number - 1];
                            if other.len() < len {
                                other.resize(len, 0.0);
                            }
                            let is_x = *op == Op::Formula(Formula::Px);
                            let (x, y) = if is_x { (out, other) } else { (other, out) };
                            fill_transverse(arguments, &mut x[..len], &mut y[..len]);
                        }
                        None => apply(*op, *kind, arguments, &mut out[..len]),
                    }
                }
                other => load(other, out)?,
            }
        }
        Ok(())
    }
}

/// Whether two steps give the same bits; NaN is then equal to itself.
fn same(left: &Step, right: &Step) -> bool {
    match (left, right) {
        (Step::Splat(left), Step::Splat(right)) => left.to_bits() == right.to_bits(),
        _ => left == right,
    }
}

/// Whether one step is px and the other py of the same columns.
fn are_twins(left: &Step, right: &Step) -> bool {
    let component = |step: &Step| match step {
        Step::Apply {
            op: Op::Formula(formula @ (Formula::Px | Formula::Py)),
            kind: Kind::F64,
            ..
        } => Some(*formula),
        _ => None,
    };
    let (Step::Apply { of: left_of, .. }, Step::Apply { of: right_of, .. }) = (left, right) else {
        return false;
    };
    let (Some(left), Some(right)) = (component(left), component(right)) else {
        return false;
    };
    left != right && left_of == right_of
}

/// Columns px, py, pz, e per particle that are gathered together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pack {
    pub(super) domain: usize,
    pub(super) columns: [usize; 4],
}
