//! Errors of kernels, in the words of the query.

use arrow::datatypes::FieldRef;
use datafusion::common::DataFusionError;
use datafusion::logical_expr::ColumnarValue;
use hepframe_physics::{PhysicsError, RowOfBatch};

use crate::physics::types::is_list;

/// Who called a kernel.
#[derive(Clone, Copy)]
pub(super) struct Caller<'a> {
    /// The operator or function, as it is written.
    pub(super) word: &'a str,
    pub(super) args: &'a [ColumnarValue],
    /// What the arguments are called.
    pub(super) fields: &'a [FieldRef],
}

impl Caller<'_> {
    /// The error with the function that met it, and the columns that it met there.
    pub(super) fn told(&self, error: PhysicsError) -> DataFusionError {
        let word = self.word;
        DataFusionError::Execution(match error {
            PhysicsError::DifferentLengths {
                left,
                right,
                row,
                left_len,
                right_len,
            } => format!(
                "`{word}`: the lists of one event differ in length: {} has {left_len} and {} has \
                 {right_len} elements ({}); take them from the same collection, or cut both with the same \
                 mask",
                self.named(left),
                self.named(right),
                RowOfBatch(row)
            ),
            other => format!("`{word}`: {other}"),
        })
    }

    /// An operand; kernels count those that are no literals.
    fn named(&self, operand: usize) -> String {
        let mut operands = self
            .args
            .iter()
            .zip(self.fields)
            .filter(|(arg, _)| is_operand(arg));
        let name = operands.nth(operand).map(|(_, field)| field.name());
        match name.map(|name| as_written(name)) {
            // Columns that the optimizer made have names that mean nothing.
            Some(name) if !name.starts_with("__") && !name.starts_with("hep_") => {
                format!("`{name}`")
            }
            _ => format!("argument {}", operand + 1),
        }
    }
}

fn is_operand(arg: &ColumnarValue) -> bool {
    match arg {
        ColumnarValue::Array(_) => true,
        ColumnarValue::Scalar(value) => is_list(&value.data_type()),
    }
}

/// The field of a collection that is stored under a hidden name: `#Muon.pt.2` is `Muon.pt`.
fn as_written(name: &str) -> &str {
    let Some(hidden) = name.strip_prefix('#') else {
        return name;
    };
    match hidden.rsplit_once('.') {
        Some((path, number)) if number.bytes().all(|byte| byte.is_ascii_digit()) => path,
        _ => hidden,
    }
}

/// What a result is called in errors: as the first list that it comes from.
pub(super) fn name_of_result<'a>(fields: &'a [FieldRef], function: &'a str) -> &'a str {
    let list = fields.iter().find(|field| is_list(field.data_type()));
    list.map_or(function, |field| field.name())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::a_column("Muon_pt", "Muon_pt")]
    #[case::a_hidden_one("#Muon.pt", "Muon.pt")]
    #[case::a_second_one("#Muon.pt.2", "Muon.pt")]
    #[case::of_a_pair("#pair.a.pt", "pair.a.pt")]
    fn a_hidden_column_is_called_as_it_was_written(#[case] name: &str, #[case] written: &str) {
        assert_eq!(as_written(name), written);
    }
}
