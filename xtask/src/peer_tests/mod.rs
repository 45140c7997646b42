//! Redis's own tests, run against native-node: `cargo xtask peer-tests`.
//!
//! The suite is Redis 7.0.15's `tests/` in Tcl. It is fetched by whoever runs this and never
//! committed; what is kept is the table of counts in `docs/peer-tests.md`.

mod page;
mod server;
mod suite;
mod tally;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::shell;

/// How a unit meets the server under test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mode {
    /// The suite starts the servers, and finds native-node in place of redis-server.
    Swapped,
    /// One server is started here, and the suite is told where it is.
    External,
    /// As before, with all slots of a cluster of one.
    Cluster,
}

impl Mode {
    pub(crate) const ALL: [Self; 3] = [Self::Swapped, Self::External, Self::Cluster];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Swapped => "swapped",
            Self::External => "external",
            Self::Cluster => "cluster",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }
}

/// What `cargo xtask peer-tests` was asked for.
#[derive(Debug, PartialEq)]
pub(crate) struct Options {
    /// The folder of Redis 7.0.15's source (or its `tests` and `runtest` at least).
    pub(crate) suite: PathBuf,
    /// These units alone (`unit/expire`, or a glob such as `integration/psync2*`).
    pub(crate) files: Vec<String>,
    /// These modes alone.
    pub(crate) modes: Vec<Mode>,
    /// These tests of the units alone, by name (`/regex` too); then no table is written.
    pub(crate) only: Vec<String>,
    /// Another server in place of native-node, for comparison; then no table is written.
    pub(crate) binary: Option<PathBuf>,
    /// A native-node whose `cli` stands in the place of redis-cli; then no table is written.
    pub(crate) cli: Option<PathBuf>,
    /// The first of 200 ports; the cluster bus takes those 10000 above.
    pub(crate) base_port: u16,
    /// Seconds after which a unit is taken to hang.
    pub(crate) patience: u64,
    /// Tests that the suite itself calls slow, too.
    pub(crate) slow: bool,
}

/// Runs the units one after another, prints each one's counts and writes the table.
///
/// # Errors
/// The suite is not there, or nothing could be run. A failed test is no error here: the table
/// says it.
pub(crate) fn run(options: &Options) -> Result<()> {
    if !shell::have("tclsh") {
        bail!("the suite needs tclsh: apt-get install tcl");
    }
    let binary = match &options.binary {
        Some(path) => path.clone(),
        None => build()?,
    };
    let bench = suite::Bench::prepare(&options.suite, &binary)?;
    if let Some(cli) = &options.cli {
        bench.replace_cli(cli)?;
    }
    let units = suite::units(&options.files);
    if units.is_empty() {
        bail!("no unit of the list is called {:?}", options.files);
    }
    let keeps = options.binary.is_none() && options.cli.is_none() && options.only.is_empty();
    for unit in units {
        for mode in &options.modes {
            let counts = bench.run(unit, *mode, options)?;
            println!("{unit:40} {:9} {counts}", mode.name());
            for failure in &counts.failures {
                println!("    failed: {failure}");
            }
            if keeps {
                page::record(&shell::root().join(PAGE), unit, *mode, &counts)?;
            }
        }
    }
    Ok(())
}

/// Where the table stands.
const PAGE: &str = "docs/peer-tests.md";

/// Builds native-node and says where it is.
pub(crate) fn build() -> Result<PathBuf> {
    // The profile that is quick to compile: the suite asks what is right, not how fast.
    let options = ["build", "--quiet", "--profile", "planted", "--package", "native-node"];
    shell::run(&mut shell::cargo(options))?;
    Ok(target().join("planted/native-node"))
}

/// Cargo's folder for what is built.
fn target() -> PathBuf {
    let named = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    shell::root().join(named.unwrap_or_else(|| "target".into()))
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::fs::canonicalize(path).with_context(|| format!("no such file: {}", path.display()))
}
