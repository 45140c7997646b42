//! A cluster that has run for long: bus links that are up from the beginning, so that nobody dials and
//! greets everybody else first. A thousand nodes have a million links.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use bytes::Bytes;
use engine_base::{LinkName, NodeId, Rng};
use engine_node::Listener;

use crate::host::HostId;
use crate::input::InputKind;
use crate::net::{ConnId, Owner};
use crate::process::Pid;
use crate::server::Server;
use crate::world::World;

/// Links that their openers have and their acceptors do not have yet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Warming {
    /// Who listens at which bus address.
    book: BTreeMap<SocketAddr, (HostId, Pid, NodeId)>,
    /// What each opener says of itself, with the first of its links; in the order of links.
    words: Vec<(ConnId, Bytes)>,
    /// Links by their acceptors, in order.
    unheard: BTreeMap<(HostId, Pid), Vec<ConnId>>,
}

impl World {
    /// A server's bus links to all running peers that it knows are up, as if they had talked for long:
    /// its peers have answered its pings of late, it has looked at the state of the cluster, and as a
    /// replica it begins to follow its master. Links that it has, or is opening, stay as they are, and
    /// peers that are out of reach are left to it.
    ///
    /// Meant for each server of a cluster, one after the other and all at one time, when all have loaded
    /// their nodes.conf and none has dialled yet: within 100 ms of the start of the first. Then
    /// [`World::warm_accepts`] for each of them, before anything else happens.
    pub fn warm_links(&mut self, host: HostId, pid: Pid) {
        self.record(InputKind::WarmLinks { host, pid });
        self.trace.wide = true;
        let mut warming = self.warming.take().unwrap_or_else(|| Box::new(self.begin_warming()));
        if let Some(mut server) = self.take_server(host, pid) {
            self.plant_links(&mut warming, &mut server, pid);
            server.node.plant_age(self.now_at(host));
            self.put_server(pid, server);
        }
        self.warming = Some(warming);
    }

    /// A server has accepted all links that [`World::warm_links`] has opened to it, and its peers have
    /// said on them what they would say of themselves.
    pub fn warm_accepts(&mut self, host: HostId, pid: Pid) {
        self.record(InputKind::WarmAccepts { host, pid });
        let Some(mut warming) = self.warming.take() else { return };
        let unheard = warming.unheard.remove(&(host, pid)).unwrap_or_default();
        if let Some(mut server) = self.take_server(host, pid) {
            let mut words = warming.words.iter().peekable();
            let mut spoken = &[][..];
            for conn in unheard {
                while let Some((_, next)) = words.next_if(|(first, _)| *first <= conn) {
                    spoken = next;
                }
                self.plant_accepted(&mut server, pid, conn, spoken);
            }
            self.put_server(pid, server);
            self.drive(host, pid);
        }
        if !warming.unheard.is_empty() {
            self.warming = Some(warming);
        }
    }

    fn take_server(&mut self, host: HostId, pid: Pid) -> Option<Box<Server>> {
        let process = self.hosts.get_mut(host.0)?.processes.get_mut(&pid)?;
        process.server.take_if(|_| !process.stopped)
    }

    fn put_server(&mut self, pid: Pid, server: Box<Server>) {
        if let Some(process) = self.hosts[server.host.0].processes.get_mut(&pid) {
            process.server = Some(server);
        }
    }

    fn begin_warming(&self) -> Warming {
        let mut book = BTreeMap::new();
        for (host, process) in self.servers().filter(|(_, process)| !process.stopped) {
            let there = &self.hosts[host.0];
            let Some(id) = process.server().and_then(|s| s.node().cluster_id()) else { continue };
            let own = |l: &&crate::Listening| l.pid == process.pid && l.listener == Listener::Bus;
            for l in there.listening.iter().filter(own) {
                let ip = if l.ip.is_unspecified() { there.ip } else { l.ip };
                book.insert(SocketAddr::new(ip, l.port), (host, process.pid, id));
            }
        }
        Warming { book, ..Warming::default() }
    }

    fn plant_links(&mut self, warming: &mut Warming, server: &mut Server, pid: Pid) {
        let now = self.now_at(server.host);
        let from = server.node.config().bind_source();
        let mut rng = Rng::new(self.seed).fork(&format!("warm {} {pid}", server.host.0));
        let ages = Ages::of(server);
        let mut told = false;
        for (id, to) in server.node.unlinked_peers() {
            let Some((other, peer, _)) = warming.book.get(&to).filter(|peer| peer.2 == id) else {
                continue;
            };
            let is_cut = self.is_cut(server.host, *other) || self.is_cut(*other, server.host);
            if to.ip().is_loopback() || from.is_some_and(|ip| ip.is_loopback()) || is_cut {
                continue;
            }
            let age = ages.draw(&mut rng);
            let conn = self.plant_conn((server.host, pid), (*other, *peer), to, from);
            let Some((local, _)) = self.conn_addrs(conn) else { continue };
            let Some(link) = server.node.plant_bus_link(now, &id, local.ip(), age) else {
                self.conns.remove(&conn);
                continue;
            };
            server.links.insert(link, (conn, 0));
            self.name_end(conn, 0, Owner::Server { pid, link: LinkName::of(link) });
            if !std::mem::replace(&mut told, true) {
                let words = server.node.own_words(now, link).unwrap_or_default();
                warming.words.push((conn, words));
            }
            warming.unheard.entry((*other, *peer)).or_default().push(conn);
        }
    }

    /// The acceptor's end of a planted link.
    fn plant_accepted(&mut self, server: &mut Server, pid: Pid, conn: ConnId, words: &[u8]) {
        let now = self.now_at(server.host);
        let Some((peer, local)) = self.conn_addrs(conn) else { return };
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

/// How long ago peers have answered, at most, in milliseconds: then they are pinged again.
struct Ages(u64);

impl Ages {
    fn of(server: &Server) -> Self {
        let config = server.node.config();
        let interval = config.cluster_ping_interval_ms;
        Self(if interval > 0 { interval } else { config.cluster_node_timeout_ms / 2 })
    }

    fn draw(&self, rng: &mut Rng) -> i64 {
        rng.below(self.0) as i64
    }
}
