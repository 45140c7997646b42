//! What a large world weighs: every node keeps something for every other, and a thousand must fit into
//! the memory of a page. Where the system does not tell what a process holds, nothing is measured.

use std::net::{IpAddr, Ipv4Addr};

use engine_base::Seed;
use engine_sim::{ClusterSpec, HostSpec, World};

/// Bytes that one more pair of nodes may take: what one keeps of the other, the link between them with
/// both its ends, and the other's line in a nodes.conf. A thousand nodes are a million pairs.
const BYTES_A_PAIR: f64 = 600.0;

/// Bytes of this process in memory.
fn resident() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = text.split(' ').nth(1)?.parse().ok()?;
    Some((pages * 4096) as f64)
}

fn warm(nodes: usize) -> World {
    let ip = |host: usize| IpAddr::from(Ipv4Addr::new(192, 168, 40, 1 + host as u8));
    let spec = ClusterSpec {
        hosts: (0..4).map(|host| HostSpec::new(format!("db{host:02}"), ip(host))).collect(),
        masters: nodes / 2,
        ..ClusterSpec::six(Seed::from_number(9))
    };
    World::warm(&spec).0
}

#[test]
fn a_pair_of_nodes_weighs_little() {
    let Some(before) = resident() else { return };
    // Of two worlds, so that what each node takes by itself is told apart.
    let (few, many) = (60, 300);
    let small = warm(few);
    let between = resident().unwrap_or_default();
    let large = warm(many);
    let after = resident().unwrap_or_default();
    let (a, b) = ((between - before) / few as f64, (after - between) / many as f64);
    let each = (b - a) / (many - few) as f64;
    assert_eq!((small.servers().count(), large.servers().count()), (few, many));
    assert!((100.0..BYTES_A_PAIR).contains(&each), "{each:.0} bytes a pair of nodes");
}
