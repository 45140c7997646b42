//! The world: repeatable, cloneable, and as breakable as a real one.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::net::SocketAddr;

use engine_base::{NodeId, Seed};
use engine_node::{DialError, EventKind};
use engine_sim::{
    ClusterSpec, ConnState, FaultOp, Hold, HostId, HostSpec, LinkKind, Pid, Quality, Signal, What,
    World, command,
};

fn spec(seed: u64) -> ClusterSpec {
    ClusterSpec { node_timeout_ms: 2000, ..ClusterSpec::six(Seed::from_number(seed)) }
}

fn digest(world: &World) -> u64 {
    world.trace().digest.value()
}

fn process(world: &World, addr: SocketAddr) -> (HostId, Pid) {
    let found = world.servers().find(|(_, p)| p.server().is_some_and(|s| s.addr() == addr));
    found.map(|(h, p)| (h, p.pid)).unwrap()
}

fn says(world: &mut World, at: SocketAddr, args: &[&str]) -> String {
    String::from_utf8_lossy(&world.call(at, args)).into_owned()
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    let run = |seed| {
        let (mut world, _) = World::cluster(&spec(seed));
        world.run_ms(5000);
        (digest(&world), world.steps(), world.trace().entries().len())
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7).0, run(8).0);
}

#[test]
fn a_clone_and_a_replay_go_on_as_the_original() {
    let (mut world, nodes) = World::cluster(&spec(3));
    world.call(nodes[0], &["SET", "foo", "bar"]);
    let (host, pid) = process(&world, nodes[1]);
    world.kill(host, pid, Signal::Kill).unwrap();
    let mut copy = world.clone();
    let mut again = world.replay();
    assert_eq!(digest(&again), digest(&world), "replayed to the same moment");
    for w in [&mut world, &mut copy, &mut again] {
        w.run_ms(10_000);
    }
    assert_eq!(digest(&copy), digest(&world));
    assert_eq!(digest(&again), digest(&world));
    assert_eq!(copy.steps(), world.steps());
    assert!(world.trace().units > 500, "something was compared");
}

#[test]
fn a_killed_master_is_replaced_and_comes_back_as_a_replica() {
    let spec = spec(5);
    let (mut world, nodes) = World::cluster(&spec);
    let (host, pid) = process(&world, nodes[0]);
    world.kill(host, pid, Signal::Kill).unwrap();
    let won = |e: &What| matches!(e, What::Node(EventKind::ElectionWon { .. }));
    let over = |w: &World| w.trace().entries().iter().any(|e| won(&e.what));
    assert!(world.until(20_000, |w| over(w)));
    assert!(says(&mut world, nodes[1], &["CLUSTER", "NODES"]).contains("master,fail"));
    assert_eq!(world.trace().entries().iter().filter(|e| won(&e.what)).count(), 1);
    world.start_plain_node(host, nodes[0].port(), &spec).unwrap();
    assert!(world.until(20_000, |w| {
        says(w, nodes[0], &["INFO", "replication"]).contains("master_link_status:up")
    }));
}

#[test]
fn a_cut_host_loses_its_masters_and_healing_mends_the_cluster() {
    let (mut world, nodes) = World::cluster(&spec(11));
    let alone = process(&world, nodes[0]).0;
    for other in (0..3).map(HostId).filter(|h| *h != alone) {
        world.fault(FaultOp::Cut(alone, other));
        world.fault(FaultOp::Cut(other, alone));
    }
    assert!(world.until(20_000, |w| {
        says(w, nodes[0], &["CLUSTER", "INFO"]).contains("cluster_state:fail")
            && says(w, nodes[1], &["CLUSTER", "INFO"]).contains("cluster_state:ok")
            && says(w, nodes[1], &["CLUSTER", "NODES"]).contains("master,fail")
    }));
    world.fault(FaultOp::HealAll);
    assert!(world.until(60_000, |w| {
        nodes.iter().all(|n| {
            let view = says(w, *n, &["CLUSTER", "NODES"]);
            !view.contains("fail") && view.matches(" connected").count() == 6
        })
    }));
}

#[test]
fn a_one_way_cut_stops_one_direction_only() {
    let (mut world, addrs) = World::nodes(&spec(1), 2);
    let (near, far) = (HostId(0), HostId(1));
    let conn = world.connect(near, Pid(1), addrs[1]);
    world.run_ms(10);
    assert_eq!(world.conn_state(conn), ConnState::Open);
    world.fault(FaultOp::Cut(far, near));
    world.send(conn, &command(&["CONFIG", "SET", "timeout", "77"]));
    world.run_ms(150);
    let port = world.call(addrs[1], &["CONFIG", "GET", "timeout"]);
    assert!(port.ends_with(b"77\r\n"), "the command got through");
    assert!(world.recv(conn).is_empty(), "the answer did not");
    world.fault(FaultOp::Heal(far, near));
    world.run_ms(400);
    assert!(!world.recv(conn).is_empty(), "TCP sent it again");
}

#[test]
fn one_bus_packet_is_held_back_and_the_next_overtakes_it() {
    let (mut world, nodes) = World::cluster(&spec(2));
    let (from, to) = (process(&world, nodes[0]).0, process(&world, nodes[1]).0);
    let listener = world.connect(to, Pid(1), nodes[1]);
    world.run_ms(5);
    world.send(listener, &command(&["SUBSCRIBE", "news"]));
    world.run_ms(5);
    world.recv(listener);
    // Type 4 is PUBLISH (`CLUSTERMSG_TYPE_PUBLISH` in cluster.h).
    let publish = Hold { from: Some(from), to: Some(to), bus_type: Some(4), ..Hold::default() };
    world.fault(FaultOp::Hold(publish));
    world.call(nodes[0], &["PUBLISH", "news", "first"]);
    world.run_ms(5);
    let held: Vec<_> = world.in_flight().into_iter().filter(|u| u.held).collect();
    assert!(held.iter().all(|u| u.kind == LinkKind::Bus) && !held.is_empty());
    world.fault(FaultOp::HoldNoMore);
    world.call(nodes[0], &["PUBLISH", "news", "second"]);
    world.run_ms(5);
    for unit in held {
        world.fault(FaultOp::Release(unit.id));
    }
    world.run_ms(5);
    let heard = String::from_utf8_lossy(&world.recv(listener)).into_owned();
    let at = |word| heard.find(word).unwrap_or_else(|| panic!("{word} in {heard}"));
    assert!(at("second") < at("first"), "{heard}");
}

#[test]
fn a_stopped_process_hears_nothing_until_it_goes_on() {
    let (mut world, nodes) = World::nodes(&spec(4), 1);
    let (host, pid) = process(&world, nodes[0]);
    world.kill(host, pid, Signal::Stop).unwrap();
    let conn = world.connect(HostId(1), Pid(1), nodes[0]);
    world.run_ms(5);
    assert_eq!(world.conn_state(conn), ConnState::Open, "the kernel accepts");
    world.send(conn, b"PING\r\n");
    world.run_ms(2000);
    assert!(!world.has_input(conn));
    world.kill(host, pid, Signal::Cont).unwrap();
    world.run_ms(5);
    assert_eq!(world.recv(conn), b"+PONG\r\n");
}

#[test]
fn refused_silent_and_unknown_addresses_differ() {
    let mut world = World::new(Seed::from_number(1), &HostSpec::seed_hosts());
    let mut fate = |to: &str| {
        let begin = world.now();
        let conn = world.connect(HostId(0), Pid(1), to.parse().unwrap());
        while world.conn_state(conn) == ConnState::Connecting && world.step() {}
        (world.conn_state(conn), world.now().ms_since(begin))
    };
    let (state, ms) = fate("192.168.40.1:6380");
    assert_eq!(state, ConnState::Failed(DialError::Refused));
    assert!(ms < 3);
    assert_eq!(fate("192.168.40.77:6380").0, ConnState::Failed(DialError::Unreachable));
    world.fault(FaultOp::Cut(HostId(0), HostId(1)));
    let conn = world.connect(HostId(0), Pid(1), "192.168.40.1:6380".parse().unwrap());
    world.run_ms(60_000);
    assert_eq!(world.conn_state(conn), ConnState::Connecting);
    world.run_ms(70_000);
    assert_eq!(world.conn_state(conn), ConnState::Failed(DialError::TimedOut));
}

#[test]
fn lost_packets_are_sent_again_later() {
    let (mut world, nodes) = World::nodes(&spec(6), 1);
    let half = Quality { loss: 0.5, ..Quality::LAN };
    world.fault(FaultOp::Quality(HostId(1), HostId(0), Some(half)));
    let conn = world.connect(HostId(1), Pid(1), nodes[0]);
    assert!(world.until(60_000, |w| w.conn_state(conn) == ConnState::Open));
    let begin = world.now();
    for i in 0..20 {
        world.send(conn, &command(&["SET", "{k}", &i.to_string()]));
    }
    world.send(conn, &command(&["PING"]));
    let mut all = Vec::new();
    assert!(world.until(600_000, |w| {
        all.extend(w.recv(conn));
        all.ends_with(b"+PONG\r\n")
    }));
    assert!(world.now().ms_since(begin) >= 200, "TCP waits before it sends again");
}

/// A node with `appendonly yes`, a write, a way to die; what is there after a restart.
fn survives(wait_ms: u64, power: bool) -> bool {
    let spec =
        ClusterSpec { options: ["--appendonly", "yes"].map(str::to_owned).to_vec(), ..spec(9) };
    let (mut world, nodes) = World::nodes(&spec, 1);
    let node = nodes[0];
    world.call(node, &["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]);
    assert!(world.until(10_000, |w| says(w, node, &["CLUSTER", "INFO"]).contains("state:ok")));
    world.run_ms(3000);
    assert_eq!(says(&mut world, node, &["SET", "foo", "bar"]), "+OK\r\n");
    world.run_ms(wait_ms);
    let (host, pid) = process(&world, node);
    if power {
        world.fault(FaultOp::PowerOff(host));
        assert_eq!(world.servers().count(), 0);
        world.fault(FaultOp::PowerOn(host));
    } else {
        world.kill(host, pid, Signal::Kill).unwrap();
    }
    let started = world.start_plain_node(host, node.port(), &spec).unwrap();
    let fs = &world.host(host).unwrap().fs;
    let log = String::from_utf8_lossy(fs.read("/data/6380/6380.log").unwrap_or_default());
    assert_eq!(started.exit, None, "{log}");
    assert!(world.until(10_000, |w| says(w, node, &["CLUSTER", "INFO"]).contains("state:ok")));
    says(&mut world, node, &["GET", "foo"]) == "$3\r\nbar\r\n"
}

#[test]
fn a_killed_process_keeps_its_page_cache_and_a_power_loss_does_not() {
    assert!(survives(1, false), "kill -9 right after the write");
    assert!(!survives(1, true), "power loss before the fsync of everysec");
    assert!(survives(3000, true), "power loss after it");
}

#[test]
fn a_node_keeps_its_identity_over_a_restart() {
    let spec = spec(10);
    let (mut world, nodes) = World::nodes(&spec, 1);
    let id = says(&mut world, nodes[0], &["CLUSTER", "MYID"]);
    assert!(NodeId::from_bytes(id.lines().nth(1).unwrap().as_bytes()).is_some());
    let (host, pid) = process(&world, nodes[0]);
    world.kill(host, pid, Signal::Kill).unwrap();
    world.start_plain_node(host, nodes[0].port(), &spec).unwrap();
    assert_eq!(says(&mut world, nodes[0], &["CLUSTER", "MYID"]), id);
}
