//! Whom a node pings, what it tells of others, and what it believes of what it is told.

use engine_bus::{
    GossipEntry, Header, Heartbeat, IpText, Message, MessageFlags, MessageType, NodeFlags, Packet,
};

use super::world::World;
use crate::cluster::Effect;

/// A PING from node `from` that tells this of others, put into node `to`.
fn tell(world: &mut World, from: usize, to: usize, gossip: Vec<GossipEntry>) {
    let mut header = world.act(from, |s, _, cx| s.header(cx));
    header.count = gossip.len() as u16;
    let message = Message::Ping(Heartbeat { gossip, extensions: vec![] });
    let mut bytes = Vec::new();
    Packet { header, message }.encode(&mut bytes);
    let link = world.state(to).nodes[world.ix(to, from)].inbound().unwrap();
    world.act(to, |s, now, cx| s.bytes(now, cx, link, &bytes));
}

/// What a heartbeat says of node `of` in the table of `by`.
fn entry(world: &World, by: usize, of: usize) -> GossipEntry {
    let node = &world.state(by).nodes[world.ix(by, of)];
    GossipEntry {
        id: node.id,
        ping_sent: 0,
        pong_received: (node.pong_received / 1000) as u32,
        ip: node.ip,
        port: node.port,
        cport: node.cport,
        flags: node.flags,
        pport: 0,
        notused: 0,
    }
}

/// What a heartbeat says of a node that nobody here knows.
fn stranger(world: &World) -> GossipEntry {
    let id = "abcdefabcdefabcdefabcdefabcdefabcdefabcd".parse().unwrap();
    GossipEntry { id, ip: IpText::from_text(b"10.0.0.99"), ..entry(world, 1, 2) }
}

#[test]
fn nobody_is_left_without_an_answer_for_longer_than_half_the_node_timeout() {
    let mut world = World::cluster(5, 0);
    for _ in 0..100 {
        world.run(50);
        for (_, node) in world.state(0).nodes.iter().filter(|(_, node)| !node.is_myself()) {
            // Half the node timeout, a tick, and a packet's way.
            assert!(world.now - node.pong_received <= 500 + 100 + 1010, "{}", node.id);
            assert!(node.ping_sent == 0 || world.now - node.ping_sent < 100);
        }
    }
    world.hosts[0].config.ping_interval = 100;
    let before = world.state(0).sent_by_type[0];
    world.run(1000);
    let often = world.state(0).sent_by_type[0] - before;
    assert!(often >= 4 * 4, "cluster-ping-interval: {often} pings to four nodes");
}

#[test]
fn a_heartbeat_tells_of_a_tenth_at_least_of_three_and_of_all_suspects() {
    let mut world = World::cluster(20, 1);
    let chosen = world.act(0, |s, _, _| {
        s.heartbeats += 1;
        s.choose_gossip()
    });
    assert_eq!(chosen.len(), 4, "a tenth of forty");
    assert!(!chosen.contains(&world.state(0).myself));
    let mut few = World::cluster(4, 0);
    let chosen = few.act(0, |s, _, _| {
        s.heartbeats += 1;
        s.choose_gossip()
    });
    assert!(chosen.len() <= 2, "never of itself nor, on the whole, of the receiver");
    for suspect in [5, 6, 7, 8, 9, 10] {
        let ix = world.ix(0, suspect);
        world.hosts[0].state.nodes[ix].flags.insert(NodeFlags::PFAIL);
    }
    world.hosts[0].state.pfail_nodes = 6;
    let chosen = world.act(0, |s, _, _| {
        s.heartbeats += 1;
        s.choose_gossip()
    });
    let suspects = chosen.iter().filter(|ix| world.state(0).nodes[**ix].is_pfail()).count();
    assert_eq!((chosen.len() - suspects, suspects), (4, 6), "all suspects besides the tenth");
}

#[test]
fn an_answer_by_hearsay_saves_a_ping() {
    let mut world = World::cluster(3, 0);
    world.run(400);
    let ix = world.ix(0, 2);
    world.hosts[0].state.nodes[ix].ping_sent = 0;
    let heard = |w: &World| w.state(0).nodes[ix].pong_received / 1000;
    let now = world.now / 1000;
    world.hosts[0].state.nodes[ix].pong_received = world.now - 5000;
    let mut told = entry(&world, 1, 2);
    told.pong_received = now as u32;
    tell(&mut world, 1, 0, vec![told]);
    assert_eq!(heard(&world), now);
    told.pong_received = now as u32 + 60;
    tell(&mut world, 1, 0, vec![told]);
    assert_eq!(heard(&world), now, "not from a clock that is a minute ahead");
    world.hosts[0].state.nodes[ix].pong_received = world.now - 5000;
    told.pong_received = now as u32;
    told.flags |= NodeFlags::PFAIL;
    tell(&mut world, 1, 0, vec![told]);
    assert_ne!(heard(&world), now, "not of one whom the teller suspects");
}

#[test]
fn a_stranger_is_believed_only_from_a_known_node() {
    let mut world = World::cluster(3, 0);
    let told = stranger(&world);
    let unknown = |w: &World| w.state(0).nodes.find(&told.id).is_none();
    let mut nowhere = told;
    nowhere.flags |= NodeFlags::NOADDR;
    tell(&mut world, 1, 0, vec![nowhere]);
    assert!(unknown(&world), "one without an address is of no use");
    // The teller itself is not known: an empty master of another cluster.
    let mut header = Header::new("1234512345123451234512345123451234512345".parse().unwrap());
    header.count = 1;
    let message = Message::Ping(Heartbeat { gossip: vec![told], extensions: vec![] });
    let mut bytes = Vec::new();
    Packet { header, message }.encode(&mut bytes);
    let strange = engine_base::LinkId(1 << 16);
    world.act(0, |s, now, cx| {
        s.accepted(now, strange, [10, 0, 0, 98].into(), [10, 0, 0, 1].into());
        s.bytes(now, cx, strange, &bytes);
    });
    assert!(unknown(&world));
    tell(&mut world, 1, 0, vec![told]);
    assert!(!unknown(&world));
}

#[test]
fn a_suspect_that_others_reach_elsewhere_is_tried_there() {
    let mut world = World::cluster(3, 0);
    let ix = world.ix(0, 2);
    let mut told = entry(&world, 1, 2);
    told.ip = IpText::from_text(b"10.0.0.77");
    tell(&mut world, 1, 0, vec![told]);
    assert_eq!(world.state(0).nodes[ix].ip.to_string(), "10.0.0.3", "it answers where it is");
    world.hosts[0].state.nodes[ix].flags.insert(NodeFlags::PFAIL);
    tell(&mut world, 1, 0, vec![told]);
    assert_eq!(world.state(0).nodes[ix].ip.to_string(), "10.0.0.77");
    assert!(world.state(0).nodes[ix].link().is_none(), "the old link is closed");
}

#[test]
fn any_data_is_a_sign_of_life() {
    let mut world = World::cluster(3, 0);
    let ix = world.ix(0, 2);
    // Node 2 does not answer, and goes on talking.
    for _ in 0..40 {
        world.hosts[0].state.nodes[ix].ping_sent = world.now - 5000;
        world.hosts[0].state.nodes[ix].data_received = world.now - 300;
        world.run(100);
        assert_eq!(world.flags(0, 2), "master");
    }
}

#[test]
fn a_link_that_does_not_answer_is_made_again_and_the_old_ping_counts() {
    let mut world = World::cluster(3, 0);
    let ix = world.ix(0, 2);
    let old = world.state(0).nodes[ix].link();
    world.cut(0, 2);
    world.until("a ping without an answer", 2000, |w| {
        let node = &w.state(0).nodes[ix];
        node.ping_sent != 0 && w.now - node.ping_sent > 100
    });
    let pinged = world.state(0).nodes[ix].ping_sent;
    world.until("another link", 1500, |w| w.state(0).nodes[ix].link() != old);
    assert!((500..=700).contains(&(world.now - pinged)), "after half the node timeout");
    world.heal();
    world.hosts[0].state.nodes[ix].set_link(None);
    world.run(150);
    let node = &world.state(0).nodes[ix];
    assert!(node.ping_sent == pinged || node.ping_sent == 0, "unless it was answered since");
}

#[test]
fn a_link_whose_queue_is_too_long_is_closed_and_counted() {
    let mut world = World::cluster(3, 0);
    world.hosts[0].config.link_sendbuf_limit = 1024 * 1024;
    let ix = world.ix(0, 1);
    let link = world.state(0).nodes[ix].link().unwrap();
    world.hosts[0].state.links.get_mut(&link).unwrap().queued = 1024 * 1024;
    world.run(100);
    assert!(world.state(0).links.contains_key(&link), "up to the limit");
    world.hosts[0].state.links.get_mut(&link).unwrap().queued += 5000;
    world.run(150);
    assert_eq!(world.state(0).links_over_limit, 1);
    assert!(world.logged(0, "due to exceeding send buffer memory limit."));
    world.until("another link", 1000, |w| {
        w.state(0).nodes[ix].link().is_some_and(|new| new != link)
    });
}

#[test]
fn a_vote_is_written_down_before_it_leaves() {
    let mut world = World::cluster(3, 1);
    let (master, candidate) = (world.ix(0, 1), world.ix(0, 4));
    world.hosts[0].state.nodes[master].flags.insert(NodeFlags::FAIL);
    let mut header = world.act(4, |s, _, cx| s.header(cx));
    header.current_epoch += 1;
    let mut bytes = Vec::new();
    Packet { header, message: Message::AuthRequest }.encode(&mut bytes);
    let link = world.state(0).nodes[candidate].inbound().unwrap();
    let effects = world.act(0, |s, now, cx| {
        s.bytes(now, cx, link, &bytes);
        s.before_sleep(now, cx);
        std::iter::from_fn(|| s.poll()).collect::<Vec<_>>()
    });
    let saved = effects.iter().position(
        |e| matches!(e, Effect::Save { text, fsync: true } if !text.contains("lastVoteEpoch 0")),
    );
    let ack = |bytes: &[u8]| bytes[12..14] == [0, 6];
    let sent = effects.iter().position(|e| matches!(e, Effect::Send { bytes, .. } if ack(bytes)));
    assert!(saved.is_some() && sent.is_some() && saved < sent, "{effects:?}");
}

#[test]
fn only_masters_with_slots_are_counted_and_only_for_this_election() {
    let mut world = World::cluster(3, 1);
    let (voter, replica) = (world.ix(3, 1), world.ix(3, 4));
    let votes = world.act(3, |s, _, _| {
        s.election.epoch = 9;
        let mut seen = Vec::new();
        for (from, epoch) in [(replica, 9), (voter, 8), (voter, 9)] {
            s.count_vote(from, epoch);
            seen.push(s.election.votes);
        }
        seen
    });
    assert_eq!(votes, [0, 0, 1]);
}

#[test]
fn a_manual_failover_is_paced_by_its_own_directive() {
    let mut world = World::cluster(3, 1);
    for host in &mut world.hosts {
        host.config.manual_failover_timeout = 1000;
    }
    (world.hosts[0].offset, world.hosts[3].offset) = (1000, 900);
    world.failover(3, crate::cluster::FailoverKind::Plain).unwrap();
    world.run(900);
    assert!(world.hosts[0].paused && !world.logged(3, "Manual failover timed out."));
    world.run(300);
    assert!(!world.hosts[0].paused && world.logged(3, "Manual failover timed out."));
}

#[test]
fn a_paused_master_says_so_and_pings_its_heir_at_every_tick() {
    let mut world = World::cluster(3, 1);
    (world.hosts[0].offset, world.hosts[3].offset) = (1000, 900);
    world.failover(3, crate::cluster::FailoverKind::Plain).unwrap();
    world.run(50);
    let header = world.act(0, |s, _, cx| s.header(cx));
    assert!(header.mflags.contains(MessageFlags::PAUSED) && header.offset == 1000);
    let pings = |w: &World| w.state(0).sent_by_type[MessageType::Ping.index().unwrap()];
    let before = pings(&world);
    world.run(1000);
    assert!(pings(&world) - before >= 10);
}

#[test]
fn a_forgotten_node_stays_away_for_as_long_as_it_is_told() {
    let mut world = World::cluster(3, 0);
    let gone = world.ix(0, 2);
    world.act(0, |s, now, _| s.forget(now.unix.0, gone, 5));
    world.run(4000);
    assert!(!world.knows(0, 2));
    world.until("it comes back", 5000, |w| w.knows(0, 2));
}

#[test]
fn one_update_a_packet_tells_who_lies_behind() {
    let mut world = World::cluster(3, 0);
    let mut header = world.act(1, |s, _, cx| s.header(cx));
    // Node 1 claims a slot of node 0 and one of node 2, both under newer epochs.
    for slot in [0, 16_383] {
        header.slots.insert(engine_base::Slot::new(slot).unwrap());
    }
    header.config_epoch = 0;
    for owner in [0, 2] {
        let ix = world.ix(0, owner);
        world.hosts[0].state.nodes[ix].config_epoch = 9;
    }
    let mut bytes = Vec::new();
    let message = Message::Pong(Heartbeat::default());
    Packet { header, message }.encode(&mut bytes);
    let link = world.state(0).nodes[world.ix(0, 1)].inbound().unwrap();
    let before = world.state(0).sent_by_type[7];
    world.act(0, |s, now, cx| s.bytes(now, cx, link, &bytes));
    assert_eq!(world.state(0).sent_by_type[7] - before, 1);
    assert_eq!(world.owner(0, 0), Some(0), "an old claim changes nothing");
}

/// Seeds 274, 935, 1254 and 1981 of the fault search: a wiped node came back.
#[test]
fn a_newcomer_does_not_suspect_on_hearsay() {
    let mut world = World::cluster(3, 0);
    let mut told = stranger(&world);
    told.flags |= NodeFlags::PFAIL;
    tell(&mut world, 1, 0, vec![told]);
    let state = world.state(0);
    let ix = state.nodes.find(&told.id).expect("taken in on a known node's word");
    assert!(!state.nodes[ix].is_pfail(), "it was never asked");
}
