//! Debian packages: real Redis to compare with, Chromium to drive the page.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::shell;

/// A program that tests run, and the package that brings it.
struct Need {
    /// Any of these will do.
    programs: &'static [&'static str],
    package: &'static str,
}

const CHROMIUM: Need =
    Need { programs: &["chromium", "chromium-browser", "google-chrome"], package: "chromium" };

const NEEDS: [Need; 5] = [
    Need { programs: &["redis-server"], package: "redis-server" },
    Need { programs: &["redis-cli"], package: "redis-tools" },
    CHROMIUM,
    Need { programs: &["ip"], package: "iproute2" },
    Need { programs: &["ps"], package: "procps" },
];

/// Packages whose program is not on the search path.
pub(crate) fn missing() -> Vec<&'static str> {
    let found = |need: &Need| need.programs.iter().any(|program| shell::have(program));
    NEEDS.iter().filter(|need| !found(need)).map(|need| need.package).collect()
}

/// Installs them where that can be done without asking: as root, on Debian and its kin.
pub(crate) fn install() -> Result<()> {
    let missing = missing();
    if missing.is_empty() {
        return Ok(());
    }
    let root = shell::answer(&mut shell::command("id", ["-u"])).as_deref() == Some("0");
    if !root || !shell::have("apt-get") {
        bail!("the tests need these Debian packages (or what is like them): {}", missing.join(" "));
    }
    let mut list = shell::command("apt-get", ["-q", "update"]);
    // An old list of packages may still do: what counts is whether the next command succeeds.
    let _ = shell::run(&mut list);
    let fixed = ["-q", "install", "-y", "--no-install-recommends"];
    let mut install = shell::command("apt-get", fixed);
    shell::run(install.args(&missing).env("DEBIAN_FRONTEND", "noninteractive"))
}

/// Where Chromium is: `$CHROMIUM`, or the first of its usual names on the search path.
pub(crate) fn chromium() -> Option<PathBuf> {
    let told = std::env::var_os("CHROMIUM").map(PathBuf::from).filter(|path| path.is_file());
    told.or_else(|| CHROMIUM.programs.iter().find_map(|program| shell::find(program)))
}
