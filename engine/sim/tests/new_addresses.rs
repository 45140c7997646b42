//! Addresses that change at a restart, as on Kubernetes (redis #4645, PR #6128): one node is found
//! again by itself, all at once are not, until an operator says MEET.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::net::{IpAddr, SocketAddr};

use common::{formed, healed, process, says, six};
use engine_sim::{ClusterSpec, FsOp, HostId, HostSpec, World};

const NODES: usize = 6;

fn spread(seed: u64, profile: &str, net: impl Fn(usize) -> u8) -> ClusterSpec {
    let host =
        |i: usize| HostSpec::new(format!("pod-{i}"), IpAddr::from([10, 0, net(i), i as u8 + 1]));
    ClusterSpec {
        hosts: (0..NODES).map(host).collect(),
        ..six(seed, &["--election-profile", profile])
    }
}

/// The disks of a cluster go on in a world whose hosts have other addresses.
fn moved(seed: u64, profile: &str, net: impl Fn(usize) -> u8) -> (World, Vec<SocketAddr>) {
    let old = spread(seed, profile, |_| 0);
    let (world, addrs) = formed(&old);
    let spec = spread(seed, profile, net);
    let mut next = World::new(spec.seed, &spec.hosts);
    let mut nodes = Vec::new();
    for at in &addrs {
        let host = process(&world, *at).0;
        let dir = format!("/data/{}", at.port());
        let path = format!("{dir}/nodes.conf");
        let text = world.host(host).unwrap().fs.read(&path).unwrap().to_vec();
        next.fs(host, FsOp::MakeDirs(dir)).unwrap();
        next.fs(host, FsOp::Write(path, text)).unwrap();
        nodes.push(SocketAddr::new(spec.hosts[host.0].ip, at.port()));
    }
    for at in &nodes {
        let host = HostId(spec.hosts.iter().position(|h| h.ip == at.ip()).unwrap());
        next.start_plain_node(host, at.port(), &spec).unwrap();
    }
    (next, nodes)
}

#[test]
fn one_node_with_a_new_address_is_found_again() {
    let (mut world, nodes) = moved(81, "redis7", |i| u8::from(i == 2));
    assert!(world.until(60_000, |w| healed(w, &nodes)), "its own pings tell where it is now");
    let moved = nodes.iter().find(|at| at.to_string().starts_with("10.0.1.")).unwrap();
    let seen = says(&mut world, nodes[0], "CLUSTER NODES");
    assert!(seen.contains(&moved.to_string()), "{seen}");
}

#[test]
fn when_all_addresses_change_at_once_nobody_finds_anybody() {
    heals_by_hand(82, "redis7");
}

#[test]
fn replicas_find_their_masters_again_under_our_rule() {
    let (mut world, nodes) = heals_by_hand(83, "valkey9");
    let up = |w: &mut World, at| {
        let role = says(w, at, "INFO replication");
        role.contains("role:master") || role.contains("master_link_status:up")
    };
    assert!(world.until(20_000, |w| nodes.iter().all(|at| up(w, *at))), "without a restart");
}

fn heals_by_hand(seed: u64, profile: &str) -> (World, Vec<SocketAddr>) {
    let (mut world, nodes) = moved(seed, profile, |_| 1);
    world.run_ms(120_000);
    for at in &nodes {
        assert!(says(&mut world, *at, "CLUSTER INFO").contains("cluster_state:fail"));
    }
    // What heals it: one node meets each of the others at its new address. Ids are known, so no
    // slot moves and no data is lost.
    for at in &nodes[1..] {
        let meet = format!("CLUSTER MEET {} {}", at.ip(), at.port());
        assert_eq!(says(&mut world, nodes[0], &meet), "+OK\r\n");
    }
    assert!(world.until(60_000, |w| healed(w, &nodes)));
    (world, nodes)
}
