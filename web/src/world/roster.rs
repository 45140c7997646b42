//! All nodes that have been seen, running or gone, and how to find them again.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use engine::base::NodeId;
use engine::sim::{HostId, Pid, World};

use super::model::{Election, NodeIx, Role};

/// A node that has been seen.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// Its host.
    pub host: usize,
    /// Where it serves clients.
    pub addr: SocketAddr,
    /// Its process, while there is one.
    pub pid: Option<Pid>,
    /// The configuration file on its command line, if there was one.
    pub config_file: Option<String>,
    /// Its id, once it had one.
    pub id: Option<NodeId>,
    /// Its last claim.
    pub role: Option<Role>,
    /// Its last master.
    pub master: Option<NodeId>,
    /// Its last slots.
    pub ranges: Vec<(u16, u16)>,
    /// Its last config epoch.
    pub epoch: u64,
    /// The last epoch it knew.
    pub current_epoch: u64,
    /// Its last count of keys.
    pub keys: usize,
    /// Its last replication offset.
    pub offset: u64,
    /// Its `cluster-node-timeout`.
    pub timeout_ms: u64,
    /// An election of its own.
    pub election: Option<Election>,
}

/// Nodes by a number that is made of what they are asked for by; two may have the same.
#[derive(Clone, Debug, Default)]
struct Index(Vec<(u64, NodeIx)>);

impl Index {
    fn insert(&mut self, key: u64, ix: NodeIx) {
        let at = self.0.partition_point(|one| one.0 <= key);
        self.0.insert(at, (key, ix));
    }

    /// All of that number, in the order of coming.
    fn of(&self, key: u64) -> impl Iterator<Item = NodeIx> {
        let from = self.0.partition_point(|one| one.0 < key);
        self.0[from..].iter().take_while(move |one| one.0 == key).map(|one| one.1)
    }
}

/// An address as a number.
const fn number(addr: &SocketAddr) -> u64 {
    let ip = match addr.ip() {
        IpAddr::V4(ip) => ip.to_bits() as u64,
        IpAddr::V6(ip) => (ip.to_bits() ^ (ip.to_bits() >> 64)) as u64,
    };
    ip << 16 | addr.port() as u64
}

/// A port of a host as a number.
const fn door(host: usize, port: u16) -> u64 {
    (host as u64) << 16 | port as u64
}

/// All nodes that have been seen, in the order of coming.
#[derive(Clone, Debug, Default)]
pub(crate) struct Roster {
    nodes: Vec<Seen>,
    by_id: BTreeMap<NodeId, NodeIx>,
    by_addr: Index,
    by_port: Index,
}

impl Roster {
    /// All of them.
    pub(crate) fn nodes(&self) -> &[Seen] {
        &self.nodes
    }

    /// One of them, to be changed.
    pub(crate) fn get_mut(&mut self, ix: NodeIx) -> Option<&mut Seen> {
        self.nodes.get_mut(ix)
    }

    /// The node of that id; the last one that had it.
    pub(crate) fn of_id(&self, id: &NodeId) -> Option<NodeIx> {
        self.by_id.get(id).copied()
    }

    /// The node that serves clients at that address.
    pub(crate) fn of_addr(&self, addr: SocketAddr) -> Option<NodeIx> {
        self.by_addr.of(number(&addr)).find(|&ix| self.nodes[ix].addr == addr)
    }

    /// The node at that address as another node writes it.
    pub(crate) fn of_text(&self, ip: &str, port: u16) -> Option<NodeIx> {
        let ip: IpAddr = ip.parse().ok()?;
        self.of_addr(SocketAddr::new(ip, port))
    }

    /// The node on that host whose bus port it is.
    pub(crate) fn of_bus(&self, host: usize, port: u16) -> Option<NodeIx> {
        self.of_port(host, port.checked_sub(10_000)?)
    }

    /// The first node of a host on a port.
    pub(crate) fn of_port(&self, host: usize, port: u16) -> Option<NodeIx> {
        self.by_port.of(door(host, port)).next()
    }

    /// A node that was never seen before.
    fn welcome(&mut self, host: HostId, addr: SocketAddr) -> NodeIx {
        let ix = self.nodes.len();
        self.nodes.push(fresh(host, addr));
        self.by_addr.insert(number(&addr), ix);
        self.by_port.insert(door(host.0, addr.port()), ix);
        ix
    }

    /// Looks at the world's processes: who came, who went.
    pub(crate) fn look(&mut self, world: &World) {
        for node in &mut self.nodes {
            node.pid = None;
        }
        for (host, process) in world.servers() {
            let Some(server) = process.server() else { continue };
            let addr = reachable(world, host, server.addr());
            let id = server.node().cluster_id();
            let ix = self.of_addr(addr).unwrap_or_else(|| self.welcome(host, addr));
            let node = &mut self.nodes[ix];
            node.pid = Some(process.pid);
            let file = server.node().config_file();
            if file.is_some() && file != node.config_file.as_deref() {
                node.config_file = file.map(str::to_owned);
            }
            if let Some(id) = id {
                node.id = Some(id);
                if self.by_id.get(&id) != Some(&ix) {
                    self.by_id.insert(id, ix);
                }
            }
        }
        for node in self.nodes.iter_mut().filter(|n| n.pid.is_none()) {
            node.election = None;
        }
    }
}

/// Where others reach a server that listens on `addr`.
fn reachable(world: &World, host: HostId, addr: SocketAddr) -> SocketAddr {
    match world.host(host) {
        Some(host) if addr.ip().is_unspecified() => SocketAddr::new(host.ip, addr.port()),
        _ => addr,
    }
}

fn fresh(host: HostId, addr: SocketAddr) -> Seen {
    Seen {
        host: host.0,
        addr,
        pid: None,
        config_file: None,
        id: None,
        role: None,
        master: None,
        ranges: Vec::new(),
        epoch: 0,
        current_epoch: 0,
        keys: 0,
        offset: 0,
        timeout_ms: 15_000,
        election: None,
    }
}
