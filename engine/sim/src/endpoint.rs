//! The network as programs on a host use it.

use std::net::SocketAddr;

use bytes::Bytes;
use engine_node::DialError;

use crate::host::HostId;
use crate::input::InputKind;
use crate::net::{ConnId, ConnState, Dir, LinkKind, Owner, UnitKind};
use crate::process::Pid;
use crate::world::World;

impl World {
    /// Opens a connection from a process of a host. Ask [`World::conn_state`] what became of it.
    pub fn connect(&mut self, host: HostId, pid: Pid, to: SocketAddr) -> ConnId {
        self.record(InputKind::Connect { host, pid, to });
        let up = self.hosts.get(host.0).is_some_and(|h| h.up);
        if up {
            return self.open_conn(host, Owner::Program { pid }, to, None, LinkKind::Client);
        }
        // A name for nothing: its state is that of a link that is gone.
        self.fresh_conn()
    }

    /// What a program sees of its connection.
    #[must_use]
    pub fn conn_state(&self, conn: ConnId) -> ConnState {
        self.conns.get(&conn).map_or(ConnState::Failed(DialError::Unreachable), |c| c.state)
    }

    /// The addresses of a connection: its opener's and its acceptor's.
    #[must_use]
    pub fn conn_addrs(&self, conn: ConnId) -> Option<(SocketAddr, SocketAddr)> {
        self.conns.get(&conn).map(|c| (c.ends[0].addr(), c.ends[1].addr()))
    }

    /// Sends bytes on a program's connection; `false` when it is not open.
    pub fn send(&mut self, conn: ConnId, bytes: &[u8]) -> bool {
        let bytes = Bytes::copy_from_slice(bytes);
        self.record(InputKind::Send { conn, bytes: bytes.clone() });
        let open = self.conns.get(&conn).is_some_and(|c| {
            c.state == ConnState::Open && matches!(c.ends[0].owner, Owner::Program { .. })
        });
        if open {
            self.transmit(conn, Dir::Out, UnitKind::Data, bytes);
        }
        open
    }

    /// What came in on a program's connection since the last call.
    pub fn recv(&mut self, conn: ConnId) -> Vec<u8> {
        let unread = self.conns.get_mut(&conn).and_then(|c| c.program.as_mut());
        unread.map(|unread| std::mem::take(&mut unread.inbox)).unwrap_or_default()
    }

    /// Whether a program reads its connection as fast as bytes come, as it does from the beginning,
    /// or not at all: then the sender has room for a mebibyte, and keeps the rest.
    pub fn set_reading(&mut self, conn: ConnId, reading: bool) {
        self.record(InputKind::Reading { conn, reading });
        let Some(c) = self.conns.get_mut(&conn) else { return };
        let unread = c.unread();
        unread.idle = !reading;
        if reading {
            let n = std::mem::take(&mut unread.left);
            self.has_read(conn, Dir::Back, n);
        }
    }

    /// Whether something came in that was not received yet.
    #[must_use]
    pub fn has_input(&self, conn: ConnId) -> bool {
        self.conns
            .get(&conn)
            .is_some_and(|c| c.program.as_ref().is_some_and(|unread| !unread.inbox.is_empty()))
    }

    /// Closes a program's connection.
    pub fn close(&mut self, conn: ConnId) {
        self.record(InputKind::Close { conn });
        if self.conns.get(&conn).is_some_and(|c| matches!(c.ends[0].owner, Owner::Program { .. })) {
            self.close_end(conn, 0, UnitKind::Fin);
        }
    }
}
