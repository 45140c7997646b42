use super::world::World;
use crate::event::EventKind;

fn has(world: &World, i: usize, test: impl Fn(&EventKind) -> bool) -> bool {
    world.hosts[i].events.iter().any(test)
}

#[test]
fn a_replica_takes_the_place_of_its_failed_master() {
    let mut world = World::cluster(3, 1);
    world.until("ok", 5000, World::all_ok);
    world.kill(0);
    world.until("fail", 5000, |w| w.flags(3, 0) == "master,fail");
    let wait = world.until("promotion", 5000, |w| w.is_master(3));
    assert!((500..1300).contains(&wait), "500 ms, up to 500 ms by chance, and a tick: {wait} ms");
    assert!(has(&world, 3, |e| matches!(e, EventKind::ElectionStarted { epoch: 7, needed: 2 })));
    assert!(has(&world, 3, |e| matches!(e, EventKind::ElectionWon { epoch: 7 })));
    assert_eq!(world.hosts[3].master, None, "replication stopped");
    assert_eq!(world.state(3).me().config_epoch, 7);
    world.until("ok", 3000, World::all_ok);
    for i in [1, 2, 3] {
        assert_eq!(world.owner(i, 0), Some(3), "seen by {i}");
    }
    assert!(world.hosts[3].file.contains("vars currentEpoch 7 lastVoteEpoch 0"));
    assert!(world.logged(3, "Failover election won: I'm the new master."));
    assert!(world.hosts[1].file.contains("lastVoteEpoch 7"), "the vote was written down");
}

#[test]
fn the_old_master_comes_back_as_a_replica() {
    let mut world = World::cluster(3, 1);
    world.kill(0);
    world.until("promotion", 8000, |w| w.is_master(3));
    world.run(2000);
    world.start(0);
    world.until("demotion", 5000, |w| !w.is_master(0));
    assert_eq!(world.hosts[0].master.as_ref().map(|m| m.1), Some(7003));
    assert!(world.logged(0, "Configuration change detected. Reconfiguring myself as a replica of"));
    world.until("all see it", 3000, |w| w.flags(1, 0) == "slave");
    world.until("ok", 5000, World::all_ok);
    assert!((0..6).all(|i| world.owner(i, 100) == Some(3)));
}

#[test]
fn the_replica_with_more_data_stands_first() {
    let mut world = World::cluster(3, 2);
    (world.hosts[3].offset, world.hosts[6].offset) = (500, 900);
    world.run(3000);
    world.kill(0);
    world.until("promotion", 10_000, |w| w.is_master(3) || w.is_master(6));
    assert!(world.is_master(6));
    assert!(has(&world, 3, |e| matches!(e, EventKind::ElectionScheduled { rank: 1, .. })));
    world.until("the sibling follows it", 3000, |w| {
        w.hosts[3].master.as_ref().map(|m| m.1) == Some(7006)
    });
}

#[test]
fn without_a_majority_nobody_wins_and_it_is_tried_again() {
    let mut world = World::cluster(3, 1);
    world.kill(0);
    world.until("fail", 5000, |w| w.flags(3, 0) == "master,fail");
    // The other masters lose sight of the candidate before they can vote.
    world.cut(3, 1);
    world.cut(3, 2);
    world.run(3000);
    assert!(!world.is_master(3));
    assert!(has(&world, 3, |e| matches!(e, EventKind::ElectionStarted { .. })));
    world.heal();
    world.until("a later election", 12_000, |w| w.is_master(3));
    assert!(has(&world, 3, |e| matches!(e, EventKind::ElectionExpired { .. })));
    assert!(world.state(3).me().config_epoch >= 8, "a new epoch for a new election");
}

/// Found by the fault search (seed 1502).
#[test]
fn votes_do_not_become_a_majority_by_masters_that_step_down() {
    let mut world = World::cluster(5, 1);
    world.until("ok", 5000, World::all_ok);
    world.kill(0);
    world.until("fail", 5000, |w| w.flags(5, 0) == "master,fail");
    for master in [3, 4] {
        world.cut(5, master);
    }
    world.until("two votes", 3000, |w| {
        has(w, 5, |e| matches!(e, EventKind::VoteReceived { have: 2, needed: 3, .. }))
    });
    // Their heirs are still to be heard of.
    for master in [3, 4] {
        let gone = world.ix(5, master);
        world.act(5, |state, _, _| state.remove_all_slots(gone));
    }
    world.until("the election is over", 5000, |w| {
        has(w, 5, |e| matches!(e, EventKind::ElectionExpired { .. }))
    });
    assert!(!world.is_master(5), "two of five are no majority");
}

#[test]
fn old_data_does_not_stand() {
    let mut world = World::cluster(3, 1);
    world.hosts[3].config.replica_validity_factor = 1;
    world.hosts[3].config.repl_ping_period = 1;
    // Its link to the master has been down for long when the master dies.
    world.cut(3, 0);
    world.run(8000);
    world.kill(0);
    world.run(10_000);
    assert!(!world.is_master(3));
    assert!(world.logged(3, "Disconnected from master for longer than allowed."));
    world.hosts[3].config.replica_validity_factor = 0;
    world.until("no limit", 5000, |w| w.is_master(3));
}

#[test]
fn no_failover_means_no_failover() {
    let mut world = World::cluster(3, 1);
    world.hosts[3].config.replica_no_failover = true;
    let config = world.hosts[3].config;
    world.act(3, |s, _, _| s.config_changed(&config));
    world.run(2000);
    assert_eq!(world.flags(1, 3), "slave,nofailover");
    world.kill(0);
    world.run(10_000);
    assert!(!world.is_master(3));
}

#[test]
fn every_seed_elects_exactly_one() {
    for seed in 1..=3 {
        let mut world = World::cluster_seeded(3, 2, seed);
        world.kill(1);
        world.until("ok", 20_000, |w| w.is_master(4) || w.is_master(7));
        world.run(8000);
        assert!(world.is_master(4) != world.is_master(7), "seed {seed}");
        assert!(world.all_ok(), "seed {seed}");
        let owner = if world.is_master(4) { 4 } else { 7 };
        for i in (0..9).filter(|i| *i != 1) {
            assert_eq!(world.owner(i, 8000), Some(owner), "seed {seed}, seen by {i}");
        }
    }
}

#[test]
fn a_run_is_its_seed() {
    let run = || {
        let mut world = World::cluster_seeded(3, 1, 5);
        world.kill(0);
        world.run(6000);
        (world.hosts[3].events.clone(), world.hosts[1].file.clone())
    };
    assert_eq!(run(), run());
}
