//! The classes in a file of ours, member by member, as ROOT 6 describes them.
//!
//! Names, versions, checksums and order are ROOT's: a reader matches stored
//! objects against them. Titles are shortened where they are long.

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

const fn base(name: &'static str, code: u32, version: u32) -> Element {
    Element {
        name,
        title: "",
        kind: Kind::Base { code, version },
    }
}

const fn short(name: &'static str) -> Element {
    Element {
        name,
        title: "",
        kind: Kind::Basic(2, 2, "short"),
    }
}

const fn int(name: &'static str) -> Element {
    Element {
        name,
        title: "",
        kind: Kind::Basic(3, 4, "int"),
    }
}

/// An `int` that says how long arrays are.
const fn counter(name: &'static str) -> Element {
    Element {
        name,
        title: "",
        kind: Kind::Basic(6, 4, "int"),
    }
}

const fn long64(name: &'static str) -> Element {
    Element {
        name,
        title: "",
        kind: Kind::Basic(16, 8, "Long64_t"),
    }
}

const fn basic(name: &'static str, code: u32, size: u32, type_name: &'static str) -> Element {
    Element {
        name,
        title: "",
        kind: Kind::Basic(code, size, type_name),
    }
}

const fn text(name: &'static str) -> Element {
    Element {
        name,
        title: "",
        kind: Kind::Text,
    }
}

const fn object(name: &'static str, type_name: &'static str) -> Element {
    Element {
        name,
        title: "",
        kind: Kind::Object(type_name),
    }
}

const fn any(name: &'static str, size: u32, type_name: &'static str) -> Element {
    Element {
        name,
        title: "",
        kind: Kind::ObjectAny(size, type_name),
    }
}

const fn pointer(name: &'static str, type_name: &'static str) -> Element {
    Element {
        name,
        title: "",
        kind: Kind::Pointer(type_name),
    }
}

/// Every class an object of ours may belong to.
pub(crate) const CLASSES: &[Class] = &[
    Class {
        name: "TString",
        version: 2,
        checksum: 95257,
        elements: &[],
    },
    Class {
        name: "TTree",
        version: 20,
        checksum: 1919213695,
        elements: &[
            base("TNamed", 67, 1),
            base("TAttLine", 0, 2),
            base("TAttFill", 0, 2),
            base("TAttMarker", 0, 3),
            long64("fEntries"),
            long64("fTotBytes"),
            long64("fZipBytes"),
            long64("fSavedBytes"),
            long64("fFlushedBytes"),
            basic("fWeight", 8, 8, "double"),
            int("fTimerInterval"),
            int("fScanField"),
            int("fUpdate"),
            int("fDefaultEntryOffsetLen"),
            counter("fNClusterRange"),
            long64("fMaxEntries"),
            long64("fMaxEntryLoop"),
            long64("fMaxVirtualSize"),
            long64("fAutoSave"),
            long64("fAutoFlush"),
            long64("fEstimate"),
            Element {
                name: "fClusterRangeEnd",
                title: "[fNClusterRange]",
                kind: Kind::Array {
                    code: 56,
                    size: 8,
                    type_name: "Long64_t*",
                    class: "TTree",
                    version: 20,
                    length: "fNClusterRange",
                },
            },
            Element {
                name: "fClusterSize",
                title: "[fNClusterRange]",
                kind: Kind::Array {
                    code: 56,
                    size: 8,
                    type_name: "Long64_t*",
                    class: "TTree",
                    version: 20,
                    length: "fNClusterRange",
                },
            },
            any("fIOFeatures", 1, "ROOT::TIOFeatures"),
            object("fBranches", "TObjArray"),
            object("fLeaves", "TObjArray"),
            pointer("fAliases", "TList*"),
            any("fIndexValues", 24, "TArrayD"),
            any("fIndex", 24, "TArrayI"),
            pointer("fTreeIndex", "TVirtualIndex*"),
            pointer("fFriends", "TList*"),
            pointer("fUserInfo", "TList*"),
            pointer("fBranchRef", "TBranchRef*"),
        ],
    },
    Class {
        name: "TNamed",
        version: 1,
        checksum: 3753331260,
        elements: &[base("TObject", 66, 1), text("fName"), text("fTitle")],
    },
    Class {
        name: "TObject",
        version: 1,
        checksum: 2417737773,
        elements: &[
            basic("fUniqueID", 13, 4, "unsigned int"),
            basic("fBits", 15, 4, "unsigned int"),
        ],
    },
    Class {
        name: "TAttLine",
        version: 2,
        checksum: 2483504457,
        elements: &[
            short("fLineColor"),
            short("fLineStyle"),
            short("fLineWidth"),
        ],
    },
    Class {
        name: "TAttFill",
        version: 2,
        checksum: 4292422290,
        elements: &[short("fFillColor"), short("fFillStyle")],
    },
    Class {
        name: "TAttMarker",
        version: 3,
        checksum: 689802220,
        elements: &[
            short("fMarkerColor"),
            short("fMarkerStyle"),
            basic("fMarkerSize", 5, 4, "float"),
        ],
    },
    Class {
        name: "ROOT::TIOFeatures",
        version: 1,
        checksum: 446770960,
        elements: &[basic("fIOBits", 11, 1, "unsigned char")],
    },
    Class {
        name: "TBranch",
        version: 13,
        checksum: 278366892,
        elements: &[
            base("TNamed", 67, 1),
            base("TAttFill", 0, 2),
            int("fCompress"),
            int("fBasketSize"),
            int("fEntryOffsetLen"),
            int("fWriteBasket"),
            long64("fEntryNumber"),
            any("fIOFeatures", 1, "ROOT::TIOFeatures"),
            int("fOffset"),
            counter("fMaxBaskets"),
            int("fSplitLevel"),
            long64("fEntries"),
            long64("fFirstEntry"),
            long64("fTotBytes"),
            long64("fZipBytes"),
            object("fBranches", "TObjArray"),
            object("fLeaves", "TObjArray"),
            object("fBaskets", "TObjArray"),
            Element {
                name: "fBasketBytes",
                title: "[fMaxBaskets]",
                kind: Kind::Array {
                    code: 43,
                    size: 4,
                    type_name: "int*",
                    class: "TBranch",
                    version: 13,
                    length: "fMaxBaskets",
                },
            },
            Element {
                name: "fBasketEntry",
                title: "[fMaxBaskets]",
                kind: Kind::Array {
                    code: 56,
                    size: 8,
                    type_name: "Long64_t*",
                    class: "TBranch",
                    version: 13,
                    length: "fMaxBaskets",
                },
            },
            Element {
                name: "fBasketSeek",
                title: "[fMaxBaskets]",
                kind: Kind::Array {
                    code: 56,
                    size: 8,
                    type_name: "Long64_t*",
                    class: "TBranch",
                    version: 13,
                    length: "fMaxBaskets",
                },
            },
            text("fFileName"),
        ],
    },
    Class {
        name: "TLeafF",
        version: 1,
        checksum: 987602290,
        elements: &[
            base("TLeaf", 0, 2),
            basic("fMinimum", 5, 4, "float"),
            basic("fMaximum", 5, 4, "float"),
        ],
    },
    Class {
        name: "TLeaf",
        version: 2,
        checksum: 1830715730,
        elements: &[
            base("TNamed", 67, 1),
            int("fLen"),
            int("fLenType"),
            int("fOffset"),
            basic("fIsRange", 18, 1, "bool"),
            basic("fIsUnsigned", 18, 1, "bool"),
            pointer("fLeafCount", "TLeaf*"),
        ],
    },
    Class {
        name: "TLeafI",
        version: 1,
        checksum: 2120920601,
        elements: &[base("TLeaf", 0, 2), int("fMinimum"), int("fMaximum")],
    },
    Class {
        name: "TLeafC",
        version: 1,
        checksum: 4226003699,
        elements: &[base("TLeaf", 0, 2), int("fMinimum"), int("fMaximum")],
    },
    Class {
        name: "TLeafO",
        version: 1,
        checksum: 44976339,
        elements: &[
            base("TLeaf", 0, 2),
            basic("fMinimum", 18, 1, "bool"),
            basic("fMaximum", 18, 1, "bool"),
        ],
    },
    Class {
        name: "TLeafF16",
        version: 2,
        checksum: 3946182787,
        elements: &[
            base("TLeaf", 0, 2),
            basic("fMinimum", 19, 4, "Float16_t"),
            basic("fMaximum", 19, 4, "Float16_t"),
        ],
    },
    Class {
        name: "TLeafD32",
        version: 2,
        checksum: 3789317121,
        elements: &[
            base("TLeaf", 0, 2),
            basic("fMinimum", 9, 8, "Double32_t"),
            basic("fMaximum", 9, 8, "Double32_t"),
        ],
    },
    Class {
        name: "TLeafG",
        version: 1,
        checksum: 3970374839,
        elements: &[
            base("TLeaf", 0, 2),
            basic("fMinimum", 4, 8, "long"),
            basic("fMaximum", 4, 8, "long"),
        ],
    },
    Class {
        name: "TLeafL",
        version: 1,
        checksum: 3727820898,
        elements: &[base("TLeaf", 0, 2), long64("fMinimum"), long64("fMaximum")],
    },
    Class {
        name: "TLeafS",
        version: 1,
        checksum: 353169103,
        elements: &[base("TLeaf", 0, 2), short("fMinimum"), short("fMaximum")],
    },
    Class {
        name: "TLeafD",
        version: 1,
        checksum: 294553462,
        elements: &[
            base("TLeaf", 0, 2),
            basic("fMinimum", 8, 8, "double"),
            basic("fMaximum", 8, 8, "double"),
        ],
    },
    Class {
        name: "TLeafB",
        version: 1,
        checksum: 253643614,
        elements: &[
            base("TLeaf", 0, 2),
            basic("fMinimum", 1, 1, "char"),
            basic("fMaximum", 1, 1, "char"),
        ],
    },
    Class {
        name: "TBranchElement",
        version: 10,
        checksum: 3880738403,
        elements: &[
            base("TBranch", 0, 13),
            text("fClassName"),
            text("fParentName"),
            text("fClonesName"),
            basic("fCheckSum", 13, 4, "unsigned int"),
            short("fClassVersion"),
            int("fID"),
            int("fType"),
            int("fStreamerType"),
            int("fMaximum"),
            pointer("fBranchCount", "TBranchElement*"),
            pointer("fBranchCount2", "TBranchElement*"),
        ],
    },
    Class {
        name: "TLeafElement",
        version: 1,
        checksum: 2689566867,
        elements: &[base("TLeaf", 0, 2), int("fID"), int("fType")],
    },
    Class {
        name: "TList",
        version: 5,
        checksum: 1774568379,
        elements: &[base("TSeqCollection", 0, 0)],
    },
    Class {
        name: "TSeqCollection",
        version: 0,
        checksum: 4234951622,
        elements: &[base("TCollection", 0, 3)],
    },
    Class {
        name: "TCollection",
        version: 3,
        checksum: 1474546588,
        elements: &[base("TObject", 66, 1), text("fName"), int("fSize")],
    },
    Class {
        name: "TBranchRef",
        version: 1,
        checksum: 593540093,
        elements: &[base("TBranch", 0, 13), pointer("fRefTable", "TRefTable*")],
    },
    Class {
        name: "TRefTable",
        version: 3,
        checksum: 2357812101,
        elements: &[
            base("TObject", 66, 1),
            int("fSize"),
            pointer("fParents", "TObjArray*"),
            pointer("fOwner", "TObject*"),
            Element {
                name: "fProcessGUIDs",
                title: "",
                kind: Kind::TextVector,
            },
        ],
    },
    Class {
        name: "TObjArray",
        version: 3,
        checksum: 2845730130,
        elements: &[
            base("TSeqCollection", 0, 0),
            int("fLowerBound"),
            int("fLast"),
        ],
    },
];
