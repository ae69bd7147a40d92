//! Leaves of plain branches: `x/F`, `x[n][3]/D`, `s/C`, `a/I:b/F`.

use super::layout::item_of_code;
use super::raw::RawLeaf;
use crate::decode::range::{double32_packing, float16_packing};
use crate::decode::{CountedHeader, Item, Layout, Prefix, Shape};
use crate::error::{Result, RootError};

/// One leaf: `x`, `x[3]`, `x[n][3]` or a string.
pub(super) fn leaf_layout(leaf: &RawLeaf) -> Result<Layout> {
    if leaf.class == "TLeafC" {
        return Ok(Layout::Streamed {
            prefix: Prefix::None,
            shape: Shape::Text,
        });
    }
    let item = leaf_item(leaf)?;
    let dims = leaf_dims(leaf)?;
    let is_array = leaf.count.is_some() || leaf.len > 1;
    if matches!(item, Item::Float16(_) | Item::Double32(_)) && is_array && !has_name(&leaf.title) {
        let why = format!(
            "its leaf is titled `{}`, which does not tell its dimensions",
            leaf.title
        );
        return Err(RootError::unsupported(leaf_type_name(leaf), why));
    }
    Ok(match leaf.count {
        Some(_) => Layout::Counted {
            item,
            dims,
            header: CountedHeader::None,
        },
        None => Layout::Fixed { item, dims },
    })
}

/// Some writers replaced the title of packed numbers, `x[n]/d[0,1,8]`, by their range alone;
/// ROOT's own tools then disagree on how many values an entry has.
fn has_name(title: &str) -> bool {
    let first = title
        .split('[')
        .nth(1)
        .and_then(|part| part.split(']').next());
    first.is_some_and(|inside| !inside.contains(','))
}

/// Several leaves: a struct, stored without padding.
pub(super) fn record_layout(leaves: &[&RawLeaf], cpp_type: &str) -> Result<Layout> {
    let mut fields = Vec::with_capacity(leaves.len());
    for leaf in leaves {
        if leaf.count.is_some() {
            let why = format!("its leaf `{}` is of variable length", leaf.name);
            return Err(RootError::unsupported(cpp_type, why));
        }
        let mut shape = match leaf.class.as_str() {
            "TLeafC" => Shape::Text,
            _ => Shape::Item(leaf_item(leaf)?),
        };
        if shape != Shape::Text {
            for n in leaf_dims(leaf)?.into_iter().rev() {
                shape = Shape::Array(n, Box::new(shape));
            }
        }
        fields.push((leaf.name.clone(), shape));
    }
    Ok(Layout::Streamed {
        prefix: Prefix::None,
        shape: Shape::Record(fields),
    })
}

fn leaf_item(leaf: &RawLeaf) -> Result<Item> {
    let signed = |signed, unsigned| if leaf.is_unsigned { unsigned } else { signed };
    Ok(match leaf.class.as_str() {
        "TLeafO" => Item::Bool,
        "TLeafB" => signed(Item::I8, Item::U8),
        "TLeafS" => signed(Item::I16, Item::U16),
        "TLeafI" => signed(Item::I32, Item::U32),
        "TLeafL" | "TLeafG" => signed(Item::I64, Item::U64),
        "TLeafF" => Item::F32,
        "TLeafD" => Item::F64,
        "TLeafF16" => Item::Float16(float16_packing(&leaf.title)),
        "TLeafD32" => Item::Double32(double32_packing(&leaf.title)),
        "TLeafElement" => item_of_code(leaf.code, &leaf.title)
            .ok_or_else(|| RootError::unsupported(&leaf.class, "its leaf is no number"))?,
        other => return Err(RootError::unsupported(other, "its leaf is no number")),
    })
}

pub(super) fn leaf_type_name(leaf: &RawLeaf) -> String {
    let name = match (leaf.class.as_str(), leaf.is_unsigned) {
        ("TLeafO", _) => "Bool_t",
        ("TLeafB", false) => "Char_t",
        ("TLeafB", true) => "UChar_t",
        ("TLeafS", false) => "Short_t",
        ("TLeafS", true) => "UShort_t",
        ("TLeafI", false) => "Int_t",
        ("TLeafI", true) => "UInt_t",
        ("TLeafL", false) => "Long64_t",
        ("TLeafL", true) => "ULong64_t",
        ("TLeafG", false) => "Long_t",
        ("TLeafG", true) => "ULong_t",
        ("TLeafF", _) => "Float_t",
        ("TLeafD", _) => "Double_t",
        ("TLeafF16", _) => "Float16_t",
        ("TLeafD32", _) => "Double32_t",
        ("TLeafC", _) => return "char*".to_owned(),
        (class, _) => class,
    };
    let brackets = leaf.title.find('[').map_or("", |at| &leaf.title[at..]);
    let brackets = brackets.split('/').next().unwrap_or_default();
    format!("{name}{brackets}")
}

/// Lengths of the fixed dimensions of a leaf.
pub(super) fn leaf_dims(leaf: &RawLeaf) -> Result<Vec<usize>> {
    let len = usize::try_from(leaf.len).unwrap_or(0).max(1);
    let named: Vec<usize> = title_dims(&leaf.title);
    let dims = match named.iter().try_fold(1_usize, |all, &n| all.checked_mul(n)) {
        Some(product) if product == len => named,
        // The length is what ROOT writes by; titles can be anything.
        _ if len > 1 => vec![len],
        _ => Vec::new(),
    };
    checked_dims(dims, &leaf.title)
}

/// The numbers in the square brackets of a title.
fn title_dims(title: &str) -> Vec<usize> {
    let inside = title
        .split('[')
        .skip(1)
        .filter_map(|part| part.split_once(']'));
    inside
        .filter_map(|(text, _)| text.trim().parse().ok())
        .filter(|&n| n > 0)
        .collect()
}

pub(super) fn checked_dims(dims: Vec<usize>, what: &str) -> Result<Vec<usize>> {
    // The size of an entry must stay a sensible number whatever a file says.
    const MAX_VALUES: usize = 1 << 28;
    let product = dims.iter().try_fold(1_usize, |all, &n| all.checked_mul(n));
    match product {
        Some(n) if (1..=MAX_VALUES).contains(&n) => Ok(dims),
        _ => Err(RootError::unsupported(
            what,
            format!("an array of dimensions {dims:?}"),
        )),
    }
}
