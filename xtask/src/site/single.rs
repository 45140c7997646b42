//! The site as one HTML file: made by the very lines with which the page makes it (`web/worker/single.js`).

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::offline;
use crate::shell;

const SCRIPT: &str = r"
const [dist, single, out] = process.argv.slice(1), fs = require('fs'), path = require('path');
const read = async (file) => new Uint8Array(fs.readFileSync(path.join(dist, file)));
const files = JSON.parse(fs.readFileSync(path.join(dist, 'files.json'), 'utf8'));
require(single)(read, files, '').then((page) => fs.writeFileSync(out, page));
";

/// Writes the list of all files of a site, from which one file can be made of them.
pub(super) fn list(dist: &Path) -> Result<()> {
    let files: Vec<String> = offline::files(dist)?
        .iter()
        .map(|file| format!("{:?}", file.trim_start_matches("./")))
        .collect();
    fs::write(dist.join("files.json"), format!("[{}]", files.join(", ")))
        .context("writing files.json")
}

/// Makes one file of a finished site and gives its path.
///
/// # Errors
/// There is no Node, or a file is missing.
pub(crate) fn make(dist: &Path) -> Result<PathBuf> {
    let out = dist.with_file_name("dist-single").join("slotlab.html");
    fs::create_dir_all(out.parent().unwrap_or(dist)).context("making dist-single/")?;
    let single = shell::root().join("web/worker/single.js");
    let mut node = shell::command("node", ["-e", SCRIPT, "--"]);
    shell::run(node.arg(dist).arg(single).arg(&out))?;
    Ok(out)
}
