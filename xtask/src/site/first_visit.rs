//! Which code a first visit runs: the page with probes in its module is walked through the first lesson,
//! and the places of which nothing was run are written down. The build makes the second part of the
//! module of them.

use std::fs;

use anyhow::{Context, Result, bail};

use super::wasm::{COLD, bindgen, bound};
use crate::{server, setup, shell};

/// `cargo xtask first-visit`.
///
/// # Errors
/// The page could not be built, or not walked through.
pub(crate) fn walk() -> Result<()> {
    setup::for_tests()?;
    let Some(chromium) = setup::chromium() else {
        bail!("no Chromium on the search path; $CHROMIUM may name one");
    };
    let site = super::build(false)?;
    let bound = bound()?;
    shell::run(bindgen("probe").arg(bound.join("web_bg.wasm")).arg(&bound))?;

    let probed = shell::root().join("target/probed");
    if probed.exists() {
        fs::remove_dir_all(&probed).context("clearing the last site with probes")?;
    }
    super::copy_dir(&site, &probed).context("copying the site")?;
    // No worker may keep it; nothing is split: the probes are in the whole.
    fs::remove_file(probed.join("sw.js")).context("taking the worker out")?;
    for entry in fs::read_dir(&probed)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.ends_with("_bg.wasm") {
            fs::copy(bound.join("probed.wasm"), &path)?;
        } else if name.starts_with("web-") && name.ends_with(".js") {
            fs::copy(bound.join("web.js"), &path)?;
        }
    }

    let (names, ran) = (bound.join("probed.txt"), bound.join("ran.bin"));
    let mut visit = shell::command("node", ["web/e2e/first-visit.mjs"]);
    visit.arg(&names).arg(&ran).env("CHROMIUM", chromium);
    shell::run(visit.env("SLOTLAB_URL", server::in_background(probed)?))?;
    let list = shell::answer(bindgen("cold").arg(&names).arg(&ran)).context("naming the places")?;
    fs::write(shell::root().join(COLD), format!("{}\n", list.trim_end()))
        .with_context(|| format!("writing {COLD}"))?;
    println!("{COLD} is written; `cargo xtask build` splits the module by it");
    Ok(())
}
