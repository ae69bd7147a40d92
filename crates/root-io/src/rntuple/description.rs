//! Header and footer as they are written: lists of fields, columns and groups of clusters.

use super::envelope::{Kind, contents};
use super::frame::Frame;
use super::locator::EnvelopeLink;
use crate::error::{Result, RootError};

/// Bits of a field's flags.
const REPETITIVE: u16 = 1;
/// Bits of a column's flags.
const DEFERRED: u16 = 1;
const HAS_RANGE: u16 = 2;

/// What a header says, over the fields and columns.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) description: String,
    /// Of the envelope; footer and page lists repeat it.
    pub(super) checksum: u64,
}

/// Fields and columns of header and footer; their numbers are their places here.
#[derive(Debug, Default)]
pub(super) struct Described {
    pub(super) fields: Vec<DescribedField>,
    pub(super) columns: Vec<DescribedColumn>,
    pub(super) aliases: Vec<Alias>,
}

/// A field: one node of a C++ type.
#[derive(Debug, Clone)]
pub(super) struct DescribedField {
    /// Number of the field above; its own number at the top.
    pub(super) parent: u32,
    pub(super) role: u16,
    /// Items of a fixed-size array or bits of a bitset.
    pub(super) length: Option<u64>,
    pub(super) name: String,
    pub(super) type_name: String,
}

/// A column of elements.
#[derive(Debug, Clone)]
pub(super) struct DescribedColumn {
    pub(super) code: u16,
    pub(super) bits: u16,
    pub(super) field: u32,
    pub(super) representation: u16,
    pub(super) deferred: Option<Deferred>,
    pub(super) range: Option<(f64, f64)>,
}

/// Why a column may be missing in clusters written before it was added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deferred {
    /// Its elements are 0 there.
    Zero,
    /// Another representation is used there.
    Suppressed,
}

/// A column that a projected field takes from another field.
#[derive(Debug, Clone, Copy)]
pub(super) struct Alias {
    pub(super) column: u32,
    pub(super) field: u32,
}

/// Clusters whose pages one envelope lists.
#[derive(Debug, Clone, Copy)]
pub(super) struct ClusterGroup {
    pub(super) clusters: u32,
    pub(super) pages: EnvelopeLink,
}

/// Reads an unpacked header.
pub(super) fn read_header(envelope: &[u8]) -> Result<(Header, Described)> {
    let (mut frame, checksum) = contents(envelope, Kind::Header)?;
    frame.features()?;
    frame.text()?; // its name, which the key has, too
    let description = frame.text()?;
    frame.text()?; // the program that wrote it
    let mut described = Described::default();
    described.extend(&mut frame)?;
    let header = Header {
        description,
        checksum,
    };
    Ok((header, described))
}

/// Reads an unpacked footer, which may add fields and columns to those of the header.
pub(super) fn read_footer(
    envelope: &[u8],
    header: &Header,
    described: &mut Described,
) -> Result<Vec<ClusterGroup>> {
    let (mut frame, _) = contents(envelope, Kind::Footer)?;
    frame.features()?;
    check_header(&mut frame, header)?;
    let mut extension = frame.record()?;
    if !extension.is_empty() {
        described.extend(&mut extension)?;
    }
    let (count, mut groups) = frame.list()?;
    (0..count)
        .map(|_| {
            let mut group = groups.record()?;
            group.u64()?; // first entry
            group.u64()?; // entries: the clusters tell
            Ok(ClusterGroup {
                clusters: group.u32()?,
                pages: group.link()?,
            })
        })
        .collect()
}

/// Refuses footers and page lists of another header.
pub(super) fn check_header(frame: &mut Frame<'_>, header: &Header) -> Result<(), RootError> {
    let told = frame.u64()?;
    if told != header.checksum {
        let is = header.checksum;
        return Err(frame.malformed(format!("it belongs to header {told:x}, this one is {is:x}")));
    }
    Ok(())
}

impl Described {
    /// Adds the lists of a header or of the extension in a footer.
    fn extend(&mut self, frame: &mut Frame<'_>) -> Result<()> {
        let (count, mut fields) = frame.list()?;
        for _ in 0..count {
            self.fields.push(DescribedField::read(fields.record()?)?);
        }
        let (count, mut columns) = frame.list()?;
        for _ in 0..count {
            self.columns.push(DescribedColumn::read(columns.record()?)?);
        }
        let (count, mut aliases) = frame.list()?;
        for _ in 0..count {
            let mut alias = aliases.record()?;
            self.aliases.push(Alias {
                column: alias.u32()?,
                field: alias.u32()?,
            });
        }
        // What follows describes streamed classes, whose fields are not read.
        Ok(())
    }
}

impl DescribedField {
    fn read(mut frame: Frame<'_>) -> Result<Self> {
        frame.u32()?; // version of the field
        frame.u32()?; // version of the type
        let parent = frame.u32()?;
        let role = frame.u16()?;
        let flags = frame.u16()?;
        let name = frame.text()?;
        let type_name = frame.text()?;
        frame.text()?; // alias of the type
        frame.text()?; // description
        let is_repetitive = flags & REPETITIVE != 0;
        Ok(Self {
            parent,
            role,
            length: is_repetitive.then(|| frame.u64()).transpose()?,
            name,
            type_name,
        })
    }
}

impl DescribedColumn {
    fn read(mut frame: Frame<'_>) -> Result<Self> {
        let code = frame.u16()?;
        let bits = frame.u16()?;
        let field = frame.u32()?;
        let flags = frame.u16()?;
        let representation = frame.u16()?;
        let deferred = match flags & DEFERRED {
            0 => None,
            // The index of its first element; a sign says that it was added as suppressed.
            _ if frame.i64()? < 0 => Some(Deferred::Suppressed),
            _ => Some(Deferred::Zero),
        };
        let range = match flags & HAS_RANGE {
            0 => None,
            _ => Some((frame.f64()?, frame.f64()?)),
        };
        Ok(Self {
            code,
            bits,
            field,
            representation,
            deferred,
            range,
        })
    }
}
