//! What to compute for each combination, and how to reduce it.

use arrow::datatypes::DataType;
use serde::{Deserialize, Serialize};

use super::op::{Kind, Op};
use crate::combinations::MAX_MEMBERS;
use crate::{PhysicsError, Result};

/// A computation over the combinations of each event.
///
/// # Example
///
/// The dimuon whose mass is nearest to that of the Z boson, from `px, py, pz, e` of muons:
///
/// ```
/// use hepframe_physics::Formula;
/// use hepframe_physics::fused::{Combination, Node, Op, Program, Reduction};
///
/// let mut nodes = Vec::new();
/// let mut add = |op, of: &[usize]| {
///     nodes.push(Node::new(op, of));
///     nodes.len() - 1
/// };
/// let sums = [0, 1, 2, 3].map(|list| {
///     let first = add(Op::Input(list, 0), &[]);
///     let second = add(Op::Input(list, 1), &[]);
///     add(Op::Add, &[first, second])
/// });
/// let mass = add(Op::Formula(Formula::Mass), &sums);
/// let z = add(Op::Constant(91.2), &[]);
/// let difference = add(Op::Subtract, &[mass, z]);
/// let distance = add(Op::Abs, &[difference]);
///
/// let program = Program {
///     combination: Combination::Combinations(2),
///     nodes,
///     reduction: Reduction::ArgMin(distance),
/// };
/// assert_eq!(Program::from_json(&program.to_json()?)?, program);
/// # Ok::<(), hepframe_physics::PhysicsError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Program {
    /// What is combined.
    #[serde(rename = "over")]
    pub combination: Combination,
    /// What is computed for each combination; nodes use earlier nodes only.
    pub nodes: Vec<Node>,
    /// What becomes of the values of all combinations of an event.
    #[serde(rename = "reduce")]
    pub reduction: Reduction,
}

/// What is combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Combination {
    /// All combinations `i < j < ...` of that many elements; all lists have the same lengths.
    Combinations(usize),
    /// All products of that many lists, the last one fastest. The first lists
    /// of the evaluation say how long each of them is; a list that member `k`
    /// is taken of has the same lengths as list `k`.
    Cross(usize),
}

impl Combination {
    /// Number of members of a combination.
    #[must_use]
    pub const fn members(self) -> usize {
        match self {
            Self::Combinations(n) | Self::Cross(n) => n,
        }
    }
}

/// One step of a [`Program`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// What is computed.
    pub op: Op,
    /// Positions of the nodes that it is computed of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub of: Vec<usize>,
    /// Type of the result.
    #[serde(default, skip_serializing_if = "Kind::is_default")]
    pub kind: Kind,
}

impl Node {
    /// A node whose result is a boolean if that is what the operation gives, else a double.
    #[must_use]
    pub fn new(op: Op, of: &[usize]) -> Self {
        Self {
            op,
            of: of.to_vec(),
            kind: if op.gives_bool() {
                Kind::Bool
            } else {
                Kind::F64
            },
        }
    }
}

/// How the values of a node for all combinations of an event become one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reduction {
    /// The rank of the smallest, the first of equals, as a 64-bit integer. NaN is skipped; null if nothing is left.
    ArgMin(usize),
    /// The rank of the largest, the first of equals, as a 64-bit integer. NaN is skipped; null if nothing is left.
    ArgMax(usize),
    /// Whether any is true: false without combinations.
    Any(usize),
    /// Whether all are true: true without combinations.
    All(usize),
    /// How many are true, as a 64-bit integer.
    Count(usize),
    /// The sum, in the order of the combinations, from 0, as a double. NaN makes it NaN.
    Sum(usize),
    /// The smallest as a double. NaN is skipped; NaN if there is nothing else, null without combinations.
    Min(usize),
    /// The largest as a double. NaN is skipped; NaN if there is nothing else, null without combinations.
    Max(usize),
}

impl Reduction {
    /// The node whose values are reduced.
    #[must_use]
    pub const fn root(self) -> usize {
        match self {
            Self::ArgMin(root)
            | Self::ArgMax(root)
            | Self::Any(root)
            | Self::All(root)
            | Self::Count(root)
            | Self::Sum(root)
            | Self::Min(root)
            | Self::Max(root) => root,
        }
    }

    /// Type of the result.
    #[must_use]
    pub const fn data_type(self) -> DataType {
        match self {
            Self::ArgMin(_) | Self::ArgMax(_) | Self::Count(_) => DataType::Int64,
            Self::Any(_) | Self::All(_) => DataType::Boolean,
            Self::Sum(_) | Self::Min(_) | Self::Max(_) => DataType::Float64,
        }
    }
}

impl Program {
    /// The program as one line of JSON.
    ///
    /// # Errors
    ///
    /// Only [`PhysicsError::BadCall`], which would be a bug.
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string(self)
            .map_err(|error| PhysicsError::bad_call(format!("a program has no JSON: {error}")))
    }

    /// The program that [`to_json`](Self::to_json) wrote, to the last bit.
    ///
    /// # Errors
    ///
    /// [`PhysicsError::BadCall`] if it is none.
    pub fn from_json(json: &str) -> Result<Self> {
        serde_json::from_str(json)
            .map_err(|error| PhysicsError::bad_call(format!("this is no program: {error}")))
    }

    /// Refuses programs that cannot be evaluated with that many operands.
    ///
    /// # Errors
    ///
    /// [`PhysicsError::BadCall`] that names the node and what is wrong with it.
    pub fn check(&self, lists: usize, per_event: usize) -> Result<()> {
        let members = self.combination.members();
        let needed = match self.combination {
            Combination::Combinations(_) => 1,
            Combination::Cross(n) => n,
        };
        if !(1..=MAX_MEMBERS).contains(&members) || lists < needed {
            return Err(PhysicsError::bad_call(format!(
                "{:?} of {lists} lists: it takes 1 to {MAX_MEMBERS} members and at least {needed} lists",
                self.combination
            )));
        }
        for (number, node) in self.nodes.iter().enumerate() {
            let problem = match node.op {
                Op::Input(list, _) if list >= lists => format!("there are only {lists} lists"),
                Op::Input(_, member) if member >= members => {
                    format!("there are only {members} members")
                }
                Op::PerEvent(column) if column >= per_event => {
                    format!("there are only {per_event} per-event columns")
                }
                op if op.arity() != node.of.len() => format!("it takes {} nodes", op.arity()),
                _ if node.of.iter().any(|&of| of >= number) => "it uses a later node".to_owned(),
                op if op.gives_bool() && node.kind != Kind::Bool => "it is a boolean".to_owned(),
                op if !self.are_bools(&node.of[..op.leading_bools()]) => {
                    "it wants a boolean".to_owned()
                }
                _ => continue,
            };
            return Err(PhysicsError::bad_call(format!(
                "node {number} of the program, {:?} of {:?}: {problem}",
                node.op, node.of
            )));
        }
        self.check_reduction()
    }

    fn check_reduction(&self) -> Result<()> {
        let root = self.reduction.root();
        let wants_bool = matches!(
            self.reduction,
            Reduction::Any(_) | Reduction::All(_) | Reduction::Count(_)
        );
        let problem = if root >= self.nodes.len() {
            format!("there are only {} nodes", self.nodes.len())
        } else if wants_bool && !self.are_bools(&[root]) {
            "it wants a boolean".to_owned()
        } else {
            return Ok(());
        };
        Err(PhysicsError::bad_call(format!(
            "the reduction {:?}: {problem}",
            self.reduction
        )))
    }

    fn are_bools(&self, nodes: &[usize]) -> bool {
        nodes
            .iter()
            .all(|&node| self.nodes[node].kind == Kind::Bool)
    }
}
