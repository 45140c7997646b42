//! The process table of a host.

use engine_base::Mono;
use thiserror::Error;

use crate::server::Server;

/// A process id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pid(pub u32);

impl std::fmt::Display for Pid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// The signals that `kill` can send here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Please end: redis-server saves and exits.
    Term,
    /// Ctrl-C.
    Int,
    /// The terminal is gone.
    Hup,
    /// End at once; nobody is asked.
    Kill,
    /// Freeze.
    Stop,
    /// Thaw.
    Cont,
}

impl Signal {
    /// Its number on Linux.
    #[must_use]
    pub const fn number(self) -> i32 {
        match self {
            Self::Hup => 1,
            Self::Int => 2,
            Self::Kill => 9,
            Self::Term => 15,
            Self::Cont => 18,
            Self::Stop => 19,
        }
    }

    /// From `9`, `KILL` or `SIGKILL`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let name = text.to_ascii_uppercase();
        Some(match name.strip_prefix("SIG").unwrap_or(&name) {
            "1" | "HUP" => Self::Hup,
            "2" | "INT" => Self::Int,
            "9" | "KILL" => Self::Kill,
            "15" | "TERM" => Self::Term,
            "18" | "CONT" => Self::Cont,
            "19" | "STOP" => Self::Stop,
            _ => return None,
        })
    }
}

/// ESRCH.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("No such process")]
pub struct NoSuchProcess;

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// By itself, with this code.
    Code(i32),
    /// By a signal.
    Signal(Signal),
}

impl ExitStatus {
    /// What `$?` shows.
    #[must_use]
    pub const fn code(self) -> i32 {
        match self {
            Self::Code(code) => code,
            Self::Signal(signal) => 128 + signal.number(),
        }
    }
}

/// One process.
#[derive(Clone, Debug)]
pub struct Process {
    /// Its id.
    pub pid: Pid,
    /// Its parent's id.
    pub ppid: Pid,
    /// Who runs it.
    pub user: String,
    /// When it was started.
    pub started: Mono,
    /// Its terminal, e.g. `pts/0`.
    pub tty: Option<String>,
    /// Its command line, as `ps` shows it.
    pub title: String,
    /// Whether it is frozen (`kill -STOP`).
    pub stopped: bool,
    /// The server that runs in it; out of its place only while it is driven.
    pub(crate) server: Option<Box<Server>>,
}

impl Process {
    /// The server that runs in it.
    #[must_use]
    pub fn server(&self) -> Option<&Server> {
        self.server.as_deref()
    }
}

/// What a process of [`crate::World::spawn`] is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spawn {
    /// Its parent's id.
    pub ppid: Pid,
    /// Who runs it.
    pub user: String,
    /// Its terminal.
    pub tty: Option<String>,
    /// Its command line.
    pub title: String,
}
