//! How long reductions over combinations take.

fn main() {
    divan::main();
}
