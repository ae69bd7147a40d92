//! Small batches → batches worth passing on.

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::SchemaRef;
use datafusion::common::Result;

/// Joins what a sparse filter leaves into batches worth passing on.
pub(super) struct SmallBatches {
    schema: SchemaRef,
    batch_rows: usize,
    done: Vec<RecordBatch>,
    small: Vec<RecordBatch>,
    small_rows: usize,
}

impl SmallBatches {
    pub(super) fn new(schema: SchemaRef, batch_rows: u64) -> Self {
        let batch_rows = usize::try_from(batch_rows).unwrap_or(usize::MAX);
        Self {
            schema,
            batch_rows,
            done: Vec::new(),
            small: Vec::new(),
            small_rows: 0,
        }
    }

    pub(super) fn push(&mut self, batch: RecordBatch) -> Result<()> {
        if self.small_rows + batch.num_rows() > self.batch_rows {
            self.flush()?;
        }
        if batch.num_rows() >= self.batch_rows / 2 && self.small.is_empty() {
            self.done.push(batch);
        } else {
            self.small_rows += batch.num_rows();
            self.small.push(batch);
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        if !self.small.is_empty() {
            self.done.push(concat_batches(&self.schema, &self.small)?);
            self.small.clear();
            self.small_rows = 0;
        }
        Ok(())
    }

    /// Batches that are done so far.
    pub(super) fn take_done(&mut self) -> Vec<RecordBatch> {
        std::mem::take(&mut self.done)
    }

    pub(super) fn finish(mut self) -> Result<Vec<RecordBatch>> {
        self.flush()?;
        Ok(self.done)
    }
}
