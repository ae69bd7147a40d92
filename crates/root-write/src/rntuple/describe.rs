//! Header and footer: what fields and columns there are, and where the page lists are.

use super::elements::Element;
use super::options::{Locators, NtupleOptions};
use super::schema::{ColumnRecord, FieldRecord, Schema};
use super::wire::{Envelope, EnvelopeKind, Locator, Wire};
use crate::Result;
use crate::buffer::word;

const ARRAY_FLAG: u16 = 1;
const PROJECTED_FLAG: u16 = 2;
const DEFERRED_FLAG: u16 = 1;
const RANGE_FLAG: u16 = 2;

/// How much of a schema is described already.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Described {
    fields: usize,
    columns: usize,
    aliases: usize,
}

/// Clusters with one page list.
#[derive(Debug)]
pub(crate) struct ClusterGroup {
    pub(crate) first_entry: u64,
    pub(crate) entries: u64,
    pub(crate) clusters: usize,
    /// Bytes of the page list, unpacked.
    pub(crate) list_bytes: usize,
    pub(crate) list: Locator,
}

/// Describes a schema in the header; says what is described thereby.
pub(crate) fn header(
    name: &str,
    options: &NtupleOptions,
    schema: &Schema,
) -> (Envelope, Described) {
    let mut out = Wire::default();
    out.u64(0); // no features
    out.string(name);
    out.string(&options.description);
    out.string("hepframe");
    let firsts = vec![0; schema.columns.len()];
    put_schema(schema, Described::default(), &firsts, &mut out);
    let described = Described {
        fields: schema.fields.len(),
        columns: schema.columns.len(),
        aliases: schema.aliases.len(),
    };
    (out.into_envelope(EnvelopeKind::Header), described)
}

/// Describes what came after the header. `firsts` holds the first element of each column, negative
/// where another representation is used up to there.
///
/// # Errors
///
/// `TooBig` if a page list is.
pub(crate) fn footer(
    header_checksum: u64,
    schema: &Schema,
    described: Described,
    firsts: &[i64],
    groups: &[ClusterGroup],
) -> Result<Envelope> {
    let mut out = Wire::default();
    out.u64(0); // no features
    out.u64(header_checksum);
    out.record(|out| put_schema(schema, described, firsts, out));
    let mut fits = Ok(());
    out.items(groups, |group, out| {
        out.record(|out| {
            out.u64(group.first_entry);
            out.u64(group.entries);
            out.count(group.clusters);
            out.u64(group.list_bytes as u64);
            if let Err(error) = out.locator(group.list, Locators::Standard) {
                fits = Err(error);
            }
        });
    });
    fits.map(|()| out.into_envelope(EnvelopeKind::Footer))
}

fn put_schema(schema: &Schema, described: Described, firsts: &[i64], out: &mut Wire) {
    let fields: Vec<(usize, &FieldRecord)> = schema.fields.iter().enumerate().collect();
    out.items(&fields[described.fields..], |(index, field), out| {
        out.record(|out| put_field(*index, field, out));
    });
    let columns: Vec<(&ColumnRecord, &i64)> = schema.columns.iter().zip(firsts).collect();
    out.items(&columns[described.columns..], |(column, first), out| {
        out.record(|out| put_column(column, **first, out));
    });
    out.items(
        &schema.aliases[described.aliases..],
        |(column, field), out| {
            out.record(|out| {
                out.count(*column);
                out.count(*field);
            });
        },
    );
    out.list(0, |_| ()); // nothing that ROOT's streamers wrote
}

fn put_field(index: usize, field: &FieldRecord, out: &mut Wire) {
    out.u32(0); // version of the field
    out.u32(0); // version of the type
    out.count(field.parent.unwrap_or(index));
    out.u16(field.role as u16);
    let array = field.repetition.map_or(0, |_| ARRAY_FLAG);
    let projected = field.source.map_or(0, |_| PROJECTED_FLAG);
    out.u16(array | projected);
    out.string(&field.name);
    out.string(&field.type_name);
    out.string(field.type_alias);
    out.string(""); // description
    if let Some(length) = field.repetition {
        out.u64(length as u64);
    }
    if let Some(source) = field.source {
        out.count(source);
    }
}

fn put_column(column: &ColumnRecord, first: i64, out: &mut Wire) {
    let (code, bits) = column.element.code_and_bits(column.encoding);
    let range = match column.element {
        Element::Real32Quant { min, max, .. } => Some((min, max)),
        _ => None,
    };
    out.u16(code);
    out.u16(bits);
    out.u32(word(column.field));
    let deferred = if first == 0 { 0 } else { DEFERRED_FLAG };
    out.u16(deferred | range.map_or(0, |_| RANGE_FLAG));
    out.u16(column.representation);
    if first != 0 {
        out.i64(first);
    }
    if let Some((min, max)) = range {
        out.f64(min);
        out.f64(max);
    }
}
