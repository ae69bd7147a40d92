//! Combinations: views of lists, and the best of them.

use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::{Expr, lit};

use super::args::Args;
use super::lower::{Lower, with_first};
use super::value::{Kind, Record, Value, args_of};
use super::whole::key_of;
use crate::physics::functions::{MEMBERS, Op, call};

impl Lower<'_> {
    pub(super) fn combine(&self, op: Op, mut args: Args) -> Result<Value> {
        match op {
            Op::Pairs => members(&args.next()?, 2),
            Op::Combinations => {
                let whole = args.next()?;
                match args.flat()? {
                    Expr::Literal(ScalarValue::Int64(Some(size @ 1..=8)), _) => {
                        members(&whole, usize::try_from(size).unwrap_or(1))
                    }
                    other => plan_err!("combinations() takes 1 to 8 at a time, not {other}"),
                }
            }
            Op::Cartesian => cartesian(args.rest()),
            Op::BestBy => self.best_by(args.next()?, args.flat()?),
            other => plan_err!("{other:?} is not about combinations"),
        }
    }

    pub(super) fn at(&self, whole: Value, index: &Expr) -> Result<Value> {
        // All fields of a combination have their members at the same places, which are found once.
        let mut combined: Option<Expr> = None;
        let mut products: Option<Vec<Expr>> = None;
        whole.map_to_members(&mut |part| {
            if let Some([list, size, member]) = args_of(&part, Op::Member) {
                let like = combined.get_or_insert_with(|| list.clone());
                let args = [like, size, member, index].map(|arg| arg.clone());
                let place = call(Op::Place, args.to_vec())?;
                return call(Op::At, vec![list.clone(), place]);
            }
            if let Some([member, lists @ ..]) = args_of(&part, Op::Cross) {
                let Some(list) = member_of(lists, member) else {
                    return plan_err!("a product has no member {member}");
                };
                let like = products.get_or_insert_with(|| lists.to_vec());
                let mut args = vec![member.clone(), index.clone()];
                args.extend_from_slice(like);
                return call(Op::At, vec![list, call(Op::CrossPlace, args)?]);
            }
            call(Op::At, vec![part, index.clone()])
        })
    }

    /// The member with the smallest key. Combinations that a mask leaves out are passed over where
    /// they stand, so that the mask is never stored.
    pub(super) fn best_by(&self, whole: Value, key: Expr) -> Result<Value> {
        let key = key_of(&whole, key)?;
        let mut parts = Vec::new();
        whole.parts("", &mut parts);
        let mask = parts.first().and_then(|(_, part)| combination_mask(part));
        let Some(mask) = mask.filter(|mask| {
            parts
                .iter()
                .all(|(_, part)| combination_mask(part) == Some(*mask))
        }) else {
            let rank = call(Op::ArgMin, vec![key])?;
            return self.at(whole, &rank);
        };
        let mask = mask.clone();
        let unmask = |expr: Expr| {
            expr.transform_down(|part| {
                Ok(match args_of(&part, Op::Mask) {
                    Some([inner, by]) if *by == mask => Transformed::yes(inner.clone()),
                    _ => Transformed::no(part),
                })
            })
            .data()
        };
        let key = self.double(unmask(key)?)?;
        let nothing = lit(ScalarValue::Float64(None));
        let key = call(Op::IfElse, vec![mask.clone(), key, nothing])?;
        let rank = call(Op::ArgMin, vec![key])?;
        let unmasked = whole.map(&mut |part| unmask(part))?;
        self.at(unmasked, &rank)
    }
}

/// The list that a member of a product is of.
fn member_of(lists: &[Expr], member: &Expr) -> Option<Expr> {
    match member {
        Expr::Literal(ScalarValue::Int64(Some(member)), _) => {
            lists.get(usize::try_from(*member).ok()?).cloned()
        }
        _ => None,
    }
}

/// The mask of a masked combination.
fn combination_mask(part: &Expr) -> Option<&Expr> {
    let [inner, mask] = args_of(part, Op::Mask)? else {
        return None;
    };
    let is_combination =
        args_of(inner, Op::Member).is_some() || args_of(inner, Op::Cross).is_some();
    is_combination.then_some(mask)
}

/// The combinations of `size`, as one view per member.
fn members(whole: &Value, size: usize) -> Result<Value> {
    let fields = MEMBERS[..size]
        .iter()
        .zip(0_i64..)
        .map(|(name, member)| {
            let size = i64::try_from(size).unwrap_or(i64::MAX);
            let view = whole
                .clone()
                .map(&mut |part| call(Op::Member, vec![part, lit(size), lit(member)]))?;
            Ok(((*name).to_owned(), view))
        })
        .collect::<Result<_>>()?;
    Ok(Value::Record(Record {
        kind: Kind::List,
        fields,
    }))
}

/// The product of lists, as one view per member.
fn cartesian(wholes: Vec<Value>) -> Result<Value> {
    let mut lists = Vec::with_capacity(wholes.len());
    for whole in &wholes {
        match whole.representative() {
            Some(part) => lists.push(part.clone()),
            None => return plan_err!("cartesian() takes collections with fields"),
        }
    }
    let fields = MEMBERS
        .iter()
        .zip(wholes.into_iter().zip(0_i64..))
        .map(|(name, (whole, member))| {
            let place = usize::try_from(member).unwrap_or(0) + 1;
            let view = whole.map(&mut |part| {
                let mut args = with_first(lit(member), &lists);
                args[place] = part;
                call(Op::Cross, args)
            })?;
            Ok(((*name).to_owned(), view))
        })
        .collect::<Result<_>>()?;
    Ok(Value::Record(Record {
        kind: Kind::List,
        fields,
    }))
}
