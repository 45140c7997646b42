//! The engine as a wasm module with one export and no import: the digest of a busy run of six
//! nodes. `cargo xtask test` runs it and compares it with `digest.txt`, which a native test keeps.

#![allow(unsafe_code, reason = "an export needs a name that is not mangled")]

/// The digest for seed 1.
#[unsafe(no_mangle)]
pub extern "C" fn digest() -> u64 {
    engine::sim::six_node_digest(1)
}
