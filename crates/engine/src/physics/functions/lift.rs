//! Operators and DataFusion's own functions, element by element on lists.

use std::sync::{Arc, LazyLock};

use arrow::array::{ArrayRef, AsArray};
use arrow::compute::kernels::{boolean, numeric};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, internal_err, plan_err};
use datafusion::logical_expr::binary::BinaryTypeCoercer;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::sort_properties::{ExprProperties, SortProperties};
use datafusion::logical_expr::type_coercion::functions::fields_with_udf;
use datafusion::logical_expr::{
    ColumnarValue, Documentation, Expr, Operator, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature, Volatility,
};

use super::evaluate::element_wise;
use super::ieee::{ieee, is_ieee};
use super::integers::{is_arithmetic, operand_type, promoted};
use super::operate::operate;
use super::told::{Caller, name_of_result};
use crate::physics::types::{element, is_list, list_of};

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
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Lift {
    name: String,
    kind: LiftKind,
    signature: Signature,
}

/// DataFusion's functions that take lists in our sessions.
pub(crate) const LIFTED: [&str; 38] = [
    "abs",
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cbrt",
    "ceil",
    "cos",
    "cosh",
    "cot",
    "degrees",
    "exp",
    "factorial",
    "floor",
    "greatest",
    "isnan",
    "iszero",
    "least",
    "ln",
    "log",
    "log10",
    "log2",
    "nanvl",
    "nullif",
    "power",
    "radians",
    "round",
    "signum",
    "sin",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
    "trunc",
    "gcd",
];

/// Operators under private names, because plans on the wire carry names.
const OPERATORS: [(Operator, &str); 17] = [
    (Operator::Gt, "hep_gt"),
    (Operator::Lt, "hep_lt"),
    (Operator::GtEq, "hep_ge"),
    (Operator::LtEq, "hep_le"),
    (Operator::Eq, "hep_eq"),
    (Operator::NotEq, "hep_ne"),
    (Operator::Plus, "hep_add"),
    (Operator::Minus, "hep_subtract"),
    (Operator::Multiply, "hep_multiply"),
    (Operator::Divide, "hep_divide"),
    (Operator::Modulo, "hep_modulo"),
    (Operator::And, "hep_and"),
    (Operator::Or, "hep_or"),
    (Operator::BitwiseAnd, "hep_bits_and"),
    (Operator::BitwiseOr, "hep_bits_or"),
    (Operator::BitwiseShiftLeft, "hep_shift_left"),
    (Operator::BitwiseShiftRight, "hep_shift_right"),
];

static LIFTED_OPERATORS: LazyLock<Vec<(LiftKind, Arc<ScalarUDF>)>> = LazyLock::new(|| {
    let operators = OPERATORS.map(|(operator, name)| (LiftKind::Operator(operator), name));
    operators
        .into_iter()
        .chain([
            (LiftKind::Not, "hep_not"),
            (LiftKind::Negative, "hep_negative"),
        ])
        .map(|(kind, name)| {
            let function = ScalarUDF::from(Lift::new(name, kind.clone()));
            (kind, Arc::new(function))
        })
        .collect()
});

/// All operators as functions, to be registered.
pub(crate) fn lifted_operators() -> impl Iterator<Item = Arc<ScalarUDF>> {
    LIFTED_OPERATORS
        .iter()
        .map(|(_, function)| Arc::clone(function))
}

/// True for operators that work element by element.
pub(crate) fn is_lifted(operator: Operator) -> bool {
    OPERATORS.iter().any(|(known, _)| *known == operator)
}

/// `left operator right`, element by element.
///
/// # Errors
/// If lists have no such operator.
pub(crate) fn lift_operator(operator: Operator, left: Expr, right: Expr) -> Result<Expr> {
    lift(&LiftKind::Operator(operator), vec![left, right])
}

/// `NOT` or `-`, element by element.
///
/// # Errors
/// If `kind` is no operator.
pub(crate) fn lift_unary(kind: &LiftKind, of: Expr) -> Result<Expr> {
    lift(kind, vec![of])
}

fn lift(kind: &LiftKind, args: Vec<Expr>) -> Result<Expr> {
    let function = LIFTED_OPERATORS.iter().find(|(known, _)| known == kind);
    match (function, kind) {
        (Some((_, function)), _) => Ok(Expr::ScalarFunction(ScalarFunction::new_udf(
            Arc::clone(function),
            args,
        ))),
        (None, LiftKind::Operator(operator)) => {
            plan_err!("lists have no operator {operator}; see docs/physics.md for those there are")
        }
        (None, _) => internal_err!("{kind:?} is no operator"),
    }
}

/// A function of DataFusion that takes lists too, under the same name.
pub(crate) fn lift_function(function: Arc<ScalarUDF>) -> ScalarUDF {
    let name = function.name().to_owned();
    ScalarUDF::from(Lift::new(&name, LiftKind::Function(function)))
}

/// What an operator or function does to lists, if it is one of this file.
pub(crate) fn kind_of(call: &ScalarFunction) -> Option<&LiftKind> {
    call.func
        .inner()
        .downcast_ref::<Lift>()
        .map(|lift| &lift.kind)
}

fn inner(data_type: &DataType) -> &DataType {
    element(data_type).map_or(data_type, inner)
}

fn depth(data_type: &DataType) -> usize {
    element(data_type).map_or(0, |element| 1 + depth(element))
}

/// `data_type` with other elements inside.
fn with_inner(depth: usize, inner: DataType) -> DataType {
    (0..depth).fold(inner, |data_type, _| list_of(data_type))
}

impl Lift {
    fn new(name: &str, kind: LiftKind) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            signature: Signature::user_defined(Volatility::Immutable),
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
            LiftKind::Function(_) => self.name.clone(),
        }
    }

    /// The types that the elements are brought to.
    fn coerced(&self, elements: &[DataType]) -> Result<Vec<DataType>> {
        match (&self.kind, elements) {
            (LiftKind::Operator(operator), [left, right]) => {
                if let (true, Some(wanted)) = (is_arithmetic(*operator), promoted(left, right)) {
                    return Ok(vec![
                        operand_type(left, &wanted),
                        operand_type(right, &wanted),
                    ]);
                }
                let (left, right) =
                    BinaryTypeCoercer::new(left, operator, right).get_input_types()?;
                Ok(vec![left, right])
            }
            (LiftKind::Not, [_]) => Ok(vec![DataType::Boolean]),
            (LiftKind::Negative, [of]) => Ok(vec![of.clone()]),
            (LiftKind::Function(function), _) => {
                let fields: Vec<FieldRef> = elements
                    .iter()
                    .map(|of| Arc::new(Field::new("x", of.clone(), true)))
                    .collect();
                let fields = fields_with_udf(&fields, function.as_ref())?;
                Ok(fields
                    .iter()
                    .map(|field| field.data_type().clone())
                    .collect())
            }
            _ => plan_err!("{} takes another number of operands", self.name),
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
        match (&self.kind, args) {
            (LiftKind::Operator(operator), [left, right]) => {
                Ok(format!("({left} {operator} {right})"))
            }
            (LiftKind::Not, [of]) => Ok(format!("NOT {of}")),
            (LiftKind::Negative, [of]) => Ok(format!("(- {of})")),
            (LiftKind::Function(function), _) => function.schema_name(args),
            _ => internal_err!("{} takes another number of operands", self.name),
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let elements: Vec<DataType> = types.iter().map(|of| inner(of).clone()).collect();
        let coerced = self.coerced(&elements)?;
        Ok(types
            .iter()
            .zip(coerced)
            .map(|(of, to)| match inner(of) {
                same if *same == to => of.clone(),
                _ => with_inner(depth(of), to),
            })
            .collect())
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        internal_err!("{}: the type follows from the arguments", self.name)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let deepest = args
            .arg_fields
            .iter()
            .map(|field| depth(field.data_type()))
            .max();
        let deepest = deepest.unwrap_or(0);
        let elements: Vec<FieldRef> = args
            .arg_fields
            .iter()
            .map(|field| {
                let of = inner(field.data_type()).clone();
                Arc::new(Field::new(field.name(), of, field.is_nullable()))
            })
            .collect();
        let of = match (&self.kind, elements.as_slice()) {
            (LiftKind::Operator(operator), [left, right]) => {
                match promoted(left.data_type(), right.data_type()) {
                    Some(wanted) if is_arithmetic(*operator) => wanted,
                    _ => BinaryTypeCoercer::new(left.data_type(), operator, right.data_type())
                        .get_result_type()?,
                }
            }
            (LiftKind::Not, _) => DataType::Boolean,
            (LiftKind::Negative, [of]) => of.data_type().clone(),
            (LiftKind::Function(function), _) => {
                let field = function.return_field_from_args(ReturnFieldArgs {
                    arg_fields: &elements,
                    scalar_arguments: args.scalar_arguments,
                })?;
                if deepest == 0 {
                    return Ok(field);
                }
                field.data_type().clone()
            }
            _ => return plan_err!("{} takes another number of operands", self.name),
        };
        Ok(Arc::new(Field::new(
            name_of_result(args.arg_fields, &self.name),
            with_inner(deepest, of),
            true,
        )))
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
        let lists = args
            .iter()
            .map(|arg| Ok(is_list(&context.get_data_type(arg)?)));
        let has_list = lists.collect::<Result<Vec<_>>>()?.contains(&true);
        match self.wrapped() {
            Some(function) if !has_list => function.simplify(args, context),
            _ => Ok(ExprSimplifyResult::Original(args)),
        }
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
