//! Runs a program over the events of a batch.

use arrow::array::{ArrayRef, ListArray};

use super::blocks::{Block, Blocks, Event};
use super::compile::Plan;
use super::mass_of_sum::mass_of_sum;
use super::nulls;
use super::operands::{Operands, append};
use super::program::{Combination, Program};
use super::reduce::Reducer;
use super::stage::Step;
use crate::Result;
use crate::lists::index_of;

/// Particles whose columns are computed together: some columns fit into the second-level cache.
const CHUNK: usize = 4096;

impl Program {
    /// Evaluates the program for each event (row) of a batch.
    ///
    /// # Shapes
    ///
    /// `lists` and `per_event` are what [`Op::Input`](super::Op::Input) and
    /// [`Op::PerEvent`](super::Op::PerEvent) count; each has `rows` rows, and so has the
    /// result. Its type is said at [`Reduction`](super::Reduction). An event
    /// where any list is null gives null; null elements are passed over by the reduction.
    ///
    /// # Errors
    ///
    /// Those of [`check`](Program::check);
    /// [`DifferentRows`](crate::PhysicsError::DifferentRows) and
    /// [`DifferentLengths`](crate::PhysicsError::DifferentLengths) if operands do not fit
    /// (per-event columns are counted after the lists),
    /// [`WrongType`](crate::PhysicsError::WrongType) if a double does not hold an operand exactly.
    pub fn evaluate(
        &self,
        lists: &[&ListArray],
        per_event: &[ArrayRef],
        rows: usize,
    ) -> Result<ArrayRef> {
        if nulls::has_nulls(lists, per_event) {
            Operands::new(self, lists, per_event, rows)?;
            return nulls::evaluate(self, lists, per_event, rows);
        }
        self.evaluate_values(lists, per_event, rows)
    }

    /// As [`evaluate`](Program::evaluate), where a null number is NaN and a null flag false.
    pub(super) fn evaluate_values(
        &self,
        lists: &[&ListArray],
        per_event: &[ArrayRef],
        rows: usize,
    ) -> Result<ArrayRef> {
        let operands = Operands::new(self, lists, per_event, rows)?;
        let plan = Plan::new(self);
        let mut run = Run {
            reducer: Reducer::new(self.reduction, rows),
            columns: Columns::new(&plan),
            plan: &plan,
            operands: &operands,
        };
        let mut blocks = Blocks::new(self.combination);
        let mut events = Vec::new();
        let mut row = 0;
        while row < rows {
            events.clear();
            row = collect_events(self.combination, &operands, row, &mut events);
            run.load(&events)?;
            blocks.for_each(&events, |block| run.work(&events, block));
        }
        Ok(run.reducer.finish(operands.nulls.clone()))
    }
}

/// Collects events that have combinations, from `row` on, until they have
/// particles enough; returns the row after the last.
fn collect_events(
    combination: Combination,
    operands: &Operands<'_>,
    mut row: usize,
    events: &mut Vec<Event>,
) -> usize {
    let (domains, fewest) = match combination {
        Combination::Combinations(n) => (1, n),
        Combination::Cross(n) => (n, 1),
    };
    let mut event = Event::default();
    let mut particles = 0;
    while row < operands.rows && particles < CHUNK {
        let mut smallest = usize::MAX;
        for (domain, list) in operands.lists[..domains].iter().enumerate() {
            let length = list.len(row);
            event.lengths[domain] = index_of(length);
            smallest = smallest.min(length);
        }
        if smallest >= fewest && !operands.is_null(row) {
            event.row = row;
            events.push(event);
            for domain in 0..domains {
                event.starts[domain] += event.lengths[domain];
                particles += event.lengths[domain] as usize;
            }
        }
        row += 1;
    }
    row
}

/// Number of particles of all events, in the lists of one domain.
fn particle_count(events: &[Event], domain: usize) -> usize {
    let last = events.last().copied().unwrap_or_default();
    last.starts[domain] as usize + last.lengths[domain] as usize
}

/// The values of all steps of a plan.
struct Columns {
    events: Vec<Vec<f64>>,
    particles: Vec<Vec<Vec<f64>>>,
    packs: Vec<Vec<[f64; 4]>>,
    blocks: Vec<Vec<f64>>,
}

impl Columns {
    fn new(plan: &Plan) -> Self {
        Self {
            events: vec![Vec::new(); plan.events.steps.len()],
            particles: plan
                .particles
                .iter()
                .map(|stage| vec![Vec::new(); stage.steps.len()])
                .collect(),
            packs: vec![Vec::new(); plan.packs.len()],
            blocks: vec![Vec::new(); plan.blocks.steps.len()],
        }
    }
}

/// A plan at work.
struct Run<'a> {
    plan: &'a Plan,
    operands: &'a Operands<'a>,
    columns: Columns,
    reducer: Reducer,
}

impl Run<'_> {
    /// Computes what depends on one event or one particle only.
    fn load(&mut self, events: &[Event]) -> Result<()> {
        let Columns {
            events: per_event,
            particles,
            packs,
            ..
        } = &mut self.columns;
        let operands = self.operands;
        self.plan
            .events
            .run(per_event, events.len(), |step, out| match step {
                Step::Load(column) => {
                    out.clear();
                    let rows = events.iter().map(|event| event.row..event.row + 1);
                    append(out, &operands.per_event[*column], rows)
                }
                _ => Ok(()),
            })?;
        for (domain, (stage, columns)) in self
            .plan
            .particles
            .iter()
            .zip(particles.iter_mut())
            .enumerate()
        {
            let count = particle_count(events, domain);
            stage.run(columns, count, |step, out| match step {
                Step::Load(list) => {
                    out.clear();
                    let view = &operands.lists[*list];
                    let ranges = events.iter().map(|event| view.range(event.row));
                    append(out, &view.values, ranges)
                }
                Step::Repeat(column) => {
                    out.clear();
                    for (event, value) in events.iter().zip(&per_event[*column]) {
                        let count = event.lengths[domain] as usize;
                        out.extend(std::iter::repeat_n(*value, count));
                    }
                    Ok(())
                }
                _ => Ok(()),
            })?;
        }
        for (packed, pack) in packs.iter_mut().zip(&self.plan.packs) {
            let columns = &particles[pack.domain];
            let count = particle_count(events, pack.domain);
            let [x, y, z, e] = pack.columns.map(|column| &columns[column][..count]);
            packed.clear();
            packed.extend(
                x.iter()
                    .zip(y)
                    .zip(z)
                    .zip(e)
                    .map(|(((x, y), z), e)| [*x, *y, *z, *e]),
            );
        }
        Ok(())
    }

    /// Computes and reduces the combinations of a block.
    fn work(&mut self, events: &[Event], block: &Block) {
        let Columns {
            events: per_event,
            particles,
            packs,
            blocks,
        } = &mut self.columns;
        let plan = self.plan;
        let outcome = plan.blocks.run(blocks, block.len(), |step, out| {
            out.clear();
            match step {
                Step::Gather { column, member } => {
                    let column = &particles[plan.domain(*member)][*column];
                    let places = block.members[*member].iter();
                    out.extend(places.map(|&place| column[place as usize]));
                }
                Step::Repeat(column) => {
                    for segment in &block.segments {
                        out.resize(segment.end, per_event[*column][segment.event]);
                    }
                }
                Step::MassOfSum { pack, members } => {
                    mass_of_sum(&packs[*pack], &block.members, members, out);
                }
                _ => {}
            }
            Ok(())
        });
        debug_assert!(outcome.is_ok(), "no step of a block can fail");
        let root = &blocks[plan.root];
        let mut start = 0;
        for segment in &block.segments {
            self.reducer
                .update(events[segment.event].row, &root[start..segment.end]);
            start = segment.end;
        }
    }
}
