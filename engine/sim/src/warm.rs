//! A cluster that has run for long: bus links that are up from the beginning, so that nobody dials and
//! greets everybody else first. A thousand nodes have a million links.

use std::net::SocketAddr;

use engine_base::{LinkName, NodeId, Rng};
use engine_node::Listener;

use crate::host::HostId;
use crate::input::InputKind;
use crate::net::{ConnId, LinkKind, Owner};
use crate::process::Pid;
use crate::server::Server;
use crate::world::World;

impl World {
    /// A server's bus links to all running peers that it knows, and that know it, are up, as if they
    /// had talked for long: what it says of itself was heard by them, its peers have answered its pings
    /// of late, and it has looked at the state of the cluster. Nothing is sent. Links that it has, or is
    /// opening, stay as they are, and peers that are out of reach are left to it.
    ///
    /// Meant for each server of a cluster whose nodes have loaded their nodes.conf and have not dialled
    /// yet: within 100 ms of the start of the first.
    pub fn warm_links(&mut self, host: HostId, pid: Pid) {
        self.record(InputKind::WarmLinks { host, pid });
        let process = self.hosts.get_mut(host.0).and_then(|h| h.processes.get_mut(&pid));
        let Some(process) = process.filter(|p| !p.stopped) else { return };
        let Some(mut server) = process.server.take() else { return };
        self.trace.wide = true;
        self.plant_links(&mut server, pid);
        server.node.plant_age(self.now_at(host));
        if let Some(process) = self.hosts[host.0].processes.get_mut(&pid) {
            process.server = Some(server);
        }
        self.drive(host, pid);
    }

    fn plant_links(&mut self, server: &mut Server, pid: Pid) {
        let now = self.now_at(server.host);
        let Some(own) = server.node.cluster_id() else { return };
        let mut rng = Rng::new(self.seed).fork(&format!("warm {} {pid}", server.host.0));
        let ages = Ages::of(server);
        let mut words = None;
        for (id, to) in server.node.unlinked_peers() {
            let Some((other, peer_pid)) = self.peer_at(server.host, to, &id, &own) else {
                continue;
            };
            let age = ages.draw(&mut rng);
            let from = server.node.config().bind_source();
            let owner = Owner::Server { pid, link: None };
            let conn = self.plant_conn(server.host, owner, (other, to), from, LinkKind::Bus);
            let Some((local, _)) = self.conn_addrs(conn) else { continue };
            let Some(link) = server.node.plant_bus_link(now, &id, local.ip(), age) else {
                self.conns.remove(&conn);
                continue;
            };
            server.links.insert(link, (conn, 0));
            self.name_end(conn, 0, Owner::Server { pid, link: LinkName::of(link) });
            if words.is_none() {
                words = server.node.own_words(now, link);
            }
            let words = words.as_deref().unwrap_or_default();
            self.plant_accepted(conn, (other, peer_pid), (local, to), words);
        }
    }

    /// The server that listens at a bus address, when it is that peer, knows this node too, and there
    /// is a way there and back.
    fn peer_at(
        &self,
        from: HostId,
        to: SocketAddr,
        peer: &NodeId,
        own: &NodeId,
    ) -> Option<(HostId, Pid)> {
        let host = self.hosts.iter().position(|h| h.ip == to.ip()).map(HostId)?;
        let reached = !self.faults.is_cut(from, host) && !self.faults.is_cut(host, from);
        let there = &self.hosts[host.0];
        let listening = there.listener_at(to.ip(), to.port()).filter(|_| reached)?;
        let process = there.process(listening.pid).filter(|p| !p.stopped)?;
        let node = process.server()?.node();
        let is_it = node.cluster_id() == Some(*peer) && node.knows(own);
        (is_it && listening.listener == Listener::Bus).then_some((host, listening.pid))
    }

    /// The other end of a planted link.
    fn plant_accepted(
        &mut self,
        conn: ConnId,
        (host, pid): (HostId, Pid),
        (peer, local): (SocketAddr, SocketAddr),
        words: &[u8],
    ) {
        let now = self.now_at(host);
        let process = self.hosts[host.0].processes.get_mut(&pid);
        let Some(server) = process.and_then(|p| p.server.as_mut()) else { return };
        let link = server.node.accept(now, Listener::Bus, peer, local);
        server.links.insert(link, (conn, 1));
        server.node.hear_planted(now, link, words);
        self.name_end(conn, 1, Owner::Server { pid, link: LinkName::of(link) });
    }

    fn name_end(&mut self, conn: ConnId, end: usize, owner: Owner) {
        if let Some(conn) = self.conns.get_mut(&conn) {
            conn.ends[end].owner = owner;
        }
    }
}

/// How long ago peers have answered in a cluster that runs quietly, in milliseconds.
struct Ages {
    least: u64,
    most: u64,
}

impl Ages {
    fn of(server: &Server) -> Self {
        let timeout = server.node.config().cluster_node_timeout_ms;
        Self { least: 0, most: timeout / 2 }
    }

    fn draw(&self, rng: &mut Rng) -> i64 {
        (self.least + rng.below(self.most.saturating_sub(self.least))) as i64
    }
}
