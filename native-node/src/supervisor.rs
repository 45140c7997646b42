//! `supervised`: systemd and upstart are told when the server is ready (`redisIsSupervised` in
//! server.c).

use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

use engine_node::config::Supervised;

use crate::log::Log;

/// Who waits to hear that the server is ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Supervisor {
    None,
    Systemd,
    /// It is told by a stop of the process, once, at the start.
    Upstart,
}

impl Supervisor {
    /// Who it is, by the directive and by what the environment says. `auto` takes whoever is there.
    pub(crate) fn of(wanted: Supervised, log: &Log) -> Self {
        let there = |name| std::env::var_os(name).is_some();
        match wanted {
            Supervised::Upstart if !there("UPSTART_JOB") => {
                log.warning("upstart supervision requested, but UPSTART_JOB not found!");
                Self::None
            }
            Supervised::Upstart => Self::upstart(log),
            Supervised::Auto if there("UPSTART_JOB") => Self::upstart(log),
            Supervised::Systemd => Self::systemd(log),
            Supervised::Auto if there("NOTIFY_SOCKET") => Self::systemd(log),
            Supervised::Auto | Supervised::No => Self::None,
        }
    }

    fn upstart(log: &Log) -> Self {
        log.notice("supervised by upstart, will stop to signal readiness.");
        let me = rustix::process::getpid();
        // A process may always stop itself.
        let _ = rustix::process::kill_process(me, rustix::process::Signal::STOP);
        Self::Upstart
    }

    fn systemd(log: &Log) -> Self {
        if tell("STATUS=Redis is loading...\n", log) {
            log.warning(
                "Supervised by systemd. Please make sure you set appropriate values for \
                 TimeoutStartSec and TimeoutStopSec in your service unit.",
            );
            Self::Systemd
        } else {
            Self::None
        }
    }

    /// As `INFO` names it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::None => "no",
            Self::Systemd => "systemd",
            Self::Upstart => "upstart",
        }
    }

    /// All data is loaded, and clients are served.
    pub(crate) fn ready(self, replica: bool, log: &Log) {
        if self == Self::Systemd {
            let status = if replica {
                "STATUS=Ready to accept connections in read-only mode. Waiting for MASTER <-> \
                 REPLICA sync\n"
            } else {
                "STATUS=Ready to accept connections\n"
            };
            tell(&format!("{status}READY=1\n"), log);
        }
    }

    /// The process is about to end.
    pub(crate) fn stopping(self, log: &Log) {
        if self == Self::Systemd {
            tell("STOPPING=1\n", log);
        }
    }
}

/// One datagram to systemd (`sd_notify(3)`); whether it could be sent.
fn tell(text: &str, log: &Log) -> bool {
    let Some(name) = std::env::var_os("NOTIFY_SOCKET") else {
        log.warning("systemd supervision error: NOTIFY_SOCKET not found!");
        return false;
    };
    let sent = address(name.as_bytes())
        .and_then(|to| UnixDatagram::unbound()?.send_to_addr(text.as_bytes(), &to));
    if let Err(error) = &sent {
        let why = crate::configuration::words(error);
        log.warning(&format!("systemd supervision error: sendmsg: {why}"));
    }
    sent.is_ok()
}

/// A path, or a name in the abstract space, which begins with `@`.
fn address(name: &[u8]) -> std::io::Result<SocketAddr> {
    #[cfg(target_os = "linux")]
    if let Some(name) = name.strip_prefix(b"@") {
        use std::os::linux::net::SocketAddrExt;
        return SocketAddr::from_abstract_name(name);
    }
    SocketAddr::from_pathname(std::ffi::OsStr::from_bytes(name))
}
