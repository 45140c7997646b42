use engine_bus::NodeFlags;

use super::world::World;
use crate::cluster::MeetError;
use crate::event::EventKind;

#[test]
fn two_nodes_meet_and_learn_their_own_addresses() {
    let mut world = World::new(2);
    world.meet(0, 1);
    world.until("the handshake", 1000, |w| w.knows(0, 1) && w.knows(1, 0));
    world.run(2000);
    for (a, b) in [(0, 1), (1, 0)] {
        let state = world.state(a);
        assert_eq!(state.nodes.len(), 2, "no stranger is left");
        assert_eq!(world.flags(a, b), "master");
        assert_eq!(state.me().ip.to_string(), format!("10.0.0.{}", a + 1));
        let peer = &state.nodes[world.ix(a, b)];
        assert_eq!(peer.ip.to_string(), format!("10.0.0.{}", b + 1));
        assert!(peer.link().is_some() && peer.inbound().is_some());
        assert_eq!(peer.ping_sent, 0);
    }
    assert!(world.hosts[0].events.contains(&EventKind::HandshakeDone { id: world.id(1) }));
}

#[test]
fn a_third_node_is_made_known_by_gossip() {
    let mut world = World::new(3);
    world.meet(0, 1);
    world.run(1500);
    world.meet(1, 2);
    world.until("everybody knows everybody", 5000, |w| {
        (0..3).all(|a| (0..3).all(|b| w.knows(a, b)))
    });
    let third = world.id(2);
    let told = world.hosts[0]
        .events
        .iter()
        .any(|e| matches!(e, EventKind::NodeAdded { id, told_by: Some(_) } if *id == third));
    assert!(told || world.hosts[0].events.contains(&EventKind::HandshakeDone { id: third }));
    world.run(3000);
    assert!((0..3).all(|i| world.state(i).nodes.len() == 3));
}

#[test]
fn meeting_again_leaves_no_stranger_behind() {
    let mut world = World::new(2);
    world.meet(0, 1);
    world.run(2000);
    world.meet(0, 1);
    world.meet(1, 0);
    assert_eq!(world.state(0).nodes.len(), 3);
    world.run(3000);
    assert_eq!((world.state(0).nodes.len(), world.state(1).nodes.len()), (2, 2));
    assert!(world.logged(0, "Handshake: we already know node"));
}

#[test]
fn a_stranger_that_does_not_answer_is_dropped() {
    let mut world = World::new(2);
    world.kill(1);
    world.meet(0, 1);
    world.run(900);
    assert_eq!(world.state(0).nodes.len(), 2);
    world.run(400);
    assert_eq!(world.state(0).nodes.len(), 1);
    let timed_out = |e: &EventKind| matches!(e, EventKind::HandshakeTimedOut { .. });
    assert!(world.hosts[0].events.iter().any(timed_out));
}

#[test]
fn impossible_addresses_are_refused() {
    let mut world = World::new(1);
    let mut meet = |ip: &str, port| world.act(0, |s, now, _| s.meet(now.unix.0, ip, port, 17000));
    assert_eq!(meet("example.com", 7000), Err(MeetError::Invalid));
    assert_eq!(meet("10.0.0.9", 0), Err(MeetError::Invalid));
    assert_eq!(meet("10.0.0.9", 65_536), Err(MeetError::Invalid));
    assert_eq!(meet("10.0.0.9", 7000), Ok(()));
    assert_eq!(meet("10.0.0.9", 7000), Err(MeetError::InProgress));
}

#[test]
fn a_forgotten_node_stays_away_for_a_minute_then_gossip_brings_it_back() {
    let mut world = World::cluster(3, 0);
    let gone = world.ix(0, 2);
    world.act(0, |s, now, _| s.forget(now.unix.0, gone, 60));
    assert!(!world.knows(0, 2));
    world.run(59_000);
    assert!(!world.knows(0, 2), "its pings and others' gossip do not bring it back");
    world.until("it comes back", 10_000, |w| w.knows(0, 2));
}

#[test]
fn an_announced_host_name_reaches_the_others() {
    let mut world = World::cluster(3, 0);
    world.hosts[1].config.announce_hostname = "node-1.example.com";
    world.run(3000);
    let seen = world.state(0).nodes[world.ix(0, 1)].rare().hostname.as_deref().map(str::to_owned);
    assert_eq!(seen.as_deref(), Some("node-1.example.com"));
    assert!(world.state(0).nodes_text(NodeFlags::empty()).contains("@17001,node-1.example.com "));
    world.hosts[1].config.announce_hostname = "";
    world.run(3000);
    assert!(world.state(0).nodes[world.ix(0, 1)].rare().hostname.is_none());
}

#[test]
fn another_process_at_a_nodes_address_costs_the_address() {
    let mut world = World::cluster(3, 0);
    let old = world.id(2);
    world.kill(2);
    world.hosts[2].file.clear();
    world.start(2);
    world.run(3000);
    let state = world.state(0);
    let ix = state.nodes.find(&old).unwrap();
    assert!(state.nodes[ix].has_no_address());
    assert!(state.nodes_text(NodeFlags::empty()).contains(" :0@0 master,"));
}

#[test]
fn reset_forgets_everything() {
    let mut world = World::cluster(3, 1);
    let before = world.id(5);
    world.act(5, |s, _, _| s.reset(true));
    let state = world.state(5);
    assert_eq!(state.nodes.len(), 1);
    assert_ne!(state.me().id, before);
    assert!(state.me().is_master() && state.current_epoch == 0);
    assert_eq!(world.hosts[5].master, None);
    assert_eq!(state.slot_health().assigned, 0);
}

#[test]
fn a_node_that_moves_is_found_at_its_new_address() {
    let mut world = World::cluster(3, 0);
    // It comes back under another announced port and bus port: links to the old one break.
    world.hosts[1].config.announce_port = 9999;
    world.run(3000);
    assert_eq!(world.state(0).nodes[world.ix(0, 1)].port, 9999);
    assert!(world.logged(0, "Address updated for node"));
}
