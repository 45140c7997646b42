//! What a node does when its disk fails it, as redis-server 7.0.15 does it.

use std::net::SocketAddr;

use engine_base::Seed;
use engine_node::EventKind;
use engine_sim::{ClusterSpec, FaultOp, HostId, Pid, Signal, What, World};

fn spec() -> ClusterSpec {
    ClusterSpec { node_timeout_ms: 2000, ..ClusterSpec::six(Seed::from_number(5)) }
}

fn process(world: &World, addr: SocketAddr) -> (HostId, Pid) {
    let found = world.servers().find(|(_, p)| p.server().is_some_and(|s| s.addr() == addr));
    found.map(|(host, p)| (host, p.pid)).expect("it runs")
}

fn log(world: &World, host: HostId, port: u16) -> String {
    let bytes = world.host(host).expect("a host").fs.read(&format!("/data/{port}/{port}.log"));
    String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned()
}

#[test]
fn a_node_that_cannot_write_its_configuration_ends() {
    let (mut world, nodes) = World::cluster(&spec());
    let (host, pid) = process(&world, nodes[0]);
    let used = world.host(host).expect("a host").fs.used();
    world.fault(FaultOp::DiskCapacity(host, used));
    let id = String::from_utf8_lossy(&world.call(nodes[1], &["CLUSTER", "MYID"])).into_owned();
    let id = id.lines().nth(1).expect("an id").to_owned();
    // An open slot makes the file longer than it was.
    world.call(nodes[0], &["CLUSTER", "SETSLOT", "7", "MIGRATING", &id]);
    world.run_ms(100);
    assert!(world.process(host, pid).is_none(), "it is gone");
    assert_eq!(world.take_exit(host, pid).map(engine_sim::ExitStatus::code), Some(1));
}

#[test]
fn a_vote_that_cannot_be_written_down_is_not_given() {
    let (mut world, nodes) = World::cluster(&spec());
    // Every master but the first loses its disk; nodes.conf has to grow with the failure's flag.
    for node in &nodes[1..3] {
        let host = process(&world, *node).0;
        world.fault(FaultOp::DiskCapacity(host, 0));
    }
    let (host, pid) = process(&world, nodes[0]);
    world.watch_bus(1 << 6);
    world.kill(host, pid, Signal::Kill).expect("it runs");
    world.run_ms(20_000);
    let won = |what: &What| matches!(what, What::Node(EventKind::ElectionWon { .. }));
    assert!(!world.trace().entries().iter().any(|entry| won(&entry.what)));
    assert_eq!(world.take_bus_sends(), [], "no vote left a node that could not keep it");
}

#[test]
fn a_torn_nodes_conf_is_refused_as_redis_refuses_it() {
    let (mut world, nodes) = World::cluster(&spec());
    let (host, pid) = process(&world, nodes[0]);
    world.kill(host, pid, Signal::Kill).expect("it runs");
    let port = nodes[0].port();
    world.fault(FaultOp::Tear(host, format!("/data/{port}/nodes.conf"), 60));
    let started = world.start_plain_node(host, port, &spec()).expect("the host runs");
    assert_eq!(started.exit, Some(1));
    let text = log(&world, host, port);
    assert!(text.contains("# Unrecoverable error: corrupted cluster config file."), "{text}");
}

#[test]
fn a_reset_link_is_made_again_and_nobody_fails() {
    let (mut world, nodes) = World::cluster(&spec());
    let conn = world.connect(HostId(1), Pid(1), nodes[0]);
    world.run_ms(100);
    world.fault(FaultOp::Reset(process(&world, nodes[0]).0));
    assert_eq!(world.conn_state(conn), engine_sim::ConnState::Reset);
    world.run_ms(10_000);
    let down = |what: &What| matches!(what, What::Node(EventKind::BusLinkDown { .. }));
    assert!(world.trace().entries().iter().any(|entry| down(&entry.what)));
    let failed = |what: &What| matches!(what, What::Node(EventKind::FailMarked { .. }));
    assert!(!world.trace().entries().iter().any(|entry| failed(&entry.what)));
}

/// `repl_down_since` is 0 until a replica was in step: its data is of no age that
/// `cluster-replica-validity-factor` allows.
#[test]
fn a_replica_that_was_never_in_step_since_its_start_does_not_stand() {
    let spec = spec();
    let (mut world, nodes) = World::cluster(&spec);
    let find_replica = |world: &World| {
        let all = world.servers().filter_map(|(_, p)| p.server()?.node().view_cluster());
        let views: Vec<_> = all.collect();
        let me = |view: &&engine_node::ClusterView| {
            let ip = nodes[0].ip().to_string();
            view.myself().is_some_and(|me| me.ip == ip && me.port == nodes[0].port())
        };
        let master = views.iter().find(me).expect("it runs").id;
        let follows = |view: &engine_node::ClusterView| {
            view.myself().filter(|me| me.master == Some(master)).map(|me| (me.ip.clone(), me.port))
        };
        let (ip, port) = views.iter().find_map(follows).expect("it has a replica");
        SocketAddr::new(ip.parse().expect("an address"), port)
    };
    let replica = find_replica(&world);
    let (replica_host, replica_pid) = process(&world, replica);
    let (host, pid) = process(&world, nodes[0]);
    world.kill(replica_host, replica_pid, Signal::Kill).expect("it runs");
    world.run_ms(500);
    world.kill(host, pid, Signal::Kill).expect("it runs");
    world.start_plain_node(replica_host, replica.port(), &spec).expect("the host runs");
    world.run_ms(30_000);
    let began = |what: &What| matches!(what, What::Node(EventKind::ElectionStarted { .. }));
    assert!(!world.trace().entries().iter().any(|entry| began(&entry.what)));
    let text = log(&world, replica_host, replica.port());
    assert!(text.contains("Disconnected from master for longer than allowed"), "{text}");
}
