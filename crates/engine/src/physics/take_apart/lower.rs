//! What our functions do to symbolic values.

use std::collections::HashMap;

use arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::common::{Column, DFSchema, Result, ScalarValue, plan_err};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{Expr, ExprSchemable, Operator, cast, lit};
use hepframe_physics::Formula;

use super::value::{Record, Value, args_of, text_of};
use crate::physics::functions::{MEMBERS, Op, call, formula_of, lift_operator, op_of};
use crate::physics::types::{CARTESIAN, POLAR, derivation, innermost, is_list, like, record};

/// Evaluates the expressions of one node.
pub(super) struct Lower<'a> {
    /// Columns of the node's inputs that are taken apart.
    pub(super) definitions: &'a HashMap<Column, Value>,
    /// Columns of the node's inputs.
    pub(super) schema: &'a DFSchema,
}

impl Lower<'_> {
    /// The expression without collections; one that is a result as a whole is put together.
    pub(super) fn flat(&self, expr: Expr) -> Result<Expr> {
        self.value(expr)?.into_expr()
    }

    /// What the expression stands for.
    pub(super) fn value(&self, expr: Expr) -> Result<Value> {
        match expr {
            Expr::Column(column) => Ok(match self.definition(&column) {
                Some(value) => value.clone(),
                None => Value::Flat(Expr::Column(column)),
            }),
            Expr::Alias(alias) => Ok(match self.value(*alias.expr)? {
                Value::Flat(flat) => Value::Flat(flat.alias_qualified(alias.relation, alias.name)),
                record @ Value::Record(_) => record,
            }),
            Expr::ScalarFunction(function) => self.function(function),
            Expr::IsNull(inner) => Ok(Value::Flat(Expr::IsNull(Box::new(self.presence(*inner)?)))),
            Expr::IsNotNull(inner) => Ok(Value::Flat(Expr::IsNotNull(Box::new(
                self.presence(*inner)?,
            )))),
            other => other
                .map_children(|child| self.flat(child).map(Transformed::yes))
                .data()
                .map(Value::Flat),
        }
    }

    /// Definitions are by full name; expressions may leave the table out.
    fn definition(&self, column: &Column) -> Option<&Value> {
        self.definitions.get(column).or_else(|| {
            let mut same_name = self
                .definitions
                .iter()
                .filter(|(defined, _)| column.relation.is_none() && defined.name == column.name);
            let (_, value) = same_name.next()?;
            same_name.next().is_none().then_some(value)
        })
    }

    /// A member of a collection is there if its first field is.
    fn presence(&self, expr: Expr) -> Result<Expr> {
        match self.value(expr)? {
            Value::Record(record) if !record.is_list => {
                match Value::Record(record.clone()).representative() {
                    Some(part) => Ok(part.clone()),
                    None => Value::Record(record).into_expr(),
                }
            }
            other => other.into_expr(),
        }
    }

    fn function(&self, function: ScalarFunction) -> Result<Value> {
        let Some(op) = op_of(&function) else {
            return self.foreign_function(function);
        };
        let args = function
            .args
            .into_iter()
            .map(|arg| self.value(arg))
            .collect::<Result<Vec<_>>>()?;
        self.apply(op, args)
    }

    /// Functions that are not ours see flat values; `get_field` of a record is one of ours.
    fn foreign_function(&self, function: ScalarFunction) -> Result<Value> {
        let is_field = function.func.name() == "get_field";
        let mut args = Vec::with_capacity(function.args.len());
        for arg in function.args {
            args.push(self.value(arg)?);
        }
        if is_field && matches!(args.first(), Some(Value::Record(_))) {
            let mut args = args.into_iter();
            let mut value = args.next().unwrap_or(Value::Flat(lit(ScalarValue::Null)));
            for name in args {
                value = self.field(value, &name.into_expr()?)?;
            }
            return Ok(value);
        }
        let args = args
            .into_iter()
            .map(Value::into_expr)
            .collect::<Result<_>>()?;
        Ok(Value::Flat(Expr::ScalarFunction(ScalarFunction::new_udf(
            function.func,
            args,
        ))))
    }

    fn apply(&self, op: Op, args: Vec<Value>) -> Result<Value> {
        let mut args = Args::new(op, args);
        match op {
            Op::Make | Op::MakeStruct => make(op == Op::Make, args),
            Op::Field => {
                let whole = args.next()?;
                self.field(whole, &args.flat()?)
            }
            Op::WithField => self.with_field(args.next()?, &args.flat()?, args.next()?),
            Op::Mask | Op::Take | Op::Slice | Op::Reverse => {
                let whole = args.next()?;
                let rest = args.flats()?;
                whole.map(&mut |part| call(op, with_first(part, &rest)))
            }
            Op::At => {
                let whole = args.next()?;
                self.at(whole, &args.flat()?)
            }
            Op::First => self.at(args.next()?, &lit(0_i64)),
            Op::Last => self.at(args.next()?, &lit(-1_i64)),
            Op::Concat => self.concat(args.rest()),
            Op::Sort => self.sort(args.next()?, args.optional_flat()?),
            Op::TopK => {
                let whole = args.next()?;
                let count = args.flat()?;
                let key = args.optional_flat()?;
                let key = key.map(|key| key_of(&whole, key)).transpose()?;
                match (key, whole) {
                    (None, Value::Flat(list)) => Ok(Value::Flat(call(op, vec![list, count])?)),
                    (None, Value::Record(_)) => {
                        plan_err!("top_k() of a collection takes a key: top_k(Jet, 2, Jet.pt)")
                    }
                    (Some(key), whole) => {
                        let order = call(Op::Argsort, vec![key, lit(true)])?;
                        let first = call(Op::Slice, vec![order, lit(0_i64), count])?;
                        whole.map(&mut |part| call(Op::Take, vec![part, first.clone()]))
                    }
                }
            }
            Op::Index | Op::Len => length(op, &args.next()?),
            Op::Count => match args.next()? {
                collection @ Value::Record(_) => length(Op::Len, &collection),
                Value::Flat(list) => Ok(Value::Flat(call(op, vec![list])?)),
            },
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
            Op::Sum => match args.next()? {
                collection @ Value::Record(_) => self
                    .vector(&collection)?
                    .map_to_members(&mut |part| call(Op::Sum, vec![part])),
                Value::Flat(list) => Ok(Value::Flat(call(op, vec![list])?)),
            },
            Op::P4 => self.four_vector(POLAR, args.rest()),
            Op::P4Cartesian => self.four_vector(CARTESIAN, args.rest()),
            Op::P4Add => self.add(Operator::Plus, &args.next()?, &args.next()?),
            Op::P4Subtract => self.add(Operator::Minus, &args.next()?, &args.next()?),
            Op::InvMass => {
                let mut sum = args.next()?;
                for vector in args.rest() {
                    sum = self.add(Operator::Plus, &sum, &vector)?;
                }
                self.component(&sum, "mass").map(Value::Flat)
            }
            Op::Boost => self.boost(&args.next()?, &args.flats()?),
            Op::AnyWithin | Op::Nearest => {
                if args.len() > 3 {
                    return Ok(Value::Flat(call(op, args.flats()?)?));
                }
                let (left, right) = (args.next()?, args.next()?);
                let mut flat = Vec::with_capacity(5);
                for whole in [&left, &right] {
                    flat.push(self.component(whole, "eta")?);
                    flat.push(self.component(whole, "phi")?);
                }
                flat.extend(args.flats()?);
                Ok(Value::Flat(call(op, flat)?))
            }
            Op::Elementwise(formula) => self.elementwise(formula, args),
            Op::Repeat
            | Op::Key
            | Op::Argsort
            | Op::Fused
            | Op::IfElse
            | Op::Member
            | Op::Place
            | Op::Cross
            | Op::CrossPlace
            | Op::Min
            | Op::Max
            | Op::Mean
            | Op::Any
            | Op::All
            | Op::ArgMin
            | Op::ArgMax => Ok(Value::Flat(call(op, args.flats()?)?)),
        }
    }

    fn data_type(&self, expr: &Expr) -> Result<DataType> {
        expr.get_type(self.schema)
    }

    fn is_list(&self, value: &Value) -> Result<bool> {
        match value {
            Value::Record(record) => Ok(record.is_list),
            Value::Flat(expr) => Ok(is_list(&self.data_type(expr)?)),
        }
    }

    fn field(&self, whole: Value, name: &Expr) -> Result<Value> {
        let Some(name) = text_of(name) else {
            return plan_err!("a field has a name in quotes, not {name}");
        };
        if let Value::Record(record) = &whole
            && let Some(value) = record.get(name)
        {
            return Ok(value.clone());
        }
        match &whole {
            Value::Flat(expr) if self.has_field(expr, name)? => {
                push_field(expr.clone(), name).map(Value::Flat)
            }
            _ => self.component(&whole, name).map(Value::Flat),
        }
    }

    fn has_field(&self, expr: &Expr, name: &str) -> Result<bool> {
        let data_type = self.data_type(expr)?;
        Ok(record(&data_type).is_some_and(|fields| fields.find(name).is_some()))
    }

    /// A component of a four-vector, from its own field or from others.
    fn component(&self, vector: &Value, name: &str) -> Result<Expr> {
        let has = |name: &str| match vector {
            Value::Record(record) => record.get(name).is_some(),
            Value::Flat(expr) => self.has_field(expr, name).unwrap_or(false),
        };
        if has(name) {
            return self.field(vector.clone(), &lit(name))?.into_expr();
        }
        match (derivation(name, &has), formula_of(name)) {
            (Some(from), Some(formula)) => {
                let args = from
                    .iter()
                    .map(|name| self.component(vector, name))
                    .collect::<Result<_>>()?;
                call(Op::Elementwise(formula), args)
            }
            _ => plan_err!("`.{name}` is neither a field here nor follows from those there are"),
        }
    }

    /// The Cartesian components, in double precision.
    fn vector(&self, vector: &Value) -> Result<Value> {
        let is_list = self.is_list(vector)?;
        let fields = CARTESIAN
            .into_iter()
            .map(|name| {
                let component = self.double(self.component(vector, name)?)?;
                Ok((name.to_owned(), Value::Flat(component)))
            })
            .collect::<Result<_>>()?;
        Ok(Value::Record(Record { is_list, fields }))
    }

    fn double(&self, expr: Expr) -> Result<Expr> {
        let data_type = self.data_type(&expr)?;
        if *innermost(&data_type) == DataType::Float64 {
            return Ok(expr);
        }
        Ok(cast(expr, like(is_list(&data_type), DataType::Float64)))
    }

    fn add(&self, operator: Operator, left: &Value, right: &Value) -> Result<Value> {
        let is_list = self.is_list(left)? || self.is_list(right)?;
        let fields = CARTESIAN
            .into_iter()
            .map(|name| {
                let left = self.double(self.component(left, name)?)?;
                let right = self.double(self.component(right, name)?)?;
                let both = if is_list {
                    lift_operator(operator, left, right)?
                } else {
                    datafusion::logical_expr::binary_expr(left, operator, right)
                };
                Ok((name.to_owned(), Value::Flat(both)))
            })
            .collect::<Result<_>>()?;
        Ok(Value::Record(Record { is_list, fields }))
    }

    fn boost(&self, vector: &Value, beta: &[Expr]) -> Result<Value> {
        let mut is_list = self.is_list(vector)?;
        let mut args = Vec::with_capacity(7);
        for name in CARTESIAN {
            args.push(self.component(vector, name)?);
        }
        for component in beta {
            is_list |= crate::physics::types::is_list(&self.data_type(component)?);
            args.push(component.clone());
        }
        let functions = [
            Formula::BoostPx,
            Formula::BoostPy,
            Formula::BoostPz,
            Formula::BoostE,
        ];
        let fields = CARTESIAN
            .into_iter()
            .zip(functions)
            .map(|(name, function)| {
                let part = call(Op::Elementwise(function), args.clone())?;
                Ok((name.to_owned(), Value::Flat(part)))
            })
            .collect::<Result<_>>()?;
        Ok(Value::Record(Record { is_list, fields }))
    }

    fn four_vector(&self, names: [&str; 4], parts: Vec<Value>) -> Result<Value> {
        let mut like = None;
        let mut exprs = Vec::with_capacity(names.len());
        for part in parts {
            let part = part.into_expr()?;
            if is_list(&self.data_type(&part)?) {
                like.get_or_insert_with(|| part.clone());
            }
            exprs.push(part);
        }
        let fields = names
            .into_iter()
            .zip(exprs)
            .map(|(name, part)| {
                let part = match &like {
                    Some(like) => self.as_long_as(part, like)?,
                    None => part,
                };
                Ok((name.to_owned(), Value::Flat(part)))
            })
            .collect::<Result<_>>()?;
        Ok(Value::Record(Record {
            is_list: like.is_some(),
            fields,
        }))
    }

    /// A single value repeated to the length of a list.
    fn as_long_as(&self, part: Expr, list: &Expr) -> Result<Expr> {
        if is_list(&self.data_type(&part)?) {
            return Ok(part);
        }
        call(Op::Repeat, vec![part, list.clone()])
    }

    fn with_field(&self, whole: Value, name: &Expr, added: Value) -> Result<Value> {
        let Some(name) = text_of(name) else {
            return plan_err!("with_field() takes a name in quotes, not {name}");
        };
        let mut record = match whole {
            Value::Record(record) => record,
            Value::Flat(expr) => self.opened(expr)?,
        };
        let added = match added {
            Value::Flat(part) if record.is_list => {
                let whole = Value::Record(record.clone());
                match whole.representative() {
                    Some(list) => Value::Flat(self.as_long_as(part, list)?),
                    None => Value::Flat(part),
                }
            }
            other => other,
        };
        record.fields.retain(|(field, _)| field != name);
        record.fields.push((name.to_owned(), added));
        Ok(Value::Record(record))
    }

    /// A column of structs as a record of its fields.
    fn opened(&self, expr: Expr) -> Result<Record> {
        let data_type = self.data_type(&expr)?;
        let Some(fields) = record(&data_type) else {
            return plan_err!("{expr} is no collection");
        };
        let fields = fields
            .iter()
            .map(|field| {
                let part = push_field(expr.clone(), field.name())?;
                Ok((field.name().clone(), Value::Flat(part)))
            })
            .collect::<Result<_>>()?;
        Ok(Record {
            is_list: is_list(&data_type),
            fields,
        })
    }

    fn at(&self, whole: Value, index: &Expr) -> Result<Value> {
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
    fn best_by(&self, whole: Value, key: Expr) -> Result<Value> {
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

    fn sort(&self, whole: Value, key: Option<Expr>) -> Result<Value> {
        match (key, whole) {
            (None, Value::Flat(list)) => Ok(Value::Flat(call(Op::Sort, vec![list])?)),
            (None, Value::Record(_)) => {
                plan_err!("sort() of a collection takes a key: sort(Jet, Jet.pt)")
            }
            (Some(key), whole) => {
                let order = call(Op::Argsort, vec![key_of(&whole, key)?])?;
                whole.map(&mut |part| call(Op::Take, vec![part, order.clone()]))
            }
        }
    }

    fn concat(&self, wholes: Vec<Value>) -> Result<Value> {
        if wholes.iter().all(|whole| matches!(whole, Value::Flat(_))) {
            let args = wholes
                .into_iter()
                .map(Value::into_expr)
                .collect::<Result<_>>()?;
            return Ok(Value::Flat(call(Op::Concat, args)?));
        }
        let records = wholes
            .into_iter()
            .map(|whole| match whole {
                Value::Record(record) => Ok(record),
                Value::Flat(expr) => self.opened(expr),
            })
            .collect::<Result<Vec<_>>>()?;
        let Some(first) = records.first() else {
            return plan_err!("concat() takes at least one list");
        };
        let mut fields = Vec::new();
        for (name, _) in &first.fields {
            let parts: Option<Vec<Value>> = records
                .iter()
                .map(|record| record.get(name).cloned())
                .collect();
            if let Some(parts) = parts {
                fields.push((name.clone(), self.concat(parts)?));
            }
        }
        Ok(Value::Record(Record {
            is_list: true,
            fields,
        }))
    }

    fn elementwise(&self, formula: Formula, mut args: Args) -> Result<Value> {
        let components: &[&str] = match formula {
            Formula::DeltaPhi => &["phi"],
            Formula::DeltaR => &["eta", "phi"],
            Formula::TransverseMass => &["pt", "phi"],
            _ => &[],
        };
        let mut flat = Vec::new();
        for value in args.rest() {
            let is_vector = match &value {
                Value::Record(_) => true,
                Value::Flat(expr) => record(&self.data_type(expr)?).is_some(),
            };
            if is_vector {
                for component in components {
                    flat.push(self.component(&value, component)?);
                }
            } else {
                flat.push(value.into_expr()?);
            }
        }
        Ok(Value::Flat(call(Op::Elementwise(formula), flat)?))
    }
}

/// A key of a list. Of another collection it may differ in length, which is checked then; a key
/// that is computed of the list itself cannot.
fn key_of(whole: &Value, key: Expr) -> Result<Expr> {
    let mut parts = Vec::new();
    whole.parts("", &mut parts);
    let of_key = key.column_refs();
    let is_own = parts
        .iter()
        .any(|(_, part)| !part.column_refs().is_disjoint(&of_key));
    match whole.representative() {
        Some(list) if !is_own => call(Op::Key, vec![key, list.clone()]),
        _ => Ok(key),
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

/// `field(mask(x, m), f)` is `mask(field(x, f), m)`: the field that is used is all that is read.
fn push_field(expr: Expr, name: &str) -> Result<Expr> {
    match expr {
        Expr::ScalarFunction(mut function)
            if matches!(
                op_of(&function),
                Some(
                    Op::Mask
                        | Op::At
                        | Op::Take
                        | Op::Slice
                        | Op::Reverse
                        | Op::Member
                        | Op::First
                        | Op::Last
                )
            ) && !function.args.is_empty() =>
        {
            let whole = std::mem::take(&mut function.args[0]);
            function.args[0] = push_field(whole, name)?;
            Ok(Expr::ScalarFunction(function))
        }
        other => call(Op::Field, vec![other, lit(name)]),
    }
}

fn with_first(first: Expr, rest: &[Expr]) -> Vec<Expr> {
    let mut args = vec![first];
    args.extend_from_slice(rest);
    args
}

fn make(is_list: bool, mut args: Args) -> Result<Value> {
    let mut fields = Vec::with_capacity(args.len() / 2);
    while args.len() > 0 {
        let name = args.flat()?;
        let Some(name) = text_of(&name) else {
            return plan_err!("a field has a name in quotes, not {name}");
        };
        fields.push((name.to_owned(), args.next()?));
    }
    Ok(Value::Record(Record { is_list, fields }))
}

fn length(op: Op, whole: &Value) -> Result<Value> {
    match whole.representative() {
        Some(part) => Ok(Value::Flat(call(op, vec![part.clone()])?)),
        None => plan_err!("a collection without fields has no length"),
    }
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
        is_list: true,
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
        is_list: true,
        fields,
    }))
}

/// The arguments of a call, taken one after the other.
struct Args {
    op: Op,
    values: std::vec::IntoIter<Value>,
}

impl Args {
    fn new(op: Op, values: Vec<Value>) -> Self {
        Self {
            op,
            values: values.into_iter(),
        }
    }

    fn len(&self) -> usize {
        self.values.len()
    }

    fn next(&mut self) -> Result<Value> {
        match self.values.next() {
            Some(value) => Ok(value),
            None => plan_err!("{:?} takes more arguments", self.op),
        }
    }

    fn flat(&mut self) -> Result<Expr> {
        self.next()?.into_expr()
    }

    fn optional_flat(&mut self) -> Result<Option<Expr>> {
        self.values.next().map(Value::into_expr).transpose()
    }

    fn flats(&mut self) -> Result<Vec<Expr>> {
        self.values.by_ref().map(Value::into_expr).collect()
    }

    fn rest(&mut self) -> Vec<Value> {
        self.values.by_ref().collect()
    }
}
