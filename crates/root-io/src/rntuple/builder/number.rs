//! Numbers and bits: one element each.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, ArrowPrimitiveType, BooleanArray, BooleanBufferBuilder, PrimitiveArray,
};

use super::Builder;
use crate::error::Result;
use crate::rntuple::elements::{Encoding, Value};
use crate::rntuple::fed::Fed;
use crate::rntuple::layout::PhysicalColumn;
use crate::rntuple::pages::{Pages, Part, Span, refuse_many_zeros};

/// Elements go straight into the vector that becomes Arrow's buffer.
pub(super) struct NumberBuilder<A: ArrowPrimitiveType> {
    pages: Pages,
    values: Vec<A::Native>,
}

impl<A: ArrowPrimitiveType> NumberBuilder<A> {
    pub(super) fn new(column: &Arc<PhysicalColumn>) -> Self {
        Self {
            pages: Pages::new(Arc::clone(column)),
            values: Vec::new(),
        }
    }
}

impl<A> Builder for NumberBuilder<A>
where
    A: ArrowPrimitiveType,
    A::Native: Value,
{
    fn want(&mut self, span: &Span, fed: &mut Fed) -> Result<()> {
        self.pages.want(span, fed).map(|_| ())
    }

    fn append(&mut self, span: &Span, fed: &mut Fed) -> Result<()> {
        self.pages.append(span, fed, &mut self.values)
    }

    fn append_defaults(&mut self, count: usize) -> Result<()> {
        refuse_many_zeros(count)?;
        self.values
            .resize(self.values.len() + count, A::Native::default());
        Ok(())
    }

    fn finish(&mut self) -> Result<ArrayRef> {
        let values = std::mem::take(&mut self.values);
        Ok(Arc::new(PrimitiveArray::<A>::new(values.into(), None)))
    }
}

/// Bits are packed in pages as Arrow packs them.
pub(super) struct BooleanBuilder {
    pages: Pages,
    bits: BooleanBufferBuilder,
}

impl BooleanBuilder {
    pub(super) fn new(column: &Arc<PhysicalColumn>) -> Self {
        Self {
            pages: Pages::new(Arc::clone(column)),
            bits: BooleanBufferBuilder::new(0),
        }
    }
}

impl Builder for BooleanBuilder {
    fn want(&mut self, span: &Span, fed: &mut Fed) -> Result<()> {
        self.pages.want(span, fed).map(|_| ())
    }

    fn append(&mut self, span: &Span, fed: &mut Fed) -> Result<()> {
        let bits = &mut self.bits;
        self.pages.read(span, fed, |part| {
            match part {
                Part::Zeros(count) => {
                    refuse_many_zeros(bits.len().saturating_add(count))?;
                    bits.append_n(count, false);
                }
                Part::Packed(page, run) => match page.encoding {
                    Encoding::Bit => bits.append_packed_range(run, page.bytes),
                    _ => return Err(page.mismatch("bits")),
                },
            }
            Ok(())
        })
    }

    fn append_defaults(&mut self, count: usize) -> Result<()> {
        refuse_many_zeros(count)?;
        self.bits.append_n(count, false);
        Ok(())
    }

    fn finish(&mut self) -> Result<ArrayRef> {
        Ok(Arc::new(BooleanArray::new(self.bits.finish(), None)))
    }
}
