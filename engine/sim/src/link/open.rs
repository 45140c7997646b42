//! How a link comes to be, or does not: the three packets of a TCP handshake.

use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use engine_node::{DialError, Listener};

use crate::host::HostId;
use crate::net::{Conn, ConnId, ConnState, Dir, End, LinkKind, Owner, Stream, UnitKind};
use crate::process::Pid;
use crate::queue::{Due, NoLink, ServerInput};
use crate::world::World;

/// Opening packets that get no answer: 1, 2, 4 … seconds, given up after 127 s (`tcp_syn_retries`).
const MOST_SYNS: u8 = 6;
/// How long it takes to learn that nobody on the local network has an address.
const NO_ROUTE_MS: u64 = 3060;

impl World {
    /// Opens a link; its fate comes later, never in this call.
    pub(crate) fn open_conn(
        &mut self,
        host: HostId,
        owner: Owner,
        to: SocketAddr,
        from: Option<IpAddr>,
        kind: LinkKind,
    ) -> ConnId {
        let id = self.fresh_conn();
        let target = if to.ip().is_loopback() {
            Some(host)
        } else {
            self.hosts.iter().position(|h| h.ip == to.ip()).map(HostId)
        };
        let local = self.local_addr(host, to, from);
        let ends =
            [End::new(host, local, owner), End::new(target.unwrap_or(host), to, Owner::None)];
        self.conns.insert(id, conn(kind, ends, ConnState::Connecting, Listener::Client));
        // A socket bound to 127.0.0.1 cannot reach another machine (EINVAL on Linux).
        let trapped = local.ip().is_loopback() && !to.ip().is_loopback();
        match target {
            None => {
                self.queue
                    .push(self.now.plus_ms(NO_ROUTE_MS), Due::NoLink(id, NoLink::Unreachable));
            }
            Some(_) if trapped => self.queue.push(self.now, Due::NoLink(id, NoLink::Unreachable)),
            Some(other) => {
                let at = self.now + self.travel_time(host, other, 0);
                self.queue.push(at, Due::Syn(id));
            }
        }
        id
    }

    /// A bus link that is up already, between two servers that do not know its name yet.
    pub(crate) fn plant_conn(
        &mut self,
        (host, pid): (HostId, Pid),
        (other, peer): (HostId, Pid),
        to: SocketAddr,
        from: Option<IpAddr>,
    ) -> ConnId {
        let id = self.fresh_conn();
        let addr = self.local_addr(host, to, from);
        let ends = [
            End::new(host, addr, Owner::Server { pid, link: None }),
            End::new(other, to, Owner::Server { pid: peer, link: None }),
        ];
        self.conns.insert(id, conn(LinkKind::Bus, ends, ConnState::Open, Listener::Bus));
        id
    }

    pub(crate) fn fresh_conn(&mut self) -> ConnId {
        let id = ConnId(self.next_conn);
        self.next_conn += 1;
        id
    }

    /// Where a link from a host to `to` begins.
    fn local_addr(&mut self, host: HostId, to: SocketAddr, from: Option<IpAddr>) -> SocketAddr {
        let host = &mut self.hosts[host.0];
        let usual = if to.ip().is_loopback() { to.ip() } else { host.ip };
        let from = from.filter(|ip| !ip.is_unspecified());
        SocketAddr::new(from.unwrap_or(usual), host.fresh_port())
    }

    /// The opening packet arrives, or should.
    pub(crate) fn syn(&mut self, id: ConnId) {
        let Some(conn) = self.conns.get(&id) else { return };
        let (from, to, addr) = (conn.ends[0].host(), conn.ends[1].host(), conn.ends[1].addr());
        if conn.ends[0].owner == Owner::None {
            self.conns.remove(&id);
            return;
        }
        if self.is_lost(from, to) {
            self.retry_syn(id);
            return;
        }
        match self.hosts[to.0].listener_at(addr.ip(), addr.port()) {
            Some(listening) => {
                if let Some(conn) = self.conns.get_mut(&id) {
                    conn.listener = listening.listener;
                    conn.ends[1].owner = Owner::Server { pid: listening.pid, link: None };
                }
                self.answer_syn(id, from, to, Due::SynAck(id));
            }
            None => self.answer_syn(id, from, to, Due::NoLink(id, NoLink::Refused)),
        }
    }

    fn answer_syn(&mut self, id: ConnId, from: HostId, to: HostId, due: Due) {
        if self.is_lost(to, from) {
            self.retry_syn(id);
        } else {
            let at = self.now + self.travel_time(to, from, 0);
            self.queue.push(at, due);
        }
    }

    fn retry_syn(&mut self, id: ConnId) {
        let Some(conn) = self.conns.get_mut(&id) else { return };
        conn.syns += 1;
        let wait = 1000 << (conn.syns - 1);
        let due =
            if conn.syns > MOST_SYNS { Due::NoLink(id, NoLink::TimedOut) } else { Due::Syn(id) };
        self.queue.push(self.now.plus_ms(wait), due);
    }

    /// The answer to the opening packet is back: the opener has its link.
    pub(crate) fn syn_ack(&mut self, id: ConnId) {
        let Some(conn) = self.conns.get_mut(&id) else { return };
        conn.state = ConnState::Open;
        let local = conn.ends[0].addr();
        let owner = conn.ends[0].owner;
        let host = conn.ends[0].host();
        match owner {
            // It was given up meanwhile.
            Owner::None => {
                self.conns.remove(&id);
            }
            Owner::Server { pid, link } => {
                self.transmit(id, Dir::Out, UnitKind::Open, Bytes::new());
                if let Some(link) = link {
                    self.tell_server(host, pid, ServerInput::Dialed(link.id(), Ok(local)));
                }
            }
            Owner::Program { .. } => self.transmit(id, Dir::Out, UnitKind::Open, Bytes::new()),
        }
    }

    /// There will be no link.
    pub(crate) fn no_link(&mut self, id: ConnId, why: DialError) {
        let Some(conn) = self.conns.get_mut(&id) else { return };
        let (owner, host) = (conn.ends[0].owner, conn.ends[0].host());
        conn.state = ConnState::Failed(why);
        conn.ends[1].owner = Owner::None;
        match owner {
            Owner::Program { .. } => {}
            Owner::None => {
                self.conns.remove(&id);
            }
            Owner::Server { pid, link } => {
                self.conns.remove(&id);
                if let Some(link) = link {
                    self.tell_server(host, pid, ServerInput::Dialed(link.id(), Err(why)));
                }
            }
        }
    }
}

/// A link on which nothing was sent yet.
fn conn(kind: LinkKind, ends: [End; 2], state: ConnState, listener: Listener) -> Conn {
    Conn {
        kind,
        ends,
        streams: [Stream::default(), Stream::default()],
        state,
        listener,
        syns: 0,
        program: None,
    }
}
