use super::world::World;
use crate::cluster::Safety;
use crate::event::EventKind;

#[test]
fn silence_makes_pfail_and_agreement_makes_fail() {
    let mut world = World::cluster(3, 0);
    world.until("ok", 5000, World::all_ok);
    world.kill(2);
    let pfail = world.until("suspicion", 4000, |w| w.flags(0, 2).contains("fail"));
    assert!(pfail >= 1000, "not before the node timeout: {pfail} ms");
    world.until("agreement", 3000, |w| {
        w.flags(0, 2) == "master,fail" && w.flags(1, 2) == "master,fail"
    });
    let of = world.id(2);
    let counted = world.hosts.iter().flat_map(|h| &h.events).any(|e| {
        matches!(e, EventKind::FailMarked { of: o, agree: 2, needed: 2, told_by: None } if *o == of)
    });
    assert!(counted, "one of them had a majority");
    assert!(!world.state(0).ok, "its slots are not served");
    assert!(world.logged(0, "Cluster state changed: fail"));
}

#[test]
fn a_minority_only_suspects() {
    let mut world = World::cluster(5, 0);
    world.isolate(4);
    world.run(10_000);
    for other in 0..4 {
        assert_eq!(world.flags(4, other), "master,fail?", "nobody confirms it");
        assert_eq!(world.flags(other, 4), "master,fail");
    }
    assert!(!world.state(4).ok);
    world.heal();
    world.until("all is well again", 10_000, |w| {
        w.all_ok() && (0..5).all(|i| w.flags(i, (i + 1) % 5) == "master")
    });
}

#[test]
fn a_minority_that_was_started_again_still_knows_how_many_make_a_majority() {
    let mut world = World::cluster(5, 0);
    for near in [3, 4] {
        for far in 0..3 {
            world.cut(near, far);
        }
    }
    world.until("suspicion", 5000, |w| (0..3).all(|far| w.flags(4, far) == "master,fail?"));
    world.act(4, |state, _, _| state.save(Safety::Written));
    world.kill(4);
    world.start(4);
    assert_eq!(world.flags(4, 0), "master,fail?", "as its file says");
    world.until("the other suspects them too", 5000, |w| w.logged(4, "as not reachable"));
    world.run(5000);
    for far in 0..3 {
        assert_eq!(world.flags(4, far), "master,fail?", "two of five are no majority");
    }
}

#[test]
fn a_node_that_hears_itself_has_no_second_opinion() {
    let mut world = World::cluster(3, 0);
    world.cut(0, 1);
    world.cut(0, 2);
    world.until("suspicion", 5000, |w| w.flags(0, 1) == "master,fail?");
    world.meet(0, 0);
    world.run(3000);
    assert_eq!(world.flags(0, 1), "master,fail?");
    assert_eq!(world.flags(0, 2), "master,fail?");
}

#[test]
fn a_master_with_slots_is_taken_back_only_after_two_node_timeouts() {
    let mut world = World::cluster(3, 0);
    world.kill(2);
    world.until("fail", 5000, |w| w.flags(0, 2) == "master,fail");
    world.start(2);
    let back = world.until("back", 6000, |w| w.flags(0, 2) == "master");
    assert!(back >= 1000, "{back} ms");
    assert!(world.logged(0, "nobody is serving its slots after some time."));
    world.until("ok", 5000, World::all_ok);
}

#[test]
fn a_replica_is_taken_back_at_once() {
    let mut world = World::cluster(3, 1);
    world.kill(3);
    world.until("fail", 5000, |w| w.flags(1, 3) == "slave,fail");
    world.start(3);
    let back = world.until("back", 3000, |w| w.flags(1, 3) == "slave");
    assert!(back <= 1500, "{back} ms");
    assert!(world.logged(1, "replica is reachable again."));
}

#[test]
fn replicas_do_not_vote_on_failures() {
    let mut world = World::cluster(3, 1);
    // Only replicas lose sight of node 2: they suspect it, and nobody fails it.
    for replica in 3..6 {
        world.cut(replica, 2);
    }
    world.run(6000);
    assert_eq!(world.flags(3, 2), "master,fail?");
    assert_eq!(world.flags(0, 2), "master");
}

#[test]
fn an_old_report_does_not_count() {
    let mut world = World::cluster(3, 0);
    let (of, by) = (world.ix(0, 2), world.ix(0, 1));
    let count = world.act(0, |s, now, cx| {
        s.add_failure_report(now.unix.0, of, by);
        (s.failure_reports(now.unix.0 + 2000, cx, of), s.failure_reports(now.unix.0 + 2001, cx, of))
    });
    assert_eq!(count, (1, 0), "valid for two node timeouts");
}

#[test]
fn a_master_waits_two_seconds_before_it_serves() {
    let mut world = World::new(1);
    world.act(0, |s, _, _| s.claim_slots(engine_base::Slot::all()));
    let ok = world.until("ok", 4000, World::all_ok);
    assert!((2000..2300).contains(&ok), "{ok} ms");
}

#[test]
fn a_master_back_from_a_minority_waits_one_node_timeout() {
    let mut world = World::cluster(3, 0);
    world.until("ok", 5000, World::all_ok);
    world.isolate(0);
    world.until("alone", 5000, |w| !w.state(0).ok);
    world.run(500);
    world.heal();
    world.until("it sees the others", 5000, |w| !w.flags(0, 1).contains("fail"));
    let wait = world.until("ok", 5000, |w| w.state(0).ok);
    assert!(wait >= 700, "{wait} ms");
}

#[test]
fn partial_coverage_is_enough_when_it_is_allowed() {
    let mut world = World::cluster(3, 0);
    for host in &mut world.hosts {
        host.config.require_full_coverage = false;
    }
    world.until("ok", 5000, World::all_ok);
    world.kill(2);
    world.run(6000);
    assert_eq!(world.flags(0, 2), "master,fail");
    assert!(world.state(0).ok && world.state(1).ok);
}
