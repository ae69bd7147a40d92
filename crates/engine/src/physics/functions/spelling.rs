//! How the operands of a call are written, found once when the call is made.
//!
//! DataFusion asks for the name of an expression whenever it asks for its type, at every level of
//! it, and most of its rules do. With names that are put together anew each time, a chain of 100
//! operators took half a second to plan, and one of 300 ten. So a call keeps the text of its
//! operands, of bounded length, and a name costs the same at every level.
//!
//! Rules that replace operands leave the text alone: a call is named as it was written.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use datafusion::common::{DataFusionError, Result, plan_err};
use datafusion::logical_expr::Expr;

use super::lift::spelling_of;

/// The most bytes of an operand's text that are kept as they are. Names that people see are
/// typed by them or given; longer ones only tell columns inside a plan apart.
const LONGEST: usize = 256;

/// The texts of a call's operands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Spelling(Arc<[String]>);

impl Spelling {
    /// Of operands as they are.
    pub(super) fn of(operands: &[Expr]) -> Self {
        Self(
            operands
                .iter()
                .map(|operand| short(text(operand)))
                .collect(),
        )
    }

    pub(super) fn operands(&self) -> &[String] {
        &self.0
    }

    /// The texts for a plan that travels.
    ///
    /// # Errors
    /// None that is known.
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>> {
        serde_json::to_vec(self.operands())
            .map_err(|error| DataFusionError::External(Box::new(error)))
    }

    /// The texts of a plan that has travelled.
    ///
    /// # Errors
    /// If the bytes are not those of [`Spelling::to_bytes`].
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self> {
        match serde_json::from_slice::<Vec<String>>(bytes) {
            Ok(operands) => Ok(Self(operands.into())),
            Err(error) => plan_err!(
                "the plan holds an operator on lists whose operands cannot be read: {error}"
            ),
        }
    }
}

/// An operand as DataFusion displays it, without looking into calls that keep their operands.
fn text(operand: &Expr) -> String {
    let Expr::ScalarFunction(call) = operand else {
        return operand.to_string();
    };
    let written = spelling_of(&call.func).cloned();
    let written = written.unwrap_or_else(|| Spelling::of(&call.args));
    format!("{}({})", call.func.name(), written.operands().join(", "))
}

/// The text itself, or its ends and a number that stands for all of it.
fn short(text: String) -> String {
    if text.len() <= LONGEST {
        return text;
    }
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    let start = &text[..text.floor_char_boundary(LONGEST / 3)];
    let end = &text[text.ceil_char_boundary(text.len() - LONGEST / 3)..];
    format!("{start}…{:016x}…{end}", hasher.finish())
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use arrow::datatypes::{DataType, Field, Schema};
    use datafusion::common::{DFSchema, internal_err};
    use datafusion::datasource::empty::EmptyTable;
    use datafusion::datasource::provider_as_source;
    use datafusion::execution::SessionStateBuilder;
    use datafusion::logical_expr::{
        ColumnarValue, LogicalPlanBuilder, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
        Volatility, col, lit,
    };
    use rstest::rstest;

    use super::*;
    use crate::physics::types::list_of;
    use crate::physics::{resolve, with_physics};

    thread_local! {
        static ASKED: Cell<usize> = const { Cell::new(0) };
    }

    /// Counts how often its name or its type is asked for.
    #[derive(Debug, PartialEq, Eq, Hash)]
    struct Counting(Signature);

    impl ScalarUDFImpl for Counting {
        fn name(&self) -> &str {
            ASKED.set(ASKED.get() + 1);
            "counting"
        }

        fn signature(&self) -> &Signature {
            &self.0
        }

        fn return_type(&self, types: &[DataType]) -> Result<DataType> {
            ASKED.set(ASKED.get() + 1);
            Ok(types[0].clone())
        }

        fn invoke_with_args(&self, _: ScalarFunctionArgs) -> Result<ColumnarValue> {
            internal_err!("is only planned")
        }
    }

    fn schema() -> Schema {
        Schema::new(vec![Field::new("x", list_of(DataType::Float64), true)])
    }

    /// `counting(x) + 1.5 + 1.5 ..`, planned: how often its first operand is asked.
    async fn questions(operators: usize) -> usize {
        let state = with_physics(SessionStateBuilder::new_with_default_features()).unwrap();
        let table = provider_as_source(Arc::new(EmptyTable::new(Arc::new(schema()))));
        let scan = LogicalPlanBuilder::scan("t", table, None).unwrap();
        let counting = ScalarUDF::from(Counting(Signature::any(1, Volatility::Immutable)));
        let first = counting.call(vec![col("x")]);
        let chain = (0..operators).fold(first, |sum, _| sum + lit(1.5));

        ASKED.set(0);
        let chain = resolve(chain, scan.schema()).unwrap();
        let plan = scan.project(vec![chain]).unwrap().build().unwrap();
        state.create_physical_plan(&plan).await.unwrap();
        ASKED.get()
    }

    #[tokio::test]
    async fn every_operator_of_a_chain_adds_as_many_questions_as_the_one_before() {
        let (few, more) = (questions(20).await, questions(40).await);

        assert!(few > 20, "the first operand is asked by every operator");
        assert!(more <= 2 * few, "{few} of 20 operators, {more} of 40");
    }

    fn chain(operators: usize, last: f64) -> Expr {
        let schema = DFSchema::try_from(schema()).unwrap();
        let chain = (0..operators).fold(col("x"), |sum, _| sum + lit(1.5));
        resolve(chain + lit(last), &schema).unwrap()
    }

    #[rstest]
    #[case::one(0, "(x + Float64(2))")]
    #[case::two(1, "(hep_add(x, Float64(1.5)) + Float64(2))")]
    fn a_short_call_is_named_in_full(#[case] before: usize, #[case] name: &str) {
        assert_eq!(chain(before, 2.0).schema_name().to_string(), name);
    }

    #[test]
    fn a_long_call_has_a_short_name_of_its_own() {
        let name = |before, last| chain(before, last).schema_name().to_string();

        assert!(name(100, 2.0).len() <= 2 * LONGEST);
        assert_eq!(name(100, 2.0), name(100, 2.0));
        assert_ne!(name(100, 2.0), name(100, 3.0));
        assert_ne!(name(100, 2.0), name(99, 2.0));
    }
}
