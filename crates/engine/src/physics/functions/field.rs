//! A field of structs, alone or in lists: where there is no struct, there is no value of its field.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, ListArray, RecordBatch, RecordBatchOptions, StructArray,
};
use arrow::compute;
use arrow::datatypes::{DataType, Field};
use arrow::error::ArrowError;
use datafusion::common::{Result, ScalarValue, exec_err};

use super::call::Call;

impl Call<'_> {
    /// A field of a column that holds structs.
    pub(super) fn field(&self) -> Result<ArrayRef> {
        let Some(Some(name)) = self.literal(1).and_then(ScalarValue::try_as_str) else {
            return exec_err!("{}() takes a name in quotes", self.word);
        };
        let whole = self.array(0)?;
        if let Some(structs) = whole.as_struct_opt() {
            return field_of(structs, name);
        }
        let list = self.list(0)?;
        let Some(structs) = list.values().as_struct_opt() else {
            return exec_err!(
                "`.{name}` takes a field of structs, not of {}",
                list.value_type()
            );
        };
        let values = field_of(structs, name)?;
        let item = Field::new_list_field(values.data_type().clone(), true);
        let offsets = list.offsets().clone();
        let fields = ListArray::try_new(Arc::new(item), offsets, values, list.nulls().cloned())?;
        Ok(Arc::new(fields))
    }
}

/// Arrow keeps values of fields where the struct is null; they mean nothing.
fn field_of(structs: &StructArray, name: &str) -> Result<ArrayRef> {
    match structs.column_by_name(name) {
        Some(values) => Ok(masked(values, structs)?),
        None => exec_err!("no field `{name}` to read"),
    }
}

/// Rows where members that may be null are so below structs that are null. `get_field` of
/// `DataFusion` 55 does not look at the struct (<https://github.com/apache/datafusion/issues/25120>).
///
/// # Errors
/// None that is known.
pub(crate) fn with_nulls_below(rows: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let columns = rows.columns().iter().map(with_nulls_below_struct);
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(rows.num_rows()));
    RecordBatch::try_new_with_options(rows.schema(), columns, &options)
}

fn with_nulls_below_struct(values: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let Some(structs) = values.as_struct_opt() else {
        return Ok(Arc::clone(values));
    };
    let members = structs.fields().iter().zip(structs.columns());
    let members = members
        .map(|(field, values)| match field.is_nullable() {
            true => with_nulls_below_struct(&masked(values, structs)?),
            false => with_nulls_below_struct(values),
        })
        .collect::<Result<Vec<_>, _>>()?;
    let (fields, nulls) = (structs.fields().clone(), structs.nulls().cloned());
    let structs = StructArray::try_new_with_length(fields, members, nulls, structs.len())?;
    Ok(Arc::new(structs))
}

/// Values of a member, null where the struct is.
fn masked(values: &ArrayRef, structs: &StructArray) -> Result<ArrayRef, ArrowError> {
    match structs.nulls() {
        Some(nulls) if nulls.null_count() > 0 && has_nulls(values.data_type()) => {
            compute::nullif(values, &BooleanArray::new(!nulls.inner(), None))
        }
        _ => Ok(Arc::clone(values)),
    }
}

/// False for types whose nulls are among their values.
fn has_nulls(data_type: &DataType) -> bool {
    !matches!(
        data_type,
        DataType::Union(..) | DataType::RunEndEncoded(..) | DataType::Null
    )
}
