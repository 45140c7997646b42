//! Installing what is missing, and only that. Each command calls for what it needs.

mod apt;
mod clients;
mod npm;
mod rust;

use std::path::PathBuf;

use anyhow::Result;

pub(crate) use rust::WasmToolchain;

/// What `cargo xtask setup` does: all of it.
///
/// # Errors
/// Something is missing and could not be installed; the text says what to do by hand.
pub(crate) fn everything(dry_run: bool) -> Result<()> {
    if dry_run {
        let mut missing = rust::missing();
        missing.extend(npm::missing(&npm::ALL));
        missing.extend(apt::missing());
        if missing.is_empty() {
            println!("nothing is missing");
        }
        for what in missing {
            println!("missing: {what}");
        }
        return Ok(());
    }
    rust::components()?;
    wasm()?;
    npm::install(&npm::ALL)?;
    apt::install()
}

/// A compiler for `wasm32-unknown-unknown`.
///
/// # Errors
/// There is none and none could be installed.
pub(crate) fn wasm() -> Result<WasmToolchain> {
    rust::wasm()
}

/// clippy and rustfmt.
///
/// # Errors
/// They are missing and could not be installed.
pub(crate) fn lints() -> Result<()> {
    rust::components()
}

/// The script `wasm-opt`, to be run by node.
///
/// # Errors
/// It is missing and could not be installed.
pub(crate) fn wasm_opt() -> Result<PathBuf> {
    npm::install(&[npm::BINARYEN])?;
    Ok(npm::folder().join("node_modules/binaryen/bin/wasm-opt"))
}

/// What the tests use beyond what the build uses: real Redis programs, Chromium and its driver.
///
/// # Errors
/// Something is missing and could not be installed.
pub(crate) fn for_tests() -> Result<()> {
    apt::install()?;
    npm::install(&npm::ALL)
}

/// The client libraries that are tried on native-node.
///
/// # Errors
/// One could not be installed.
pub(crate) fn clients() -> Result<()> {
    clients::install()
}

/// The Chromium that the browser tests drive.
pub(crate) fn chromium() -> Option<PathBuf> {
    apt::chromium()
}
