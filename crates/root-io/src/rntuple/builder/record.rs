//! Classes: all members have as many values.

use std::sync::Arc;

use arrow::array::{ArrayRef, StructArray};
use arrow::datatypes::Fields;

use super::{Builder, builder};
use crate::decode::arrow_error;
use crate::error::Result;
use crate::rntuple::fed::Fed;
use crate::rntuple::layout::FieldLayout;
use crate::rntuple::pages::Span;

pub(super) struct RecordBuilder {
    members: Vec<Box<dyn Builder>>,
    fields: Fields,
    count: usize,
}

impl RecordBuilder {
    pub(super) fn new(members: &[(String, FieldLayout)], text_as_binary: bool) -> Result<Self> {
        let builders = members
            .iter()
            .map(|(_, member)| builder(member, text_as_binary));
        let fields = members.iter();
        Ok(Self {
            members: builders.collect::<Result<_>>()?,
            fields: fields
                .map(|(name, member)| member.field(name, text_as_binary))
                .collect(),
            count: 0,
        })
    }
}

impl Builder for RecordBuilder {
    fn want(&mut self, span: &Span, fed: &mut Fed) -> Result<()> {
        self.members
            .iter_mut()
            .try_for_each(|member| member.want(span, fed))
    }

    fn append(&mut self, span: &Span, fed: &mut Fed) -> Result<()> {
        for member in &mut self.members {
            member.append(span, fed)?;
        }
        self.count += usize::try_from(span.len()).unwrap_or(usize::MAX);
        Ok(())
    }

    fn append_defaults(&mut self, count: usize) -> Result<()> {
        for member in &mut self.members {
            member.append_defaults(count)?;
        }
        self.count += count;
        Ok(())
    }

    fn finish(&mut self) -> Result<ArrayRef> {
        let members = self.members.iter_mut().map(|member| member.finish());
        let members = members.collect::<Result<Vec<_>>>()?;
        let fields = self.fields.clone();
        let count = std::mem::take(&mut self.count);
        let array = StructArray::try_new_with_length(fields, members, None, count);
        Ok(Arc::new(array.map_err(arrow_error)?))
    }
}
