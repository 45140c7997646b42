//! The client libraries of `native-node/clients`, installed into `target/clients`.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::shell;

/// Installs what is not there at the version that is asked for.
///
/// # Errors
/// No Python with venv, no npm, or a registry is out of reach.
pub(crate) fn install() -> Result<()> {
    python()?;
    node()?;
    let manifest = source("rust/Cargo.toml");
    let mut build = shell::cargo(["build", "--quiet", "--locked", "--manifest-path"]);
    build.arg(manifest).arg("--target-dir").arg(target("rust"));
    shell::run(&mut build)
}

fn source(name: &str) -> PathBuf {
    shell::root().join("native-node/clients").join(name)
}

fn target(name: &str) -> PathBuf {
    shell::root().join("target/clients").join(name)
}

fn python() -> Result<()> {
    let wanted = source("python/requirements.txt");
    let (folder, done) = (target("python"), target("python/requirements.txt"));
    let text = std::fs::read(&wanted).context("reading requirements.txt")?;
    if std::fs::read(&done).is_ok_and(|there| there == text) {
        return Ok(());
    }
    if !shell::have("python3") {
        bail!("python3 is needed for the test of redis-py");
    }
    let mut venv = shell::command("python3", ["-m", "venv"]);
    shell::run(venv.arg(&folder))?;
    let mut pip = shell::command(folder.join("bin/pip"), ["install", "--quiet", "--requirement"]);
    shell::run(pip.arg(&wanted))?;
    std::fs::write(done, text).context("noting what is installed")
}

/// The scripts too: Node looks for packages from where a script lies.
fn node() -> Result<()> {
    let (from, to) = (source("node"), target("node"));
    std::fs::create_dir_all(&to).context("making target/clients/node")?;
    let manifest = std::fs::read(from.join("package.json")).context("reading package.json")?;
    let installed = to.join("node_modules").is_dir()
        && std::fs::read(to.join("package.json")).is_ok_and(|there| there == manifest);
    for entry in std::fs::read_dir(&from).context("reading native-node/clients/node")? {
        let entry = entry?;
        std::fs::copy(entry.path(), to.join(entry.file_name())).context("copying a script")?;
    }
    if installed {
        return Ok(());
    }
    if !shell::have("npm") {
        bail!("npm is needed (it comes with Node.js) for ioredis and node-redis");
    }
    let mut npm = shell::command("npm", ["install", "--no-audit", "--no-fund", "--save-exact"]);
    shell::run(npm.current_dir(&to))
}
