//! A cluster that begins in the middle of its life: each node finds the nodes.conf that it would have
//! written. Forming a thousand nodes by `CLUSTER MEET` takes the better part of an hour.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use engine_base::Rng;

use crate::cluster::ClusterSpec;
use crate::control::FaultOp;
use crate::files::FsOp;
use crate::host::HostId;
use crate::process::Process;
use crate::world::World;

/// `clusterCron` comes this often, in microseconds. The nodes are started one by one within it: in
/// step, they would all dial all others in the same instant, and have 12 GB on their way at once; and
/// all would ping in the same instant for ever.
const TICK_US: u64 = 100_000;
/// So long is waited for agreement, in virtual milliseconds.
const PATIENCE_MS: u64 = 120_000;

impl World {
    /// What [`World::cluster`] makes, roles, slots and addresses alike, without the way there: its
    /// epochs are 1, 2, 3 … in the order of the masters.
    #[must_use]
    pub fn planted(spec: &ClusterSpec) -> (Self, Vec<SocketAddr>) {
        let (mut world, addrs) = Self::with_nodes_conf(spec);
        // A replica's epoch is not in the file: every node learns all of them, and syncs each.
        world.cache_disks(true);
        world.start_planted(spec, &addrs);
        world.until(PATIENCE_MS, |w| w.servers().all(|(_, process)| is_settled(process)));
        world.cache_disks(false);
        (world, addrs)
    }

    /// [`World::planted`], and nobody dials anybody: all bus links are up from the beginning
    /// ([`World::warm_links`], [`World::warm_accepts`]). Replicas fetch their masters' data as ever.
    #[must_use]
    pub fn warm(spec: &ClusterSpec) -> (Self, Vec<SocketAddr>) {
        let (mut world, addrs) = Self::with_nodes_conf(spec);
        world.start_planted(spec, &addrs);
        let servers: Vec<_> = world.servers().map(|(host, process)| (host, process.pid)).collect();
        servers.iter().for_each(|(host, pid)| world.warm_links(*host, *pid));
        servers.iter().for_each(|(host, pid)| world.warm_accepts(*host, *pid));
        world.until(PATIENCE_MS, |w| w.servers().all(|(_, process)| is_settled(process)));
        (world, addrs)
    }

    /// Hosts on which each node's nodes.conf lies, and the nodes' addresses.
    fn with_nodes_conf(spec: &ClusterSpec) -> (Self, Vec<SocketAddr>) {
        let mut world = Self::new(spec.seed, &spec.hosts);
        let hosts = spec.hosts.len().max(1);
        let n = spec.masters * (1 + spec.replicas);
        let addrs: Vec<SocketAddr> = (0..n)
            .filter_map(|i| {
                let port = crate::cluster::FIRST_PORT + u16::try_from(i / hosts).ok()?;
                Some(SocketAddr::new(spec.hosts.get(i % hosts)?.ip, port))
            })
            .collect();
        let mut rng = Rng::new(spec.seed).fork("planted");
        let ids: Vec<String> =
            addrs.iter().map(|_| String::from_utf8_lossy(&rng.hex40()).into_owned()).collect();
        let (text, flags) = nodes_conf(spec, &addrs, &ids);
        let text = Arc::new(text.into_bytes());
        for (i, (addr, at)) in addrs.iter().zip(flags).enumerate() {
            let path = format!("/data/{}/nodes.conf", addr.port());
            let host = HostId(i % hosts);
            let _ = world.fs(host, FsOp::MakeDirs(format!("/data/{}", addr.port())));
            let _ = world.fs(host, FsOp::PutWith(path, Arc::clone(&text), at, "myself,"));
        }
        (world, addrs)
    }

    /// Starts all nodes within a tick, so that the last has loaded its file before the first dials.
    fn start_planted(&mut self, spec: &ClusterSpec, addrs: &[SocketAddr]) {
        let apart = Duration::from_micros(TICK_US / addrs.len().max(1) as u64);
        for (i, addr) in addrs.iter().enumerate() {
            if i > 0 {
                self.run_until(self.now + apart);
            }
            self.start_plain_node(HostId(i % spec.hosts.len().max(1)), addr.port(), spec);
        }
    }

    fn cache_disks(&mut self, has: bool) {
        for host in 0..self.hosts.len() {
            self.fault(FaultOp::DiskCache(HostId(host), has));
        }
    }
}

/// Whether a node says that the cluster is ok and, as a replica, has its master's data.
fn is_settled(process: &Process) -> bool {
    process.server().is_none_or(|server| {
        let node = server.node();
        node.cluster_ok() == Some(true) && (!node.is_replica() || node.master_link_up())
    })
}

/// The nodes.conf of all nodes, but for the word `myself,`; and where that belongs in the file of each.
fn nodes_conf(spec: &ClusterSpec, addrs: &[SocketAddr], ids: &[String]) -> (String, Vec<usize>) {
    let masters = spec.masters;
    let mut text = String::with_capacity(160 * addrs.len());
    let mut flags = Vec::with_capacity(addrs.len());
    for (i, (addr, id)) in addrs.iter().zip(ids).enumerate() {
        let (ip, port) = (addr.ip(), addr.port());
        let _ = write!(text, "{id} {ip}:{port}@{} ", port + 10_000);
        flags.push(text.len());
        let _ = if i < masters {
            let (first, last) = (i * 16384 / masters, (i + 1) * 16384 / masters - 1);
            writeln!(text, "master - 0 0 {} connected {first}-{last}", i + 1)
        } else {
            let master = spec.master_of(i);
            writeln!(text, "slave {} 0 0 {} connected", ids[master], master + 1)
        };
    }
    let _ = writeln!(text, "vars currentEpoch {masters} lastVoteEpoch 0");
    (text, flags)
}
