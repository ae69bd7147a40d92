//! C++ type names and the shapes of the values they are streamed as.

use crate::decode::item::Packing;
use crate::decode::{Item, Shape};

/// Containers nested deeper than this are refused: no one writes them, and each costs stack.
const MAX_DEPTH: usize = 16;

/// The shape of values of a type, if it is one of those read here.
///
/// Numbers, strings, and standard sequences of them to any depth.
pub(crate) fn shape_of(type_name: &str) -> Option<Shape> {
    shape_at(&normalized(type_name), 0)
}

fn shape_at(name: &str, depth: usize) -> Option<Shape> {
    if depth == MAX_DEPTH {
        return None;
    }
    if let Some(item) = number(name) {
        return Some(Shape::Item(item));
    }
    if matches!(name, "string" | "TString" | "basic_string<char>") {
        return Some(Shape::Text);
    }
    let (template, rest) = name.split_once('<')?;
    let arguments = split_arguments(rest.strip_suffix('>')?);
    match template {
        "vector" | "list" | "deque" | "forward_list" | "set" | "multiset" | "unordered_set"
        | "unordered_multiset" | "ROOT::VecOps::RVec" | "ROOT::RVec" => {
            let inner = shape_at(arguments.first()?, depth + 1)?;
            Some(Shape::Vector(Box::new(inner)))
        }
        _ => None,
    }
}

/// One spelling for each type: no `std::`, no `const`, single spaces only between words.
fn normalized(name: &str) -> String {
    let mut out = String::new();
    for word in name
        .replace("std::", "")
        .replace("const ", "")
        .split_whitespace()
    {
        let glue = out
            .chars()
            .last()
            .is_some_and(|c| c.is_alphanumeric() || c == '_')
            && word.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        if glue {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// Splits `a,b<c,d>` at the commas outside of brackets.
fn split_arguments(text: &str) -> Vec<&str> {
    let (mut depth, mut start, mut out) = (0_usize, 0, Vec::new());
    for (i, c) in text.char_indices() {
        match c {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                out.push(&text[start..i]);
                start = i + 1;
            }
            _ => {}
        }
    }
    out.push(&text[start..]);
    out
}

fn number(name: &str) -> Option<Item> {
    Some(match name {
        "bool" | "Bool_t" => Item::Bool,
        "char" | "Char_t" | "signed char" | "int8_t" | "Text_t" => Item::I8,
        "unsigned char" | "UChar_t" | "uint8_t" | "Byte_t" => Item::U8,
        "short" | "Short_t" | "short int" | "int16_t" | "Version_t" | "Font_t" | "Style_t"
        | "Marker_t" | "Width_t" | "Color_t" => Item::I16,
        "unsigned short" | "UShort_t" | "unsigned short int" | "uint16_t" => Item::U16,
        "int" | "Int_t" | "int32_t" | "signed int" | "Ssiz_t" => Item::I32,
        "unsigned int" | "UInt_t" | "uint32_t" | "unsigned" => Item::U32,
        "long" | "Long_t" | "Long64_t" | "long long" | "int64_t" | "long int" | "long long int" => {
            Item::I64
        }
        "unsigned long"
        | "ULong_t"
        | "ULong64_t"
        | "unsigned long long"
        | "uint64_t"
        | "size_t"
        | "unsigned long int"
        | "unsigned long long int" => Item::U64,
        "float" | "Float_t" | "Size_t" => Item::F32,
        "double" | "Double_t" | "Stat_t" | "Axis_t" => Item::F64,
        "Float16_t" => Item::Float16(Packing::Truncated { mantissa_bits: 12 }),
        "Double32_t" => Item::Double32(Packing::Single),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector(inner: Shape) -> Shape {
        Shape::Vector(Box::new(inner))
    }

    #[test]
    fn vectors_nest_to_any_depth() {
        assert_eq!(
            shape_of("std::vector< std::vector<unsigned int> >"),
            Some(vector(vector(Shape::Item(Item::U32))))
        );
    }

    #[test]
    fn allocators_and_namespaces_do_not_matter() {
        assert_eq!(
            shape_of("vector<float,std::allocator<float> >"),
            Some(vector(Shape::Item(Item::F32)))
        );
        assert_eq!(
            shape_of("ROOT::VecOps::RVec<string>"),
            Some(vector(Shape::Text))
        );
    }

    #[test]
    fn classes_maps_and_pointers_are_not_guessed() {
        for name in [
            "vector<array<float,3>>",
            "TLorentzVector",
            "map<int,float>",
            "vector<TObject*>",
            "vector<float*>",
            "",
        ] {
            assert_eq!(shape_of(name), None, "{name}");
        }
    }
}
