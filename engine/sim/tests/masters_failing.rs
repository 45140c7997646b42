//! Many masters failing at once: votes must not split for ever, every slot ends with one living
//! owner, and the dead come back as replicas (PROTOCOL: valkey #2181, PR #1018).

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::net::{IpAddr, SocketAddr};

use common::{formed, healed, kill, says, six};
use engine_sim::{ClusterSpec, HostSpec, World};

/// A node a host, so that a fault is one node's.
fn spread(seed: u64, masters: usize, replicas: usize, profile: &str) -> ClusterSpec {
    let host = |i: usize| {
        HostSpec::new(format!("h{i}"), IpAddr::from([10, 0, (i / 250) as u8, (i % 250) as u8 + 1]))
    };
    let hosts = (0..masters * (1 + replicas)).map(host).collect();
    ClusterSpec { hosts, masters, replicas, ..six(seed, &["--election-profile", profile]) }
}

/// Kills the first masters at once; milliseconds until the survivors serve all slots again.
fn fall(seed: u64, masters: usize, dead: usize, profile: &str) -> u64 {
    let spec = spread(seed, masters, 1, profile);
    let (mut world, nodes) = formed(&spec);
    let hosts: Vec<_> = nodes[..dead].iter().map(|at| kill(&mut world, *at)).collect();
    let begin = world.now();
    let alive = &nodes[dead..];
    let ok =
        |w: &mut World, at: &SocketAddr| says(w, *at, "CLUSTER INFO").contains("cluster_state:ok");
    assert!(world.until(20_000, |w| alive.iter().all(|at| !ok(w, at))), "seen by all");
    assert!(world.until(120_000, |w| alive.iter().all(|at| ok(w, at))), "seed {seed}, {profile}");
    let took = world.now().ms_since(begin);
    for (host, at) in hosts.iter().zip(&nodes) {
        world.start_plain_node(*host, at.port(), &spec).unwrap();
    }
    assert!(world.until(120_000, |w| healed(w, &nodes)), "seed {seed}, {profile}");
    took
}

#[test]
fn three_of_seven_masters_fail_at_once() {
    let took: Vec<(u64, u64)> =
        (61..64).map(|seed| (fall(seed, 7, 3, "redis7"), fall(seed, 7, 3, "valkey9"))).collect();
    for (redis7, valkey9) in &took {
        assert!(*valkey9 < 4000, "one after the other, no vote lost: {took:?}");
        assert!(valkey9 < redis7, "{took:?}");
    }
}

#[test]
fn a_majority_that_fails_is_not_replaced() {
    let (mut world, nodes) = formed(&spread(65, 5, 1, "valkey9"));
    for at in &nodes[..3] {
        kill(&mut world, *at);
    }
    world.run_ms(30_000);
    for at in &nodes[5..8] {
        assert!(says(&mut world, *at, "ROLE").contains("slave"), "nobody may elect it");
    }
    assert!(says(&mut world, nodes[3], "CLUSTER INFO").contains("cluster_state:fail"));
    // An operator who knows that they are gone for good needs nobody's vote.
    for at in &nodes[5..8] {
        assert_eq!(says(&mut world, *at, "CLUSTER FAILOVER TAKEOVER"), "+OK\r\n");
    }
    assert!(world.until(30_000, |w| {
        nodes[3..].iter().all(|at| says(w, *at, "CLUSTER INFO").contains("cluster_state:ok"))
    }));
}
