//! Descriptions of the classes trees are made of, for files that leave them out.
//!
//! Source: the `TStreamerInfo` records that ROOT 6 itself writes for these versions.

use crate::streamer::{ClassInfo, Member, code};

/// One line for each class: name, version, then members as `name:type`, bases as `base=version`.
const CLASSES: &[&str] = &[
    "TLeaf 2 TNamed=1 fLen:int fLenType:int fOffset:int fIsRange:bool fIsUnsigned:bool fLeafCount:pointer",
    "TLeafO 1 TLeaf=2 fMinimum:bool fMaximum:bool",
    "TLeafB 1 TLeaf=2 fMinimum:char fMaximum:char",
    "TLeafS 1 TLeaf=2 fMinimum:short fMaximum:short",
    "TLeafI 1 TLeaf=2 fMinimum:int fMaximum:int",
    "TLeafL 1 TLeaf=2 fMinimum:long64 fMaximum:long64",
    "TLeafG 1 TLeaf=2 fMinimum:long fMaximum:long",
    "TLeafF 1 TLeaf=2 fMinimum:float fMaximum:float",
    "TLeafD 1 TLeaf=2 fMinimum:double fMaximum:double",
    "TLeafC 1 TLeaf=2 fMinimum:int fMaximum:int",
    "TLeafElement 1 TLeaf=2 fID:int fType:int",
    "TBranch 13 TNamed=1 TAttFill=2 fCompress:int fBasketSize:int fEntryOffsetLen:int \
     fWriteBasket:int fEntryNumber:long64 fIOFeatures:any fOffset:int fMaxBaskets:uint \
     fSplitLevel:int fEntries:long64 fFirstEntry:long64 fTotBytes:long64 fZipBytes:long64 \
     fBranches:objects fLeaves:objects fBaskets:objects fBasketBytes:int[fMaxBaskets] \
     fBasketEntry:long64[fMaxBaskets] fBasketSeek:long64[fMaxBaskets] fFileName:string",
    "TBranch 12 TNamed=1 TAttFill=1 fCompress:int fBasketSize:int fEntryOffsetLen:int \
     fWriteBasket:int fEntryNumber:long64 fOffset:int fMaxBaskets:uint fSplitLevel:int \
     fEntries:long64 fFirstEntry:long64 fTotBytes:long64 fZipBytes:long64 \
     fBranches:objects fLeaves:objects fBaskets:objects fBasketBytes:int[fMaxBaskets] \
     fBasketEntry:long64[fMaxBaskets] fBasketSeek:long64[fMaxBaskets] fFileName:string",
    "TBranchElement 10 TBranch=13 fClassName:string fParentName:string fClonesName:string \
     fCheckSum:uint fClassVersion:short fID:int fType:int fStreamerType:int fMaximum:int \
     fBranchCount:pointer fBranchCount2:pointer",
    "TTree 20 TNamed=1 TAttLine=2 TAttFill=2 TAttMarker=2 fEntries:long64 fTotBytes:long64 \
     fZipBytes:long64 fSavedBytes:long64 fFlushedBytes:long64 fWeight:double fTimerInterval:int \
     fScanField:int fUpdate:int fDefaultEntryOffsetLen:int fNClusterRange:int \
     fMaxEntries:long64 fMaxEntryLoop:long64 fMaxVirtualSize:long64 fAutoSave:long64 \
     fAutoFlush:long64 fEstimate:long64 fClusterRangeEnd:long64[fNClusterRange] \
     fClusterSize:long64[fNClusterRange] fIOFeatures:any fBranches:objects fLeaves:objects",
    "TNtuple 2 TTree=20 fNvar:int",
    "TNtupleD 1 TTree=20 fNvar:int",
];

/// All of them.
pub(crate) fn classes() -> impl Iterator<Item = ClassInfo> {
    CLASSES.iter().filter_map(|line| {
        let mut words = line.split_whitespace();
        let name = words.next()?.to_owned();
        let version = words.next()?.parse().ok()?;
        let members = words.filter_map(member).collect();
        Some(ClassInfo {
            name,
            version,
            checksum: 0,
            members,
        })
    })
}

fn member(word: &str) -> Option<Member> {
    if let Some((base, version)) = word.split_once('=') {
        return Some(Member {
            name: base.to_owned(),
            type_name: "BASE".to_owned(),
            code: code::BASE,
            base_version: version.parse().ok()?,
            ..Member::default()
        });
    }
    let (name, type_name) = word.split_once(':')?;
    let (type_name, counter) = match type_name.split_once('[') {
        Some((type_name, counter)) => (type_name, counter.trim_end_matches(']')),
        None => (type_name, ""),
    };
    let basic = match type_name {
        "bool" => code::BOOL,
        "char" => code::CHAR,
        "short" => code::SHORT,
        "int" => code::INT,
        "uint" => code::UINT,
        "long" => code::LONG,
        "long64" => code::LONG64,
        "float" => code::FLOAT,
        "double" => code::DOUBLE,
        "string" => code::TSTRING,
        "pointer" => code::OBJECT_POINTER,
        _ => code::OBJECT,
    };
    Some(Member {
        name: name.to_owned(),
        type_name: if type_name == "objects" {
            "TObjArray"
        } else {
            type_name
        }
        .to_owned(),
        code: if counter.is_empty() {
            basic
        } else {
            basic + code::POINTER
        },
        counter: counter.to_owned(),
        ..Member::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_describes_a_class() {
        let all: Vec<ClassInfo> = classes().collect();

        assert_eq!(all.len(), CLASSES.len());
        let branch = all
            .iter()
            .find(|c| c.name == "TBranch" && c.version == 13)
            .unwrap();
        let seek = branch
            .members
            .iter()
            .find(|m| m.name == "fBasketSeek")
            .unwrap();
        assert_eq!((seek.code, seek.counter.as_str()), (56, "fMaxBaskets"));
    }
}
