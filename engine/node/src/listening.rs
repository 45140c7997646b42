//! Where clients come in: the ports of `bind`, which CONFIG SET opens anew, and the Unix socket
//! (`changeListenPort`, `changeBindAddr`, `closeListeningSockets` in server.c).

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use engine_base::{LinkId, Now};

use crate::Node;
use crate::api::{DiskOp, LogLevel};
use crate::config::{Config, SetError};

/// Closes the ports on which clients come in and opens those that the configuration names. What
/// could not be opened is said in lines for the log; `Err` when the node must do without.
pub type OpenPorts = fn(&Config) -> Result<Vec<String>, Vec<String>>;

/// What the driver has opened for the node.
#[derive(Clone, Debug, Default)]
pub(crate) struct Listening {
    open_ports: Option<OpenPorts>,
    unix_socket: Option<Arc<str>>,
}

impl Node {
    /// Lends the node a way to open its client ports anew (`CONFIG SET port`, `CONFIG SET bind`).
    pub fn use_ports(&mut self, open: OpenPorts) {
        self.listening.open_ports = Some(open);
    }

    /// The driver listens on a Unix socket too. The node removes the file in the end.
    pub fn use_unix_socket(&mut self, path: &str) {
        let text = format!("The server is now ready to accept connections at {path}");
        self.out.log(LogLevel::Notice, text);
        self.listening.unix_socket = Some(path.into());
    }

    /// A connection came in on the Unix socket. Gives the link its name.
    pub fn accept_unix(&mut self, now: Now) -> LinkId {
        // Whoever may open the file is on this host.
        let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let link = self.accept_client(now, here, here);
        let path = self.listening.unix_socket.clone();
        if let Some(client) = self.links.client_mut(link) {
            client.socket = path;
        }
        link
    }

    /// The file of the Unix socket goes with the process.
    pub(crate) fn remove_unix_socket(&mut self) {
        if let Some(path) = self.listening.unix_socket.take() {
            self.out.log(LogLevel::Notice, "Removing the unix socket file.");
            self.out.disk(DiskOp::Remove { path: path.to_string() }, true);
        }
    }

    /// Listens where changed directives say. When it cannot, everything is as it was `before`.
    pub(crate) fn listen_anew(
        &mut self,
        changed: &[&'static str],
        before: Config,
    ) -> Result<(), SetError> {
        let names: Vec<_> =
            changed.iter().copied().filter(|name| matches!(*name, "port" | "bind")).collect();
        let Some(failed) = names.iter().find(|name| !self.open_ports(name)) else { return Ok(()) };
        self.out.log(
            LogLevel::Warning,
            format!(
                "Failed applying new configuration. Possibly related to new {failed} setting. \
                 Restoring previous settings."
            ),
        );
        self.config = before;
        for name in &names {
            if !self.open_ports(name) {
                let reason = reason(name);
                let text = format!("Failed applying restored failed CONFIG SET command: {reason}");
                self.out.log(LogLevel::Warning, text);
            }
        }
        Err(SetError::Refused { name: (*failed).into(), reason: reason(failed).into() })
    }

    fn open_ports(&mut self, because_of: &str) -> bool {
        let Some(open) = self.listening.open_ports else { return true };
        let (ok, lines) = match open(&self.config) {
            Ok(lines) => (true, lines),
            Err(lines) => (false, lines),
        };
        for line in lines {
            self.out.log(LogLevel::Warning, line);
        }
        if !ok && because_of == "bind" {
            self.out.log(LogLevel::Warning, "Failed to bind");
        }
        ok
    }
}

fn reason(name: &str) -> &'static str {
    if name == "bind" {
        "Failed to bind to specified addresses."
    } else {
        "Unable to listen on this port. Check server logs."
    }
}
