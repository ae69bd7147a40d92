//! From branches and leaves to the way their entries are stored.

use super::leaves::{checked_dims, leaf_dims, leaf_layout, leaf_type_name, record_layout};
use super::raw::{RawBranch, RawElement, RawLeaf};
use crate::cpptype;
use crate::decode::range::{double32_packing, float16_packing};
use crate::decode::{CountedHeader, Item, Layout, Prefix, Shape};
use crate::error::{Result, RootError};
use crate::streamer::{Member, Registry, code};

/// A column's C++ type, and how its entries are stored if that is known.
pub(super) struct Described {
    pub(super) cpp_type: String,
    pub(super) layout: Result<Layout>,
}

/// Kinds of a `TBranchElement` (`fType`) whose entries are members of all objects of a collection.
const MEMBER_OF_CLONES: i32 = 31;
const MEMBER_OF_COLLECTION: i32 = 41;

/// Describes a branch that has no sub-branches.
pub(super) fn describe(branch: &RawBranch, leaves: &[&RawLeaf], classes: &Registry) -> Described {
    match &branch.element {
        Some(element) if branch.class == "TBranchElement" => {
            describe_element(branch, element, leaves, classes)
        }
        Some(element) => {
            let cpp_type = match element.class_name.as_str() {
                "" => branch.class.clone(),
                name => name.to_owned(),
            };
            let why = format!("it is stored in a `{}`", branch.class);
            Described {
                layout: Err(RootError::unsupported(&cpp_type, why)),
                cpp_type,
            }
        }
        None => describe_leaves(branch, leaves),
    }
}

fn describe_leaves(branch: &RawBranch, leaves: &[&RawLeaf]) -> Described {
    match leaves {
        [] => Described {
            cpp_type: branch.class.clone(),
            layout: Err(RootError::unsupported(
                &branch.class,
                "the branch has no leaves",
            )),
        },
        [leaf] => {
            let cpp_type = leaf_type_name(leaf);
            Described {
                layout: leaf_layout(leaf),
                cpp_type,
            }
        }
        leaves => {
            let fields: Vec<String> = leaves
                .iter()
                .map(|leaf| format!("{} {}", leaf_type_name(leaf), leaf.name))
                .collect();
            let cpp_type = format!("struct {{ {}; }}", fields.join("; "));
            Described {
                layout: record_layout(leaves, &cpp_type),
                cpp_type,
            }
        }
    }
}

fn describe_element(
    branch: &RawBranch,
    element: &RawElement,
    leaves: &[&RawLeaf],
    classes: &Registry,
) -> Described {
    let is_member = element.id >= 0 && !matches!(element.streamer_type, -1 | code::BASE);
    let member = is_member
        .then(|| find_member(branch, element, classes))
        .flatten();
    let of_collection = matches!(element.kind, MEMBER_OF_CLONES | MEMBER_OF_COLLECTION);
    match member {
        Some(member) => {
            let mut cpp_type = member.type_name.clone();
            cpp_type.extend(member.dims.iter().map(|n| format!("[{n}]")));
            let layout = member_layout(member, leaves, of_collection);
            Described { cpp_type, layout }
        }
        None if is_member => {
            let cpp_type = element.class_name.clone();
            let why = format!("the file does not describe its member `{}`", branch.name);
            Described {
                layout: Err(RootError::unsupported(&cpp_type, why)),
                cpp_type,
            }
        }
        None => {
            let cpp_type = element.class_name.clone();
            let layout = object_layout(&cpp_type, Prefix::None, false);
            Described { cpp_type, layout }
        }
    }
}

/// The description of the member that a branch holds.
fn find_member<'a>(
    branch: &RawBranch,
    element: &RawElement,
    classes: &'a Registry,
) -> Option<&'a Member> {
    let info = classes.best(&element.class_name, element.class_version, element.checksum)?;
    let bare = branch
        .name
        .split('[')
        .next()
        .unwrap_or_default()
        .trim_end_matches('.');
    let is_it = |member: &Member| {
        let name = member.name.trim_start_matches('*');
        bare == name
            || bare
                .strip_suffix(name)
                .is_some_and(|rest| rest.ends_with('.'))
    };
    let by_number = usize::try_from(element.id)
        .ok()
        .and_then(|id| info.members.get(id));
    by_number
        .filter(|m| is_it(m))
        .or_else(|| info.members.iter().find(|m| is_it(m)))
}

fn member_layout(member: &Member, leaves: &[&RawLeaf], of_collection: bool) -> Result<Layout> {
    let code = member.code;
    let unsupported = |why: &str| Err(RootError::unsupported(&member.type_name, why));
    if code == code::BITS {
        let shape = if of_collection {
            Shape::Rest(Box::new(Shape::Bits))
        } else {
            Shape::Bits
        };
        return Ok(Layout::Streamed {
            prefix: Prefix::None,
            shape,
        });
    }
    if let Some(item) = item_of_code(code, &member.title) {
        let dims = checked_dims(
            member_dims(member, leaves, of_collection),
            &member.type_name,
        )?;
        return Ok(match of_collection {
            true => Layout::Counted {
                item,
                dims,
                header: CountedHeader::None,
            },
            false => Layout::Fixed { item, dims },
        });
    }
    if (code::POINTER + 1..code::OBJECT).contains(&code)
        && let Some(item) = item_of_code(code - code::POINTER, &member.title)
    {
        return match of_collection {
            true => unsupported("an array of variable length inside a collection"),
            false => Ok(Layout::Counted {
                item,
                dims: Vec::new(),
                header: CountedHeader::Pointer,
            }),
        };
    }
    if !member.dims.is_empty() || leaves.iter().any(|leaf| leaf.len > 1) {
        return unsupported("an array of objects");
    }
    match code {
        code::CHAR_STAR if !of_collection => Ok(Layout::Streamed {
            prefix: Prefix::None,
            shape: Shape::LongText,
        }),
        code::TSTRING if of_collection => unsupported("a TString inside a collection"),
        code::TSTRING => Ok(Layout::Streamed {
            prefix: Prefix::None,
            shape: Shape::Text,
        }),
        code::STL_STRING | code::STL | code::STREAMER => {
            object_layout(&member.type_name, Prefix::Version, of_collection)
        }
        _ => unsupported("objects of classes are not read"),
    }
}

/// The dimensions in the class, or those the leaf tells.
///
/// Inside collections the leaf decides, which often knows only the length: so does uproot.
fn member_dims(member: &Member, leaves: &[&RawLeaf], of_collection: bool) -> Vec<usize> {
    match leaves {
        _ if !member.dims.is_empty() && !of_collection => member.dims.clone(),
        [leaf] if leaf.len > 1 => leaf_dims(leaf).unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// Standard sequences and strings; a string that is a branch of its own has no prefix.
fn object_layout(type_name: &str, text_prefix: Prefix, of_collection: bool) -> Result<Layout> {
    let shape = match cpptype::shape_of(type_name) {
        Some(shape @ (Shape::Vector(_) | Shape::Text)) => shape,
        _ => {
            return Err(RootError::unsupported(type_name, why_not_read(type_name)));
        }
    };
    Ok(match shape {
        shape if of_collection => Layout::Streamed {
            prefix: Prefix::Version,
            shape: Shape::Rest(Box::new(shape)),
        },
        Shape::Text => Layout::Streamed {
            prefix: text_prefix,
            shape: Shape::Text,
        },
        Shape::Vector(inner) => match *inner {
            Shape::Item(item) => Layout::Counted {
                item,
                dims: Vec::new(),
                header: CountedHeader::Vector,
            },
            inner => Layout::Streamed {
                prefix: Prefix::Version,
                shape: Shape::Vector(Box::new(inner)),
            },
        },
        shape => Layout::Streamed {
            prefix: Prefix::Version,
            shape,
        },
    })
}

/// What a type is that no layout is known of. An enum inside a collection has no description in
/// the file, so it cannot be told from a class.
fn why_not_read(type_name: &str) -> String {
    let element = ["vector<", "list<", "deque<", "set<", "multiset<"]
        .iter()
        .find_map(|start| type_name.strip_prefix(start)?.strip_suffix('>'))
        .map(str::trim)
        .filter(|inside| !inside.contains(['<', ',']));
    match element {
        Some(element) => {
            format!("its elements are of the class or enum `{element}`, which is not read")
        }
        None => "objects of classes are not read".to_owned(),
    }
}

/// The number of a type code, of an array's element too; `title` may hold a range.
pub(super) fn item_of_code(code: i32, title: &str) -> Option<Item> {
    let code = match code {
        array if (code::ARRAY + 1..code::POINTER).contains(&array) => array - code::ARRAY,
        plain => plain,
    };
    Some(match code {
        code::CHAR | code::LEGACY_CHAR => Item::I8,
        code::SHORT => Item::I16,
        code::INT | code::COUNTER => Item::I32,
        code::LONG | code::LONG64 => Item::I64,
        code::FLOAT => Item::F32,
        code::DOUBLE => Item::F64,
        code::DOUBLE32 => Item::Double32(double32_packing(title)),
        code::UCHAR => Item::U8,
        code::USHORT => Item::U16,
        code::UINT => Item::U32,
        code::ULONG | code::ULONG64 => Item::U64,
        code::BOOL => Item::Bool,
        code::FLOAT16 => Item::Float16(float16_packing(title)),
        _ => return None,
    })
}
