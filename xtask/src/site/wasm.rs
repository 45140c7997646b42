//! The page as a wasm module: compiled, bound to JavaScript, made small.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

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

/// What makes the module smaller once it is compressed. `-Oz` makes it shorter by five per cent, and no
/// smaller: what it shortens compresses well, what it leaves does not.
const PASSES: [&str; 10] = [
    "--precompute",
    "--optimize-instructions",
    "--vacuum",
    "--remove-unused-brs",
    "--merge-blocks",
    "--simplify-locals-notee-nostructure",
    "--vacuum",
    "--reorder-locals",
    "--dae-optimizing",
    "--duplicate-function-elimination",
];

/// Where the code stands that a first visit does not run.
pub(super) const COLD: &str = "web/cold.txt";
/// Data that only such code reads.
const COLD_DATA: [&str; 7] = [
    "engine/node/src/command/data/command-docs.resp",
    "engine/node/src/command/data/command-info.resp",
    "lessons/content/glossary.en.txt",
    "lessons/content/glossary.zh-CN.txt",
    "lessons/content/mistakes.zh-CN.txt",
    "lessons/content/suggest.en.txt",
    "lessons/content/suggest.zh-CN.txt",
];

/// A module with its JavaScript half.
pub(super) struct Module {
    pub(super) wasm: Vec<u8>,
    /// What a first visit does not run; a quick page is in one piece.
    pub(super) rest: Option<Vec<u8>>,
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
    let input = folder.join(format!("{bin}.wasm"));
    shell::run(bindgen("bind").arg(input).arg(&bound).arg("web"))?;
    let whole = bound.join("web_bg.wasm");
    let js = fs::read_to_string(bound.join("web.js")).context("reading web.js")?;
    let snippets = bound.join("snippets");
    let snippets = snippets.is_dir().then_some(snippets);
    let read = |file: PathBuf| fs::read(file).context("reading the module");
    if dev {
        return Ok(Module { wasm: read(whole)?, rest: None, js, snippets });
    }
    let mut split = bindgen("split");
    split.arg(&whole).arg(shell::root().join(COLD)).arg(&bound);
    shell::run(split.args(COLD_DATA.map(|file| shell::root().join(file))))?;
    let part = |name: &str| optimise(&bound.join(name), &folder).and_then(read);
    Ok(Module { wasm: part("first.wasm")?, rest: Some(part("rest.wasm")?), js, snippets })
}

/// The program that looks into wasm modules, and what it shall do.
pub(super) fn bindgen(command: &str) -> Command {
    shell::cargo(["run", "--quiet", "--package", "xtask-bindgen", "--", command])
}

/// Of the module that was bound last: where it and its JavaScript are.
pub(super) fn bound() -> Result<PathBuf> {
    Ok(setup::wasm()?.output("page").join("bound"))
}

/// wasm-opt takes a minute: what it once made of the same bytes is used again.
fn optimise(input: &Path, folder: &Path) -> Result<PathBuf> {
    let script = setup::wasm_opt()?;
    let bytes = fs::read(input).context("reading what wasm-bindgen made")?;
    let how = hash::of(&[&bytes, PASSES.concat().as_bytes()].concat());
    let output = folder.join(format!("optimised-{how}.wasm"));
    if output.exists() {
        return Ok(output);
    }
    let half = output.with_extension("half");
    let mut command = shell::command("node", [&script]);
    command.args(PASSES).args(FEATURES).arg(input).arg("-o").arg(&half);
    shell::run(&mut command)?;
    fs::rename(&half, &output).context("keeping the optimised module")?;
    Ok(output)
}
