//! From an expression over members of combinations to a program.

use arrow::datatypes::DataType;
use datafusion::common::{DFSchema, DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::expr::{Cast, ScalarFunction};
use datafusion::logical_expr::{Expr, ExprSchemable, Operator, cast, lit};
use hepframe_physics::fused::{Combination, Kind, Node, Op as Step, Program, Reduction};

use crate::physics::functions::{LiftKind, Op, call, kind_of, op_of};
use crate::physics::types::{element, is_list};

/// The reduction as one call, if all of it can be done by a program.
pub(super) fn fused(reduction: &ScalarFunction, schema: &DFSchema) -> Result<Option<Expr>> {
    let (Some(op), [of]) = (op_of(reduction), reduction.args.as_slice()) else {
        return Ok(None);
    };
    let mut translation = Translation {
        schema,
        combination: None,
        products: Vec::new(),
        lists: Vec::new(),
        per_event: Vec::new(),
        nodes: Vec::new(),
        has_null: false,
    };
    let Some(root) = translation.reduced(op, of) else {
        return Ok(None);
    };
    translation.finish(op, of, root)
}

struct Translation<'a> {
    schema: &'a DFSchema,
    combination: Option<Combination>,
    /// The lists of a cross product and the place of the one that the first member is of.
    products: Vec<(usize, Vec<Expr>)>,
    lists: Vec<Expr>,
    per_event: Vec<Expr>,
    nodes: Vec<Node>,
    /// A null stands among the numbers; programs take it as NaN.
    has_null: bool,
}

impl Translation<'_> {
    /// A cross product takes the length of each list from a field of its own choice. Where the
    /// program reads another field of the same list, that one will do, and a branch is not read.
    fn reuse_inputs(&mut self) {
        let Some((_, product)) = self.products.first() else {
            return;
        };
        let inputs: Vec<(usize, usize)> = self
            .nodes
            .iter()
            .filter_map(|node| match node.op {
                Step::Input(place, member) => Some((place, member)),
                _ => None,
            })
            .collect();
        for member in 0..product.len() {
            let of_member = || inputs.iter().filter(|(_, of)| *of == member);
            let is_read = of_member().any(|(place, _)| *place == member);
            if let (false, Some((place, _))) = (is_read, of_member().next()) {
                self.lists[member] = self.lists[*place].clone();
            }
        }
    }

    fn finish(mut self, op: Op, of: &Expr, root: usize) -> Result<Option<Expr>> {
        self.reuse_inputs();
        let Some(combination) = self.combination else {
            return Ok(None);
        };
        let is_bool = self.nodes[root].kind == Kind::Bool;
        let reduction = match (op, is_bool) {
            (Op::ArgMin, false) => Reduction::ArgMin(root),
            (Op::ArgMax, false) => Reduction::ArgMax(root),
            (Op::Any, true) if !self.has_null => Reduction::Any(root),
            (Op::All, true) if !self.has_null => Reduction::All(root),
            (Op::Count, true) if !self.has_null => Reduction::Count(root),
            (Op::Sum, false) if !self.has_null => Reduction::Sum(root),
            (Op::Min, false) if !self.has_null => Reduction::Min(root),
            (Op::Max, false) if !self.has_null => Reduction::Max(root),
            _ => return Ok(None),
        };
        let program = Program {
            combination,
            nodes: self.nodes,
            reduction,
        };
        let text = program
            .to_json()
            .map_err(|error| DataFusionError::External(Box::new(error)))?;
        let mut args = vec![lit(text)];
        args.extend(self.lists);
        args.extend(self.per_event);
        let fused = call(Op::Fused, args)?;
        // The smallest of floats is a float, a sum of integers an integer. A double holds that of
        // two million pairs of 32 bits.
        let of_type = of.get_type(self.schema)?;
        Ok(Some(match (op, element(&of_type)) {
            (Op::Min | Op::Max, Some(narrow)) if *narrow != DataType::Float64 => {
                cast(fused, narrow.clone())
            }
            (Op::Sum, Some(whole)) if whole.is_integer() => cast(fused, DataType::Int64),
            _ => fused,
        }))
    }

    /// The node that is reduced; a mask around it becomes part of it.
    fn reduced(&mut self, op: Op, of: &Expr) -> Option<usize> {
        let Expr::ScalarFunction(function) = of else {
            return self.node(of);
        };
        let [inner, mask] = function.args.as_slice() else {
            return self.node(of);
        };
        if op_of(function) != Some(Op::Mask) {
            return self.node(of);
        }
        let (mask, inner) = (self.node(mask)?, self.node(inner)?);
        match op {
            Op::Any | Op::Count if self.nodes[inner].kind == Kind::Bool => {
                Some(self.add(Step::And, vec![mask, inner], Kind::Bool))
            }
            Op::All => {
                let outside = self.add(Step::Not, vec![mask], Kind::Bool);
                Some(self.add(Step::Or, vec![outside, inner], Kind::Bool))
            }
            Op::Sum if self.nodes[inner].kind != Kind::Bool => {
                let kind = self.nodes[inner].kind;
                let zero = self.add(Step::Constant(0.0), Vec::new(), Kind::F64);
                Some(self.add(Step::Where, vec![mask, inner, zero], kind))
            }
            _ => None,
        }
    }

    fn add(&mut self, op: Step, of: Vec<usize>, kind: Kind) -> usize {
        let node = Node { op, of, kind };
        match self.nodes.iter().position(|known| *known == node) {
            Some(known) => known,
            None => {
                self.nodes.push(node);
                self.nodes.len() - 1
            }
        }
    }

    /// The kind of the values of a list, for types that a double holds exactly.
    fn kind(&self, list: &Expr) -> Option<Kind> {
        kind_of_type(element(&list.get_type(self.schema).ok()?)?)
    }

    fn node(&mut self, expr: &Expr) -> Option<usize> {
        match expr {
            Expr::Alias(alias) => self.node(&alias.expr),
            Expr::Literal(value, _) => self.constant(value),
            Expr::Cast(Cast { expr: of, field }) => self.converted(of, field.data_type()),
            Expr::ScalarFunction(function) => match op_of(function) {
                Some(Op::Member) => self.member(&function.args),
                Some(Op::Cross) => self.cross(&function.args),
                Some(Op::Elementwise(formula)) => {
                    let of = self.nodes_of(&function.args)?;
                    Some(self.add(Step::Formula(formula), of, Kind::F64))
                }
                Some(Op::IfElse) => {
                    let of = self.nodes_of(&function.args)?;
                    let kind = self.kind(expr)?;
                    // Flags and numbers do not mix.
                    let is_bool = |node: usize| self.nodes[node].kind == Kind::Bool;
                    let fits = is_bool(of[0]) && kind != Kind::Bool && !is_bool(of[1]);
                    (fits && !is_bool(of[2])).then(|| self.add(Step::Where, of, kind))
                }
                Some(_) => self.column(expr),
                None => match kind_of(function) {
                    Some(kind) if is_list(&expr.get_type(self.schema).ok()?) => {
                        self.lifted(kind, expr, &function.args)
                    }
                    _ => self.column(expr),
                },
            },
            other => self.column(other),
        }
    }

    fn nodes_of(&mut self, args: &[Expr]) -> Option<Vec<usize>> {
        args.iter().map(|arg| self.node(arg)).collect()
    }

    fn constant(&mut self, value: &ScalarValue) -> Option<usize> {
        if value.is_null() {
            self.has_null = true;
            return Some(self.add(Step::Constant(f64::NAN), Vec::new(), Kind::F64));
        }
        if let ScalarValue::Boolean(Some(flag)) = value {
            let number = self.add(Step::Constant(f64::from(*flag)), Vec::new(), Kind::F64);
            let zero = self.add(Step::Constant(0.0), Vec::new(), Kind::F64);
            return Some(self.add(Step::NotEqual, vec![number, zero], Kind::Bool));
        }
        let Ok(ScalarValue::Float64(Some(number))) = value.cast_to(&DataType::Float64) else {
            return None;
        };
        let back = ScalarValue::Float64(Some(number))
            .cast_to(&value.data_type())
            .ok()?;
        (back == *value).then(|| self.add(Step::Constant(number), Vec::new(), Kind::F64))
    }

    /// A value per event. Lists that are not members of combinations do not fit.
    fn column(&mut self, expr: &Expr) -> Option<usize> {
        let data_type = expr.get_type(self.schema).ok()?;
        if is_list(&data_type) {
            return None;
        }
        let kind = kind_of_type(&data_type)?;
        let place = place(&mut self.per_event, expr);
        Some(self.add(Step::PerEvent(place), Vec::new(), kind))
    }

    fn converted(&mut self, of: &Expr, to: &DataType) -> Option<usize> {
        if !is_list(to) {
            return match of {
                Expr::Literal(value, _) => self.constant(&value.cast_to(to).ok()?),
                _ => self.column(&cast(of.clone(), to.clone())),
            };
        }
        let node = self.node(of)?;
        match (innermost_kind(to)?, self.nodes[node].kind) {
            (Kind::F64, Kind::F64 | Kind::F32) | (Kind::F32, Kind::F32) => Some(node),
            // Times one: the conversion rounds and nothing else.
            (Kind::F32, Kind::F64) => {
                let one = self.add(Step::Constant(1.0), Vec::new(), Kind::F64);
                Some(self.add(Step::Multiply, vec![node, one], Kind::F32))
            }
            _ => None,
        }
    }

    fn member(&mut self, args: &[Expr]) -> Option<usize> {
        let [list, size, member] = args else {
            return None;
        };
        let combination = Combination::Combinations(number(size)?);
        if *self.combination.get_or_insert(combination) != combination {
            return None;
        }
        self.input(list, number(member)?)
    }

    fn cross(&mut self, args: &[Expr]) -> Option<usize> {
        let [member, lists @ ..] = args else {
            return None;
        };
        let (member, combination) = (number(member)?, Combination::Cross(lists.len()));
        if *self.combination.get_or_insert(combination) != combination {
            return None;
        }
        match self.products.first() {
            None => {
                // Programs read the lengths from the first lists.
                if !self.lists.is_empty() {
                    return None;
                }
                self.lists.extend_from_slice(lists);
                self.products.push((member, lists.to_vec()));
            }
            Some((first, known)) => {
                let others = (0..lists.len()).filter(|place| place != first && *place != member);
                if others.into_iter().any(|place| known[place] != lists[place]) {
                    return None;
                }
            }
        }
        self.input(lists.get(member)?, member)
    }

    fn input(&mut self, list: &Expr, member: usize) -> Option<usize> {
        let data_type = list.get_type(self.schema).ok()?;
        let kind = kind_of_type(element(&data_type)?)?;
        if is_combined(list) {
            return None;
        }
        let place = place(&mut self.lists, list);
        Some(self.add(Step::Input(place, member), Vec::new(), kind))
    }

    fn lifted(&mut self, lift: &LiftKind, whole: &Expr, args: &[Expr]) -> Option<usize> {
        let of = self.nodes_of(args)?;
        let whole_type = whole.get_type(self.schema).ok()?;
        let kind = kind_of_type(element(&whole_type)?)?;
        let step = match lift {
            LiftKind::Not => Step::Not,
            LiftKind::Negative => Step::Negate,
            LiftKind::Operator(operator) => operator_step(*operator)?,
            LiftKind::Function(function) => function_step(function.name())?,
        };
        // Whole numbers overflow and divide in ways of their own.
        let is_arithmetic = kind != Kind::Bool;
        if is_arithmetic && !element(&whole_type)?.is_floating() {
            return None;
        }
        let wants_flags = matches!(step, Step::And | Step::Or | Step::Not);
        let are_flags = |node: &usize| self.nodes[*node].kind == Kind::Bool;
        if wants_flags != of.iter().all(are_flags) || (!wants_flags && of.iter().any(are_flags)) {
            return None;
        }
        Some(self.add(step, of, kind))
    }
}

/// The place of an expression among others, added if it is new.
fn place(among: &mut Vec<Expr>, expr: &Expr) -> usize {
    match among.iter().position(|known| known == expr) {
        Some(place) => place,
        None => {
            among.push(expr.clone());
            among.len() - 1
        }
    }
}

fn number(expr: &Expr) -> Option<usize> {
    match expr {
        Expr::Literal(ScalarValue::Int64(Some(number)), _) => usize::try_from(*number).ok(),
        _ => None,
    }
}

/// 64-bit integers are left out: a double does not hold all of them.
fn kind_of_type(data_type: &DataType) -> Option<Kind> {
    match data_type {
        DataType::Float64
        | DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32 => Some(Kind::F64),
        DataType::Float32 => Some(Kind::F32),
        DataType::Boolean => Some(Kind::Bool),
        _ => None,
    }
}

fn innermost_kind(data_type: &DataType) -> Option<Kind> {
    let element = element(data_type)?;
    if element.is_integer() {
        return None;
    }
    kind_of_type(element)
}

fn operator_step(operator: Operator) -> Option<Step> {
    Some(match operator {
        Operator::Plus => Step::Add,
        Operator::Minus => Step::Subtract,
        Operator::Multiply => Step::Multiply,
        Operator::Divide => Step::Divide,
        Operator::Modulo => Step::Remainder,
        Operator::Eq => Step::Equal,
        Operator::NotEq => Step::NotEqual,
        Operator::Lt => Step::Less,
        Operator::LtEq => Step::LessEqual,
        Operator::Gt => Step::Greater,
        Operator::GtEq => Step::GreaterEqual,
        Operator::And => Step::And,
        Operator::Or => Step::Or,
        _ => return None,
    })
}

fn function_step(name: &str) -> Option<Step> {
    Some(match name {
        "abs" => Step::Abs,
        "sqrt" => Step::Sqrt,
        "exp" => Step::Exp,
        "ln" => Step::Ln,
        "sin" => Step::Sin,
        "cos" => Step::Cos,
        "sinh" => Step::Sinh,
        "cosh" => Step::Cosh,
        _ => return None,
    })
}

/// True if the expression has combinations inside.
fn is_combined(expr: &Expr) -> bool {
    use datafusion::common::tree_node::TreeNode;

    let found = expr.exists(|part| {
        Ok(match part {
            Expr::ScalarFunction(call) => matches!(op_of(call), Some(Op::Member | Op::Cross)),
            _ => false,
        })
    });
    // The closure never fails.
    found.unwrap_or(true)
}
