//! Remote calls beside Ballista's own, generated from `proto/hepframe.proto`.

#[expect(
    missing_docs,
    clippy::doc_markdown,
    unused_qualifications,
    reason = "generated code; the .proto file documents it"
)]
mod generated {
    tonic::include_proto!("hepframe.v1");
}

pub use generated::*;
