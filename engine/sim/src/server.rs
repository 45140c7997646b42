//! A redis-server process of the world: a [`Node`] and what its driver keeps for it.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;

use engine_base::{LinkId, Mono};
use engine_node::{Action, Config, DiskId, DiskOp, LogLevel, Node};

use crate::host::HostId;
use crate::net::ConnId;
use crate::process::Spawn;
use crate::queue::ServerInput;
use crate::server_links::ServerLinks;

/// What a redis-server is started with.
#[derive(Clone, Debug)]
pub struct ServerSpec {
    /// Its place in the process table; the title is the command line as typed, its first word
    /// the program.
    pub spawn: Spawn,
    /// The process that becomes the server; otherwise a new one is made.
    pub adopt: Option<crate::process::Pid>,
    /// The folder it is started in.
    pub cwd: String,
    /// Its directives ([`Config::parse`]).
    pub config: Config,
    /// The absolute path of its configuration file.
    pub config_file: Option<String>,
}

/// How a start ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Started {
    /// The process.
    pub pid: crate::process::Pid,
    /// Its exit code when it is gone already. A daemon's starter does not learn of it.
    pub exit: Option<i32>,
    /// What it printed until now, when it prints to the terminal.
    pub stdout: Vec<u8>,
}

/// A running redis-server.
#[derive(Clone)]
pub struct Server {
    pub(crate) node: Node,
    pub(crate) host: HostId,
    /// Where it serves clients: its first listening address.
    pub(crate) addr: SocketAddr,
    pub(crate) links: ServerLinks,
    /// Bytes of links that have no room for them.
    pub(crate) stalled: BTreeMap<LinkId, VecDeque<bytes::Bytes>>,
    /// What it was told while it was stopped or waited for its disk.
    pub(crate) inbox: VecDeque<ServerInput>,
    /// Actions behind a disk operation that must end first.
    pub(crate) behind: VecDeque<Action>,
    /// Disk operations under way, in order; the flag says that the process waits for it.
    pub(crate) disk: VecDeque<(u64, DiskId, DiskOp, bool)>,
    pub(crate) next_token: u64,
    /// When its earliest timer in the world's queue rings.
    pub(crate) timer_at: Mono,
    pub(crate) console: Console,
}

/// Where a server's words go.
#[derive(Clone, Debug)]
pub(crate) struct Console {
    /// Relative paths count from here.
    pub(crate) dir: String,
    pub(crate) logfile: Option<String>,
    pub(crate) pidfile: Option<String>,
    /// Whether it prints to its starter's terminal.
    pub(crate) foreground: bool,
    pub(crate) stdout: Vec<u8>,
    pub(crate) nodes_conf: Option<String>,
}

/// What a terminal that nobody reads keeps.
const STDOUT_KEPT: usize = 1 << 20;

impl Console {
    pub(crate) fn print(&mut self, bytes: &[u8]) {
        if self.foreground && self.stdout.len() < STDOUT_KEPT {
            self.stdout.extend_from_slice(bytes);
        }
    }
}

impl Server {
    /// The node in it.
    #[must_use]
    pub const fn node(&self) -> &Node {
        &self.node
    }

    /// The folder that its relative paths count from.
    #[must_use]
    pub fn dir(&self) -> &str {
        &self.console.dir
    }

    /// Where it serves clients.
    #[must_use]
    pub const fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The links of its node that are links of the world.
    pub fn links(&self) -> impl Iterator<Item = (LinkId, ConnId)> {
        self.links.all().into_iter()
    }

    /// Whether it waits for its disk: what it holds true may not be durable, and nobody was told.
    #[must_use]
    pub fn waits_for_disk(&self) -> bool {
        self.disk.iter().any(|op| op.3)
    }
}

/// The mark of a level in a log line (`serverLogRaw` in server.c).
pub(crate) const fn level_mark(level: LogLevel) -> char {
    match level {
        LogLevel::Debug => '.',
        LogLevel::Verbose => '-',
        LogLevel::Notice => '*',
        LogLevel::Warning => '#',
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("addr", &self.addr).finish_non_exhaustive()
    }
}
