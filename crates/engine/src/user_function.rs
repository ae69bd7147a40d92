//! Functions of arrays that a caller brings along; they live in one process.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::compute::can_cast_types;
use arrow::datatypes::DataType;
use datafusion::common::{exec_err, plan_err};
use datafusion::error::Result as PlanResult;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use crate::error::{EngineError, Result};
use crate::functions::is_built_in;
use crate::session::Session;

/// What computes a batch: one array per argument, all of the same length, gives one such array.
type Compute = dyn Fn(Vec<ArrayRef>) -> Result<ArrayRef, String> + Send + Sync;

/// A function of whole columns.
#[derive(Clone)]
pub struct UserFunction {
    name: String,
    signature: Signature,
    inputs: Vec<DataType>,
    returns: DataType,
    compute: Arc<Compute>,
}

impl fmt::Debug for UserFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserFunction")
            .field("name", &self.name)
            .field("inputs", &self.inputs)
            .field("returns", &self.returns)
            .finish_non_exhaustive()
    }
}

// The same function is the same closure.
impl PartialEq for UserFunction {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && Arc::ptr_eq(&self.compute, &other.compute)
    }
}

impl Eq for UserFunction {}

impl Hash for UserFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl UserFunction {
    /// A function by its name in SQL. Arguments are cast to `inputs`; `compute` must give `returns`.
    pub fn new(
        name: &str,
        inputs: Vec<DataType>,
        returns: DataType,
        compute: impl Fn(Vec<ArrayRef>) -> Result<ArrayRef, String> + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: name.to_owned(),
            signature: Signature::user_defined(Volatility::Stable),
            inputs,
            returns,
            compute: Arc::new(compute),
        }
    }
}

impl ScalarUDFImpl for UserFunction {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> PlanResult<Vec<DataType>> {
        let (name, wanted) = (&self.name, self.inputs.len());
        if given.len() != wanted {
            return plan_err!(
                "function `{name}` takes {wanted} arguments, got {}",
                given.len()
            );
        }
        for (place, (given, wanted)) in given.iter().zip(&self.inputs).enumerate() {
            if !can_cast_types(given, wanted) {
                return plan_err!(
                    "function `{name}` takes {wanted} as argument {}, and this is {given}",
                    place + 1
                );
            }
        }
        Ok(self.inputs.clone())
    }

    fn return_type(&self, _: &[DataType]) -> PlanResult<DataType> {
        Ok(self.returns.clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> PlanResult<ColumnarValue> {
        let name = &self.name;
        let arrays = args
            .args
            .iter()
            .map(|value| value.to_array(args.number_rows))
            .collect::<PlanResult<Vec<_>>>()?;
        let array = match (self.compute)(arrays) {
            Ok(array) => array,
            Err(why) => return exec_err!("function `{name}`: {why}"),
        };
        if array.len() != args.number_rows {
            return exec_err!(
                "function `{name}` gave {} values for {} rows; it must give one for each",
                array.len(),
                args.number_rows
            );
        }
        if array.data_type() != &self.returns {
            return exec_err!(
                "function `{name}` gave {}, and it was declared to give {}",
                array.data_type(),
                self.returns
            );
        }
        Ok(ColumnarValue::Array(array))
    }
}

impl Session {
    /// Makes a function known to SQL and to frames of this session. It may replace another that a
    /// caller brought along.
    ///
    /// # Errors
    /// [`EngineError::NotOnCluster`]: executors do not have the function;
    /// [`EngineError::FunctionExists`] for the name of one of ours.
    pub fn register_function(&self, function: UserFunction) -> Result<()> {
        if self.cluster().is_some() {
            return Err(EngineError::NotOnCluster {
                what: format!(
                    "function `{}` lives in this process and cannot run",
                    function.name
                ),
                instead: "write it as an expression, or use a session of this process",
            });
        }
        if is_built_in(&self.context().state_ref().read(), &function.name) {
            let name = function.name;
            return Err(EngineError::FunctionExists { name });
        }
        self.context().register_udf(ScalarUDF::from(function));
        Ok(())
    }
}
