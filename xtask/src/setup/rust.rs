//! The Rust side: lints, and a compiler for wasm32.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::shell;

const TARGET: &str = "wasm32-unknown-unknown";
/// What stands in for rustup's wasm target where its downloads are refused.
const DEBIAN_PACKAGES: [&str; 3] = ["rustc-web", "rust-web-src", "lld-19"];
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";

/// Which compiler makes wasm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum WasmToolchain {
    /// The one in use, with rustup's standard library for the target.
    Rustup,
    /// Debian's `rustc-web`, which compiles the standard library along from its source.
    Debian,
}

impl WasmToolchain {
    /// A cargo command that compiles for wasm32; `args` begin with cargo's own command.
    pub(crate) fn cargo(self, args: &[&str]) -> Command {
        let mut command = shell::cargo(args);
        command.args(["--target", TARGET]);
        if self == Self::Debian {
            command
                .env("RUSTC", DEBIAN_RUSTC)
                .env("RUSTC_BOOTSTRAP", "1")
                .env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort")
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", "wasm-ld-19")
                .env("CARGO_TARGET_DIR", self.target_dir());
        }
        command
    }

    /// Makes a command that compiles for visitors: the standard library is compiled along, for size
    /// and without the words of panics, when its source is there. Both are flags that stable
    /// compilers hide; without them the module works as well and weighs a fifth more.
    pub(crate) fn slim(self, command: &mut Command) {
        if self == Self::Rustup && has_source() {
            command
                .args(["-Z", "build-std=std,panic_abort"])
                .args(["-Z", "build-std-features=optimize_for_size"])
                .env("RUSTC_BOOTSTRAP", "1")
                .env(
                    "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
                    // The linker says who reads what, for `xtask-bindgen split`.
                    "-Cpanic=immediate-abort -Zunstable-options -Zlocation-detail=none \
                     -Clink-arg=--emit-relocs",
                );
        }
    }

    /// Where it leaves what it built for `profile` (a folder name under the target's).
    pub(crate) fn output(self, profile: &str) -> std::path::PathBuf {
        self.target_dir().join(TARGET).join(profile)
    }

    /// Two compilers in one folder would rebuild each other's work for ever.
    fn target_dir(self) -> std::path::PathBuf {
        let usual = std::env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| shell::root().join("target"), std::path::PathBuf::from);
        match self {
            Self::Rustup => usual,
            Self::Debian => usual.join("debian"),
        }
    }
}

/// What is missing, for `setup --dry-run`.
pub(crate) fn missing() -> Vec<&'static str> {
    let mut missing = Vec::new();
    if !has_target() && !has_debian() {
        missing.push(TARGET);
    }
    missing.extend(missing_components());
    missing
}

/// clippy and rustfmt, which a minimal toolchain lacks.
pub(crate) fn components() -> Result<()> {
    for component in missing_components() {
        shell::run(&mut shell::command("rustup", ["component", "add", component]))
            .with_context(|| format!("{component} is needed"))?;
    }
    Ok(())
}

fn missing_components() -> Vec<&'static str> {
    let works = |name: &str| shell::answer(&mut shell::cargo([name, "--version"])).is_some();
    [("clippy", "clippy"), ("fmt", "rustfmt")]
        .into_iter()
        .filter(|(command, _)| !works(command))
        .map(|(_, component)| component)
        .collect()
}

/// A compiler for wasm32, installed if need be.
pub(crate) fn wasm() -> Result<WasmToolchain> {
    if shell::have("rustup") && !has_source() {
        // Only the weight of the page depends on it.
        let _ = shell::run(&mut shell::command("rustup", ["component", "add", "rust-src"]));
    }
    if has_target() {
        return Ok(WasmToolchain::Rustup);
    }
    if shell::have("rustup") {
        let added = shell::run(&mut shell::command("rustup", ["target", "add", TARGET]));
        if added.is_ok() && has_target() {
            return Ok(WasmToolchain::Rustup);
        }
    }
    if has_debian() {
        return Ok(WasmToolchain::Debian);
    }
    if shell::have("apt-get") {
        eprintln!("rustup cannot bring {TARGET}: trying Debian's compiler");
        let _ = shell::run(&mut shell::command("apt-get", ["-q", "update"]));
        let fixed = ["-q", "install", "-y", "--no-install-recommends"];
        let mut install = shell::command("apt-get", fixed);
        let _ = shell::run(install.args(DEBIAN_PACKAGES).env("DEBIAN_FRONTEND", "noninteractive"));
        if has_debian() {
            return Ok(WasmToolchain::Debian);
        }
    }
    bail!(
        "no compiler for {TARGET}: `rustup target add {TARGET}`, or on Debian as root \
         `apt-get install {}`",
        DEBIAN_PACKAGES.join(" ")
    )
}

/// The standard library's own source, which `rustup component add rust-src` brings.
fn has_source() -> bool {
    let sysroot = shell::answer(&mut shell::command("rustc", ["--print", "sysroot"]));
    sysroot.is_some_and(|root| {
        Path::new(&root).join("lib/rustlib/src/rust/library/std/Cargo.toml").is_file()
    })
}

fn has_target() -> bool {
    let sysroot = shell::answer(&mut shell::command("rustc", ["--print", "sysroot"]));
    sysroot
        .is_some_and(|root| Path::new(&root).join("lib/rustlib").join(TARGET).join("lib").is_dir())
}

fn has_debian() -> bool {
    let mut rustc = shell::command(DEBIAN_RUSTC, ["--print", "sysroot"]);
    let source = "lib/rustlib/src/rust/library/std/Cargo.toml";
    shell::have("wasm-ld-19")
        && shell::answer(&mut rustc).is_some_and(|root| Path::new(&root).join(source).is_file())
}
