//! Takes a program apart: what is computed once, per event, per particle, per combination.

use super::apply::apply;
use super::op::{Kind, Op};
use super::program::{Combination, Program};
use super::source::{Level, Source, level, summands};
use super::stage::{Pack, Stage, Step};
use crate::formula::Formula;

/// A program taken apart.
#[derive(Debug)]
pub(super) struct Plan {
    /// Per event.
    pub(super) events: Stage,
    /// Per particle; one for combinations, one per list for cross products.
    pub(super) particles: Vec<Stage>,
    /// What is gathered together.
    pub(super) packs: Vec<Pack>,
    /// Per combination.
    pub(super) blocks: Stage,
    /// Column of `blocks` that is reduced.
    pub(super) root: usize,
}

impl Plan {
    /// Takes a checked program apart.
    pub(super) fn new(program: &Program) -> Self {
        let domains = match program.combination {
            Combination::Combinations(_) => 1,
            Combination::Cross(n) => n,
        };
        let mut plan = Self {
            events: Stage::default(),
            particles: (0..domains).map(|_| Stage::default()).collect(),
            packs: Vec::new(),
            blocks: Stage::default(),
            root: 0,
        };
        let mut sources = Vec::with_capacity(program.nodes.len());
        for number in 0..program.nodes.len() {
            let source = plan.place(program, &sources, number);
            sources.push(source);
        }
        plan.root = plan.as_block(sources[program.reduction.root()]);
        plan.drop_unneeded();
        plan
    }

    /// The stage of particles that are this member.
    pub(super) fn domain(&self, member: usize) -> usize {
        member.min(self.particles.len() - 1)
    }

    /// Decides where a node is computed.
    fn place(&mut self, program: &Program, sources: &[Source], number: usize) -> Source {
        let node = &program.nodes[number];
        let of: Vec<Source> = node.of.iter().map(|&of| sources[of]).collect();
        match node.op {
            Op::Constant(value) => return Source::Constant(value),
            Op::PerEvent(column) => return Source::Event(self.events.intern(Step::Load(column))),
            Op::Input(list, member) => {
                let domain = self.domain(member);
                let column = self.particles[domain].intern(Step::Load(list));
                return Source::Particle { column, member };
            }
            Op::Formula(Formula::Mass) if node.kind == Kind::F64 => {
                if let Some(step) = self.mass_of_sum(program, sources, &node.of) {
                    return Source::Block(self.blocks.intern(step));
                }
            }
            _ => {}
        }
        let step = |of: Vec<usize>| Step::Apply {
            op: node.op,
            kind: node.kind,
            of,
        };
        match level(&of) {
            Level::Constant => {
                let values: Vec<[f64; 1]> = of
                    .iter()
                    .map(|source| match source {
                        Source::Constant(value) => [*value],
                        _ => [f64::NAN],
                    })
                    .collect();
                let arguments: Vec<&[f64]> = values.iter().map(|value| &value[..]).collect();
                let mut out = [0.0];
                apply(node.op, node.kind, &arguments, &mut out);
                Source::Constant(out[0])
            }
            Level::Event => {
                let of = of.iter().map(|&source| self.as_event(source)).collect();
                Source::Event(self.events.intern(step(of)))
            }
            Level::Particle(member) => {
                let domain = self.domain(member);
                let of = of
                    .iter()
                    .map(|&source| self.as_particle(domain, source))
                    .collect();
                let column = self.particles[domain].intern(step(of));
                Source::Particle { column, member }
            }
            Level::Block => {
                let of = of.iter().map(|&source| self.as_block(source)).collect();
                Source::Block(self.blocks.intern(step(of)))
            }
        }
    }

    fn as_event(&mut self, source: Source) -> usize {
        match source {
            Source::Constant(value) => self.events.intern(Step::Splat(value)),
            Source::Event(column) | Source::Particle { column, .. } | Source::Block(column) => {
                column
            }
        }
    }

    fn as_particle(&mut self, domain: usize, source: Source) -> usize {
        let stage = &mut self.particles[domain];
        match source {
            Source::Constant(value) => stage.intern(Step::Splat(value)),
            Source::Event(column) => stage.intern(Step::Repeat(column)),
            Source::Particle { column, .. } | Source::Block(column) => column,
        }
    }

    fn as_block(&mut self, source: Source) -> usize {
        match source {
            Source::Constant(value) => self.blocks.intern(Step::Splat(value)),
            Source::Event(column) => self.blocks.intern(Step::Repeat(column)),
            Source::Particle { column, member } => {
                self.blocks.intern(Step::Gather { column, member })
            }
            Source::Block(column) => column,
        }
    }

    /// The one kernel for `mass(a.px + b.px, a.py + b.py, ...)`: gathers px,
    /// py, pz, e of a particle with one access instead of four.
    fn mass_of_sum(&mut self, program: &Program, sources: &[Source], of: &[usize]) -> Option<Step> {
        let [x, y, z, e] = of else { return None };
        let sums = [*x, *y, *z, *e].map(|node| summands(program, sources, node));
        let [Some(x), Some(y), Some(z), Some(e)] = sums else {
            return None;
        };
        let members: Vec<usize> = x.iter().map(|(_, member)| *member).collect();
        let columns = [x[0].0, y[0].0, z[0].0, e[0].0];
        for (sum, column) in [&x, &y, &z, &e].into_iter().zip(columns) {
            let fits = sum.len() == members.len()
                && sum
                    .iter()
                    .zip(&members)
                    .all(|(summand, member)| *summand == (column, *member));
            if !fits {
                return None;
            }
        }
        // Members of different lists are in different columns.
        let domain = self.domain(members[0]);
        if members.len() < 2 || members.iter().any(|&member| self.domain(member) != domain) {
            return None;
        }
        let pack = Pack { domain, columns };
        let pack = match self.packs.iter().position(|known| *known == pack) {
            Some(known) => known,
            None => {
                self.packs.push(pack);
                self.packs.len() - 1
            }
        };
        Some(Step::MassOfSum { pack, members })
    }

    /// Forgets columns that the root does not depend on.
    fn drop_unneeded(&mut self) {
        let mut particle_roots = vec![Vec::new(); self.particles.len()];
        let mut event_roots = Vec::new();
        let (packs, last) = (&self.packs, self.particles.len() - 1);
        self.blocks.keep(&[self.root], |step| match step {
            Step::Repeat(column) => event_roots.push(*column),
            Step::Gather { column, member } => particle_roots[(*member).min(last)].push(*column),
            Step::MassOfSum { pack, .. } => {
                particle_roots[packs[*pack].domain].extend(packs[*pack].columns);
            }
            Step::Splat(_) | Step::Load(_) | Step::Apply { .. } => {}
        });
        for (stage, roots) in self.particles.iter_mut().zip(&particle_roots) {
            stage.keep(roots, |step| {
                if let Step::Repeat(column) = step {
                    event_roots.push(*column);
                }
            });
        }
        self.events.keep(&event_roots, |_| {});
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fused::{Node, Reduction};

    #[test]
    fn a_mass_of_sums_is_one_kernel_over_columns_that_all_members_share() {
        let mut nodes = Vec::new();
        let mut add = |op, of: &[usize]| {
            nodes.push(Node::new(op, of));
            nodes.len() - 1
        };
        let sums = [0, 1, 2, 3].map(|list| {
            let [a, b, c] = [0, 1, 2].map(|member| {
                let field = add(Op::Input(list, member), &[]);
                add(Op::Abs, &[field])
            });
            let pair = add(Op::Add, &[a, b]);
            add(Op::Add, &[pair, c])
        });
        let mass = add(Op::Formula(Formula::Mass), &sums);
        let program = Program {
            combination: Combination::Combinations(3),
            nodes,
            reduction: Reduction::Max(mass),
        };

        let plan = Plan::new(&program);

        let needed: Vec<&Step> = plan
            .blocks
            .needed
            .iter()
            .map(|&step| &plan.blocks.steps[step])
            .collect();
        let members = vec![0, 1, 2];
        assert_eq!(needed, [&Step::MassOfSum { pack: 0, members }]);
        // Four fields are loaded, and four absolute values computed, once for all members.
        assert_eq!(plan.particles[0].needed.len(), 8);
    }
}
