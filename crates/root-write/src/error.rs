//! What can go wrong while writing a ROOT file.
#![expect(missing_docs, reason = "the message of a variant explains its fields")]

/// Result of everything in this crate.
pub type Result<T, E = WriteError> = std::result::Result<T, E>;

/// Why a file could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The disk said no.
    #[error("could not write the file: {source}")]
    Io {
        #[from]
        source: std::io::Error,
    },

    /// The values of a branch contradict each other or the branch.
    #[error("branch `{branch}`: {why}")]
    Column { branch: String, why: String },

    /// The branches of a chunk are not those of the first chunk.
    #[error("tree `{tree}`: {why}")]
    Chunk { tree: String, why: String },

    /// The values of a field of an RNTuple contradict each other or the field.
    #[error("field `{field}`: {why}")]
    Field { field: String, why: String },

    /// The fields of a chunk are not those of the first chunk, or there was none.
    #[error("RNTuple `{ntuple}`: {why}")]
    Fields { ntuple: String, why: String },

    /// A size does not fit its field in the file.
    #[error("{what} of {bytes} bytes does not fit a ROOT file")]
    TooBig { what: &'static str, bytes: usize },

    /// A compression library refused.
    #[error("{codec} compression failed: {why}")]
    Codec { codec: &'static str, why: String },
}

impl WriteError {
    pub(crate) fn column(branch: &str, why: impl Into<String>) -> Self {
        Self::Column {
            branch: branch.to_owned(),
            why: why.into(),
        }
    }

    pub(crate) fn chunk(tree: &str, why: impl Into<String>) -> Self {
        Self::Chunk {
            tree: tree.to_owned(),
            why: why.into(),
        }
    }

    pub(crate) fn field(field: &str, why: impl Into<String>) -> Self {
        Self::Field {
            field: field.to_owned(),
            why: why.into(),
        }
    }

    pub(crate) fn fields(ntuple: &str, why: impl Into<String>) -> Self {
        Self::Fields {
            ntuple: ntuple.to_owned(),
            why: why.into(),
        }
    }
}
