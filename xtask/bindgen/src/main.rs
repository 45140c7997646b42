//! `xtask-bindgen INPUT.wasm OUT_DIR NAME`: writes `NAME.js` and `NAME_bg.wasm`, as an ES module for browsers.
//!
//! It stands apart from `xtask` because it takes a minute to compile, and only building the page needs it.

use std::path::PathBuf;

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let mut args = std::env::args_os().skip(1);
    let mut next = |what: &str| args.next().with_context(|| format!("missing argument: {what}"));
    let input = PathBuf::from(next("INPUT.wasm")?);
    let out_dir = PathBuf::from(next("OUT_DIR")?);
    let name = next("NAME")?;
    let name = name.to_str().context("NAME must be text")?;

    Bindgen::new()
        .input_path(&input)
        .web(true)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .out_name(name)
        .generate(&out_dir)
        .with_context(|| format!("wasm-bindgen over {}", input.display()))
}
