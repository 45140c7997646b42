//! The simulated world's part: a cluster a kill.

use std::net::SocketAddr;

use engine::base::Seed;
use engine::sim::{ClusterSpec, Signal, World};

/// How long each kill stopped writes, in virtual milliseconds.
pub(crate) fn times(profile: &str) -> Vec<u64> {
    (1..=super::KILLS as u64).map(|seed| one(seed, profile)).collect()
}

fn one(seed: u64, profile: &str) -> u64 {
    let spec = ClusterSpec {
        node_timeout_ms: super::NODE_TIMEOUT_MS,
        options: vec!["--election-profile".to_owned(), profile.to_owned()],
        ..ClusterSpec::six(Seed::from_number(seed))
    };
    let (mut world, nodes) = World::cluster(&spec);
    world.until(20_000, |w| {
        nodes.iter().skip(3).all(|at| says(w, *at, "INFO replication").contains("status:up"))
    });
    // Kills fall at any moment between two pings.
    world.run_ms(3000 + 137 * seed);
    let victim = world
        .servers()
        .find(|(_, p)| p.server().is_some_and(|s| s.addr() == nodes[0]))
        .map(|(host, p)| (host, p.pid));
    if let Some((host, pid)) = victim {
        let _ = world.kill(host, pid, Signal::Kill);
    }
    let begin = world.now();
    // Slot 3300 is the first master's.
    while !nodes.iter().skip(3).any(|at| says(&mut world, *at, "SET {b} x") == "+OK\r\n") {
        world.run_ms(10);
    }
    world.now().ms_since(begin)
}

fn says(world: &mut World, at: SocketAddr, line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    String::from_utf8_lossy(&world.call(at, &words)).into_owned()
}
