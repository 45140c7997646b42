//! npm packages, kept in `tools/`: nothing of them is tracked, nothing lies outside this folder.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::shell;

/// A package at the one version that we use.
#[derive(Clone, Copy)]
pub(crate) struct Package {
    name: &'static str,
    version: &'static str,
}

/// Brings `wasm-opt`, compiled to wasm itself.
pub(crate) const BINARYEN: Package = Package { name: "binaryen", version: "132.0.0" };
/// Drives Chromium; the `-core` package brings no browser of its own.
const PLAYWRIGHT: Package = Package { name: "playwright-core", version: "1.65.1" };

/// Finds what screen readers, keyboards and weak eyes would stumble over.
const AXE: Package = Package { name: "axe-core", version: "4.14.1" };

pub(crate) const ALL: [Package; 3] = [BINARYEN, PLAYWRIGHT, AXE];

/// Where they are installed.
pub(crate) fn folder() -> PathBuf {
    shell::root().join("tools")
}

/// Those that are absent or of another version, as `name@version`.
pub(crate) fn missing(wanted: &[Package]) -> Vec<&'static str> {
    wanted.iter().filter(|package| !is_installed(**package)).map(|package| package.name).collect()
}

/// Installs the missing ones.
///
/// # Errors
/// No npm, or npm failed.
pub(crate) fn install(wanted: &[Package]) -> Result<()> {
    if missing(wanted).is_empty() {
        return Ok(());
    }
    if !shell::have("npm") {
        bail!("npm is needed (it comes with Node.js) for: {}", missing(wanted).join(" "));
    }
    let folder = folder();
    std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    let manifest = folder.join("package.json");
    if !manifest.exists() {
        // Without it npm would look for a project in the folders above.
        std::fs::write(&manifest, "{ \"private\": true }\n").context("writing package.json")?;
    }
    // npm removes what is neither asked for nor written down: so ask for all that is there.
    let asked: Vec<String> = ALL
        .iter()
        .filter(|package| wanted.iter().any(|w| w.name == package.name) || is_installed(**package))
        .map(|package| format!("{}@{}", package.name, package.version))
        .collect();
    let mut npm = shell::command("npm", ["install", "--no-audit", "--no-fund", "--save-exact"]);
    shell::run(npm.args(asked).current_dir(&folder))
}

fn is_installed(package: Package) -> bool {
    let manifest = folder().join("node_modules").join(package.name).join("package.json");
    let wanted = format!("\"version\": \"{}\"", package.version);
    std::fs::read_to_string(manifest).is_ok_and(|text| text.contains(&wanted))
}
