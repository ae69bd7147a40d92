//! One function of ours as a DataFusion scalar function.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{
    ColumnarValue, Documentation, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature, Volatility,
};

use super::arguments::Argument;
use super::arity;
use super::catalog::{Entry, catalog};
use super::evaluate::evaluate;
use super::op::Op;
use super::told::name_of_result;

/// A function of the catalog.
#[derive(Debug)]
pub(crate) struct Function {
    name: &'static str,
    aliases: Vec<String>,
    op: Op,
    signature: Signature,
}

/// All else follows from what it does. Plans are compared and hashed by every rule, so this is
/// short.
impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.op == other.op
    }
}

impl Eq for Function {}

impl Hash for Function {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.op.hash(state);
    }
}

impl Function {
    fn new(entry: &Entry) -> Self {
        // DataFusion moves nothing across a projection that might give other values each time.
        let volatility = match entry.op {
            Op::Once => Volatility::Volatile,
            _ => Volatility::Immutable,
        };
        Self {
            name: entry.name,
            aliases: entry.words.iter().map(|word| (*word).to_owned()).collect(),
            op: entry.op,
            signature: Signature::variadic_any(volatility),
        }
    }

    /// The name that people use.
    fn word(&self) -> &str {
        let bare = || self.name.strip_prefix("hep_").unwrap_or(self.name);
        self.aliases.first().map_or_else(bare, String::as_str)
    }
}

impl ScalarUDFImpl for Function {
    fn name(&self) -> &str {
        self.name
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        internal_err!("{}: the type follows from the arguments", self.name)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let arguments: Vec<Argument<'_>> = args
            .arg_fields
            .iter()
            .zip(args.scalar_arguments)
            .map(|(field, literal)| Argument {
                data_type: field.data_type(),
                literal: *literal,
            })
            .collect();
        arity::check(self.op, self.word(), arguments.len())?;
        let data_type = self.op.return_type(self.word(), &arguments)?;
        let name = name_of_result(args.arg_fields, self.name);
        Ok(Arc::new(Field::new(name, data_type, true)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        evaluate(self.op, self.word(), &args)
    }

    fn documentation(&self) -> Option<&Documentation> {
        None
    }
}

/// The scalar functions, by what they do.
static FUNCTIONS: LazyLock<HashMap<Op, Arc<ScalarUDF>>> = LazyLock::new(|| {
    catalog()
        .iter()
        .map(|entry| (entry.op, Arc::new(ScalarUDF::from(Function::new(entry)))))
        .collect()
});

/// All of them, to be registered.
pub(crate) fn functions() -> impl Iterator<Item = Arc<ScalarUDF>> {
    FUNCTIONS.values().cloned()
}

/// The function that does `op`.
///
/// # Errors
/// If the catalog lacks it, which a test excludes.
pub(crate) fn function(op: Op) -> Result<Arc<ScalarUDF>> {
    match FUNCTIONS.get(&op) {
        Some(function) => Ok(Arc::clone(function)),
        None => internal_err!("{op:?} has no function"),
    }
}

/// A call of the function that does `op`.
///
/// # Errors
/// As [`function`].
pub(crate) fn call(op: Op, args: Vec<Expr>) -> Result<Expr> {
    Ok(Expr::ScalarFunction(ScalarFunction::new_udf(
        function(op)?,
        args,
    )))
}

/// What a call does, if it is one of ours.
pub(crate) fn op_of(call: &ScalarFunction) -> Option<Op> {
    call.func
        .inner()
        .downcast_ref::<Function>()
        .map(|function| function.op)
}
