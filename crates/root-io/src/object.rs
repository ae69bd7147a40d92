//! Streamed objects: reading the classes that describe files and trees, with their cross-references.
//!
//! ROOT writes a class's name where it is first used and each object once; later uses are positions
//! in the buffer. Such positions count from the start of the record's key, not of its payload.
//!
//! Only the classes that trees are made of are understood; of any other the length is enough.
//! How an object is read member by member stands in `members.rs`.

use std::collections::HashMap;

use crate::cursor::{BYTE_COUNT_MASK, Cursor};
use crate::error::{Result, RootError};
use crate::streamer::{ClassInfo, Member, Registry, code};
use crate::ttree::raw::{RawBasket, RawBranch, RawLeaf};

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

enum Reference {
    Class(String),
    Object(ObjectId),
}

/// Reads objects from the payload of one record.
pub(crate) struct ObjectReader<'a> {
    pub(crate) cursor: Cursor<'a>,
    pub(crate) payload: &'a [u8],
    key_bytes: usize,
    pub(crate) classes: &'a Registry,
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
}
