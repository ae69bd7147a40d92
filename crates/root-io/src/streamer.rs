//! Class descriptions (`TStreamerInfo`): which members a class has, in which order and of which type.

use std::collections::HashMap;
use std::sync::Arc;

use crate::builtin;
use crate::error::{Result, RootError};
use crate::object::{Object, ObjectReader};

/// Codes of member types.
///
/// Source: ROOT `TVirtualStreamerInfo::EReadWrite`.
pub(crate) mod code {
    pub(crate) const BASE: i32 = 0;
    pub(crate) const CHAR: i32 = 1;
    pub(crate) const SHORT: i32 = 2;
    pub(crate) const INT: i32 = 3;
    pub(crate) const LONG: i32 = 4;
    pub(crate) const FLOAT: i32 = 5;
    pub(crate) const COUNTER: i32 = 6;
    pub(crate) const CHAR_STAR: i32 = 7;
    pub(crate) const DOUBLE: i32 = 8;
    pub(crate) const DOUBLE32: i32 = 9;
    pub(crate) const LEGACY_CHAR: i32 = 10;
    pub(crate) const UCHAR: i32 = 11;
    pub(crate) const USHORT: i32 = 12;
    pub(crate) const UINT: i32 = 13;
    pub(crate) const ULONG: i32 = 14;
    pub(crate) const BITS: i32 = 15;
    pub(crate) const LONG64: i32 = 16;
    pub(crate) const ULONG64: i32 = 17;
    pub(crate) const BOOL: i32 = 18;
    pub(crate) const FLOAT16: i32 = 19;
    /// Added for arrays of fixed length.
    pub(crate) const ARRAY: i32 = 20;
    /// Added for pointers to arrays whose length is another member.
    pub(crate) const POINTER: i32 = 40;
    pub(crate) const OBJECT: i32 = 61;
    pub(crate) const OBJECT_POINTER: i32 = 64;
    pub(crate) const TSTRING: i32 = 65;
    pub(crate) const TOBJECT: i32 = 66;
    pub(crate) const TNAMED: i32 = 67;
    pub(crate) const ANY_POINTER: i32 = 69;
    pub(crate) const STL: i32 = 300;
    pub(crate) const STL_STRING: i32 = 365;
    pub(crate) const STREAMER: i32 = 500;
}

/// Description of one version of a class.
#[derive(Debug, Clone)]
pub(crate) struct ClassInfo {
    pub(crate) name: String,
    pub(crate) version: i32,
    pub(crate) checksum: u32,
    pub(crate) members: Vec<Member>,
}

/// One member or base of a class.
#[derive(Debug, Clone, Default)]
pub(crate) struct Member {
    pub(crate) name: String,
    /// Comment in the class, which holds the range of a `Double32_t`.
    pub(crate) title: String,
    /// One of [`code`].
    pub(crate) code: i32,
    pub(crate) type_name: String,
    /// Lengths of the dimensions of an array.
    pub(crate) dims: Vec<usize>,
    /// Member that holds the length of a pointer's array.
    pub(crate) counter: String,
    pub(crate) base_version: i32,
}

/// The class descriptions of a file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Registry {
    classes: HashMap<String, Vec<Arc<ClassInfo>>>,
}

impl Registry {
    /// Only what every reader must know: the classes of a tree.
    pub(crate) fn builtin() -> Self {
        let mut registry = Self::default();
        for info in builtin::classes() {
            registry.add(info);
        }
        registry
    }

    /// The descriptions in the payload of a file's `StreamerInfo` record, whose key took `key_bytes`.
    pub(crate) fn parse(payload: &[u8], key_bytes: usize) -> Result<Self> {
        let nothing_yet = Self::default();
        let mut reader = ObjectReader::new(payload, key_bytes, &nothing_yet);
        let list = reader.read_list()?;
        let mut registry = Self::default();
        for id in list.into_iter().flatten() {
            // The list also holds rules of schema evolution, which do not concern columns.
            if let Object::ClassInfo(info) = reader.take(id) {
                registry.add(info);
            }
        }
        for info in builtin::classes() {
            if registry.get(&info.name, info.version).is_none() {
                registry.add(info);
            }
        }
        Ok(registry)
    }

    fn add(&mut self, info: ClassInfo) {
        self.classes
            .entry(info.name.clone())
            .or_default()
            .push(Arc::new(info));
    }

    /// The description of a version.
    pub(crate) fn get(&self, class: &str, version: i32) -> Option<&Arc<ClassInfo>> {
        self.classes
            .get(class)?
            .iter()
            .find(|info| info.version == version)
    }

    /// The description of a version, or failing that of a checksum, or the newest there is.
    pub(crate) fn best(&self, class: &str, version: i32, checksum: u32) -> Option<&Arc<ClassInfo>> {
        let infos = self.classes.get(class)?;
        infos
            .iter()
            .find(|info| checksum != 0 && info.checksum == checksum)
            .or_else(|| infos.iter().find(|info| info.version == version))
            .or_else(|| infos.iter().max_by_key(|info| info.version))
    }

    /// As [`Registry::get`], as an error that says what is missing.
    pub(crate) fn need(&self, class: &str, version: i32) -> Result<&Arc<ClassInfo>> {
        self.get(class, version).ok_or_else(|| {
            RootError::unsupported(
                class,
                format!("the file does not describe its version {version}"),
            )
        })
    }
}
