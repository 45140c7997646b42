//! What must look into a wasm module: binding it to JavaScript, splitting it in two, noting what runs.
//!
//! It stands apart from `xtask` because it takes a minute to compile, and only building the page needs it.

mod data;
mod names;
mod probe;
mod reach;
mod shorten;
mod split;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

const USAGE: &str = "\
usage: xtask-bindgen bind INPUT.wasm OUT_DIR NAME   NAME.js and NAME_bg.wasm, as an ES module for browsers
       xtask-bindgen split INPUT.wasm COLD.txt OUT_DIR LINKED.wasm
                                   first.wasm and rest.wasm: what a first visit runs and reads, and all
                                   else; LINKED is the module as the linker wrote it
       xtask-bindgen probe INPUT.wasm OUT_DIR
                                   probed.wasm, which notes what is run from the byte on that
                                   probed.txt begins with, in the order of the names below it
       xtask-bindgen cold PROBED.txt RAN.bin
                                   prints COLD.txt from the bytes that were noted";

fn main() -> Result<()> {
    let args: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let words: Vec<&str> = args.iter().map(|arg| arg.to_str().unwrap_or_default()).collect();
    match words[..] {
        ["bind", input, out, name] => bind(Path::new(input), Path::new(out), name),
        ["split", input, cold, out, linked] => {
            split(Path::new(input), Path::new(cold), Path::new(out), Path::new(linked))
        }
        ["probe", input, out] => probe(Path::new(input), Path::new(out)),
        ["cold", names, ran] => cold(Path::new(names), Path::new(ran)),
        _ => bail!("{USAGE}"),
    }
}

fn bind(input: &Path, out_dir: &Path, name: &str) -> Result<()> {
    // The names stay: they say where a function is written, until the module is split.
    Bindgen::new()
        .input_bytes(name, reach::stripped(&read(input)?)?)
        .web(true)?
        .typescript(false)
        .remove_producers_section(true)
        .out_name(name)
        .generate(out_dir)
        .with_context(|| format!("wasm-bindgen over {}", input.display()))?;
    let (module, glue) =
        (out_dir.join(format!("{name}_bg.wasm")), out_dir.join(format!("{name}.js")));
    let (short, text) = shorten::shortened(&read(&module)?, &String::from_utf8(read(&glue)?)?)?;
    write(&module, &short)?;
    write(&glue, text.as_bytes())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("reading {}", path.display()))
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).with_context(|| format!("writing {}", path.display()))
}

fn split(input: &Path, cold: &Path, out: &Path, linked: &Path) -> Result<()> {
    let cold = names::Cold::parse(&String::from_utf8(read(cold)?)?);
    let reach = reach::Reach::of(&read(linked)?)?;
    let parts = split::split(&read(input)?, |name| cold.holds(name), &reach)?;
    write(&out.join("first.wasm"), &parts.first)?;
    write(&out.join("rest.wasm"), &parts.rest)
}

fn probe(input: &Path, out: &Path) -> Result<()> {
    let (module, begin, names) = probe::probed(&read(input)?)?;
    write(&out.join("probed.wasm"), &module)?;
    write(&out.join("probed.txt"), format!("{begin}\n{}\n", names.join("\n")).as_bytes())
}

fn cold(names: &Path, ran: &Path) -> Result<()> {
    let (names, ran) = (String::from_utf8(read(names)?)?, read(ran)?);
    let functions = names.lines().skip(1).zip(ran.iter().map(|byte| *byte != 0));
    println!(
        "# Places in the code of which a first visit runs nothing: they make up the second part of the"
    );
    println!("# page's module. Written by `cargo xtask first-visit`; see docs/page-speed.md.");
    let places = names::cold_places(functions.clone());
    places.iter().for_each(|place| println!("{place}"));
    println!("# Instances of generic code elsewhere, as numbers made from their names.");
    for row in names::cold_instances(functions, &places).chunks(12) {
        let row: Vec<String> = row.iter().map(|number| format!("{number:08x}")).collect();
        println!("= {}", row.join(" "));
    }
    Ok(())
}
