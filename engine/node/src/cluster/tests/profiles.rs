//! Failures and elections under both election profiles, and under a mixture of them.

use engine_bus::{MessageFlags, NodeFlags};

use super::world::World;
use crate::config::ElectionProfile::{self, Redis7, Valkey9};
use crate::event::EventKind;

fn formed(masters: usize, replicas: usize, profile: impl Fn(usize) -> ElectionProfile) -> World {
    let mut world = World::cluster(masters, replicas);
    for (i, host) in world.hosts.iter_mut().enumerate() {
        host.config.profile = profile(i);
        host.offset = 1000;
    }
    world.run(3000);
    world.until("ok", 5000, World::all_ok);
    world
}

/// Kills masters at once; how long until all of the cluster is served again, in milliseconds.
fn fall(world: &mut World, victims: &[usize], limit: i64) -> i64 {
    victims.iter().for_each(|i| world.kill(*i));
    world.until("failures seen", limit, |w| !w.all_ok());
    let begin = world.now;
    world.until("healed", limit, World::all_ok);
    world.now - begin
}

/// Every slot has one owner, the same to all who live.
fn agrees(world: &World) {
    for slot in (0..16384).step_by(97) {
        let seen: Vec<_> = (0..world.hosts.len())
            .filter(|i| world.hosts[*i].up)
            .map(|i| world.owner(i, slot))
            .collect();
        assert!(seen.iter().all(|owner| owner.is_some() && *owner == seen[0]), "slot {slot}");
        assert!(world.hosts[seen[0].unwrap()].up, "slot {slot} is served");
    }
}

#[test]
fn the_best_replica_stands_at_once() {
    let mut world = formed(3, 2, |_| Valkey9);
    world.hosts[6].offset = 1100;
    world.run(2000);
    world.kill(0);
    let fail = world.until("fail", 3000, |w| w.flags(6, 0) == "master,fail");
    assert!((1000..=1300).contains(&fail), "two ticks after the node timeout: {fail} ms");
    let wait = world.until("promotion", 1000, |w| w.is_master(6));
    assert!(wait <= 30, "no delay for the best: {wait} ms");
    assert!(world.logged(6, "initiate the election immediately."));
    assert!(!world.logged(3, "initiate the election immediately."), "its sibling has less data");
    world.until("ok", 3000, World::all_ok);
    agrees(&world);
}

#[test]
fn equal_replicas_are_told_apart_by_their_ids() {
    let mut world = formed(3, 2, |_| Valkey9);
    world.kill(0);
    world.until("promotion", 4000, |w| w.is_master(3) || w.is_master(6));
    let first = if world.id(3) < world.id(6) { 3 } else { 6 };
    assert!(world.is_master(first), "the smaller id");
    let asked = |i: usize| {
        let started = |e: &&EventKind| matches!(e, EventKind::ElectionStarted { .. });
        world.hosts[i].events.iter().filter(started).count()
    };
    assert_eq!((asked(first), asked(9 - first)), (1, 0), "the other did not even ask");
}

#[test]
fn a_replica_without_data_waits() {
    let mut world = formed(3, 1, |_| Valkey9);
    world.hosts[3].offset = 0;
    world.kill(0);
    world.until("fail", 3000, |w| w.flags(3, 0) == "master,fail");
    let wait = world.until("promotion", 2000, |w| w.is_master(3));
    // D is 33 ms at this node timeout: 33, up to 33 more by chance, 500, and a tick.
    assert!((533..=700).contains(&wait), "{wait} ms");
}

#[test]
fn several_masters_fail_at_once_and_all_heal() {
    let victims = [0, 1, 2];
    let mut times = Vec::new();
    for profile in [Redis7, Valkey9] {
        let mut world = formed(7, 2, |_| profile);
        times.push(fall(&mut world, &victims, 60_000));
        world.run(3000);
        agrees(&world);
        victims.iter().for_each(|i| world.start(*i));
        world.until("all back", 20_000, |w| victims.iter().all(|i| !w.is_master(*i)));
        world.until("ok", 10_000, World::all_ok);
        world.run(2000);
        agrees(&world);
    }
    println!("{times:?}");
    assert!(times[1] < 1500, "one shard after the other, without a lost election: {times:?} ms");
    assert!(times[1] < times[0], "{times:?} ms");
}

#[test]
fn profiles_mix_in_one_cluster() {
    for odd in [Redis7, Valkey9] {
        let even = if odd == Redis7 { Valkey9 } else { Redis7 };
        let mut world = formed(5, 2, |i| if i % 2 == 1 { odd } else { even });
        fall(&mut world, &[0, 1], 60_000);
        world.run(2000);
        agrees(&world);
    }
}

#[test]
fn a_replica_of_another_profile_is_waited_for() {
    // Replica 6 never says that its master failed, so replica 3 takes the delay.
    let mut world = formed(3, 2, |i| if i == 6 { Redis7 } else { Valkey9 });
    world.hosts[3].offset = 1100;
    world.run(2000);
    world.kill(0);
    world.until("fail", 3000, |w| w.flags(3, 0) == "master,fail");
    let wait = world.until("promotion", 2000, |w| w.is_master(3));
    assert!((33..=200).contains(&wait), "{wait} ms");
    assert!(!world.logged(3, "initiate the election immediately."));
}

#[test]
fn a_suspicion_is_told_at_once() {
    let mut world = formed(3, 0, |_| Valkey9);
    world.cut(0, 2);
    world.until("suspicion", 5000, |w| w.flags(0, 2) == "master,fail?");
    world.run(10);
    let (about, by) = (world.ix(1, 2), world.ix(1, 0));
    let told = world.state(1).nodes[about].reports().iter().any(|(who, _)| *who == by);
    assert!(told, "node 1 knows within a packet's way");
}

#[test]
fn the_last_suspicion_makes_the_majority() {
    for profile in [Redis7, Valkey9] {
        let mut world = formed(3, 0, |_| profile);
        let (of, by) = (world.ix(0, 2), world.ix(0, 1));
        world.isolate(2);
        world.isolate(1);
        world.until("suspicion", 5000, |w| {
            w.state(0).nodes[of].ping_sent != 0 && w.now - w.state(0).nodes[of].ping_sent > 900
        });
        // Node 1 has told before it went out of reach.
        world.act(0, |s, now, _| s.add_failure_report(now.unix.0, of, by));
        world.until("suspicion", 1500, |w| w.flags(0, 2).contains("fail"));
        let failed = world.flags(0, 2) == "master,fail";
        assert_eq!(failed, profile == Valkey9, "without waiting for more gossip");
    }
}

#[test]
fn a_refused_connection_starts_the_clock() {
    for (profile, counts) in [(Redis7, false), (Valkey9, true)] {
        let mut world = formed(3, 0, |_| profile);
        let ix = world.ix(0, 2);
        // Just after an answer, no ping is due for half a node timeout.
        world.until("an answer", 3000, |w| {
            let node = &w.state(0).nodes[ix];
            node.ping_sent == 0 && w.now - node.pong_received <= 10
        });
        world.kill(2);
        world.run(150);
        assert_eq!(world.state(0).nodes[ix].ping_sent != 0, counts);
    }
}

#[test]
fn only_masters_with_slots_report_failures_to_valkey() {
    for (profile, reports) in [(Redis7, 1), (Valkey9, 0)] {
        let mut world = World::cluster(3, 1);
        world.hosts.iter_mut().for_each(|host| host.config.profile = profile);
        // Replica 5 becomes a master without slots, and loses sight of node 2.
        world.act(5, |s, _, _| s.reset(false));
        world.meet(0, 5);
        world.run(4000);
        world.cut(5, 1);
        world.run(3000);
        let of = world.ix(0, 1);
        let count = world.act(0, |s, now, cx| s.failure_reports(now.unix.0, cx, of));
        assert_eq!(count, reports);
        assert_eq!(world.flags(0, 1), "master");
    }
}

#[test]
fn a_master_that_has_just_started_does_not_vote() {
    let mut world = formed(3, 1, |_| Valkey9);
    world.kill(1);
    world.run(100);
    world.kill(0);
    world.until("fail", 4000, |w| w.flags(3, 0).contains("fail"));
    world.start(1);
    world.run(1500);
    let refused = |e: &EventKind| {
        matches!(e, EventKind::VoteRefused { reason: "it is not safe to vote in this moment", .. })
    };
    let asked = world.hosts[1].events.iter().any(refused);
    assert!(asked || world.state(1).last_vote_epoch == 0, "no vote in its first two seconds");
    world.until("healed", 20_000, |w| w.is_master(3) && w.all_ok());
    agrees(&world);
}

#[test]
fn a_replica_says_that_its_master_failed() {
    let mut world = formed(3, 2, |_| Valkey9);
    // Without votes, nobody is elected: the flag stays to be seen.
    world.hosts.iter_mut().for_each(|host| host.config.replica_no_failover = true);
    world.kill(0);
    world.until("fail", 4000, |w| w.flags(3, 0) == "master,fail" && w.flags(6, 0) == "master,fail");
    world.run(1500);
    let says = |w: &World| w.state(3).nodes[w.ix(3, 6)].flags.contains(NodeFlags::MY_PRIMARY_FAIL);
    assert!(says(&world));
    world.start(0);
    world.until("back", 6000, |w| !w.flags(6, 0).contains("fail,") && w.state(6).ok);
    world.run(1500);
    assert!(!says(&world), "no longer than it holds");
}

#[test]
fn redis_7_never_hears_of_it() {
    let mut world = formed(3, 1, |_| Redis7);
    world.kill(0);
    world.until("healed", 10_000, |w| w.is_master(3) && w.all_ok());
    for i in 1..6 {
        for (_, node) in world.state(i).nodes.iter() {
            let later = NodeFlags::MY_PRIMARY_FAIL | NodeFlags::EXTENSIONS_SUPPORTED;
            assert!(!node.flags.intersects(later));
        }
        let (links, header) = world.act(i, |s, now, cx| {
            let mut header = s.header(cx);
            let links: Vec<_> = s.links.names();
            let sent = links.iter().map(|l| s.own_extensions(now.unix.0, cx, *l, &mut header));
            (sent.filter(|e| !e.is_empty()).count(), header)
        });
        assert_eq!((links, header.mflags), (0, MessageFlags::empty()));
    }
}
