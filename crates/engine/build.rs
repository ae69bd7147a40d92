//! Makes client and server code from `proto/hepframe.proto`, without a `protoc` to install.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=proto/hepframe.proto");
    let files = protox::compile(["proto/hepframe.proto"], ["proto"])?;
    tonic_prost_build::configure().compile_fds(files)?;
    Ok(())
}
