//! What heartbeats carry behind their gossip, and to whom.

use engine_base::LinkId;
use engine_bus::{Extension, Header, Heartbeat, Message, MessageFlags, NodeFlags, Packet};

use super::world::World;
use crate::config::ElectionProfile::{Redis7, Valkey9};

/// A cluster whose nodes `later` play by Valkey's rules, and so take extensions.
fn mixed(masters: usize, replicas: usize, later: &[usize]) -> World {
    let mut world = World::cluster(masters, replicas);
    for i in later {
        world.hosts[*i].config.profile = Valkey9;
        let config = world.hosts[*i].config;
        world.act(*i, |s, _, _| s.config_changed(&config));
    }
    world.run(4000);
    world
}

/// What node `from` tells node `to` on the link that it opened.
fn told(world: &mut World, from: usize, to: usize) -> Vec<Extension> {
    let link = world.state(from).nodes[world.ix(from, to)].link().unwrap();
    world.act(from, |s, now, cx| {
        let mut header = s.header(cx);
        s.own_extensions(now.unix.0, cx, link, &mut header).into_vec()
    })
}

/// A PING of node `from` reaches node `to` as its words would, with these extensions.
fn ping(
    world: &mut World,
    from: usize,
    to: usize,
    change: impl Fn(&mut Header),
    e: Vec<Extension>,
) {
    let mut header = world.act(from, |s, _, cx| s.header(cx));
    header.extensions = e.len() as u16;
    change(&mut header);
    let packet =
        Packet { header, message: Message::Ping(Heartbeat { gossip: vec![], extensions: e }) };
    let mut bytes = Vec::new();
    packet.encode(&mut bytes);
    let link: LinkId = world.state(to).nodes[world.ix(to, from)].inbound().unwrap();
    world.act(to, |s, now, cx| s.bytes(now, cx, link, &bytes));
}

#[test]
fn only_those_who_take_extensions_get_them() {
    let mut world = mixed(3, 0, &[0, 1]);
    world.hosts[0].config.human_nodename = "front";
    world.hosts[0].config.announce_hostname = "front.example.com";
    world.run(3000);
    let host = Extension::Hostname(b"front.example.com".to_vec());
    let shard = Extension::ShardId(world.state(0).my_shard());
    let human = Extension::HumanNodename(b"front".to_vec());
    assert_eq!(told(&mut world, 0, 1), [host.clone(), human, shard]);
    // Node 2 answers in kind to those who ask for it, as it would to a Valkey.
    assert!(!told(&mut world, 2, 0).is_empty());
    // A peer that never showed it is told its host name alone, as by Redis 7.0.
    world.hosts[2].config.profile = Redis7;
    ping(&mut world, 2, 0, |_| (), vec![]);
    let link = world.state(0).nodes[world.ix(0, 2)].link().unwrap();
    world.hosts[0].state.links.get_mut(&link).unwrap().extensions = false;
    assert_eq!(told(&mut world, 0, 2), [host]);
    let seen = &world.state(1).nodes[world.ix(1, 0)];
    assert_eq!(seen.rare().human_nodename.as_deref(), Some("front"));
    assert_eq!(seen.rare().hostname.as_deref(), Some("front.example.com"));
}

#[test]
fn a_host_name_alone_is_redis_7_and_takes_no_more() {
    let mut world = mixed(3, 0, &[0]);
    let takes =
        |w: &World| w.state(0).nodes[w.ix(0, 2)].flags.contains(NodeFlags::EXTENSIONS_SUPPORTED);
    let data = |h: &mut Header| h.mflags |= MessageFlags::EXT_DATA;
    let name = Extension::Hostname(b"a.example".to_vec());
    ping(&mut world, 2, 0, data, vec![name.clone()]);
    assert!(!takes(&world));
    // Redis 7.2 sends its shard with every packet.
    let shard = Extension::ShardId(world.id(2));
    ping(&mut world, 2, 0, data, vec![name, shard]);
    assert!(takes(&world));
    // Valkey sets the bit and waits.
    ping(&mut world, 2, 0, |_| (), vec![]);
    assert!(!takes(&world));
    ping(&mut world, 2, 0, data, vec![]);
    assert!(takes(&world));
}

#[test]
fn what_is_unknown_is_skipped() {
    let mut world = mixed(3, 0, &[0]);
    let data = |h: &mut Header| h.mflags |= MessageFlags::EXT_DATA;
    let four = Extension::Other { number: 4, unused: 0, body: b"10.1.2.3".to_vec() };
    let name = Extension::Hostname(b"b.example".to_vec());
    ping(&mut world, 2, 0, data, vec![four, name]);
    assert_eq!(world.state(0).nodes[world.ix(0, 2)].rare().hostname.as_deref(), Some("b.example"));
    for (from, to) in [(0, 1), (0, 2)] {
        assert!(told(&mut world, from, to).iter().all(|e| e.number() != 4), "never sent");
    }
}

#[test]
fn all_of_a_shard_have_its_name_and_keep_it_in_a_failover() {
    let mut world = mixed(3, 1, &[0, 1, 2, 3, 4, 5]);
    let shard = world.state(0).my_shard();
    assert_eq!(world.state(3).my_shard(), shard);
    assert_ne!(world.state(1).my_shard(), shard);
    world.kill(0);
    world.until("promotion", 8000, |w| w.is_master(3));
    world.run(3000);
    assert_eq!(world.state(3).my_shard(), shard);
    assert_eq!(world.state(1).nodes[world.ix(1, 3)].shard(), shard);
    world.start(0);
    world.until("demotion", 5000, |w| !w.is_master(0));
    // After a restart the master still has it, from its file.
    world.kill(3);
    world.start(3);
    assert_eq!(world.state(3).my_shard(), shard);
}

#[test]
fn a_replica_of_a_master_without_a_shard_tells_none() {
    // Valkey believes it to be of its master's shard, whatever name it made up for that.
    let mut world = mixed(3, 1, &[1, 3]);
    let of_master = world.ix(3, 0);
    world.hosts[3].state.nodes[of_master].shard_told = false;
    assert!(!told(&mut world, 3, 1).iter().any(|e| matches!(e, Extension::ShardId(_))));
}

#[test]
fn forgetting_is_told() {
    let mut world = mixed(4, 0, &[0, 1, 2, 3]);
    world.kill(3);
    let gone = world.ix(0, 3);
    world.act(0, |s, now, _| s.forget(now.unix.0, gone, 60));
    world.until("all forget", 4000, |w| !w.knows(1, 3) && !w.knows(2, 3));
    world.run(30_000);
    assert!((0..3).all(|i| !world.knows(i, 3)));
}

#[test]
fn nobody_is_made_to_forget_itself_or_its_master() {
    let mut world = mixed(3, 1, &[0, 3]);
    let data = |h: &mut Header| h.mflags |= MessageFlags::EXT_DATA;
    for victim in [world.id(3), world.id(0), world.id(1)] {
        let forget = Extension::ForgottenNode { id: victim, ttl_secs: u64::MAX };
        ping(&mut world, 1, 3, data, vec![forget]);
    }
    assert!(world.knows(3, 0), "its master");
    assert!(world.knows(3, 1), "the one who says so");
    let forget = Extension::ForgottenNode { id: world.id(2), ttl_secs: u64::MAX };
    ping(&mut world, 1, 3, data, vec![forget]);
    assert!(!world.knows(3, 2));
}
