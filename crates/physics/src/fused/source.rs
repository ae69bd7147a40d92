//! Where the nodes of a program find their values, and so where they are computed.

use super::op::{Kind, Op};
use super::program::Program;
use crate::combinations::MAX_MEMBERS;

/// Where the values of a node are.
#[derive(Debug, Clone, Copy)]
pub(super) enum Source {
    Constant(f64),
    Event(usize),
    Particle { column: usize, member: usize },
    Block(usize),
}

/// What a node depends on.
pub(super) enum Level {
    Constant,
    Event,
    Particle(usize),
    Block,
}

/// What a node depends on that is computed of these.
pub(super) fn level(of: &[Source]) -> Level {
    let mut level = Level::Constant;
    for source in of {
        level = match (level, source) {
            (level, Source::Constant(_)) => level,
            (Level::Constant, Source::Event(_)) => Level::Event,
            (level, Source::Event(_)) => level,
            (Level::Constant | Level::Event, Source::Particle { member, .. }) => {
                Level::Particle(*member)
            }
            (Level::Particle(one), Source::Particle { member, .. }) if one == *member => {
                Level::Particle(one)
            }
            _ => return Level::Block,
        };
    }
    level
}

/// The columns and members of `((a + b) + c) + ...`, in order; nothing for
/// any other node.
pub(super) fn summands(
    program: &Program,
    sources: &[Source],
    node: usize,
) -> Option<Vec<(usize, usize)>> {
    let mut found = Vec::new();
    let mut next = node;
    while found.len() < MAX_MEMBERS {
        let node = &program.nodes[next];
        if let Source::Particle { column, member } = sources[next] {
            found.push((column, member));
            found.reverse();
            return Some(found);
        }
        let (Op::Add, Kind::F64, [left, right]) = (node.op, node.kind, &node.of[..]) else {
            return None;
        };
        let Source::Particle { column, member } = sources[*right] else {
            return None;
        };
        found.push((column, member));
        next = *left;
    }
    None
}
