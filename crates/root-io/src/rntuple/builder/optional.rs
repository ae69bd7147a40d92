//! Values that may be missing: offsets that grow by 0 or 1, and the values there are.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanBufferBuilder, UInt32Array, UnionArray, make_array,
};
use arrow::buffer::NullBuffer;
use arrow::compute::take;

use super::{Builder, builder};
use crate::decode::{arrow_error, too_long};
use crate::error::{Result, RootError};
use crate::rntuple::fed::Fed;
use crate::rntuple::layout::{FieldLayout, PhysicalColumn};
use crate::rntuple::offsets::Offsets;
use crate::rntuple::pages::{Span, refuse_many_zeros};

pub(super) struct OptionalBuilder {
    stored: Offsets,
    is_there: BooleanBufferBuilder,
    item: Box<dyn Builder>,
}

impl OptionalBuilder {
    pub(super) fn new(
        offsets: &Arc<PhysicalColumn>,
        item: &FieldLayout,
        text_as_binary: bool,
    ) -> Result<Self> {
        Ok(Self {
            stored: Offsets::new(Arc::clone(offsets)),
            is_there: BooleanBufferBuilder::new(0),
            item: builder(item, text_as_binary)?,
        })
    }
}

impl Builder for OptionalBuilder {
    fn want(&mut self, span: &Span, fed: &mut Fed) -> Result<()> {
        match self.stored.want(span, fed)? {
            Some(items) => self.item.want(&span.with(items), fed),
            None => Ok(()),
        }
    }

    fn append(&mut self, span: &Span, fed: &mut Fed) -> Result<()> {
        let items = self.stored.items(span, fed)?;
        let mut start = items.start;
        let is_there = &mut self.is_there;
        self.stored.read(span, &items, fed, |ends| {
            refuse_many_zeros(is_there.len())?;
            for &end in ends {
                if end - start > 1 {
                    let why = format!("a value that may be missing is there {} times", end - start);
                    return Err(RootError::malformed("page", 0, why));
                }
                is_there.append(end != start);
                start = end;
            }
            Ok(())
        })?;
        self.item.append(&span.with(items), fed)
    }

    fn append_defaults(&mut self, count: usize) -> Result<()> {
        refuse_many_zeros(count)?;
        self.is_there.append_n(count, false);
        Ok(())
    }

    fn finish(&mut self) -> Result<ArrayRef> {
        let is_there = NullBuffer::new(self.is_there.finish());
        if is_there.null_count() == 0 {
            return self.item.finish();
        }
        // What is missing is given this value, so that no number is left to chance.
        self.item.append_defaults(1)?;
        let values = self.item.finish()?;
        spread(&values, &is_there)
    }
}

/// Puts values in the places where one is there; the last one is for those where none is.
fn spread(values: &ArrayRef, is_there: &NullBuffer) -> Result<ArrayRef> {
    let default = values.len().saturating_sub(1);
    let default = u32::try_from(default).map_err(|_| too_long())?;
    let mut next = 0;
    let places = is_there.iter().map(|is_there| {
        let place = if is_there { next } else { default };
        next += u32::from(is_there);
        place
    });
    let places: Vec<u32> = places.collect();
    if next != default {
        let why = format!("{default} values for {next} places");
        return Err(RootError::malformed("column", 0, why));
    }
    if let Some(union) = values.as_union_opt() {
        return spread_union(union, &places);
    }
    let spread = take(values, &UInt32Array::from(places), None).map_err(arrow_error)?;
    let nulls = NullBuffer::union(spread.nulls(), Some(is_there));
    let spread = spread.to_data().into_builder().nulls(nulls);
    Ok(make_array(spread.build().map_err(arrow_error)?))
}

/// Unions have no nulls of their own: what is missing is of the type that has no value.
fn spread_union(union: &UnionArray, places: &[u32]) -> Result<ArrayRef> {
    let (fields, type_ids, offsets, children) = union.clone().into_parts();
    let offsets = offsets.ok_or_else(too_long)?;
    let taken = |place: &u32| *place as usize;
    let type_ids = places.iter().map(|place| type_ids[taken(place)]).collect();
    let offsets = places.iter().map(|place| offsets[taken(place)]).collect();
    let union = UnionArray::try_new(fields, type_ids, Some(offsets), children);
    Ok(Arc::new(union.map_err(arrow_error)?))
}
