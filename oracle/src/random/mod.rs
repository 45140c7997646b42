//! Random commands beside redis-server: both servers are asked the same, and answers, keys, events
//! and append-only files are compared. A run is its seed and mode.
//!
//! [`docs`] reads what commands there are, `draw` and `scene` draw from them, `pair` asks both
//! servers, `allowed` says what may differ and why.

mod allowed;
pub mod arguments;
mod docs;
mod draw;
mod entries;
mod events;
mod link;
mod pair;
mod run;
mod scene;
mod scripts;
mod skipped;
mod stream;
mod users;
mod words;

use std::fmt;
use std::path::PathBuf;
use std::process::Command;

pub use run::run;

/// One word of a command.
pub(crate) type Word = Vec<u8>;

/// How the two servers run and what they are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Without a cluster, RESP2.
    Standalone,
    /// Without a cluster, RESP3.
    Standalone3,
    /// All slots of a cluster of one, RESP2.
    Cluster,
    /// All slots of a cluster of one, RESP3.
    Cluster3,
    /// A node without slots: what CLUSTER's subcommands do to it.
    Slots,
    /// CONFIG SET and GET.
    Config,
}

impl Mode {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Standalone,
        Self::Standalone3,
        Self::Cluster,
        Self::Cluster3,
        Self::Slots,
        Self::Config,
    ];

    /// As it is typed.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Standalone => "standalone",
            Self::Standalone3 => "standalone3",
            Self::Cluster => "cluster",
            Self::Cluster3 => "cluster3",
            Self::Slots => "slots",
            Self::Config => "config",
        }
    }

    pub(crate) const fn is_cluster(self) -> bool {
        matches!(self, Self::Cluster | Self::Cluster3 | Self::Slots)
    }

    pub(crate) const fn is_resp3(self) -> bool {
        matches!(self, Self::Standalone3 | Self::Cluster3)
    }
}

/// The two servers.
#[derive(Clone, Debug)]
pub struct Servers {
    /// The program of native-node; redis-server is found by its name.
    pub ours: PathBuf,
    /// Two free ports, with their bus ports 10000 above.
    pub ports: [u16; 2],
    /// More directives for native-node alone: a difference that must be found.
    pub more: Vec<String>,
}

/// What to ask.
#[derive(Clone, Debug)]
pub struct Plan {
    /// From which all draws follow.
    pub seed: u64,
    /// How the servers run.
    pub mode: Mode,
    /// How many commands, at least.
    pub commands: usize,
    /// These commands alone, in capitals (`CLIENT LIST`); empty: all.
    pub only: Vec<String>,
    /// The run ends after so many differences.
    pub most: usize,
}

/// What came out.
#[derive(Debug, Default)]
pub struct Report {
    /// Commands that were asked.
    pub asked: usize,
    /// Of which the real server refused.
    pub errors: usize,
    /// Different names among them.
    pub kinds: usize,
    /// Where the two differ.
    pub differences: Vec<Difference>,
}

/// Where the two servers differ.
#[derive(Debug)]
pub struct Difference {
    /// The mode and seed that show it again.
    pub seed: (Mode, u64),
    /// The number of the command.
    pub at: usize,
    /// Answer, value, events …
    pub what: &'static str,
    /// The command, as redis-cli takes it.
    pub command: String,
    /// What redis-server has.
    pub real: String,
    /// What native-node has.
    pub ours: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mode, seed) = (self.seed.0.name(), self.seed.1);
        writeln!(f, "{} differ(s): {}", self.what, self.command)?;
        writeln!(f, "    redis-server  {}", self.real)?;
        writeln!(f, "    native-node   {}", self.ours)?;
        write!(f, "    command {} of --mode {mode} --seeds {seed}..{}", self.at, seed + 1)
    }
}

/// Why nothing can be compared here; `None` when it can.
#[must_use]
pub fn why_not() -> Option<String> {
    let version = Command::new("redis-server").arg("--version").output();
    let here = version.is_ok_and(|v| String::from_utf8_lossy(&v.stdout).contains("v=7.0.15"));
    (!here).then(|| "redis-server 7.0.15 is not installed".into())
}

/// Bytes as one reads them.
pub(crate) fn text(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

/// A command as redis-cli takes it.
pub(crate) fn show(words: &[Word]) -> String {
    let plain = |word: &Word| {
        !word.is_empty() && word.iter().all(|b| b.is_ascii_graphic() && !b"\"'\\".contains(b))
    };
    let shown = |word: &Word| match plain(word) {
        true => text(word),
        // Single quotes stand for themselves between double ones.
        false => format!("\"{}\"", text(word).replace("\\'", "'")),
    };
    words.iter().map(shown).collect::<Vec<_>>().join(" ")
}
