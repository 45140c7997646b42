//! What bad peers send: nothing of it may panic, or leave the tables at odds with themselves.

use engine_base::{LinkId, Rng, Seed, Slot};

use super::world::World;
use crate::cluster::ClusterState;

const REAL: [&[u8]; 12] = [
    include_bytes!("../../../../bus/tests/golden/ping.bin"),
    include_bytes!("../../../../bus/tests/golden/pong.bin"),
    include_bytes!("../../../../bus/tests/golden/meet-alone.bin"),
    include_bytes!("../../../../bus/tests/golden/fail.bin"),
    include_bytes!("../../../../bus/tests/golden/publish.bin"),
    include_bytes!("../../../../bus/tests/golden/auth-request-forced.bin"),
    include_bytes!("../../../../bus/tests/golden/auth-ack.bin"),
    include_bytes!("../../../../bus/tests/golden/update.bin"),
    include_bytes!("../../../../bus/tests/golden/mfstart.bin"),
    include_bytes!("../../../../bus/tests/golden/ping-hostname.bin"),
    include_bytes!("../../../../bus/tests/golden/ping-replica.bin"),
    include_bytes!("../../../../bus/tests/golden/pong-pfail.bin"),
];

/// What must hold between the tables at all times.
fn check(state: &ClusterState) {
    for slot in Slot::all() {
        if let Some(owner) = state.owner(slot) {
            assert!(state.nodes[owner].slots().contains(slot), "the owner has the slot");
        }
    }
    let mut assigned = 0;
    for (ix, node) in state.nodes.iter() {
        assert_eq!(usize::from(node.slot_count), node.slots().len());
        assigned += usize::from(node.slot_count);
        for replica in &node.replicas {
            assert_eq!(state.nodes[*replica].master, Some(ix), "both sides know");
        }
        if let Some(master) = node.master {
            assert!(state.nodes[master].replicas.contains(&ix), "both sides know");
        }
        for link in [node.link(), node.inbound()].into_iter().flatten() {
            assert_eq!(state.links.get(&link).unwrap().node, Some(ix));
        }
    }
    assert_eq!(assigned, Slot::all().filter(|s| state.owner(*s).is_some()).count());
    assert!(state.me().is_myself());
    assert_eq!(state.nodes.iter().filter(|(_, node)| node.is_myself()).count(), 1);
}

/// A real packet in the name of a known node, with a few bytes changed.
fn forged(rng: &mut Rng, world: &World) -> Vec<u8> {
    let mut bytes = REAL[rng.index(REAL.len())].to_vec();
    let id = |rng: &mut Rng| world.id(rng.index(world.hosts.len()));
    bytes[40..80].copy_from_slice(id(rng).as_bytes());
    if rng.chance(0.5) {
        bytes[2128..2168].copy_from_slice(id(rng).as_bytes());
    }
    for at in [2256, 2256 + 8] {
        if rng.chance(0.5) && bytes.len() >= at + 40 {
            bytes[at..at + 40].copy_from_slice(id(rng).as_bytes());
        }
    }
    for _ in 0..rng.below(6) {
        // The fields behind the slots matter most.
        let at = if rng.chance(0.5) { 16 + rng.index(64) } else { 2168 + rng.index(88) };
        bytes[at] = rng.below(256) as u8;
    }
    if rng.chance(0.3) {
        bytes[80 + rng.index(2048)] ^= rng.below(256) as u8;
    }
    bytes
}

#[test]
fn forged_packets_leave_the_tables_sound() {
    for seed in 0..4 {
        let mut rng = Rng::new(Seed::from_number(seed));
        let mut world = World::cluster_seeded(3, 1, seed);
        for round in 0..250 {
            let strange = LinkId((1 << 16) + round);
            let victim = rng.index(6);
            let bytes = forged(&mut rng, &world);
            let links: Vec<LinkId> = world.state(victim).links.names();
            let link = if links.is_empty() || rng.chance(0.2) {
                let peer = [10, 0, 0, 99].into();
                world.act(victim, |s, now, _| s.accepted(now, strange, peer, [10, 0, 0, 1].into()));
                strange
            } else {
                links[rng.index(links.len())]
            };
            world.act(victim, |s, now, cx| s.bytes(now, cx, link, &bytes));
            if round % 10 == 0 {
                world.run(120);
            }
            if round % 50 == 0 {
                check(world.state(victim));
            }
        }
        for i in 0..6 {
            check(world.state(i));
            let text = world.state(i).nodes_conf();
            assert!(text.lines().all(|line| line.starts_with("vars") || line.len() > 60));
        }
    }
}

#[test]
fn noise_closes_the_link_and_nothing_else() {
    let mut world = World::cluster(3, 0);
    let link = world.state(0).nodes[world.ix(0, 1)].inbound().unwrap();
    world.act(0, |s, now, cx| s.bytes(now, cx, link, b"GET / HTTP/1.1\r\nHost: bus\r\n\r\n"));
    assert!(!world.state(0).links.contains_key(&link));
    assert!(world.logged(0, "Bad message length or signature received from Cluster bus."));
    world.run(3000);
    assert_eq!(world.flags(0, 1), "master");
    check(world.state(0));
}

#[test]
fn every_run_keeps_the_tables_sound() {
    let mut world = World::cluster(3, 2);
    for victim in [0, 4, 2] {
        world.kill(victim);
        world.run(6000);
        world.start(victim);
        world.run(3000);
        (0..9).for_each(|i| check(world.state(i)));
    }
}
