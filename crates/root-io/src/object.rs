//! Streamed objects: reading the classes that describe files and trees, with their cross-references.
//!
//! ROOT writes a class's name where it is first used and each object once; later uses are positions
//! in the buffer. Such positions count from the start of the record's key, not of its payload.
//!
//! Only the classes that trees are made of are understood; of any other the length is enough.

use std::collections::HashMap;

use crate::cursor::{BYTE_COUNT_MASK, Cursor};
use crate::error::{Result, RootError};
use crate::streamer::{ClassInfo, Member, Registry, code};
use crate::ttree::raw::{self, RawBasket, RawBranch, RawLeaf};

const NEW_CLASS_TAG: u32 = 0xffff_ffff;
const CLASS_MASK: u32 = 0x8000_0000;
/// What ROOT adds to positions so that none is 0 or 1 (`kMapOffset`).
const MAP_OFFSET: usize = 2;
/// Objects nested deeper than this are taken for an attack on the stack.
const MAX_DEPTH: usize = 64;

/// Number of an object in its reader.
pub(crate) type ObjectId = usize;

/// An object of a class that we understand.
#[derive(Debug)]
pub(crate) enum Object {
    /// Being read, taken, or of a class that does not matter.
    Other,
    ClassInfo(ClassInfo),
    Member(Member),
    Array(Vec<Option<ObjectId>>),
    Branch(Box<RawBranch>),
    Leaf(RawLeaf),
    Basket(RawBasket),
}

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

enum Reference {
    Class(String),
    Object(ObjectId),
}

/// Reads objects from the payload of one record.
pub(crate) struct ObjectReader<'a> {
    pub(crate) cursor: Cursor<'a>,
    payload: &'a [u8],
    key_bytes: usize,
    classes: &'a Registry,
    references: HashMap<u32, Reference>,
    objects: Vec<Object>,
    depth: usize,
}

impl<'a> ObjectReader<'a> {
    pub(crate) fn new(payload: &'a [u8], key_bytes: usize, classes: &'a Registry) -> Self {
        Self {
            cursor: Cursor::new(payload, key_bytes as u64),
            payload,
            key_bytes,
            classes,
            references: HashMap::new(),
            objects: Vec::new(),
            depth: 0,
        }
    }

    /// Moves an object out.
    pub(crate) fn take(&mut self, id: ObjectId) -> Object {
        std::mem::replace(&mut self.objects[id], Object::Other)
    }

    pub(crate) fn get(&self, id: ObjectId) -> &Object {
        &self.objects[id]
    }

    /// Bytes from a position to where the cursor is.
    pub(crate) fn bytes_since(&self, start: usize) -> &'a [u8] {
        &self.payload[start..self.cursor.pos()]
    }

    /// A `TList`.
    pub(crate) fn read_list(&mut self) -> Result<Vec<Option<ObjectId>>> {
        let version = self.cursor.version()?;
        if version.version > 3 {
            self.skip_tobject()?;
            self.cursor.tstring()?;
        }
        let count = self.cursor.len_i32("length of a list")?;
        let mut objects = Vec::new();
        for _ in 0..count {
            objects.push(self.read_any()?);
            if version.version > 3 {
                let option_bytes = match self.cursor.u8()? {
                    255 if version.version > 4 => self.cursor.len_i32("option of a list")?,
                    short => usize::from(short),
                };
                self.cursor.skip(option_bytes)?;
            }
        }
        Ok(objects)
    }

    /// A `TObjArray`.
    pub(crate) fn read_array(&mut self) -> Result<Vec<Option<ObjectId>>> {
        let version = self.cursor.version()?;
        if version.version > 2 {
            self.skip_tobject()?;
        }
        if version.version > 1 {
            self.cursor.tstring()?;
        }
        let count = self.cursor.len_i32("length of an array")?;
        self.cursor.skip(4)?; // lower bound
        let mut objects = Vec::new();
        for _ in 0..count {
            objects.push(self.read_any()?);
        }
        if let Some(end) = version.end {
            self.cursor.go_to(end)?;
        }
        Ok(objects)
    }

    /// A pointer to an object of any class: the object, one seen before, or none.
    ///
    /// Source: ROOT `TBufferFile::ReadObjectAny`, `ReadClass`.
    pub(crate) fn read_any(&mut self) -> Result<Option<ObjectId>> {
        let begin = self.cursor.pos();
        let word = self.cursor.u32()?;
        let (tag, end, tag_at) = if word & BYTE_COUNT_MASK == 0 || word == NEW_CLASS_TAG {
            (word, None, begin)
        } else {
            let end = begin + 4 + (word & !BYTE_COUNT_MASK) as usize;
            let tag_at = self.cursor.pos();
            (self.cursor.u32()?, Some(end), tag_at)
        };
        if tag & CLASS_MASK == 0 {
            let found = match self.references.get(&tag) {
                Some(Reference::Object(id)) => Some(*id),
                Some(Reference::Class(_)) | None => None,
            };
            if let Some(end) = end {
                self.cursor.go_to(end)?;
            }
            return Ok(found);
        }
        let class = if tag == NEW_CLASS_TAG {
            let name = self.cursor.c_string()?;
            let key = self.reference_key(tag_at, end.is_some());
            self.references.insert(key, Reference::Class(name.clone()));
            name
        } else {
            match self.references.get(&(tag & !CLASS_MASK)) {
                Some(Reference::Class(name)) => name.clone(),
                Some(Reference::Object(_)) | None => String::new(),
            }
        };
        let id = self.objects.len();
        self.objects.push(Object::Other);
        let key = self.reference_key(begin, end.is_some());
        self.references.insert(key, Reference::Object(id));
        let object = self.read_object(&class, end)?;
        self.objects[id] = object;
        Ok(Some(id))
    }

    /// Under which number later references find what starts at `pos`.
    fn reference_key(&self, pos: usize, has_byte_count: bool) -> u32 {
        let key = if has_byte_count {
            pos + self.key_bytes + MAP_OFFSET
        } else {
            // Very old files count objects instead of bytes.
            self.references.len() + 1
        };
        u32::try_from(key).unwrap_or(u32::MAX)
    }

    /// An object of a known class, up to `end` if that is known.
    fn read_object(&mut self, class: &str, end: Option<usize>) -> Result<Object> {
        if self.depth == MAX_DEPTH {
            let why = format!("nested more than {MAX_DEPTH} deep");
            return Err(RootError::malformed("object", self.cursor.at(), why));
        }
        self.depth += 1;
        let object = match class {
            "TList" | "THashList" => Object::Array(self.read_list()?),
            "TObjArray" => Object::Array(self.read_array()?),
            "TStreamerInfo" => Object::ClassInfo(self.read_class_info()?),
            _ if class.starts_with("TStreamer") => Object::Member(self.read_member(class)?),
            "TBranch" | "TBranchElement" | "TBranchObject" | "TBranchClones" | "TBranchSTL" => {
                Object::Branch(Box::new(RawBranch::read(self, class)?))
            }
            _ if class.starts_with("TLeaf") => Object::Leaf(RawLeaf::read(self, class)?),
            "TBasket" => Object::Basket(RawBasket::read(self)?),
            _ if end.is_some() => Object::Other,
            _ => {
                let why = format!("an object of class `{class}` does not say how long it is");
                return Err(RootError::malformed("object", self.cursor.at(), why));
            }
        };
        self.depth -= 1;
        if let Some(end) = end {
            self.cursor.go_to(end)?;
        }
        Ok(object)
    }

    /// A `TObject`, of which nothing is needed.
    pub(crate) fn skip_tobject(&mut self) -> Result<()> {
        self.cursor.version()?;
        self.cursor.skip(4)?; // unique id
        self.cursor.object_bits()?;
        Ok(())
    }

    /// A `TNamed`: name and title.
    pub(crate) fn read_tnamed(&mut self) -> Result<(String, String)> {
        let version = self.cursor.version()?;
        self.skip_tobject()?;
        let name = self.cursor.tstring()?;
        let title = self.cursor.tstring()?;
        if let Some(end) = version.end {
            self.cursor.go_to(end)?;
        }
        Ok((name, title))
    }

    fn read_class_info(&mut self) -> Result<ClassInfo> {
        self.cursor.version()?;
        let (name, _) = self.read_tnamed()?;
        let checksum = self.cursor.u32()?;
        let version = self.cursor.i32()?;
        let mut members = Vec::new();
        if let Some(list) = self.read_any()?
            && let Object::Array(ids) = self.take(list)
        {
            for id in ids.into_iter().flatten() {
                if let Object::Member(member) = self.take(id) {
                    members.push(member);
                }
            }
        }
        Ok(ClassInfo {
            name,
            version,
            checksum,
            members,
        })
    }

    /// A `TStreamerElement` of any kind.
    ///
    /// Source: ROOT `TStreamerElement::Streamer` and its sub-classes.
    fn read_member(&mut self, class: &str) -> Result<Member> {
        let outer = if class == "TStreamerElement" {
            None
        } else {
            Some(self.cursor.version()?)
        };
        if class == "TStreamerSTLstring" {
            self.cursor.version()?; // derived from TStreamerSTL
        }
        let version = self.cursor.version()?;
        let (name, title) = self.read_tnamed()?;
        let mut member = Member {
            name,
            title,
            code: self.cursor.i32()?,
            ..Member::default()
        };
        self.cursor.skip(4)?; // size in memory
        self.cursor.skip(4)?; // length of the array, the product of its dimensions
        let dim_count = self.cursor.len_i32("number of dimensions")?;
        let stored = if version.version == 1 {
            self.cursor.len_i32("dimensions")?
        } else {
            5
        };
        for i in 0..stored {
            let n = self.cursor.i32()?;
            if i < dim_count {
                let n = usize::try_from(n).map_err(|_| {
                    RootError::malformed("array", self.cursor.at(), format!("length {n}"))
                })?;
                member.dims.push(n);
            }
        }
        member.type_name = self.cursor.tstring()?;
        // Bases TObject and TNamed have codes of their own, which members of these types share.
        if class == "TStreamerBase" {
            member.code = code::BASE;
        }
        if let Some(end) = version.end {
            self.cursor.go_to(end)?;
        }
        let outer_version = outer.map_or(0, |v| v.version);
        match class {
            "TStreamerBase" if outer_version > 2 => member.base_version = self.cursor.i32()?,
            "TStreamerBasicPointer" | "TStreamerLoop" => {
                self.cursor.skip(4)?; // version of the counting class
                member.counter = self.cursor.tstring()?;
            }
            _ => {}
        }
        if let Some(end) = outer.and_then(|v| v.end) {
            self.cursor.go_to(end)?;
        }
        Ok(member)
    }

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
        let info = std::sync::Arc::clone(self.classes.need(class, version)?);
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
                    crate::cursor::Version { end: Some(end), .. } if name.starts_with("TAtt") => {
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
}
