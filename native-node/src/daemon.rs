//! `daemonize yes` and the pid file.
//!
//! redis-server forks; a Rust program with a runtime starts itself again instead, as the leader of
//! a session of its own, and hands what standard input held to its second self.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

/// Set for the second self.
const MARK: &str = "NATIVE_NODE_DAEMON";

/// Where the pid file is when none is named (`CONFIG_DEFAULT_PID_FILE` in server.h).
const DEFAULT_PID_FILE: &str = "/var/run/redis.pid";

/// Whether this process is the one in the background.
pub(crate) fn is_background() -> bool {
    std::env::var_os(MARK).is_some()
}

/// Starts the process in the background from the folder in which this one was started.
pub(crate) fn start_again(from: &std::path::Path, stdin: &[u8]) -> std::io::Result<()> {
    let mut command = Command::new(std::env::current_exe()?);
    // Under the name by which this one was called: the title shows it.
    command
        .arg0(crate::title::name())
        .args(std::env::args_os().skip(1))
        .env(MARK, "1")
        .current_dir(from);
    command.stdin(if stdin.is_empty() { Stdio::null() } else { Stdio::piped() });
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    if let Some(mut pipe) = child.stdin.take() {
        pipe.write_all(stdin)?;
    }
    Ok(())
}

/// Leaves the session of the terminal. An error means that it has been left already.
pub(crate) fn leave_terminal() {
    let _ = rustix::process::setsid();
}

/// The path of the pid file, when there shall be one.
pub(crate) fn pid_file(background: bool, named: &str) -> Option<String> {
    match (named, background) {
        ("", false) => None,
        ("", true) => Some(DEFAULT_PID_FILE.into()),
        (path, _) => Some(path.into()),
    }
}

/// Writes the pid file, best effort as redis-server does.
pub(crate) fn write_pid_file(path: &str) {
    let _ = std::fs::write(path, format!("{}\n", std::process::id()));
}
