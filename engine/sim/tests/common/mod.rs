//! What tests of clusters in the simulated world share.

#![allow(dead_code, reason = "no test uses all of it")]
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::net::SocketAddr;

use engine_base::Seed;
use engine_sim::{ClusterSpec, ConnId, ConnState, HostId, Pid, Signal, World, command};

/// Six nodes, node timeout 2 s, more directives as on a command line.
pub(crate) fn six(seed: u64, options: &[&str]) -> ClusterSpec {
    ClusterSpec {
        node_timeout_ms: 2000,
        options: options.iter().map(|o| (*o).to_owned()).collect(),
        ..ClusterSpec::six(Seed::from_number(seed))
    }
}

/// A formed cluster whose replicas follow their masters.
pub(crate) fn formed(spec: &ClusterSpec) -> (World, Vec<SocketAddr>) {
    let (mut world, nodes) = World::cluster(spec);
    let up = |w: &mut World, at| says(w, at, "INFO replication").contains("master_link_status:up");
    assert!(world.until(30_000, |w| nodes[spec.masters..].iter().all(|at| up(w, *at))));
    world.run_ms(3000);
    (world, nodes)
}

/// The reply to one command, as it is on the wire.
pub(crate) fn says(world: &mut World, at: SocketAddr, line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    String::from_utf8_lossy(&world.call(at, &words)).into_owned()
}

pub(crate) fn process(world: &World, addr: SocketAddr) -> (HostId, Pid) {
    let found = world.servers().find(|(_, p)| p.server().is_some_and(|s| s.addr() == addr));
    found.map(|(h, p)| (h, p.pid)).unwrap()
}

pub(crate) fn kill(world: &mut World, addr: SocketAddr) -> HostId {
    let (host, pid) = process(world, addr);
    world.kill(host, pid, Signal::Kill).unwrap();
    host
}

pub(crate) fn my_id(world: &mut World, at: SocketAddr) -> String {
    says(world, at, "CLUSTER MYID").lines().nth(1).unwrap().to_owned()
}

/// The line of CLUSTER NODES about `of` in the view of `at`.
pub(crate) fn line(world: &mut World, at: SocketAddr, of: &str) -> String {
    let view = says(world, at, "CLUSTER NODES");
    view.lines().find(|l| l.trim_start().starts_with(of)).unwrap_or_default().to_owned()
}

/// All of them say ok, suspect nobody, and agree on who owns what.
pub(crate) fn healed(world: &mut World, nodes: &[SocketAddr]) -> bool {
    let mut maps: Vec<Vec<String>> = Vec::new();
    for at in nodes {
        if !says(world, *at, "CLUSTER INFO").contains("cluster_state:ok") {
            return false;
        }
        let view = says(world, *at, "CLUSTER NODES");
        let mut map = Vec::new();
        for line in view.lines() {
            let fields: Vec<&str> = line.split(' ').collect();
            if fields.len() < 8 {
                continue;
            }
            if fields[2].contains("fail") || fields[2].contains("handshake") {
                return false;
            }
            let role = fields[2].replace("myself,", "");
            map.push(format!("{} {role} {} {:?}", fields[0], fields[3], &fields[8..]));
        }
        map.sort();
        maps.push(map);
    }
    maps.windows(2).all(|pair| pair[0] == pair[1])
}

/// A client that stays.
pub(crate) struct Session(pub(crate) ConnId);

impl Session {
    pub(crate) fn open(world: &mut World, to: SocketAddr) -> Self {
        let conn = world.connect(HostId(0), Pid(1), to);
        while world.conn_state(conn) == ConnState::Connecting && world.step() {}
        Self(conn)
    }

    /// Sends a command and gives what came within 50 milliseconds.
    pub(crate) fn says(&self, world: &mut World, line: &str) -> String {
        let words: Vec<&str> = line.split(' ').collect();
        world.send(self.0, &command(&words));
        world.run_ms(50);
        String::from_utf8_lossy(&world.recv(self.0)).into_owned()
    }
}
