//! What ROOT says about a class and its members, in a form short enough for a table.

/// A class.
#[derive(Debug)]
pub(crate) struct Class {
    pub(crate) name: &'static str,
    pub(crate) version: u32,
    pub(crate) checksum: u32,
    pub(crate) elements: &'static [Element],
}

/// A base class or member.
#[derive(Debug)]
pub(crate) struct Element {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) kind: Kind,
}

/// What a member is, with ROOT's type code, size in memory and C++ type.
#[derive(Debug)]
pub(crate) enum Kind {
    /// A base class.
    Base { code: u32, version: u32 },
    /// A number.
    Basic(u32, u32, &'static str),
    /// Numbers behind a pointer, as many as the member `length` says.
    Array {
        code: u32,
        size: u32,
        type_name: &'static str,
        class: &'static str,
        version: u32,
        length: &'static str,
    },
    /// An object that is a `TObject`.
    Object(&'static str),
    /// An object that is none.
    ObjectAny(u32, &'static str),
    /// A pointer to an object.
    Pointer(&'static str),
    /// A `TString`.
    Text,
    /// A `vector<string>`.
    TextVector,
}

pub(crate) const fn base(name: &'static str, code: u32, version: u32) -> Element {
    Element {
        name,
        title: "",
        kind: Kind::Base { code, version },
    }
}

pub(crate) const fn short(name: &'static str) -> Element {
    Element {
        name,
        title: "",
        kind: Kind::Basic(2, 2, "short"),
    }
}

pub(crate) const fn int(name: &'static str) -> Element {
    Element {
        name,
        title: "",
        kind: Kind::Basic(3, 4, "int"),
    }
}

/// An `int` that says how long arrays are.
pub(crate) const fn counter(name: &'static str) -> Element {
    Element {
        name,
        title: "",
        kind: Kind::Basic(6, 4, "int"),
    }
}

pub(crate) const fn long64(name: &'static str) -> Element {
    Element {
        name,
        title: "",
        kind: Kind::Basic(16, 8, "Long64_t"),
    }
}

pub(crate) const fn basic(
    name: &'static str,
    code: u32,
    size: u32,
    type_name: &'static str,
) -> Element {
    Element {
        name,
        title: "",
        kind: Kind::Basic(code, size, type_name),
    }
}

pub(crate) const fn text(name: &'static str) -> Element {
    Element {
        name,
        title: "",
        kind: Kind::Text,
    }
}

pub(crate) const fn object(name: &'static str, type_name: &'static str) -> Element {
    Element {
        name,
        title: "",
        kind: Kind::Object(type_name),
    }
}

pub(crate) const fn any(name: &'static str, size: u32, type_name: &'static str) -> Element {
    Element {
        name,
        title: "",
        kind: Kind::ObjectAny(size, type_name),
    }
}

pub(crate) const fn pointer(name: &'static str, type_name: &'static str) -> Element {
    Element {
        name,
        title: "",
        kind: Kind::Pointer(type_name),
    }
}
