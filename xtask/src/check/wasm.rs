//! The engine on wasm32: it asks its surroundings for nothing, and does the same there as here.

use std::fs;

use anyhow::{Context, Result, bail};

use super::Tally;
use crate::{setup, shell};

/// Prints the module's imports as JSON, then the value of its only function.
const SCRIPT: &str = "
const fs = require('fs');
const module = new WebAssembly.Module(fs.readFileSync(process.argv[1]));
const imports = WebAssembly.Module.imports(module);
if (imports.length) { console.log(JSON.stringify(imports)); process.exit(1); }
const { exports } = new WebAssembly.Instance(module, {});
const functions = Object.values(exports).filter(value => typeof value === 'function');
if (functions.length !== 1) { console.log('exports: ' + Object.keys(exports)); process.exit(2); }
const value = functions[0]();
console.log(BigInt.asUintN(64, BigInt(value)).toString(16).padStart(16, '0'));
";

/// Builds `engine/examples/digest.rs` for wasm32, and compares what it says with what the same run
/// says natively.
///
/// # Errors
/// One of the two could not be built or run.
pub(super) fn same_bytes(tally: &mut Tally) -> Result<()> {
    let toolchain = setup::wasm()?;
    // The page's profile: what it compiled is used again, and what runs is what the page runs.
    let line = "build --locked --package engine --example digest --profile page";
    shell::run(&mut toolchain.cargo(&line.split(' ').collect::<Vec<_>>()))?;
    let module = toolchain.output("page").join("examples/digest.wasm");
    let output = shell::command("node", ["-e", SCRIPT, "--"])
        .arg(&module)
        .output()
        .context("node could not be started")?;
    let there = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    match output.status.code() {
        Some(0) => tally.passed(1),
        Some(1) => bail!("the engine's module must import nothing, but does: {there}"),
        _ => bail!("digest.wasm: {there}{}", String::from_utf8_lossy(&output.stderr)),
    }

    let kept = fs::read_to_string(shell::root().join("engine/examples/digest.txt"))
        .context("reading engine/examples/digest.txt, which a native test keeps true")?;
    if kept.trim() == there {
        println!("digest of all traffic, here and on wasm32: {there}");
        tally.passed(1);
    } else {
        eprintln!("digest of all traffic: {} here, {there} on wasm32", kept.trim());
        tally.failed(1);
    }
    Ok(())
}
