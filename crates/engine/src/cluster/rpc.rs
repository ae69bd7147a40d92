//! Remote calls beside Ballista's own, generated from `proto/hepframe.proto`.

#[expect(
    missing_docs,
    unused_qualifications,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    clippy::clone_on_ref_ptr,
    clippy::doc_markdown,
    clippy::missing_errors_doc,
    clippy::too_many_lines,
    reason = "generated code; the .proto file documents it"
)]
mod generated {
    tonic::include_proto!("hepframe.v1");
}

pub use generated::*;
