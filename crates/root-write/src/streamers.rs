//! The record that describes the classes in a file (`TList` of `TStreamerInfo`).

use crate::buffer::Buffer;
use crate::streamer_elements::{Class, Element, Kind};
use crate::streamer_tables::CLASSES;

/// Writes the list of class descriptions.
pub(crate) fn put_streamer_infos(out: &mut Buffer) {
    out.versioned(5, |out| {
        out.tobject(0);
        out.string("");
        out.count(CLASSES.len());
        for class in CLASSES {
            out.object("TStreamerInfo", |out| put_class(class, out));
            out.u8(0); // no option
        }
    });
}

fn put_class(class: &Class, out: &mut Buffer) {
    out.versioned(9, |out| {
        out.tnamed(class.name, "", 0x0001_0000);
        out.u32(class.checksum);
        out.u32(class.version);
        out.object("TObjArray", |out| {
            out.tobjarray(class.elements.len(), |out| {
                for element in class.elements {
                    out.object(streamer_class(&element.kind), |out| {
                        put_element(element, out);
                    });
                }
            });
        });
    });
}

fn streamer_class(kind: &Kind) -> &'static str {
    match kind {
        Kind::Base { .. } => "TStreamerBase",
        Kind::Basic(..) => "TStreamerBasicType",
        Kind::Array { .. } => "TStreamerBasicPointer",
        Kind::Object(_) => "TStreamerObject",
        Kind::ObjectAny(..) => "TStreamerObjectAny",
        Kind::Pointer(_) => "TStreamerObjectPointer",
        Kind::Text => "TStreamerString",
        Kind::TextVector => "TStreamerSTL",
    }
}

/// Codes and sizes are those of ROOT's `TVirtualStreamerInfo::EReadWrite`.
fn put_element(element: &Element, out: &mut Buffer) {
    match &element.kind {
        Kind::Base { code, version } => out.versioned(3, |out| {
            put_common(element, *code, 0, checksum_of(element.name), "BASE", out);
            out.u32(*version);
        }),
        Kind::Basic(code, size, type_name) => {
            out.versioned(2, |out| {
                put_common(element, *code, *size, 0, type_name, out);
            });
        }
        Kind::Array {
            code,
            size,
            type_name,
            class,
            version,
            length,
        } => {
            out.versioned(2, |out| {
                put_common(element, *code, *size, 0, type_name, out);
                out.u32(*version);
                out.string(length);
                out.string(class);
            });
        }
        Kind::Object(type_name) => {
            out.versioned(2, |out| put_common(element, 61, 64, 0, type_name, out));
        }
        Kind::ObjectAny(size, type_name) => {
            out.versioned(2, |out| put_common(element, 62, *size, 0, type_name, out));
        }
        Kind::Pointer(type_name) => {
            out.versioned(2, |out| put_common(element, 64, 8, 0, type_name, out));
        }
        Kind::Text => out.versioned(2, |out| put_common(element, 65, 24, 0, "TString", out)),
        Kind::TextVector => out.versioned(3, |out| {
            put_common(element, 500, 24, 0, "vector<string>", out);
            out.u32(1); // a vector
            out.u32(61); // of objects
        }),
    }
}

/// `TStreamerElement`; a base class keeps its checksum in the second array index.
fn put_common(
    element: &Element,
    code: u32,
    size: u32,
    checksum: u32,
    type_name: &str,
    out: &mut Buffer,
) {
    out.versioned(4, |out| {
        out.tnamed(element.name, element.title, 0);
        out.u32(code);
        out.u32(size);
        out.u32(0); // fArrayLength
        out.u32(0); // fArrayDim
        [0, checksum, 0, 0, 0]
            .into_iter()
            .for_each(|index| out.u32(index));
        out.string(type_name);
    });
}

fn checksum_of(class: &str) -> u32 {
    CLASSES
        .iter()
        .find(|known| known.name == class)
        .map_or(0, |known| known.checksum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_base_class_is_described_itself() {
        for class in CLASSES {
            for element in class.elements {
                if let Kind::Base { version, .. } = element.kind {
                    let base = CLASSES.iter().find(|known| known.name == element.name);
                    assert_eq!(
                        base.map(|base| base.version),
                        Some(version),
                        "{}",
                        element.name
                    );
                }
            }
        }
    }

    #[test]
    fn the_list_begins_with_its_length() {
        let mut out = Buffer::new(64);

        put_streamer_infos(&mut out);

        let bytes = out.finish().unwrap();
        assert_eq!(
            bytes[17..21],
            u32::try_from(CLASSES.len()).unwrap().to_be_bytes()
        );
        assert_eq!(bytes[29..43], *b"TStreamerInfo\0");
    }
}
