//! `cargo xtask bench`: native-node and redis-server side by side, interleaved in one run.
//!
//! Every number is measured on both in turn, several rounds, so that what else the machine does
//! meets both alike. What is compared is the ratio of each round; its median and its spread are
//! printed. A section's table is kept in `target/bench/`, and the page of the documentation is
//! put together from all that are there, so a long run can be done in parts.

mod aof;
mod bgsave;
mod client;
mod failover;
mod full_sync;
mod lines;
mod memory;
mod process;
mod report;
mod reshard;
mod server;
mod stats;

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};

use crate::shell;
use server::Kind;

/// The default of `--port`.
pub(crate) const FIRST_PORT: u16 = 25100;

/// What to measure.
#[derive(Debug, PartialEq)]
pub(crate) struct Options {
    /// Fewer lines, rounds and keys: about two minutes.
    pub(crate) quick: bool,
    /// Empty: all sections.
    pub(crate) only: Vec<Section>,
    /// How often each number is measured; 0 for the default.
    pub(crate) rounds: usize,
    /// The first of ten ports (and the same plus 10000) that are free.
    pub(crate) port: u16,
}

/// One kind of measurement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Section {
    Lines,
    Aof,
    Memory,
    Reshard,
    Sync,
    Bgsave,
    Failover,
}

impl Section {
    const ALL: [Self; 7] = [
        Self::Lines,
        Self::Aof,
        Self::Memory,
        Self::Reshard,
        Self::Sync,
        Self::Bgsave,
        Self::Failover,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Lines => "lines",
            Self::Aof => "aof",
            Self::Memory => "memory",
            Self::Reshard => "reshard",
            Self::Sync => "sync",
            Self::Bgsave => "bgsave",
            Self::Failover => "failover",
        }
    }

    /// The section a user calls by this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|section| section.name() == name)
    }
}

/// What a section needs to know.
struct Bench {
    quick: bool,
    rounds: usize,
    port: u16,
    native: PathBuf,
    folder: PathBuf,
}

impl Bench {
    /// `full`, or `quick` in a quick run.
    fn size<T>(&self, full: T, quick: T) -> T {
        if self.quick { quick } else { full }
    }

    /// Starts a server of that kind; `place` tells the servers of one measurement apart.
    fn start(&self, kind: Kind, place: u16, extra: &[&str]) -> Result<server::Server> {
        let port = self.port + place;
        server::Server::start(kind, &self.native, port, &self.folder.join(port.to_string()), extra)
    }
}

/// `cargo xtask bench`.
///
/// # Errors
/// Something is missing, or a server did not do what was asked.
pub(crate) fn run(options: &Options) -> Result<()> {
    for program in ["redis-server", "redis-cli", "redis-benchmark"] {
        if !shell::have(program) {
            bail!("{program} is missing: `cargo xtask setup` installs it on Debian");
        }
    }
    shell::run(&mut shell::cargo(["build", "--quiet", "--release", "--package", "native-node"]))?;
    let target = shell::root().join("target");
    let folder = std::env::temp_dir().join(format!("slotlab-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).context("a folder for the servers")?;
    let bench = Bench {
        quick: options.quick,
        rounds: match options.rounds {
            0 if options.quick => 3,
            0 => 5,
            rounds => rounds,
        },
        port: options.port,
        native: target.join("release/native-node"),
        folder: folder.clone(),
    };
    let kept = target.join("bench");
    std::fs::create_dir_all(&kept).context("target/bench")?;
    let done = measure(&bench, options, &kept);
    // Left over or not, nothing else depends on it.
    let _ = std::fs::remove_dir_all(&folder);
    done?;
    report::assemble(&kept, &shell::root().join("docs/benchmarks.md"))
}

fn measure(bench: &Bench, options: &Options, kept: &std::path::Path) -> Result<()> {
    let wanted = if options.only.is_empty() { &Section::ALL[..] } else { &options.only };
    for &section in wanted {
        eprintln!("== {}", section.name());
        let text = match section {
            Section::Lines => lines::measure(bench),
            Section::Aof => aof::measure(bench),
            Section::Memory => memory::measure(bench),
            Section::Reshard => reshard::measure(bench),
            Section::Sync => full_sync::measure(bench),
            Section::Bgsave => bgsave::measure(bench),
            Section::Failover => failover::measure(bench),
        }
        .with_context(|| format!("section {}", section.name()))?;
        print!("{text}");
        let command = format!(
            "cargo xtask bench --only {} --rounds {}{}",
            section.name(),
            bench.rounds,
            if bench.quick { " --quick" } else { "" }
        );
        let dated = format!("{text}\n{}: `{command}`\n", report::date(now_secs()));
        std::fs::write(kept.join(format!("{}.md", section.name())), dated)?;
    }
    Ok(())
}

fn now_secs() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
