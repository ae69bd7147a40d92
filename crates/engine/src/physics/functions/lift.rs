//! Operators and DataFusion's own functions, element by element on lists.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray};
use arrow::compute::kernels::{boolean, numeric};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{DFSchema, Result, internal_err};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::sort_properties::{ExprProperties, SortProperties};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, Expr, ExprSchemable, Operator, ReturnFieldArgs,
    ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::evaluate::element_wise;
use super::ieee::{ieee, is_ieee};
use super::operate::operate;
use super::spelling::Spelling;
use super::told::{Caller, name_of_result};
use super::types::{
    OperatorTypes, brought_to, coerced_for, deepest, field_of_elements, inner, with_inner,
};
use crate::physics::types::is_list;

/// What is done to the elements.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum LiftKind {
    Operator(Operator),
    Not,
    Negative,
    /// A function of DataFusion. Without lists it is called as if there were no wrapper.
    Function(Arc<ScalarUDF>),
}

/// A scalar function that takes lists too.
#[derive(Debug)]
pub(crate) struct Lift {
    name: Arc<str>,
    kind: LiftKind,
    signature: Signature,
    /// Of one call, not of the function.
    spelling: Option<Spelling>,
    types: OperatorTypes,
}

/// What is computed, however it is written.
impl PartialEq for Lift {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.kind == other.kind
    }
}

impl Eq for Lift {}
impl Hash for Lift {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

/// What an operator or function does to lists, if it is one of this file.
pub(crate) fn kind_of(call: &ScalarFunction) -> Option<&LiftKind> {
    lift_of(&call.func).map(|lift| &lift.kind)
}

/// How the operands of the call of an operator were written.
pub(crate) fn spelling_of(function: &ScalarUDF) -> Option<&Spelling> {
    lift_of(function)?.spelling.as_ref()
}

/// The type of an expression. That of a call of an operator is found once, and rules that replace
/// its operands keep it: else a chain is walked to its end for every operator in it.
///
/// # Errors
/// As `get_type`.
pub(crate) fn type_of(expr: &Expr, schema: &DFSchema) -> Result<DataType> {
    if let Expr::ScalarFunction(call) = expr
        && let Some(lift) = lift_of(&call.func)
        && lift.wrapped().is_none()
    {
        let operands = || call.args.iter().map(|arg| type_of(arg, schema)).collect();
        return lift.types.of_call(&lift.kind, operands);
    }
    expr.get_type(schema)
}

fn lift_of(function: &ScalarUDF) -> Option<&Lift> {
    function.inner().downcast_ref::<Lift>()
}

impl Lift {
    pub(super) fn new(name: &str, kind: LiftKind) -> Self {
        Self {
            name: name.into(),
            kind,
            signature: Signature::user_defined(Volatility::Immutable),
            spelling: None,
            types: OperatorTypes::default(),
        }
    }

    /// For one call, whose operands are written so.
    pub(super) fn spelled(self, spelling: Spelling) -> Self {
        Self {
            spelling: Some(spelling),
            types: OperatorTypes::of_one_call(),
            ..self
        }
    }

    fn wrapped(&self) -> Option<&Arc<ScalarUDF>> {
        match &self.kind {
            LiftKind::Function(function) => Some(function),
            _ => None,
        }
    }

    /// What people write.
    fn word(&self) -> String {
        match &self.kind {
            LiftKind::Operator(operator) => operator.to_string(),
            LiftKind::Not => "NOT".to_owned(),
            LiftKind::Negative => "-".to_owned(),
            LiftKind::Function(_) => self.name.as_ref().to_owned(),
        }
    }

    /// The answer where DataFusion's function would rather stop.
    fn ieee(&self, args: &[ColumnarValue], rows: usize) -> Result<Option<ArrayRef>> {
        if !is_ieee(&self.name) {
            return Ok(None);
        }
        let columns: Vec<ArrayRef> = args
            .iter()
            .map(|arg| arg.to_array(rows))
            .collect::<Result<_>>()?;
        Ok(ieee(&self.name, &columns)?)
    }

    /// The result for elements, without any list.
    fn flat(&self, args: &[ColumnarValue], rows: usize, whole: &Whole<'_>) -> Result<ArrayRef> {
        let arrays = |index: usize| args[index].to_array(rows);
        match &self.kind {
            LiftKind::Operator(operator) => operate(*operator, &args[0], &args[1], rows),
            LiftKind::Not => Ok(Arc::new(boolean::not(arrays(0)?.as_boolean())?)),
            LiftKind::Negative => Ok(numeric::neg_wrapping(&arrays(0)?)?),
            LiftKind::Function(function) => {
                if let Some(answer) = self.ieee(args, rows)? {
                    return Ok(answer);
                }
                let arg_fields = args
                    .iter()
                    .map(|arg| Arc::new(Field::new("x", arg.data_type(), true)))
                    .collect();
                let return_field =
                    Arc::new(Field::new("x", inner(whole.return_type).clone(), true));
                function
                    .invoke_with_args(ScalarFunctionArgs {
                        args: args.to_vec(),
                        arg_fields,
                        number_rows: rows,
                        return_field,
                        config_options: Arc::clone(whole.config_options),
                    })?
                    .to_array(rows)
            }
        }
    }
}

/// What the call as a whole says to the call on the elements.
struct Whole<'a> {
    return_type: &'a DataType,
    config_options: &'a Arc<datafusion::common::config::ConfigOptions>,
}

impl ScalarUDFImpl for Lift {
    fn name(&self) -> &str {
        &self.name
    }

    fn aliases(&self) -> &[String] {
        self.wrapped().map_or(&[], |function| function.aliases())
    }

    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        if let Some(function) = self.wrapped() {
            return function.schema_name(args);
        }
        let spelling = self.spelling.clone();
        let spelling = spelling.unwrap_or_else(|| Spelling::of(args));
        match (&self.kind, spelling.operands()) {
            (LiftKind::Operator(operator), [left, right]) => {
                Ok(format!("({left} {operator} {right})"))
            }
            (LiftKind::Not, [of]) => Ok(format!("NOT {of}")),
            (LiftKind::Negative, [of]) => Ok(format!("(- {of})")),
            _ => internal_err!("{} takes another number of operands", self.name),
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        match &self.kind {
            LiftKind::Function(function) => {
                brought_to(types, |elements| coerced_for(function, elements))
            }
            operator => self.types.taken(operator, types),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        internal_err!("{}: the type follows from the arguments", self.name)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let data_type = match &self.kind {
            LiftKind::Function(function) => {
                let elements: Vec<FieldRef> =
                    args.arg_fields.iter().map(field_of_elements).collect();
                let field = function.return_field_from_args(ReturnFieldArgs {
                    arg_fields: &elements,
                    scalar_arguments: args.scalar_arguments,
                })?;
                let types = args.arg_fields.iter().map(|field| field.data_type());
                match deepest(types) {
                    0 => return Ok(field),
                    depth => with_inner(depth, field.data_type().clone()),
                }
            }
            operator => self.types.returned(operator, args.arg_fields)?,
        };
        let name = name_of_result(args.arg_fields, &self.name);
        Ok(Arc::new(Field::new(name, data_type, true)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let has_list = args.args.iter().any(|arg| is_list(&arg.data_type()));
        if let (false, LiftKind::Function(function)) = (has_list, &self.kind) {
            return match self.ieee(&args.args, args.number_rows)? {
                Some(answer) => Ok(ColumnarValue::Array(answer)),
                None => function.invoke_with_args(args),
            };
        }
        let whole = Whole {
            return_type: args.return_field.data_type(),
            config_options: &args.config_options,
        };
        let caller = Caller {
            word: &self.word(),
            args: &args.args,
            fields: &args.arg_fields,
        };
        element_wise(
            caller,
            &args.args,
            args.number_rows,
            &mut |elements, rows| self.flat(elements, rows, &whole),
        )
        .map(ColumnarValue::Array)
    }

    fn simplify(&self, args: Vec<Expr>, context: &SimplifyContext) -> Result<ExprSimplifyResult> {
        // Types are dear: whoever asks for one asks for those of all operands below.
        let Some(function) = self.wrapped() else {
            return Ok(ExprSimplifyResult::Original(args));
        };
        for arg in &args {
            if is_list(&context.get_data_type(arg)?) {
                return Ok(ExprSimplifyResult::Original(args));
            }
        }
        function.simplify(args, context)
    }

    fn is_strict(&self) -> bool {
        self.wrapped().is_none_or(|function| function.is_strict())
    }

    fn short_circuits(&self) -> bool {
        self.wrapped()
            .is_some_and(|function| function.short_circuits())
    }

    fn output_ordering(&self, inputs: &[ExprProperties]) -> Result<SortProperties> {
        match self.wrapped() {
            Some(function) => function.output_ordering(inputs),
            None => Ok(SortProperties::Unordered),
        }
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.wrapped().and_then(|function| function.documentation())
    }
}
