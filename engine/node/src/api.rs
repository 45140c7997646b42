//! What goes into a node and what comes out of it.

use std::net::SocketAddr;

use bytes::Bytes;
use engine_base::{LinkId, Mono, Now, Seed};
use engine_store::rdb::Writer;
use thiserror::Error;

use crate::apart::cloned_apart;
use crate::config::Config;

/// Bytes of one piece of a large file.
const PIECE: usize = 64 * 1024;

/// All that a node is born from. A run is its boot, its seed and its inputs, and nothing else.
pub struct Boot<'a> {
    /// The directives, read from a file and the command line by [`Config::parse`].
    pub config: Config,
    /// The full path of the configuration file, when there is one (`CONFIG REWRITE`, `INFO`).
    pub config_file: Option<String>,
    /// The process id, as `INFO`, the pid file and the log print it.
    pub pid: u32,
    /// From which all randomness of this process follows.
    pub seed: Seed,
    /// The files as they are now: nodes.conf is read at birth, and of RDB and AOF what fits in one
    /// turn; the rest is asked for with [`Action::Read`].
    pub disk: &'a dyn BootDisk,
    /// The time of birth.
    pub now: Now,
}

/// The files that a node reads while it boots.
pub trait BootDisk {
    /// The content of the file at `path` (relative paths count from the directive `dir`, which
    /// the node has already put in front); `None` when there is no such file.
    fn read(&self, path: &str) -> Option<Vec<u8>>;

    /// How many bytes the file at `path` has; `None` when there is no such file.
    fn size(&self, path: &str) -> Option<u64> {
        self.read(path).map(|bytes| bytes.len() as u64)
    }

    /// Why what is at `path` cannot be read, in the operating system's words; `None` when it can be
    /// read, or nothing is there.
    fn trouble(&self, path: &str) -> Option<String> {
        let _ = path;
        None
    }

    /// Up to `len` bytes of the file at `path`, from the byte `from` on: fewer at its end.
    fn read_at(&self, path: &str, from: u64, len: usize) -> Option<Vec<u8>> {
        self.read(path).map(|bytes| part_of_file(&bytes, from, len).to_vec())
    }
}

/// What a file of this content has from the byte `from` on, up to `len` bytes.
#[must_use]
pub fn part_of_file(bytes: &[u8], from: u64, len: usize) -> &[u8] {
    let from = usize::try_from(from).map_or(bytes.len(), |from| from.min(bytes.len()));
    &bytes[from..from.saturating_add(len).min(bytes.len())]
}

/// Why a process ends before it serves: the lines it logs (Redis's own words) and its exit code.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}", .log.last().map_or("", |l| l.1.as_str()))]
pub struct BootError {
    /// What is logged, in order.
    pub log: Vec<(LogLevel, String)>,
    /// The exit code of the process.
    pub code: i32,
}

/// Which of a node's ports accepted a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listener {
    /// The client port (`port`): clients, and replicas that fetch their data.
    Client,
    /// The cluster bus port (`cluster-port`, by default the client port + 10000).
    Bus,
}

/// What a link that the node opens is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To another node's bus port.
    Bus,
    /// To the client port of this node's master.
    Replication,
    /// To the client port of another node, to move keys there (`MIGRATE`).
    Migrate,
}

/// Why a link could not be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DialError {
    /// Nobody listens there.
    #[error("Connection refused")]
    Refused,
    /// No answer in the time that the operating system allows.
    #[error("Connection timed out")]
    TimedOut,
    /// There is no host of that name.
    #[error("Name or service not known")]
    UnknownName,
    /// There is no way to that address.
    #[error("No route to host")]
    Unreachable,
}

/// One thing the driver must do. Actions are carried out strictly in order: when an action is a
/// [`Action::Disk`] with `barrier`, no later action starts before it has ended and the node was
/// told so: a failure may call the later ones off.
#[derive(Clone, Debug)]
pub enum Action {
    /// Open a TCP link; the driver answers with `handle_dialed`.
    Dial {
        /// The name the node has given to the link.
        link: LinkId,
        /// Where to.
        to: SocketAddr,
        /// A host's name, to be looked up first: of `to` only the port counts then. What was
        /// found is told with `handle_resolved`.
        name: Option<String>,
        /// From which local address (`bind`, `bind-source-addr`), when it matters.
        from: Option<std::net::IpAddr>,
        /// What for.
        purpose: Purpose,
    },
    /// Queue these bytes on a link that the node talks on of its own accord (bus, replication to
    /// the master, migration). One action is one packet.
    Send {
        /// On which link.
        link: LinkId,
        /// The bytes: on a bus link exactly one packet.
        bytes: Bytes,
    },
    /// A client link has bytes in its output buffer: write `Node::output(link)`, then say with
    /// `Node::handle_flushed` how many went.
    Flush {
        /// Which link.
        link: LinkId,
    },
    /// Close a link. The node has forgotten it already: nothing about it is told back.
    Close {
        /// Which link.
        link: LinkId,
        /// Whether what is queued still goes out.
        mode: CloseMode,
    },
    /// Small packets on a client link may wait for more (`repl-disable-tcp-nodelay`).
    Gather {
        /// Which link.
        link: LinkId,
    },
    /// Do something to a file.
    Disk {
        /// Told back with `handle_disk`.
        id: DiskId,
        /// What to do.
        op: DiskOp,
        /// Whether later actions wait for its end ("save nodes.conf, then vote").
        barrier: bool,
    },
    /// Read a part of a file (data that is too much for one turn is loaded in parts). Parts are told
    /// back in the order in which they were asked for.
    Read {
        /// Told back with `handle_read`, together with the bytes.
        id: DiskId,
        /// The file, as in [`BootDisk::read`].
        path: String,
        /// From which byte on.
        from: u64,
        /// How many bytes at most: fewer mean that the file ends there.
        len: usize,
    },
    /// A line for the log, without the prefix (`pid:role time level`), which the driver adds.
    Log {
        /// How important it is.
        level: LogLevel,
        /// The text.
        text: String,
    },
    /// The process ends.
    Exit {
        /// Its exit code.
        code: i32,
    },
}

/// How a link is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseMode {
    /// What is queued goes out first.
    AfterFlush,
    /// At once; what is queued is lost.
    Now,
}

/// Names one disk operation of one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DiskId(pub u64);

/// Something to do to a file. Paths are as in [`BootDisk::read`].
#[derive(Clone, Debug)]
pub enum DiskOp {
    /// Write a temporary file beside it, fsync it, rename it over `path`, fsync the folder.
    Replace {
        /// The file that is replaced in one step.
        path: String,
        /// Its new content.
        bytes: Bytes,
    },
    /// Write a temporary file beside it and rename it over `path`, without an fsync: the end of the
    /// process leaves the old content or the new one, a loss of power may bring the old one back.
    Put {
        /// The file that is replaced in one step.
        path: String,
        /// Its new content.
        bytes: Bytes,
    },
    /// Make durable what a file holds now, and its name, whatever was put there meanwhile: fsync,
    /// fsync of the folder. No error when it is missing. Nothing waits for it but its end: to
    /// replace the file meanwhile is as good.
    Settle {
        /// The file.
        path: String,
    },
    /// Append to a file, which is made when missing.
    Append {
        /// The file.
        path: String,
        /// What is appended.
        bytes: Bytes,
    },
    /// Append all that is still to come of a large file, piece by piece, beside everything else: on
    /// a thread of its own where there are threads. Told with [`Node::handle_written`] how much it
    /// was. To remove the file ends it.
    ///
    /// [`Node::handle_written`]: crate::Node::handle_written
    Stream {
        /// The file.
        path: String,
        /// What is still to come.
        pieces: Pieces,
        /// What file it is: threads that write one kind may run elsewhere (`bgsave_cpulist`,
        /// `aof_rewrite_cpulist`).
        kind: FileKind,
        /// After how many bytes what was written is made durable, so that it is not too much at
        /// the end (`rdb-save-incremental-fsync`, `aof-rewrite-incremental-fsync`).
        sync_every: Option<u64>,
    },
    /// Make what was appended durable.
    Sync {
        /// The file.
        path: String,
    },
    /// Make a file that was written piece by piece durable, give it its name in one step, and
    /// make that durable too: fsync, rename, fsync of the folder.
    Rename {
        /// The file as it was written.
        from: String,
        /// Its new name; what has it now is replaced.
        to: String,
    },
    /// Cut off all that stands behind the first `len` bytes of a file.
    Truncate {
        /// The file.
        path: String,
        /// How many bytes stay.
        len: u64,
    },
    /// Delete a file; no error when it is missing.
    Remove {
        /// The file.
        path: String,
    },
    /// Make a folder (`appenddirname`); no error when it is there.
    MakeDir {
        /// The folder.
        path: String,
    },
}

/// Which large file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// The RDB file.
    Snapshot,
    /// The base of the append-only file.
    AofBase,
}

/// What is still to come of a large file.
#[derive(Debug)]
pub struct Pieces {
    writer: Box<Writer>,
    more: bool,
}

cloned_apart!(Pieces { writer, more });

impl Pieces {
    pub(crate) fn new(writer: Writer) -> Self {
        Self { writer: Box::new(writer), more: true }
    }
}

impl Iterator for Pieces {
    type Item = Vec<u8>;

    /// About 64 KiB, more where one string is larger.
    fn next(&mut self) -> Option<Vec<u8>> {
        if !self.more {
            return None;
        }
        let mut piece = Vec::with_capacity(PIECE + PIECE / 4);
        self.more = self.writer.step(&mut piece, PIECE);
        Some(piece)
    }
}

/// Why a disk operation failed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DiskError {
    /// The disk is full.
    #[error("No space left on device")]
    Full,
    /// The folder is missing.
    #[error("No such file or directory")]
    NotFound,
    /// Anything else, in the operating system's words.
    #[error("{0}")]
    Other(String),
}

/// The levels of redis.conf's `loglevel`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// `.` in the log.
    Debug,
    /// `-` in the log.
    Verbose,
    /// `*` in the log.
    Notice,
    /// `#` in the log.
    Warning,
}

/// When the node wants to be called next, and what for (the page draws the reason).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// Not later than this.
    pub at: Mono,
    /// What is due then.
    pub reason: TimerKind,
}

/// What a deadline is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimerKind {
    /// `serverCron`: expiry, client timeouts, statistics (`hz`, ten times a second).
    ServerTick,
    /// `clusterCron`: pings, timeouts, elections (every 100 ms).
    ClusterTick,
    /// `replicationCron`: acknowledgements, keep-alives (every second).
    ReplicationTick,
    /// A blocked client's timeout (`BLPOP`, `WAIT`, …).
    BlockedClient,
    /// The next keys of a slow load (`key-load-delay`).
    Loading,
    /// Something that was put off to the end of the event loop's turn.
    Deferred,
}
