//! A predicate of a scan: which rows it keeps.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, BooleanBufferBuilder, RecordBatch, RecordBatchOptions,
};
use arrow::buffer::BooleanBuffer;
use arrow::compute::filter_record_batch;
use arrow::datatypes::SchemaRef;
use datafusion::common::{Result, ScalarValue};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_expr::{ScalarFunctionExpr, split_conjunction};
use datafusion::physical_plan::PhysicalExpr;

/// A predicate over the columns of `schema`, which are the ones it needs.
#[derive(Debug, Clone)]
pub(crate) struct Filter {
    pub(crate) schema: SchemaRef,
    pub(crate) predicate: Arc<dyn PhysicalExpr>,
    /// What must be true together, in the order in which it is judged.
    conjuncts: Vec<Arc<dyn PhysicalExpr>>,
}

impl Filter {
    pub(crate) fn new(schema: SchemaRef, predicate: Arc<dyn PhysicalExpr>) -> Self {
        let mut conjuncts: Vec<_> = split_conjunction(&predicate)
            .into_iter()
            .map(Arc::clone)
            .collect();
        // Comparisons of columns first: functions then see fewer rows.
        conjuncts.sort_by_key(calls);
        Self {
            schema,
            predicate,
            conjuncts,
        }
    }

    /// Which rows survive (`None`: all) and how many.
    ///
    /// Rows that one condition removes are not shown to the next if that spares most of the work.
    pub(super) fn survivors(
        &self,
        arrays: &[ArrayRef],
        rows: usize,
    ) -> Result<(Option<BooleanBuffer>, usize)> {
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let schema = Arc::clone(&self.schema);
        let mut batch = RecordBatch::try_new_with_options(schema, arrays.to_vec(), &options)?;
        // Survivors of all rows, and of those in `batch`.
        let mut outer: Option<BooleanBuffer> = None;
        let mut inner: Option<BooleanBuffer> = None;
        for (place, condition) in self.conjuncts.iter().enumerate() {
            let Some(mask) = truths(condition, &batch)? else {
                continue;
            };
            let both = match inner.take() {
                Some(before) => &before & &mask,
                None => mask,
            };
            let count = both.count_set_bits();
            if count == 0 {
                return Ok((None, 0));
            }
            let is_last = place + 1 == self.conjuncts.len();
            if !is_last && count <= batch.num_rows() / 2 {
                batch = filter_record_batch(&batch, &BooleanArray::new(both.clone(), None))?;
                outer = Some(scattered(outer, &both));
            } else {
                inner = Some(both);
            }
        }
        let survivors = match (outer, inner) {
            (Some(outer), Some(inner)) => Some(scattered(Some(outer), &inner)),
            (outer, inner) => outer.or(inner),
        };
        let count = survivors
            .as_ref()
            .map_or(rows, BooleanBuffer::count_set_bits);
        Ok((survivors.filter(|_| count < rows), count))
    }
}

/// How many functions an expression calls.
fn calls(expr: &Arc<dyn PhysicalExpr>) -> usize {
    let own = usize::from(expr.downcast_ref::<ScalarFunctionExpr>().is_some());
    own + expr.children().into_iter().map(calls).sum::<usize>()
}

/// Where a condition is true; `None` for everywhere.
fn truths(condition: &Arc<dyn PhysicalExpr>, batch: &RecordBatch) -> Result<Option<BooleanBuffer>> {
    let mask = match condition.evaluate(batch)? {
        ColumnarValue::Scalar(ScalarValue::Boolean(Some(true))) => return Ok(None),
        ColumnarValue::Scalar(ScalarValue::Boolean(_) | ScalarValue::Null) => {
            return Ok(Some(BooleanBuffer::new_unset(batch.num_rows())));
        }
        ColumnarValue::Scalar(other) => return Err(not_boolean(&other.data_type())),
        ColumnarValue::Array(array) => array,
    };
    let Some(mask) = mask.as_boolean_opt() else {
        return Err(not_boolean(mask.data_type()));
    };
    // Null is not true.
    Ok(Some(match mask.nulls() {
        Some(valid) => mask.values() & valid.inner(),
        None => mask.values().clone(),
    }))
}

/// `inner` tells of the rows that `outer` kept; the result tells of all rows.
fn scattered(outer: Option<BooleanBuffer>, inner: &BooleanBuffer) -> BooleanBuffer {
    let Some(outer) = outer else {
        return inner.clone();
    };
    let mut all = BooleanBufferBuilder::new(outer.len());
    all.append_n(outer.len(), false);
    for (kept, row) in outer.set_indices().enumerate() {
        if inner.value(kept) {
            all.set_bit(row, true);
        }
    }
    all.finish()
}

fn not_boolean(data_type: &arrow::datatypes::DataType) -> DataFusionError {
    DataFusionError::Plan(format!(
        "a filter must be true or false, this one is {data_type}"
    ))
}
