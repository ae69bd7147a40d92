//! Objects member by member, as their class's description says.

use std::collections::HashMap;
use std::sync::Arc;

use crate::cursor::Version;
use crate::error::{Result, RootError};
use crate::object::{ObjectId, ObjectReader};
use crate::streamer::{Member, code};
use crate::ttree::raw;

/// Value of a member, as far as trees need it.
#[derive(Debug)]
pub(crate) enum Value {
    Integer(i64),
    Float(f64),
    Text(String),
    Integers(Vec<i64>),
    Object(Option<ObjectId>),
    Objects(Vec<Option<ObjectId>>),
    /// Bytes of an object whose class is not followed.
    Opaque(Vec<u8>),
    Skipped,
}

impl<'a> ObjectReader<'a> {
    /// Reads an object of `class` member by member, handing each to `sink` under its name.
    ///
    /// Bases are read in place, so their members arrive like the object's own.
    pub(crate) fn read_members(
        &mut self,
        class: &str,
        sink: &mut dyn FnMut(&str, Value),
    ) -> Result<()> {
        let version = self.cursor.version()?;
        self.read_members_of(class, i32::from(version.version), sink)?;
        if let Some(end) = version.end {
            self.cursor.go_to(end)?;
        }
        Ok(())
    }

    /// As [`Self::read_members`] after the version has been read.
    pub(crate) fn read_members_of(
        &mut self,
        class: &str,
        version: i32,
        sink: &mut dyn FnMut(&str, Value),
    ) -> Result<()> {
        let info = Arc::clone(self.classes.need(class, version)?);
        let mut counters: HashMap<&str, i64> = HashMap::new();
        for member in &info.members {
            if member.code == code::BASE {
                self.read_base(member, sink)?;
                continue;
            }
            let value = self.read_value(member, &counters)?;
            if let Value::Integer(n) = value {
                counters.insert(&member.name, n);
            }
            sink(&member.name, value);
        }
        Ok(())
    }

    fn read_base(&mut self, base: &Member, sink: &mut dyn FnMut(&str, Value)) -> Result<()> {
        match base.name.as_str() {
            "TObject" => self.skip_tobject(),
            "TNamed" => {
                let (name, title) = self.read_tnamed()?;
                sink("fName", Value::Text(name));
                sink("fTitle", Value::Text(title));
                Ok(())
            }
            "TBranch" => raw::read_tbranch(self, sink),
            "TTree" => raw::read_ttree(self, sink),
            name => {
                let start = self.cursor.clone();
                match self.cursor.version()? {
                    Version { end: Some(end), .. } if name.starts_with("TAtt") => {
                        self.cursor.go_to(end)
                    }
                    _ => {
                        self.cursor = start;
                        self.read_members(name, sink)
                    }
                }
            }
        }
    }

    fn read_value(&mut self, member: &Member, counters: &HashMap<&str, i64>) -> Result<Value> {
        let code = member.code;
        if (code::CHAR..code::ARRAY).contains(&code) && code != code::CHAR_STAR {
            return self.read_basic(code);
        }
        if (code::ARRAY + 1..code::POINTER).contains(&code) {
            let count = member.dims.iter().product();
            return self.read_basics(code - code::ARRAY, count);
        }
        if (code::POINTER + 1..code::OBJECT).contains(&code) {
            let count = counters.get(member.counter.as_str()).copied().unwrap_or(0);
            if self.cursor.u8()? == 0 {
                return Ok(Value::Integers(Vec::new()));
            }
            let count = usize::try_from(count).map_err(|_| {
                RootError::malformed("array", self.cursor.at(), format!("length {count}"))
            })?;
            return self.read_basics(code - code::POINTER, count);
        }
        match code {
            code::TSTRING => Ok(Value::Text(self.cursor.tstring()?)),
            code::OBJECT_POINTER | code::ANY_POINTER => Ok(Value::Object(self.read_any()?)),
            code::TOBJECT => self.skip_tobject().map(|()| Value::Skipped),
            code::TNAMED => self.read_tnamed().map(|_| Value::Skipped),
            _ => match member.type_name.trim_end_matches('*') {
                "TObjArray" => Ok(Value::Objects(self.read_array()?)),
                "TArrayD" | "TArrayL64" | "TArrayL" => self.skip_tarray(8),
                "TArrayI" | "TArrayF" => self.skip_tarray(4),
                "TArrayS" => self.skip_tarray(2),
                "TArrayC" => self.skip_tarray(1),
                _ => self.read_opaque(member),
            },
        }
    }

    fn skip_tarray(&mut self, item_bytes: usize) -> Result<Value> {
        let count = self.cursor.len_i32("length of an array")?;
        self.cursor.skip(count.saturating_mul(item_bytes))?;
        Ok(Value::Skipped)
    }

    fn read_opaque(&mut self, member: &Member) -> Result<Value> {
        let version = self.cursor.version()?;
        let start = self.cursor.pos();
        let Some(end) = version.end else {
            let why = format!("member `{}` of type `{}`", member.name, member.type_name);
            return Err(RootError::malformed("object", self.cursor.at(), why));
        };
        self.cursor.go_to(end)?;
        Ok(Value::Opaque(self.bytes_since(start).to_vec()))
    }

    fn read_basic(&mut self, code: i32) -> Result<Value> {
        let c = &mut self.cursor;
        Ok(match code {
            code::CHAR | code::LEGACY_CHAR => Value::Integer(c.i8()?.into()),
            code::UCHAR | code::BOOL => Value::Integer(c.u8()?.into()),
            code::SHORT => Value::Integer(c.i16()?.into()),
            code::USHORT => Value::Integer(c.u16()?.into()),
            code::INT | code::COUNTER => Value::Integer(c.i32()?.into()),
            code::UINT => Value::Integer(c.u32()?.into()),
            code::BITS => Value::Integer(c.object_bits()?.into()),
            code::LONG | code::LONG64 | code::ULONG | code::ULONG64 => Value::Integer(c.i64()?),
            code::FLOAT | code::DOUBLE32 => Value::Float(c.f32()?.into()),
            code::DOUBLE => Value::Float(c.f64()?),
            code::FLOAT16 => {
                c.skip(3)?;
                Value::Skipped
            }
            _ => {
                let why = format!("member type {code}");
                return Err(RootError::malformed("object", c.at(), why));
            }
        })
    }

    fn read_basics(&mut self, code: i32, count: usize) -> Result<Value> {
        // Every value takes a byte at least: a count that lies is found before memory is asked for.
        if count > self.cursor.left() {
            let why = format!("{count} values in {} bytes", self.cursor.left());
            return Err(RootError::malformed("array", self.cursor.at(), why));
        }
        let mut values = Vec::with_capacity(count);
        for _ in 0..count {
            if let Value::Integer(n) = self.read_basic(code)? {
                values.push(n);
            }
        }
        Ok(Value::Integers(values))
    }

    /// Bytes from a position to where the cursor is.
    fn bytes_since(&self, start: usize) -> &'a [u8] {
        &self.payload[start..self.cursor.pos()]
    }
}
