//! `std::variant`: which alternative, and where in its values.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, NullArray, UnionArray};
use arrow::buffer::ScalarBuffer;
use arrow::datatypes::UnionFields;

use super::{Builder, builder};
use crate::decode::{arrow_error, too_long};
use crate::error::{Result, RootError};
use crate::rntuple::decoded::Decoded;
use crate::rntuple::elements::{Encoding, Packed};
use crate::rntuple::fed::Fed;
use crate::rntuple::layout::{FieldLayout, PhysicalColumn, variant_fields};
use crate::rntuple::pages::{Span, refuse_many_zeros};

/// The type ids of Arrow end here; ROOT allows 125.
const MOST_ALTERNATIVES: usize = 126;

/// One value: which alternative, from 1, and the number of its value in the cluster; all 0 if
/// there is none.
#[derive(Debug, Clone, Copy, Default)]
struct Switch {
    alternative: u32,
    index: u64,
}

pub(super) struct VariantBuilder {
    switches: Decoded<Switch>,
    alternatives: Vec<Box<dyn Builder>>,
    fields: UnionFields,
    type_ids: Vec<i8>,
    offsets: Vec<i32>,
    /// Values there are of none, and of each alternative.
    counts: Vec<i32>,
}

impl VariantBuilder {
    pub(super) fn new(
        switch: &Arc<PhysicalColumn>,
        alternatives: &[FieldLayout],
        text_as_binary: bool,
    ) -> Result<Self> {
        if alternatives.len() > MOST_ALTERNATIVES {
            let why = format!("it has {} alternatives", alternatives.len());
            return Err(RootError::unsupported("std::variant", why));
        }
        let builders = alternatives.iter().map(|a| builder(a, text_as_binary));
        Ok(Self {
            switches: Decoded::new(Arc::clone(switch), switches),
            alternatives: builders.collect::<Result<_>>()?,
            fields: variant_fields(alternatives, text_as_binary),
            type_ids: Vec::new(),
            offsets: Vec::new(),
            counts: vec![0; alternatives.len() + 1],
        })
    }

    /// Which values of each alternative these elements are.
    fn values(&self, span: &Span) -> Result<Vec<Range<u64>>> {
        let mut values: Vec<Option<Range<u64>>> = vec![None; self.alternatives.len()];
        self.switches.for_each(span, |switches| {
            for switch in switches.iter().filter(|switch| switch.alternative != 0) {
                let alternative = usize::try_from(switch.alternative).ok();
                let values = alternative.and_then(|number| values.get_mut(number - 1));
                let Some(values) = values else {
                    let there_are = self.alternatives.len();
                    return Err(of_switch(switch, &format!("there are {there_are}")));
                };
                let next = switch.index.checked_add(1);
                let Some(next) = next else {
                    return Err(of_switch(switch, "no cluster is so large"));
                };
                match values {
                    None => *values = Some(switch.index..next),
                    Some(range) if range.end == switch.index => range.end = next,
                    Some(range) => {
                        let why = format!("value {} should come next", range.end);
                        return Err(of_switch(switch, &why));
                    }
                }
            }
            Ok(())
        })?;
        Ok(values.into_iter().map(Option::unwrap_or_default).collect())
    }

    /// Appends a value of this type, whose own value is the next of its kind.
    fn push(&mut self, type_id: usize) -> Result<()> {
        let Some(count) = self.counts.get_mut(type_id) else {
            return Err(too_long());
        };
        self.offsets.push(*count);
        *count = count.checked_add(1).ok_or_else(too_long)?;
        self.type_ids
            .push(i8::try_from(type_id).map_err(|_| too_long())?);
        Ok(())
    }
}

impl Builder for VariantBuilder {
    fn want(&mut self, span: &Span, fed: &mut Fed) -> Result<()> {
        if !self.switches.want(span, fed)? {
            return Ok(());
        }
        self.switches.decode(span, fed)?;
        let values = self.values(span)?;
        for (alternative, values) in self.alternatives.iter_mut().zip(values) {
            alternative.want(&span.with(values), fed)?;
        }
        Ok(())
    }

    fn append(&mut self, span: &Span, fed: &mut Fed) -> Result<()> {
        self.switches.decode(span, fed)?;
        let values = self.values(span)?;
        for (alternative, values) in self.alternatives.iter_mut().zip(values) {
            alternative.append(&span.with(values), fed)?;
        }
        let mut type_ids = Vec::new();
        self.switches.for_each(span, |switches| {
            refuse_many_zeros(type_ids.len())?;
            type_ids.extend(switches.iter().map(|switch| switch.alternative as usize));
            Ok(())
        })?;
        type_ids.into_iter().try_for_each(|id| self.push(id))?;
        self.switches.pass(span, fed);
        Ok(())
    }

    fn append_defaults(&mut self, count: usize) -> Result<()> {
        refuse_many_zeros(count)?;
        (0..count).try_for_each(|_| self.push(0))
    }

    fn finish(&mut self) -> Result<ArrayRef> {
        let none = self.counts.first().copied().unwrap_or(0);
        let none: ArrayRef = Arc::new(NullArray::new(usize::try_from(none).unwrap_or(0)));
        let alternatives = self.alternatives.iter_mut().map(|a| a.finish());
        let children = std::iter::once(Ok(none)).chain(alternatives);
        let children = children.collect::<Result<Vec<_>>>()?;
        self.counts.fill(0);
        let union = UnionArray::try_new(
            self.fields.clone(),
            ScalarBuffer::from(std::mem::take(&mut self.type_ids)),
            Some(ScalarBuffer::from(std::mem::take(&mut self.offsets))),
            children,
        );
        Ok(Arc::new(union.map_err(arrow_error)?))
    }
}

/// The switches of a page.
fn switches(page: &Packed<'_>, out: &mut Vec<Switch>) -> Result<()> {
    if page.encoding != Encoding::Switch {
        return Err(page.mismatch("switches"));
    }
    let (words, _) = page.bytes.as_chunks::<12>();
    out.extend(
        words
            .iter()
            .map(|&[a, b, c, d, e, f, g, h, number @ ..]| Switch {
                index: u64::from_le_bytes([a, b, c, d, e, f, g, h]),
                alternative: u32::from_le_bytes(number),
            }),
    );
    Ok(())
}

fn of_switch(switch: &Switch, why: &str) -> RootError {
    let Switch { alternative, index } = switch;
    let why = format!("a variant is value {index} of alternative {alternative}, but {why}");
    RootError::malformed("page", 0, why)
}
