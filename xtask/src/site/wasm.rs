//! The page as a wasm module: compiled, bound to JavaScript, made small.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::{hash, setup, shell};

/// What wasm-opt may assume that browsers have; rustc 1.95 emits all of these by itself.
const FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// A module with its JavaScript half.
pub(super) struct Module {
    pub(super) wasm: Vec<u8>,
    pub(super) js: String,
    /// JavaScript that crates bring along, in a folder to be copied.
    pub(super) snippets: Option<PathBuf>,
}

/// Compiles the binary `bin` of package `web`.
pub(super) fn module(bin: &str, dev: bool) -> Result<Module> {
    let toolchain = setup::wasm()?;
    let profile = if dev { "dev" } else { "page" };
    let mut args = vec!["build", "--package", "web", "--bin", bin, "--profile", profile];
    if shell::root().join("Cargo.lock").exists() {
        args.push("--locked");
    }
    let mut compile = toolchain.cargo(&args);
    if !dev {
        toolchain.slim(&mut compile);
    }
    shell::run(&mut compile)?;
    let folder = toolchain.output(if dev { "debug" } else { "page" });

    let bound = folder.join("bound");
    if bound.exists() {
        fs::remove_dir_all(&bound).context("clearing the last output of wasm-bindgen")?;
    }
    let mut bindgen = shell::cargo(["run", "--quiet", "--package", "xtask-bindgen", "--"]);
    bindgen.arg(folder.join(format!("{bin}.wasm"))).arg(&bound).arg("web");
    shell::run(&mut bindgen)?;

    let unoptimised = bound.join("web_bg.wasm");
    let optimised = if dev { unoptimised } else { optimise(&unoptimised, &folder)? };
    let snippets = bound.join("snippets");
    Ok(Module {
        wasm: fs::read(optimised).context("reading the module")?,
        js: fs::read_to_string(bound.join("web.js")).context("reading web.js")?,
        snippets: snippets.is_dir().then_some(snippets),
    })
}

/// wasm-opt takes a minute: what it once made of the same bytes is used again.
fn optimise(input: &Path, folder: &Path) -> Result<PathBuf> {
    let script = setup::wasm_opt()?;
    let bytes = fs::read(input).context("reading what wasm-bindgen made")?;
    let output = folder.join(format!("optimised-{}.wasm", hash::of(&bytes)));
    if output.exists() {
        return Ok(output);
    }
    let half = output.with_extension("half");
    let mut command = shell::command("node", [&script]);
    command.arg("-Oz").args(FEATURES).arg(input).arg("-o").arg(&half);
    shell::run(&mut command)?;
    fs::rename(&half, &output).context("keeping the optimised module")?;
    Ok(output)
}
