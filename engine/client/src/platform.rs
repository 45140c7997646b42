//! What the program needs from the world it runs in: connections, a terminal, time, files.
//!
//! The simulated hosts implement it in virtual time, native-node on tokio, and the tests on
//! blocking sockets. Everything takes `&self`: an implementation keeps its state in cells. The
//! futures need not be `Send` and need no particular executor.

use std::rc::Rc;

use thiserror::Error;

use crate::help::Help;
use crate::link::LinkError;
use crate::print::Format;

/// The host side of a run of the program.
pub trait Platform {
    /// A connection, TCP or Unix; dropping it closes it.
    type Conn: Conn;

    /// Opens a TCP connection. `host` is what the user typed: an address or a name.
    ///
    /// # Errors
    /// In the operating system's words.
    async fn connect(&self, host: &str, port: u16) -> Result<Self::Conn, ConnectError>;

    /// Opens a connection to a Unix socket.
    ///
    /// # Errors
    /// In the operating system's words; on a host without such sockets none is ever there.
    async fn connect_unix(&self, _path: &str) -> Result<Self::Conn, ConnectError> {
        Err(ConnectError::Other("No such file or directory".into()))
    }

    /// The address of a host, for `CLUSTER MEET`, which takes no names.
    async fn resolve(&self, host: &str) -> Option<String> {
        if host == "localhost" {
            return Some("127.0.0.1".into());
        }
        host.parse::<std::net::IpAddr>().ok().map(|ip| ip.to_string())
    }

    /// Waits. A program that is interrupted here may simply be dropped.
    async fn sleep(&self, ms: u64);

    /// Wall-clock time, milliseconds since 1970.
    fn unix_ms(&self) -> i64;

    /// Appends to standard output. Not always whole lines.
    fn out(&self, bytes: &[u8]);

    /// Appends to standard error. Not always whole lines.
    fn err(&self, bytes: &[u8]);

    /// Reads a line from standard input, without its line break; `None` at its end, and when the
    /// user gives up with Ctrl-C or Ctrl-D. `prompt` is shown only on a terminal and may be empty.
    /// `help` is for completion and hints; it is `None` when a question is asked.
    async fn read_line(&self, prompt: &str, help: Option<&Rc<Help>>) -> Option<String>;

    /// Reads a line that nobody should see; a terminal that cannot hide it shows it.
    async fn read_password(&self, prompt: &str) -> Option<String> {
        self.read_line(prompt, None).await
    }

    /// All of the rest of standard input (`-x`, `--pipe`).
    async fn read_stdin(&self) -> Vec<u8>;

    /// Whether standard input is a terminal.
    fn stdin_is_tty(&self) -> bool;

    /// Whether standard output is a terminal.
    fn stdout_is_tty(&self) -> bool;

    /// An environment variable (`REDISCLI_AUTH`, `TERM`, …).
    fn env(&self, name: &str) -> Option<String>;

    /// 64 random bits.
    fn random(&self) -> u64;

    /// The content of a file (`~/.redisclirc`); `None` when there is none.
    fn read_file(&self, path: &str) -> Option<Vec<u8>>;

    /// Writes a file (`--cluster backup`).
    ///
    /// # Errors
    /// The operating system's words.
    fn write_file(&self, path: &str, bytes: &[u8]) -> Result<(), String>;

    /// Whether the user pressed Ctrl-C while keys are walked over: a summary of what was seen is
    /// better than nothing.
    fn stop_asked(&self) -> bool {
        false
    }

    /// What is known about Redis's commands without a server, or with one that does not tell.
    fn own_help(&self) -> Option<Help> {
        None
    }

    /// Whether [`Platform::replica_output`] does something: a first visit of the page shall not load
    /// what leads to it.
    const REPLICA_OUTPUT: bool = false;

    /// Reads what a server sends to a replica, on a connection on which `SYNC` or `PSYNC` has just
    /// been sent, and prints its commands.
    async fn replica_output(&self, _conn: Self::Conn, _format: &Format) -> ReplicaEnd {
        ReplicaEnd::Failed
    }

    /// Clears the screen (`clear` in the interactive mode).
    fn clear_screen(&self);
}

/// How [`Platform::replica_output`] ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplicaEnd {
    /// The connection was lost.
    Lost(LinkError),
    /// There were no data; that is said.
    Failed,
}

/// A connection of a [`Platform`].
pub trait Conn {
    /// Writes all of `bytes`.
    ///
    /// # Errors
    /// When the connection is gone.
    async fn write(&mut self, bytes: &[u8]) -> Result<(), IoError>;

    /// Appends what has come, at least one byte, to `into`; 0 when the other side has closed.
    ///
    /// # Errors
    /// When the connection is gone, or the user pressed Ctrl-C ([`IoError::Interrupted`]).
    async fn read(&mut self, into: &mut Vec<u8>) -> Result<usize, IoError>;
}

/// Why a connection could not be opened, printed after `Could not connect to Redis at …: `.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ConnectError {
    /// Nobody listens there.
    #[error("Connection refused")]
    Refused,
    /// No answer in the time the operating system allows.
    #[error("Connection timed out")]
    TimedOut,
    /// There is no way to that address.
    #[error("No route to host")]
    Unreachable,
    /// The name means nothing here.
    #[error("Name or service not known")]
    UnknownHost,
    /// Anything else, in the operating system's words.
    #[error("{0}")]
    Other(String),
}

/// Why a connection ended.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum IoError {
    /// The user pressed Ctrl-C while the program waited for the server.
    #[error("Interrupted system call")]
    Interrupted,
    /// The other side threw the connection away.
    #[error("Connection reset by peer")]
    Reset,
    /// The other side no longer listens on this connection.
    #[error("Broken pipe")]
    BrokenPipe,
    /// Anything else, in the operating system's words.
    #[error("{0}")]
    Other(String),
}
