//! The harness of all tests: a cluster in a world, formed by the commands that a user would type.

use std::net::SocketAddr;

use engine_base::Seed;
use engine_node::Config;

use crate::files::FsOp;
use crate::host::{HostId, HostSpec};
use crate::net::ConnState;
use crate::process::{Pid, Spawn};
use crate::server::{ServerSpec, Started};
use crate::world::World;

/// What [`World::cluster`] builds.
#[derive(Clone, Debug)]
pub struct ClusterSpec {
    /// From which all randomness follows.
    pub seed: Seed,
    /// The hosts; nodes are dealt to them in turn.
    pub hosts: Vec<HostSpec>,
    /// How many masters.
    pub masters: usize,
    /// How many replicas each master has.
    pub replicas: usize,
    /// `cluster-node-timeout`, in milliseconds.
    pub node_timeout_ms: u64,
    /// More directives for every node, as on a command line (`--appendonly`, `yes`).
    pub options: Vec<String>,
}

impl ClusterSpec {
    /// Three masters with a replica each on the three hosts of the first seed, ports 6380 and
    /// 6381, the replica always on another host than its master.
    #[must_use]
    pub fn six(seed: Seed) -> Self {
        Self {
            seed,
            hosts: HostSpec::seed_hosts(),
            masters: 3,
            replicas: 1,
            node_timeout_ms: 15_000,
            options: Vec::new(),
        }
    }

    /// Which master the `i`-th node, a replica, has: one on another host, since they are dealt
    /// crosswise.
    pub(crate) fn master_of(&self, i: usize) -> usize {
        (i - self.masters + self.hosts.len().max(2) - 1) % self.masters
    }
}

/// The port of the first node of a host.
pub(crate) const FIRST_PORT: u16 = 6380;
/// How long a reply may take before [`World::call`] gives up.
const CALL_MS: u64 = 30_000;

impl World {
    /// A world with `n` nodes on the hosts of the first seed, unconnected: bare processes.
    #[must_use]
    pub fn nodes(spec: &ClusterSpec, n: usize) -> (Self, Vec<SocketAddr>) {
        let mut world = Self::new(spec.seed, &spec.hosts);
        let hosts = spec.hosts.len().max(1);
        let addrs = (0..n)
            .filter_map(|i| {
                let port = FIRST_PORT + u16::try_from(i / hosts).ok()?;
                world.start_plain_node(HostId(i % hosts), port, spec);
                Some(SocketAddr::new(spec.hosts.get(i % hosts)?.ip, port))
            })
            .collect();
        (world, addrs)
    }

    /// A formed cluster whose nodes all say `cluster_state:ok` and whose replicas have their
    /// masters' data, and the nodes' addresses: masters first, then the replicas of the first master, of the second, …
    #[must_use]
    pub fn cluster(spec: &ClusterSpec) -> (Self, Vec<SocketAddr>) {
        let n = spec.masters * (1 + spec.replicas);
        let (mut world, addrs) = Self::nodes(spec, n);
        let masters = spec.masters;
        for addr in addrs.iter().skip(1) {
            let (ip, port) = (addr.ip().to_string(), addr.port().to_string());
            world.call(addrs[0], &["CLUSTER", "MEET", &ip, &port]);
        }
        for (i, addr) in addrs.iter().enumerate().take(masters) {
            let first = (i * 16384 / masters).to_string();
            let last = ((i + 1) * 16384 / masters - 1).to_string();
            world.call(*addr, &["CLUSTER", "ADDSLOTSRANGE", &first, &last]);
        }
        world.until(60_000, |w| addrs.iter().all(|a| knows(w, *a, n) || n == 1));
        for i in masters..n {
            let master = spec.master_of(i);
            let id = String::from_utf8_lossy(&world.call(addrs[master], &["CLUSTER", "MYID"]))
                .lines()
                .nth(1)
                .unwrap_or_default()
                .to_owned();
            world.until(30_000, |w| {
                w.call(addrs[i], &["CLUSTER", "REPLICATE", &id]).starts_with(b"+OK")
            });
        }
        world.until(120_000, |w| {
            addrs.iter().all(|a| {
                w.call(*a, &["CLUSTER", "INFO"]).windows(16).any(|t| t == b"cluster_state:ok")
            })
        });
        // A replica that was never in step could not take its master's place.
        world.until(60_000, |w| w.servers().all(|(_, process)| is_in_step(process)));
        (world, addrs)
    }

    /// Starts a node with its own folder, `/data/PORT`, and nothing else said.
    pub fn start_plain_node(
        &mut self,
        host: HostId,
        port: u16,
        spec: &ClusterSpec,
    ) -> Option<Started> {
        let dir = format!("/data/{port}");
        // Recorded like everything that is put in, so that a replay has the folder too.
        let _ = self.fs(host, FsOp::MakeDirs(dir.clone()));
        let text = format!(
            "port {port}\ndaemonize yes\nprotected-mode no\ndir {dir}\nlogfile {port}.log\n\
             cluster-enabled yes\ncluster-config-file nodes.conf\ncluster-node-timeout {}\nsave \"\"\n",
            spec.node_timeout_ms
        );
        let config = Config::parse(&text, &spec.options).ok()?;
        self.start_server(
            host,
            ServerSpec {
                spawn: Spawn {
                    ppid: Pid(1),
                    user: "root".to_owned(),
                    tty: None,
                    title: "redis-server".to_owned(),
                },
                adopt: None,
                cwd: dir,
                config,
                config_file: None,
            },
        )
    }

    /// Steps until `done`, looked at every 100 virtual milliseconds, for at most `limit_ms`; says
    /// whether it came to be.
    pub fn until(&mut self, limit_ms: u64, mut done: impl FnMut(&mut Self) -> bool) -> bool {
        let limit = self.now.plus_ms(limit_ms);
        loop {
            if done(self) {
                return true;
            }
            if self.now >= limit {
                return false;
            }
            self.run_ms(100);
        }
    }

    /// Sends one command from the first host to a node, over a connection of its own, and waits
    /// for the reply: its raw RESP bytes, empty when none came.
    pub fn call(&mut self, to: SocketAddr, args: &[&str]) -> Vec<u8> {
        let host = self.hosts.iter().position(|h| h.up).map_or(HostId(0), HostId);
        let host = if to.ip().is_loopback() {
            host
        } else {
            self.hosts.iter().position(|h| h.ip == to.ip() && h.up).map_or(host, HostId)
        };
        let conn = self.connect(host, Pid(1), to);
        let limit = self.now.plus_ms(CALL_MS);
        while self.conn_state(conn) == ConnState::Connecting && self.now < limit && self.step() {}
        let mut reply = Vec::new();
        if self.send(conn, &command(args)) {
            while !is_whole(&reply) && self.now < limit {
                if self.conn_state(conn) != ConnState::Open && !self.has_input(conn) {
                    break;
                }
                if !self.has_input(conn) && !self.step() {
                    break;
                }
                reply.extend(self.recv(conn));
            }
        }
        self.close(conn);
        reply
    }
}

/// Whether a node has a healthy link to all `n` nodes.
fn knows(world: &mut World, at: SocketAddr, n: usize) -> bool {
    let nodes = world.call(at, &["CLUSTER", "NODES"]);
    let text = String::from_utf8_lossy(&nodes);
    text.lines().filter(|l| l.contains(" connected")).count() == n && !text.contains("handshake")
}

/// Whether a server is a master, or a replica whose data is its master's.
fn is_in_step(process: &crate::process::Process) -> bool {
    process.server().is_none_or(|s| !s.node().is_replica() || s.node().master_link_up())
}

/// A command in RESP.
#[must_use]
pub fn command(args: &[&str]) -> Vec<u8> {
    let mut out = format!("*{}\r\n", args.len()).into_bytes();
    for arg in args {
        out.extend(format!("${}\r\n", arg.len()).bytes());
        out.extend(arg.bytes());
        out.extend(b"\r\n");
    }
    out
}

/// Whether `bytes` hold one whole reply.
fn is_whole(bytes: &[u8]) -> bool {
    end_of(bytes).is_some()
}

/// Where the first reply of `bytes` ends.
fn end_of(bytes: &[u8]) -> Option<usize> {
    let line = bytes.windows(2).position(|w| w == b"\r\n")? + 2;
    let number = || std::str::from_utf8(bytes.get(1..line - 2)?).ok()?.parse::<i64>().ok();
    match bytes.first()? {
        b'$' | b'=' | b'!' => match number()? {
            -1 => Some(line),
            n => {
                let end = line.checked_add(usize::try_from(n).ok()?)?.checked_add(2)?;
                (bytes.len() >= end).then_some(end)
            }
        },
        kind @ (b'*' | b'%' | b'~' | b'>') => {
            let per = if *kind == b'%' { 2 } else { 1 };
            let mut at = line;
            for _ in 0..number()?.max(0).checked_mul(per)? {
                at += end_of(bytes.get(at..)?)?;
            }
            Some(at)
        }
        _ => Some(line),
    }
}
