//! The tests and the checks around them.

mod tally;
mod wasm;

use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::{server, setup, shell, site, tidy};
use tally::Tally;

/// A part of the tests that can be asked for alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Part {
    Unit,
    Doc,
    Wasm,
    Lessons,
    Clients,
    Deploy,
    Browser,
}

impl Part {
    /// Quick to fail first, slow to build last.
    const ALL: [Self; 7] = [
        Self::Unit,
        Self::Doc,
        Self::Lessons,
        Self::Clients,
        Self::Deploy,
        Self::Wasm,
        Self::Browser,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Doc => "doc",
            Self::Wasm => "wasm",
            Self::Lessons => "lessons",
            Self::Clients => "clients",
            Self::Deploy => "deploy",
            Self::Browser => "browser",
        }
    }

    /// The part a user calls by this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.name() == name)
    }

    fn run(self, tally: &mut Tally) -> Result<()> {
        match self {
            Self::Unit => unit(tally),
            Self::Doc => {
                tally.watch(&mut shell::cargo(["test", "--locked", "--workspace", "--doc"]))
            }
            Self::Wasm => wasm::same_bytes(tally),
            Self::Lessons => lessons(tally),
            Self::Clients => clients(tally),
            Self::Deploy => deploy(tally),
            Self::Browser => browser(tally),
        }
    }
}

/// `cargo xtask test`.
///
/// # Errors
/// A test failed, or something it needs could not be installed.
pub(crate) fn test(only: &[Part]) -> Result<()> {
    let began = Instant::now();
    setup::for_tests()?;
    let mut tally = Tally::default();
    for part in Part::ALL {
        if !only.is_empty() && !only.contains(&part) {
            continue;
        }
        eprintln!("\n== {} ==", part.name());
        let part_began = Instant::now();
        tally.begin(part.name());
        if let Err(error) = part.run(&mut tally) {
            eprintln!("error: {error:#}");
            tally.failed(1);
        }
        tally.end(part_began.elapsed());
    }
    tally.close(began.elapsed())
}

/// `cargo xtask ci`.
///
/// # Errors
/// A check or a test failed.
pub(crate) fn ci() -> Result<()> {
    setup::lints()?;
    shell::run(&mut shell::cargo(["fmt", "--all", "--check"]))
        .context("`cargo xtask fix` formats the sources")?;
    tidy::report()?;
    shell::run(&mut shell::cargo(
        "clippy --locked --workspace --all-targets -- -D warnings".split(' '),
    ))?;
    test(&[])
}

/// `cargo xtask fix`.
///
/// # Errors
/// Sources that do not compile cannot be mended.
pub(crate) fn fix() -> Result<()> {
    setup::lints()?;
    shell::run(&mut shell::cargo(
        "clippy --workspace --all-targets --fix --allow-dirty --allow-staged".split(' '),
    ))?;
    shell::run(&mut shell::cargo(["fmt", "--all"]))
}

/// nextest where somebody has it: it is quicker and stops what hangs. The tests are the same.
fn unit(tally: &mut Tally) -> Result<()> {
    if shell::have("cargo-nextest") {
        let line = "nextest run --locked --workspace --no-fail-fast";
        tally.watch(&mut shell::cargo(line.split(' ')))
    } else {
        let line = "test --locked --workspace --lib --bins --tests --no-fail-fast";
        tally.watch(&mut shell::cargo(line.split(' ')))
    }
}

fn lessons(tally: &mut Tally) -> Result<()> {
    // Fifty worlds a solution: what the slower build takes to compile, it wins back ten times over.
    let line = "run --quiet --locked --release --package lessons -- check";
    tally.watch(&mut shell::cargo(line.split(' ')))
}

/// Client libraries against native-node, installed first.
fn clients(tally: &mut Tally) -> Result<()> {
    setup::clients()?;
    let tests = "--test clients --test load_and_faults";
    let line = format!("test --locked --package native-node {tests} -- --ignored --show-output");
    tally.watch(&mut shell::cargo(line.split(' ')))
}

/// The manifests of `deploy` against the types of the Kubernetes API.
fn deploy(tally: &mut Tally) -> Result<()> {
    let line = "test --locked --manifest-path deploy/check/Cargo.toml --target-dir target/deploy";
    tally.watch(&mut shell::cargo(line.split(' ')))
}

/// The tests of `web/e2e` against the finished site.
fn browser(tally: &mut Tally) -> Result<()> {
    let Some(chromium) = setup::chromium() else {
        bail!("no Chromium on the search path; $CHROMIUM may name one");
    };
    let folder = shell::root().join("web/e2e");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&folder).context("reading web/e2e")? {
        let path = entry?.path();
        if path.to_str().is_some_and(|path| path.ends_with(".test.mjs")) {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        bail!("no tests in web/e2e");
    }
    let dist = site::build(false)?;
    site::within_budget(&dist)?;
    let url = server::in_background(dist)?;
    let mut node = shell::command("node", ["--test", "--test-reporter=spec"]);
    node.arg("--test-concurrency=1").args(files);
    tally.watch(node.env("SLOTLAB_URL", url).env("CHROMIUM", chromium))
}
