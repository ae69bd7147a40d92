//! Runs a book as DataFusion's aggregates run.

use std::mem::size_of_val;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{exec_datafusion_err, internal_datafusion_err};
use datafusion::error::Result;
use datafusion::logical_expr::Accumulator;
use datafusion::logical_expr::function::StateFieldsArgs;
use datafusion::logical_expr::utils::format_state_name;
use datafusion::scalar::ScalarValue;
use hepframe_physics::histogram::{Book, Spec, struct_type, structs_of};

use super::fill::Filled;
use super::words;

/// Histograms while they are filled.
#[derive(Debug)]
pub(super) struct BookAccumulator {
    book: Book,
    filled: Filled,
    /// Arguments in front of the columns.
    skipped: usize,
}

impl BookAccumulator {
    /// `skipped` arguments come before the columns that the specs count.
    pub(super) fn new(specs: Vec<Spec>, filled: Filled, skipped: usize) -> Result<Self> {
        let book = Book::new(specs).map_err(|error| exec_datafusion_err!("{}", words(&error)))?;
        Ok(Self {
            book,
            filled,
            skipped,
        })
    }

    /// The one column of a partial result.
    pub(super) fn state_fields(arguments: &StateFieldsArgs<'_>) -> Vec<FieldRef> {
        let name = format_state_name(arguments.name, "book");
        vec![Arc::new(Field::new(name, DataType::LargeBinary, false))]
    }
}

impl Accumulator for BookAccumulator {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let columns = values.get(self.skipped..).unwrap_or_default();
        let filled = self.book.fill(columns);
        filled.map_err(|error| exec_datafusion_err!("{}", words(&error)))
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let states = states
            .first()
            .and_then(|states| states.as_binary_opt::<i64>())
            .ok_or_else(|| internal_datafusion_err!("a partial histogram is not binary"))?;
        for state in states.iter().flatten() {
            let merged = self.book.merge(state);
            merged.map_err(|error| exec_datafusion_err!("{}", words(&error)))?;
        }
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![ScalarValue::LargeBinary(Some(self.book.state()))])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let structs = structs_of(&self.book.finish());
        let structs = structs.map_err(|error| exec_datafusion_err!("{}", words(&error)))?;
        match self.filled {
            Filled::One => Ok(ScalarValue::Struct(Arc::new(structs))),
            Filled::Book => {
                let item = Arc::new(Field::new_list_field(struct_type(), true));
                let offsets = OffsetBuffer::from_lengths([structs.len()]);
                let list = ListArray::try_new(item, offsets, Arc::new(structs), None)?;
                Ok(ScalarValue::List(Arc::new(list)))
            }
        }
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.book.heap_bytes()
    }
}
