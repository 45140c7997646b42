//! The service worker: it knows every file of the site, and is another one as soon as any of them is.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::{hash, shell};

/// Writes `sw.js` for a finished site, its start page included.
pub(super) fn write(dist: &Path) -> Result<()> {
    let files = files(dist)?;
    let mut contents = Vec::new();
    for file in &files {
        contents.extend(fs::read(dist.join(file.trim_start_matches("./")))?);
    }
    let listed: Vec<String> = files
        .iter()
        .map(|file| format!("\"{}\"", file.strip_suffix("index.html").unwrap_or(file)))
        .collect();
    let template = fs::read_to_string(shell::root().join("web/worker/sw.js"))
        .context("reading web/worker/sw.js")?;
    let worker = template
        .replace("%VERSION%", &hash::of(&contents))
        .replace("%FILES%", &format!("[{}]", listed.join(", ")));
    fs::write(dist.join("sw.js"), worker).context("writing sw.js")
}

/// All files of a site that a visit may need, in order.
pub(super) fn files(dist: &Path) -> Result<Vec<String>> {
    let mut files = Vec::new();
    list(dist, "./", &mut files)?;
    files.sort();
    Ok(files)
}

/// Everything that a visit needs: licences lie beside, but are not fetched ahead.
fn list(folder: &Path, prefix: &str, files: &mut Vec<String>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_dir() {
            list(&entry.path(), &format!("{prefix}{name}/"), files)?;
        } else if !name.ends_with(".txt") {
            files.push(format!("{prefix}{name}"));
        }
    }
    Ok(())
}
