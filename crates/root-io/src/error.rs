//! What can go wrong while reading a ROOT file, with the place where it did.
#![expect(missing_docs, reason = "the message of a variant explains its fields")]

use std::fmt;

/// Result of everything in this crate.
pub type Result<T, E = RootError> = std::result::Result<T, E>;

/// Why a ROOT file could not be read.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum RootError {
    /// The bytes stopped before the structure did.
    #[error("wanted {wanted} bytes at byte {at}, but only {left} are left")]
    Truncated { at: u64, wanted: u64, left: u64 },

    /// The bytes are there but cannot be what the format promises.
    #[error("malformed {what} at byte {at}: {why}")]
    Malformed {
        what: &'static str,
        at: u64,
        why: String,
    },

    /// The file does not start with `root`.
    #[error("not a ROOT file: it starts with {start:?} instead of \"root\"")]
    NotRoot { start: String },

    /// There is not one byte.
    #[error("the file is empty; copy it again")]
    Empty,

    /// The header says that the file was longer when it was closed.
    #[error(
        "the file is cut off, {there} of its {whole} bytes are there; copy it again (or wait, if it \
         is being copied)"
    )]
    CutOff { there: u64, whole: u64 },

    /// A compressed block did not unpack to what its header says.
    #[error("{codec} block does not unpack: {why}")]
    Codec { codec: &'static str, why: String },

    /// A legal ROOT type this crate does not decode.
    #[error("C++ type `{type_name}` is not supported: {why}")]
    Unsupported { type_name: String, why: String },

    /// Bytes declared as text are not UTF-8; the column must be read as binary.
    #[error("column `{column}` holds text that is not UTF-8")]
    NotUtf8 { column: String },

    /// No tree of the asked name.
    #[error("no tree named `{wanted}`; {}", trees_there_are(.there_are))]
    NoSuchTree {
        wanted: String,
        there_are: Vec<String>,
    },

    /// No name was asked for, and there is not exactly one tree.
    #[error("{}", which_tree(.there_are))]
    WhichTree { there_are: Vec<String> },

    /// Any of the above, with its place in the file.
    #[error("{place}: {source}")]
    At {
        place: Place,
        source: Box<RootError>,
    },
}

/// Where in a file something happened; parts that are not known are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    pub file: Option<String>,
    pub tree: Option<String>,
    pub branch: Option<String>,
    pub basket: Option<usize>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (word, part) in [
            ("file", &self.file),
            ("tree", &self.tree),
            ("branch", &self.branch),
        ] {
            if let Some(part) = part {
                write!(f, "{separator}{word} `{part}`")?;
                separator = ", ";
            }
        }
        if let Some(basket) = self.basket {
            write!(f, "{separator}basket {basket}")?;
        }
        Ok(())
    }
}

impl RootError {
    pub(crate) fn malformed(what: &'static str, at: u64, why: impl Into<String>) -> Self {
        Self::Malformed {
            what,
            at,
            why: why.into(),
        }
    }

    pub(crate) fn unsupported(type_name: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Unsupported {
            type_name: type_name.into(),
            why: why.into(),
        }
    }

    /// Adds the place; an inner place keeps what it already knows.
    #[must_use]
    pub fn at(self, outer: Place) -> Self {
        match self {
            Self::At { place, source } => {
                let place = Place {
                    file: place.file.or(outer.file),
                    tree: place.tree.or(outer.tree),
                    branch: place.branch.or(outer.branch),
                    basket: place.basket.or(outer.basket),
                };
                Self::At { place, source }
            }
            source => Self::At {
                place: outer,
                source: Box::new(source),
            },
        }
    }

    /// The error without its place.
    #[must_use]
    pub fn root_cause(&self) -> &Self {
        match self {
            Self::At { source, .. } => source.root_cause(),
            other => other,
        }
    }
}

fn trees_there_are(names: &[String]) -> String {
    match names {
        [] => "the file holds no tree".to_owned(),
        names => format!("the file holds {}", quoted(names)),
    }
}

fn which_tree(names: &[String]) -> String {
    match names {
        [] => "the file holds no tree".to_owned(),
        names => format!(
            "the file holds several trees, name one of them: {}",
            quoted(names)
        ),
    }
}

/// At most twenty names: enough to choose from, few enough to read.
fn quoted(names: &[String]) -> String {
    const SHOWN: usize = 20;
    let mut text = names
        .iter()
        .take(SHOWN)
        .map(|n| format!("`{n}`"))
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > SHOWN {
        text.push_str(&format!(" and {} more", names.len() - SHOWN));
    }
    text
}
